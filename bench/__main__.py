"""`make bench`: every measurement of the checkout, one after another.

`make bench ARGS=relay` runs only those whose name holds the word.
"""

import re
import subprocess
import sys
from collections import Counter

COUNTED = re.compile(r"(\d+) (held|failed)")
PARTS = ("bench.mls", "bench.session", "bench.relay", "bench.web", "bench.probing")


def main(wanted: str) -> int:
    """Run the parts, and say how many of their goals held and how many failed."""
    counts, broken = Counter[str](), 0
    parts = [part for part in PARTS if wanted in part]
    for part in parts:
        print(f"== {part}", flush=True)
        done, last = run(part)
        counts.update({word: int(n) for n, word in COUNTED.findall(last)})
        broken += done != 0
    print(f"{counts['held']} held, {counts['failed'] + broken} failed")
    return 1 if broken or not parts else 0


def run(part: str) -> tuple[int, str]:
    """Run one part and let it print; gives its exit status and its last line."""
    command = [sys.executable, "-u", "-m", part]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for last in process.stdout:
            print(last, end="", flush=True)
    return process.returncode, last


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
