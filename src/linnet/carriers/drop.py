"""What every drop is: a place for parcels that both sides can reach (spec/parcels.md).

A drop moves blobs under names and says what it holds. What it says is believed by
nobody: it may lose, delay, double or invent.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, Protocol

MOST_NAMES: Final = 1_000
"""Names read of one list."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lay in a drop.

    Attributes:
        data: the blob; empty where it was none, or too large for a parcel.
        sender: to whom an answer goes, where the drop needs to know; or "".
    """

    data: bytes = field(repr=False)
    sender: str = field(default="", repr=False)


class Drop(Protocol):
    """A drop as one side uses it.

    One task at a time may ``put`` to a host, several to several; another does the rest.

    Everything may raise ``OSError``, where nobody answers or not as the protocol of the
    drop wants it, and ``Unopened``, where the drop does not let this side in.
    """

    async def open(self) -> None:
        """See that it is there, and lets this side in."""

    async def put(self, name: str, data: bytes, to: str) -> None:
        """Put a blob in, for whoever is to find it."""

    async def names(self, prefix: str) -> list[str]:
        """What can be got: names that begin so, or of which that cannot be known."""

    async def get(self, name: str) -> Found:
        """Read what has that name.

        Raises:
            FileNotFoundError: nothing has it any more.
        """

    async def delete(self, names: Sequence[str]) -> None:
        """Remove what has these names, where it is still there."""

    async def rest(self, seconds: float, stirred: asyncio.Event) -> None:
        """Wait until something may have come, until stirred, or so long."""

    def close(self) -> None:
        """Let go of every connection."""


async def wait(seconds: float, stirred: asyncio.Event) -> None:
    """Wait until stirred, or so long; ``inf`` for ever."""
    try:
        async with asyncio.timeout(None if seconds == inf else seconds):
            await stirred.wait()
    except TimeoutError:
        return
