"""A small storm in every full run of the tests; `make storm` blows harder.

The disk fills, the relay comes back from an older backup, and processes are killed.
"""

import asyncio
from pathlib import Path

import pytest

from tests.storm.__main__ import storm, tell
from tests.storm.crowd import Plan

pytestmark = [pytest.mark.slow, pytest.mark.storm]


def test_a_small_storm_loses_doubles_and_disorders_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan(kills=9, messages=50, seed=3)

    status = tell(*asyncio.run(storm(plan, tmp_path)))

    assert status == 0, capsys.readouterr().out
