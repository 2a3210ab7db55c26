"""What the browser client's tests came to is told without hiding one that failed."""

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STORY = ("tests/browser/group.test.ts", "three people talk")
OTHER = ("tests/browser/media.test.ts", "a picture arrives")


@pytest.fixture(scope="module")
def tool() -> Any:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield runpy.run_path(str(ROOT / "tools/web_tests.py"))
    finally:
        sys.path.remove(str(ROOT / "tools"))


def test_what_failed_at_first_is_told_even_when_it_passed_by_itself(tool: Any) -> None:
    first = tool["Outcome"](1, 9, frozenset({STORY, OTHER}))
    again = tool["Outcome"](1, 1, frozenset({OTHER}))

    assert tool["said"](first, again) == [
        "9 passed",
        "failed, passed by itself: tests/browser/group.test.ts: three people talk",
        "failed: tests/browser/media.test.ts: a picture arrives",
    ]


@pytest.mark.parametrize("status", [1, 137])
def test_a_run_that_wrote_nothing_down_is_told_by_its_status(
    tool: Any, status: int
) -> None:
    outcome = tool["read"](status, "{}")

    assert not outcome.may_be_told_again
    assert tool["said"](outcome, outcome)[-1] == f"vitest ended with status {status}"


def test_what_was_thrown_by_no_test_is_not_told_again_but_said(tool: Any) -> None:
    written = '{"passed": 3, "failed": [["a.test.ts", "one"]], "stray": ["It broke"]}'
    outcome = tool["read"](1, written)

    assert not outcome.may_be_told_again
    assert "thrown by no test: It broke" in tool["said"](outcome, outcome)


def test_a_run_that_was_killed_is_not_told_again(tool: Any) -> None:
    assert not tool["Outcome"](137, 9, frozenset({STORY})).may_be_told_again
