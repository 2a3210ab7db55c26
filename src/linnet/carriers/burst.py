"""A carrier of short connections, on the client's side (spec/carriers.md).

Each request has a connection of its own that is closed with the answer, and carries no
more than a censor lets through who freezes long connections; few are open at once and
they are opened slowly, for a censor who counts them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import cycle
from os import urandom
from random import SystemRandom
from typing import Final

from linnet.carriers.burst_bounds import AT_ONCE, MOST_BYTES, Pacer, largest_piece
from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dial import NO_DOOR, explained
from linnet.carriers.guises import WARDROBE, Wardrobe
from linnet.carriers.pieces import LAST_PLACE, Joiner, Piece, PieceKind
from linnet.carriers.poll_connection import Gone, PollConnection
from linnet.carriers.polls import CARRIER_BYTES, HANG_SECONDS, Kind, Poll, pack_messages
from linnet.errors import Unreachable
from linnet.wire.links import Address

PAUSE: Final = 2.5
SPREAD: Final = 1.5
"""Seconds between connections to one name, and what chance adds at most."""

ANSWER_SECONDS: Final = 8.0
"""How long an answer may take, beside what a TAKE may wait."""

EXCUSE_SECONDS: Final = 2 * (PAUSE + SPREAD)
"""How long the next answer may be away: another connection may have its turn first."""

MOST_FAILURES: Final = 5
SMALLEST_PIECE: Final = 256
MOST_WAITING: Final = 64 * 1024
_chance = SystemRandom().random


class Gate:
    """Lets connections to each name through: few at once, and slowly."""

    def __init__(self, pause: float = PAUSE, spread: float = SPREAD) -> None:
        self._pause, self._spread = pause, spread
        self._names: dict[str, tuple[Pacer, asyncio.Semaphore]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextlib.asynccontextmanager
    async def passage(self, address: Address) -> AsyncIterator[None]:
        """Wait for a turn; the place is free again at the end."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._names = loop, {}
        name = address.cover or address.host
        if name not in self._names:
            pacer = Pacer(self._pause, self._spread, _chance)
            self._names[name] = pacer, asyncio.Semaphore(AT_ONCE)
        pacer, places = self._names[name]
        async with places:
            await asyncio.sleep(pacer.next(loop.time()) - loop.time())
            yield


GATE: Final = Gate()
"""The gate of this process."""


async def burst(
    address: Address,
    user: CarrierUser,
    others: Sequence[Address] = (),
    *,
    wardrobe: Wardrobe = WARDROBE,
    gate: Gate = GATE,
) -> Carrier:
    """Open a carrier of short connections to an address of the web.

    Args:
        address: of a relay.
        user: who is told what comes.
        others: more addresses of the same relay, to be taken in turn with this one.
        wardrobe: in which guise each is met.
        gate: what paces the connections.

    Raises:
        Unreachable: nobody answers there, or nobody who lets a session in; the text
            says which, without the address.
    """
    carrier = BurstCarrier((address, *others), user, wardrobe, gate)
    await explained(carrier.begin())
    return carrier


class BurstCarrier(Carrier):
    """A carrier of short connections; its user is told ``lost`` when they fail."""

    __slots__ = (
        "_addresses", "_fetcher", "_fetches", "_gate", "_joiner", "_name", "_over",
        "_sender", "_sends", "_sent", "_size", "_stream", "_taken", "_tried",
        "_wardrobe",
    )  # fmt: skip

    def __init__(
        self,
        addresses: Sequence[Address],
        user: CarrierUser,
        wardrobe: Wardrobe,
        gate: Gate,
    ) -> None:
        super().__init__(user)
        self._addresses = cycle(addresses)
        self._wardrobe = wardrobe
        self._gate = gate
        self._name = urandom(CARRIER_BYTES)
        self._stream = bytearray()
        self._joiner = Joiner()
        self._sent = self._taken = 0
        self._size = self._tried = MOST_BYTES
        self._over = False
        self._sends, self._fetches = asyncio.Event(), asyncio.Event()
        self._fetches.set()
        self._sender: asyncio.Task[None] | None = None
        self._fetcher: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Begin the carrier.

        Raises:
            OSError: nobody answers.
            Unreachable: what answers is no relay's door.
        """
        try:
            await self._ask(lambda _: self._put(b""), ANSWER_SECONDS)
        except Gone:
            raise Unreachable(NO_DOOR) from None
        loop = asyncio.get_running_loop()
        self._sender = loop.create_task(self._until_lost(self._send))
        self._fetcher = loop.create_task(self._until_lost(self._fetch))

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return not self._over

    def write(self, messages: Iterable[bytes]) -> None:
        """Send messages, in as many pieces as it takes."""
        if not self._stream:
            self._excuse()
        self._stream += pack_messages(messages)
        self.paused = len(self._stream) > MOST_WAITING
        self._sends.set()

    def hold(self) -> None:
        """Take nothing for now."""
        self._fetches.clear()

    def go_on(self) -> None:
        """Take again."""
        self._fetches.set()

    def close(self) -> None:
        """Send what was written, then leave."""
        self._over = True
        self._sends.set()
        if self._fetcher is not None:
            self._fetcher.cancel()

    def abort(self) -> None:
        """Leave at once and forget what was not sent."""
        self.close()
        if self._sender is not None:
            self._sender.cancel()

    async def _until_lost(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Unreachable:
            self._lose()

    def _lose(self) -> None:
        if not self._over:
            self.abort()
            self.user.lost()

    async def _send(self) -> None:
        while self._stream or not self._over:
            if self._stream:
                await self._again(self._send_some)
            else:
                self._sends.clear()
                await self._sends.wait()
        leave = Poll(self._name, Kind.LEAVE, 0)
        with contextlib.suppress(OSError, Unreachable):
            await self._ask(lambda _: leave, ANSWER_SECONDS)

    async def _send_some(self) -> None:
        data = b""

        def put(size: int) -> Piece:
            nonlocal data
            data = bytes(self._stream[:size])
            return self._put(data)

        await self._ask(put, ANSWER_SECONDS)
        del self._stream[: len(data)]
        self._sent += len(data)
        if self.paused and len(self._stream) <= MOST_WAITING // 2:
            self.paused = False
            if not self._over:
                self.user.writable()

    async def _fetch(self) -> None:
        while not self._over:
            await self._fetches.wait()
            await self._again(self._fetch_some)

    async def _fetch_some(self) -> None:
        asked = 0

        def take(size: int) -> Piece:
            nonlocal asked
            asked = size
            return Piece(self._name, PieceKind.TAKE, self._taken, most=size)

        data = await self._ask(take, HANG_SECONDS + ANSWER_SECONDS)
        if len(data) > asked:
            raise Unreachable("The relay gives more than it was asked for.")
        self._taken += len(data)
        if self._taken > LAST_PLACE:
            raise Unreachable("This carrier has carried all that it can.")
        for message in self._joiner.feed(data):
            if not self._over:
                self.user.arrived(message)

    async def _again(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something until it works.

        Raises:
            Unreachable: it failed too often, or the relay does not know the carrier.
        """
        for _ in range(MOST_FAILURES):
            try:
                await act()
            except OSError:
                # Whoever cuts this road may do so at less than is thought.
                self._size = max(SMALLEST_PIECE, self._tried // 2)
            else:
                self._size = min(MOST_BYTES, self._size + self._size // 8)
                return
        raise Unreachable("Connection after connection fails on this road.")

    async def _ask(
        self, request: Callable[[int], Piece | Poll], patience: float
    ) -> bytes:
        """Make one request on a connection of its own.

        Args:
            request: makes it, for what there is room for on the connection.
            patience: seconds.

        Raises:
            OSError: the connection failed.
            Unreachable: the relay does not know the carrier.
        """
        address = next(self._addresses)
        async with self._gate.passage(address):
            connection = PollConnection(address, self._wardrobe, resumes=True)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.open()
                size = self._tried = min(self._size, largest_piece(connection.opening))
                answer = await connection.post(request(size).pack(), patience)
                self._excuse()
                return answer
            finally:
                await connection.finish()

    def _excuse(self) -> None:
        self.excused_until = asyncio.get_running_loop().time() + EXCUSE_SECONDS

    def _put(self, data: bytes) -> Piece:
        if self._sent > LAST_PLACE:
            raise Unreachable("This carrier has carried all that it can.")
        return Piece(self._name, PieceKind.PUT, self._sent, data)
