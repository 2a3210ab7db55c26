"""`make test`: every test, spread over the cores, ending with pytest's summary.

The browser client's own come first, and what they came to stands in that summary. A
few that fail beside others, on however few cores there are, are told once more by
themselves before they count, and the summary names them. With arguments, which are
pytest's, only it runs.
"""

import json
import os
import subprocess
import sys

import web_tests
from rows import BIN, ROOT

TESTS_FAILED = 1
MOST_AGAIN = 5
"""Where more fail, it is not for want of time."""


def main(arguments: list[str]) -> int:
    if arguments:
        return _pytest(["-n", "auto", *arguments], [])
    broken, told = web_tests.run()
    lines = [f"browser client: {line}" for line in told]
    status = _pytest(["-n", "auto", "--cache-clear"], lines)
    failed = _last_failed()
    if status == TESTS_FAILED and 0 < len(failed) <= MOST_AGAIN:
        print("\nOnce more, by themselves, what failed ...", flush=True)
        lines += [f"failed beside the others, above: {name}" for name in failed]
        status = _pytest(["-n", "0", "--last-failed"], lines)
    return status or broken


def _pytest(words: list[str], lines: list[str]) -> int:
    command = [f"{BIN}/python", "-m", "pytest", "--dist", "loadfile", *words]
    told = {**os.environ, "LINNET_TOLD": "\n".join(lines)}
    return subprocess.run(command, cwd=ROOT, env=told, check=False).returncode


def _last_failed() -> list[str]:
    kept = ROOT / ".pytest_cache/v/cache/lastfailed"
    return sorted(json.loads(kept.read_text())) if kept.exists() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
