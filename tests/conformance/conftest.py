"""Every test of the suite runs with every store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.makers import Maker, Memory, Sqlite


@pytest.fixture(params=[Sqlite, Memory], ids=["sqlite", "memory"])
def maker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    made: Maker = request.param(tmp_path)
    yield made
    made.close()
