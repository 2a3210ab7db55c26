"""The words `linnet web ...` understands (docs/web.md).

The status is 0 when the server serves what was released, 1 when it does not or cannot
be reached, 2 when the words were wrong.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from linnet.errors import LinnetError, UsageError
from linnet.web import NOT_BUILT, page_folder
from linnet.web.compare import Comparison, carried_release, compare, over_http
from linnet.web.release import Release


def main(line: Sequence[str]) -> int:
    """Run one `linnet web` command and return its exit status."""
    options = _parser().parse_args(line)
    try:
        return _hash(options) if options.verb == "hash" else _verify(options)
    except UsageError as error:
        print(f"linnet web: {error}", file=sys.stderr)
        return 2
    except LinnetError as error:
        print(f"linnet web: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _hash(options: argparse.Namespace) -> int:
    ours = _carried()
    said = {"version": ours.version, "code_hash": ours.code_hash, "key": ours.key.hex()}
    print(json.dumps(said) if options.json else f"{ours.version}  {ours.code_hash}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    found = compare(_carried(), over_http(options.url))
    print(json.dumps(_as_json(found)) if options.json else _as_sentences(found))
    return 0 if found.is_same else 1


def _carried() -> Release:
    folder = page_folder()
    if folder is None:
        raise UsageError(NOT_BUILT)
    return carried_release(folder)


def _as_json(found: Comparison) -> dict[str, object]:
    return {
        "same": found.is_same,
        "served": {
            "version": found.served.version,
            "code_hash": found.served.code_hash,
        },
        "released": {"version": found.ours.version, "code_hash": found.ours.code_hash},
        "same_key": found.served.key == found.ours.key,
        "differing": list(found.differing),
        "unknown": list(found.unknown),
    }


def _as_sentences(found: Comparison) -> str:
    served, ours = found.served, found.ours
    if found.is_same:
        return (
            f"The same: that server serves version {ours.version} as it was released, "
            f"{len(ours.files)} files, code hash {ours.code_hash}."
        )
    lines = [
        f"NOT the same. Served: version {served.version}, code hash "
        f"{served.code_hash}. Released: version {ours.version}, code hash "
        f"{ours.code_hash}."
    ]
    if served.key != ours.key:
        lines.append("It is signed by another key than this copy of Linnet.")
    lines += [f"  differs: {path}" for path in found.differing]
    lines += [f"  not in the release: {path}" for path in found.unknown]
    lines.append("Do not use that page for what must stay private, and tell others.")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="linnet web", description="The page that relays serve to browsers."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser(
        "verify", help="compare what a server serves with the release carried here"
    )
    verify.add_argument("url", metavar="URL", help="where the page is, https://...")
    hashed = verbs.add_parser("hash", help="print the code hash of the release")
    for one in (verify, hashed):
        one.add_argument("--json", action="store_true", help="print JSON")
    return parser
