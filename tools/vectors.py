"""`make vectors`: a row per category, official and our own, passed of total.

The official ones are those of the MLS working group (see mls/tests); our own are in
`vectors/` and replayed by `tests/vectors/`, one module for each file of them.
"""

import os
import re
import subprocess
import sys
from collections import Counter

from rows import BIN, ROOT


def official() -> tuple[int, int]:
    """Run the report of mls, let it print its rows, and return (held, failed)."""
    report = [f"{BIN}/python", str(ROOT / "mls/tests/vector_report.py")]
    environment = {"LINNET_SHARED": str(ROOT.parent / "shared")} | os.environ
    done = subprocess.run(
        report, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    *rows, last = done.stdout.strip().splitlines()
    print("\n".join(rows))
    held, failed = map(int, re.findall(r"\d+", last))
    return held, failed


def own() -> tuple[int, int]:
    """Replay the files of `vectors/`, print a row for each, return (held, failed)."""
    command = [f"{BIN}/python", "-m", "pytest", "-v", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/vectors"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    verdicts = re.findall(
        r"^tests/vectors/test_(\w+)\.py::.* (PASSED|FAILED|ERROR|SKIPPED)",
        done.stdout,
        re.MULTILINE,
    )
    total = Counter(name for name, _ in verdicts)
    passed = Counter(name for name, verdict in verdicts if verdict == "PASSED")
    for name, count in sorted(total.items()):
        print(f"{name.replace('_', ' '):<32} {passed[name]:>4}/{count}")
    if done.returncode:
        print(done.stdout)
    held = passed.total()
    return held, max(total.total() - held, int(done.returncode != 0))


def main() -> int:
    counts = [official(), own()]
    held, failed = (sum(column) for column in zip(*counts, strict=True))
    print(f"{held} held, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
