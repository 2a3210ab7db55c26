"""The browser client's tests: all of them, then once more whatever failed.

Its stories are told by whole browsers that wait for one another, on however few cores
there are. One that fails beside others is told again by itself before it counts; that
it had to be is said in the summary, by name.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import web

Name = tuple[str, str]
"""A test's file and its sentence."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    Attributes:
        status: the exit status of vitest.
        passed: how many tests passed.
        failed: those that did not.
        stray: what was thrown and belongs to no test.
    """

    status: int
    passed: int = 0
    failed: frozenset[Name] = frozenset()
    stray: tuple[str, ...] = ()

    @property
    def may_be_told_again(self) -> bool:
        """Whether named tests failed, and nothing else is known to be wrong."""
        return self.status == 1 and bool(self.failed) and not self.stray


def run() -> tuple[int, list[str]]:
    """Run every test; return an exit status, and lines for a summary."""
    if why := web.missing():
        return web.run("test"), [f"skipped: {why}"]
    if status := web.install():
        return status, ["what it needs could not be installed"]
    first = _told([])
    if not first.may_be_told_again:
        return first.status, said(first, first)
    print("\nOnce more, by themselves, what failed ...", flush=True)
    again = _told(sorted({file for file, _ in first.failed}))
    return again.status, said(first, again)


def _told(files: list[str]) -> Outcome:
    with TemporaryDirectory() as folder:
        written = Path(folder) / "outcome.json"
        reporters = ["--reporter=default", "--reporter=./tests/kit/outcome.ts"]
        done = subprocess.run(
            ["npx", "vitest", "run", *reporters, *files],
            cwd=web.WEB,
            env={**os.environ, "LINNET_OUTCOME": str(written)},
            check=False,
        )
        return read(done.returncode, written.read_text() if written.exists() else "{}")


def read(status: int, written: str) -> Outcome:
    """Read what web/tests/kit/outcome.ts wrote."""
    found = json.loads(written)
    failed = frozenset((file, name) for file, name in found.get("failed", ()))
    stray = tuple(found.get("stray", ()))
    return Outcome(status, found.get("passed", 0), failed, stray)


def said(first: Outcome, again: Outcome) -> list[str]:
    """Say what the tests came to, told once and those that failed again."""
    told = [f"{first.passed} passed"]
    for name in sorted(first.failed | again.failed):
        how = "failed" if name in again.failed else "failed, passed by itself"
        told.append(f"{how}: {': '.join(name)}")
    told += [f"thrown by no test: {message}" for message in again.stray]
    if again.status and not again.failed and not again.stray:
        told.append(f"vitest ended with status {again.status}")
    return told
