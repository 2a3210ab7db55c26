"""No test waits for ever: one that would ends as a failure, and the others go on."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

MOST_SECONDS = 200.0
"""Far more than any test takes; faulthandler ends what even this does not."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    with bounded():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    with bounded():
        return (yield)


@contextmanager
def bounded() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def end(number: int, frame: object) -> None:
    pytest.fail(f"It still ran after {MOST_SECONDS:.0f} seconds.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was told before this run and belongs to it (tools/test.py)."""
    if told := os.environ.get("LINNET_TOLD"):
        terminalreporter.section("told before")
        terminalreporter.write_line(told)
