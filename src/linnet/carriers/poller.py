"""A carrier made of requests, on the client's side (spec/session.md §8.4).

Two connections that stay open: one sends, one fetches. A request that failed is made
again with the same number, on a new connection, so that nothing arrives twice.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from os import urandom
from random import SystemRandom
from typing import Final

from linnet.carriers.burst_bounds import Pacer
from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dial import NO_DOOR, explained
from linnet.carriers.guises import WARDROBE, Wardrobe
from linnet.carriers.outside import Manner
from linnet.carriers.poll_connection import ANSWER_SECONDS, Gone, PollConnection
from linnet.carriers.polls import (
    CARRIER_BYTES,
    HANG_SECONDS,
    HEAD_BYTES,
    LARGEST_BODY,
    Kind,
    Poll,
    Room,
    read_messages,
)
from linnet.carriers.streams import Streams
from linnet.carriers.ways import Way
from linnet.errors import Malformed, Unreachable
from linnet.wire.links import Address

MOST_FAILURES: Final = 4
RETRY_SECONDS: Final = 0.5
MOST_WAITING: Final = 64 * 1024
LEAVE_SECONDS: Final = 5.0
"""How long a goodbye may take."""

AGAIN_SECONDS: Final = 2.5
AGAIN_SPREAD: Final = 1.5
"""Between connections that are made again, and what chance adds at most."""

_chance: Final = SystemRandom().random


async def poll(
    address: Address, user: CarrierUser, wardrobe: Wardrobe = WARDROBE
) -> Carrier:
    """Open a carrier made of requests to an address.

    Raises:
        Unreachable: nobody answers there, or nobody who lets a session in; the text
            says which, without the address.
    """
    carrier = PollingCarrier(address, user, wardrobe)
    await explained(carrier.begin())
    return carrier


class PollingCarrier(Carrier):
    """A carrier made of requests; its user is told ``lost`` when they fail."""

    __slots__ = (
        "_ear", "_fetched", "_fetcher", "_fetches", "_is_local", "_mouth", "_name",
        "_over", "_pacer", "_queue", "_queued", "_room", "_sender", "_sends", "_sent",
        "_streams",
    )  # fmt: skip

    def __init__(self, address: Address, user: CarrierUser, wardrobe: Wardrobe) -> None:
        super().__init__(user)
        guise = wardrobe.choose(address)
        manner = Manner(guise, wardrobe, old=False, resumes=guise.resumes, newer=True)
        self._streams = Streams(address, manner, is_paced=True)
        self._mouth = PollConnection(
            address, wardrobe, streams=self._streams, finds_out=True
        )
        self._ear = PollConnection(address, wardrobe, streams=self._streams)
        self._pacer = Pacer(AGAIN_SECONDS, AGAIN_SPREAD, _chance)
        self._is_local = Way(address).is_local
        self._name = urandom(CARRIER_BYTES)
        self._sent = 0
        self._fetched = 0
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._room = Room(LARGEST_BODY - HEAD_BYTES)
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
            await self._mouth.post(self._poll(Kind.SEND, 0), ANSWER_SECONDS)
        except Gone:
            self._streams.close()
            raise Unreachable(NO_DOOR) from None
        except BaseException:
            self._streams.close()
            raise
        loop = asyncio.get_running_loop()
        self._sender = loop.create_task(self._send(self._mouth))
        self._fetcher = loop.create_task(self._fetch(self._ear))

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return not self._over

    def write(self, messages: Iterable[bytes]) -> None:
        """Send messages, as many in one request as fit."""
        for message in messages:
            self._queue.append(message)
            self._queued += len(message)
        self.paused = self._queued > MOST_WAITING
        self._sends.set()

    def hold(self) -> None:
        """Fetch nothing for now."""
        self._fetches.clear()

    def go_on(self) -> None:
        """Fetch again."""
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
        self._mouth.close()
        self._ear.close()
        self._streams.close()

    async def _send(self, connection: PollConnection) -> None:
        try:
            while self._queue or not self._over:
                if self._queue:
                    await self._send_some(connection)
                else:
                    self._sends.clear()
                    await self._sends.wait()
            with contextlib.suppress(OSError):
                await connection.post(self._poll(Kind.LEAVE, 0), LEAVE_SECONDS)
        except Unreachable:
            self._lose()
        finally:
            connection.close()
            self._streams.close()

    async def _send_some(self, connection: PollConnection) -> None:
        messages: tuple[bytes, ...] = ()

        def poll() -> bytes:
            nonlocal messages
            messages = self._room.portion(self._queue)
            return self._poll(Kind.SEND, self._sent, messages)

        await self._ask(connection, poll, failed=self._room.shrink)
        self._room.grow()
        self._sent += len(messages)
        for message in messages:
            self._queue.popleft()
            self._queued -= len(message)
        if self.paused and self._queued <= MOST_WAITING // 2:
            self.paused = False
            if not self._over:
                self.user.writable()

    async def _fetch(self, connection: PollConnection) -> None:
        try:
            while not self._over:
                await self._fetches.wait()
                answer = await self._ask(
                    connection, lambda: self._poll(Kind.FETCH, self._fetched)
                )
                messages = read_messages(answer)
                for message in messages:
                    self._fetched += 1
                    if not self._over:
                        self.user.arrived(message)
                if not messages:
                    # What stands between may answer so at once, each time.
                    await asyncio.sleep(RETRY_SECONDS)
        except (Unreachable, Malformed):
            self._lose()
        finally:
            connection.close()

    async def _ask(
        self,
        connection: PollConnection,
        poll: Callable[[], bytes],
        *,
        failed: Callable[[], None] = lambda: None,
    ) -> bytes:
        """Make a request until it is answered.

        Raises:
            Unreachable: it failed too often, or the relay does not know the carrier.
        """
        for failures in range(MOST_FAILURES):
            await self._take_turn(connection)
            try:
                return await connection.post(poll(), HANG_SECONDS + ANSWER_SECONDS)
            except OSError:
                if self._over:
                    break
                failed()
                # The first one may be no more than a connection that was at its end.
                await asyncio.sleep(RETRY_SECONDS * failures)
        raise Unreachable("Request after request fails on this road.")

    async def _take_turn(self, connection: PollConnection) -> None:
        """Make connections again only slowly: who is cut each time must not storm."""
        if self._is_local or not connection.is_again:
            return
        now = asyncio.get_running_loop().time()
        when = self._pacer.next(now)
        self.excused_until = max(self.excused_until, when)
        await asyncio.sleep(when - now)

    def _poll(self, kind: Kind, number: int, messages: tuple[bytes, ...] = ()) -> bytes:
        return Poll(self._name, kind, number, messages).pack()

    def _lose(self) -> None:
        if not self._over:
            self.abort()
            self.user.lost()
