"""What the browser client's tests came to is told without hiding one that failed."""

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import web  # noqa: E402
from web_tests import Outcome, read, said  # noqa: E402

STORY = ("tests/browser/group.test.ts", "three people talk")
OTHER = ("tests/browser/media.test.ts", "a picture arrives")


def result(file: str, status: str, **tests: str) -> dict[str, Any]:
    return {
        "name": str(web.WEB / file),
        "status": status,
        "assertionResults": [
            {"fullName": name.replace("_", " "), "status": status}
            for name, status in tests.items()
        ],
    }


def test_a_report_names_what_failed_by_its_file() -> None:
    report = {
        "numPassedTests": 1,
        "testResults": [
            result(STORY[0], "failed", three_people_talk="failed", two_do="passed")
        ],
    }

    assert read(1, report) == Outcome(1, 1, frozenset({STORY}))


def test_a_file_that_could_not_be_begun_has_failed() -> None:
    outcome = read(1, {"testResults": [result(STORY[0], "failed")]})

    assert outcome.failed == {(STORY[0], "(not begun)")}


def test_what_failed_at_first_is_told_even_when_it_passed_by_itself() -> None:
    first = Outcome(1, 9, frozenset({STORY, OTHER}))
    again = Outcome(1, 1, frozenset({OTHER}))

    assert said(first, again) == [
        "9 passed",
        "failed, passed by itself: tests/browser/group.test.ts: three people talk",
        "failed: tests/browser/media.test.ts: a picture arrives",
    ]


@pytest.mark.parametrize("status", [1, 137])
def test_a_run_that_ended_without_a_report_is_told_by_its_status(status: int) -> None:
    outcome = read(status, {})

    assert said(outcome, outcome)[-1] == f"vitest ended with status {status}"
