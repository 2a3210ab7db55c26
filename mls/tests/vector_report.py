"""Prints a row for every category of official vectors, then how many held and failed.

Run by `make vectors`. Exits with 1 if a case fails or the vectors are not there.
"""

import sys

from official_vectors import CATEGORIES, Case, Check, cases, folder


def main() -> int:
    """Run every case of every category."""
    if not folder().is_dir():
        print(f"the official vectors are not at {folder()}; set LINNET_SHARED")
        print("0 held, 1 failed")
        return 1
    held = failed = 0
    for category, check in CATEGORIES.items():
        results = [_holds(check, case) for case in cases(category)]
        print(f"{category:<32} {sum(results):>4}/{len(results)}", flush=True)
        held += sum(results)
        failed += len(results) - sum(results)
    print(f"{held} held, {failed} failed")
    return 1 if failed else 0


def _holds(check: Check, case: Case) -> bool:
    try:
        check(case)
    # A report counts what fails, however it fails.
    except Exception as error:
        print(f"  {type(error).__name__}: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
