"""The browser client's tests: all of them, then once more whatever failed.

Its stories are told by whole browsers that wait for one another, on however few cores
there are. One that fails beside others is told again by itself before it counts; that
it had to be is said in the summary, by name.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import web

Name = tuple[str, str]
"""A test's file and its sentence; a file that could not be begun has none."""


@dataclass(frozen=True)
class Outcome:
    """What a run of vitest came to.

    Attributes:
        status: its exit status.
        passed: how many tests passed.
        failed: those that did not.
    """

    status: int
    passed: int = 0
    failed: frozenset[Name] = frozenset()


def run() -> tuple[int, list[str]]:
    """Run every test; return an exit status, and lines for a summary."""
    if why := web.missing():
        return web.run("test"), [f"skipped: {why}"]
    if status := web.install():
        return status, ["what it needs could not be installed"]
    first = _told([])
    if not first.failed:
        return first.status, said(first, first)
    print("\nOnce more, by themselves, what failed ...", flush=True)
    again = _told(sorted({file for file, _ in first.failed}))
    return again.status, said(first, again)


def _told(files: list[str]) -> Outcome:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        reporters = ["--reporter=default", "--reporter=json"]
        words = ["npx", "vitest", "run", *reporters, f"--outputFile.json={report}"]
        status = subprocess.run([*words, *files], cwd=web.WEB, check=False).returncode
        return read(status, json.loads(report.read_text()) if report.exists() else {})


def read(status: int, report: dict[str, Any]) -> Outcome:
    """Read the report that vitest writes as JSON."""
    failed: set[Name] = set()
    for result in report.get("testResults", []):
        file = str(Path(result["name"]).relative_to(web.WEB))
        tests = result["assertionResults"]
        names = {test["fullName"] for test in tests if test["status"] == "failed"}
        if not names and result["status"] == "failed":
            names = {"(not begun)"}
        failed |= {(file, name) for name in names}
    return Outcome(status, report.get("numPassedTests", 0), frozenset(failed))


def said(first: Outcome, again: Outcome) -> list[str]:
    """Say what the tests came to, told once and those that failed again."""
    told = [f"{first.passed} passed"]
    for name in sorted(first.failed | again.failed):
        how = "failed" if name in again.failed else "failed, passed by itself"
        told.append(f"{how}: {': '.join(name)}")
    if again.status and not again.failed:
        told.append(f"vitest ended with status {again.status}")
    return told
