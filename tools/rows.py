"""Runs named steps and prints a row for each, then how many held and failed."""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

Step = tuple[str, Sequence[str]]


def run(steps: Sequence[Step]) -> int:
    """Run every step, show the output of those that fail, return an exit status."""
    failed = 0
    for name, command in steps:
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        verdict = "failed" if done.returncode else "held"
        print(f"{name:<28} {verdict:<8} {time.monotonic() - began:6.1f} s", flush=True)
        if done.returncode:
            failed += 1
            sys.stdout.write((done.stdout + done.stderr).decode(errors="replace"))
    print(f"{len(steps) - failed} held, {failed} failed")
    return 1 if failed else 0


def held_and_failed(summary: str) -> str:
    """Turn the last line of a pytest run into our own closing line."""
    last = summary.strip().splitlines()[-1] if summary.strip() else ""
    found = {word: int(n) for n, word in re.findall(r"(\d+) (\w+)", last)}
    failed = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0)
    return f"{found.get('passed', 0)} held, {failed} failed"
