"""A smaller file in every full run; `python -m tests.crossing` sends 20 MB."""

import asyncio
from pathlib import Path

import pytest

from linnet.client.store import vault
from tests.crossing.course import Crossing, cross
from tests.crossing.ledger import Ledger

pytestmark = pytest.mark.slow

ROADS = 5
SIZE = 3_000_000
OVERHEAD = 1.1
"""What records, WebSocket, requests and TLS add at most to pieces of a file."""
MEANWHILE = 64 * 1024
"""What else goes over each road: handshakes, acknowledgements, other requests."""


@pytest.fixture
def quick_vaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "MEMORY_KIB", 1024)
    monkeypatch.setattr(vault, "PASSES", 1)


@pytest.mark.usefixtures("quick_vaults")
def test_a_file_crosses_five_dying_roads_whole_and_no_acknowledged_byte_goes_twice(
    tmp_path: Path,
) -> None:
    crossing = asyncio.run(cross(tmp_path, SIZE))

    assert crossing.arrived_whole
    for ledger in (crossing.sent, crossing.fetched):
        killed = {leg.road for leg in ledger.legs[:-1]}
        assert len(killed) == len(ledger.legs) - 1 == ROADS
        assert all(leg.moved for leg in ledger.legs)
        assert len(ledger.acknowledged) > SIZE
        assert [leg.twice for leg in ledger.legs] == [0] * (ROADS + 1)
        assert ledger.sessions == 1
    assert _carried(crossing) == (True, True)


def _carried(crossing: Crossing) -> tuple[bool, bool]:
    """Whether the taps saw no more than the ledgers explain."""
    up = sum(leg.up for leg in crossing.sent.legs)
    down = sum(leg.down for leg in crossing.fetched.legs)
    return up < _most(crossing.sent), down < _most(crossing.fetched, kept=512 * 1024)


def _most(ledger: Ledger, *, kept: int = 0) -> float:
    moved = sum(leg.moved for leg in ledger.legs)
    return moved * OVERHEAD + len(ledger.legs) * (MEANWHILE + kept)
