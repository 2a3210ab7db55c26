"""A carrier made of questions to name servers, on the client's side (spec/dns.md §4).

Drives ``exchange`` over ``lines``: the resolver that answered first is asked until it
falls silent, then the next, with the same carrier, which is nobody's connection.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from os import urandom
from random import SystemRandom
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dns.exchange import Exchange
from linnet.carriers.dns.letters import Letters
from linnet.carriers.dns.lines import Line
from linnet.carriers.dns.message import Labels, split
from linnet.carriers.dns.question import data_room
from linnet.carriers.dns.resolvers import lines_to
from linnet.carriers.pieces import Joiner
from linnet.carriers.polls import pack_messages
from linnet.errors import LocalError, Malformed
from linnet.wire.links import Address

OPEN_SECONDS: Final = 25.0
"""How long all resolvers together may take to answer a first time."""

NEXT_SECONDS: Final = 2.0
"""How long a resolver is alone before the next is asked as well."""

GREETING_SECONDS: Final = 0.8
"""Between first questions."""

DEAF_SECONDS: Final = 10.0
"""A resolver that answers nothing for so long is left for the next."""

LOST_SECONDS: Final = 60.0
"""A carrier of which nothing is heard for so long is lost."""

EXCUSE_SECONDS: Final = 8.0
"""How long the next answer may be away before silence counts."""

LEAVE_SECONDS: Final = 10.0
"""How long a goodbye may take."""

MOST_UNKNOWN: Final = 6
"""Answers in a row that know nothing of the carrier; one may be forged or old."""

MOST_CUT: Final = 3
MOST_WAITING: Final = 8 * 1024
MOST_HELD: Final = 64 * 1024
"""Bytes that wait to be sent before the session pauses; and that wait to be wanted."""

SMALLEST_ROOM: Final = 24
_chance: Final = SystemRandom().random

Lines = Callable[[Address], Sequence[Line]]


async def ask_names(
    address: Address, user: CarrierUser, lines: Lines = lines_to
) -> Carrier:
    """Open a carrier made of questions about names in an address's zone.

    Raises:
        Unreachable: no resolver leads to the relay; the text says so without the
            address.
    """
    try:
        zone = split(address.host.strip(".").lower())
        found = lines(address)
    except (LocalError, ValueError):
        raise Unopened(Came.NO_NAME, _NO_ZONE) from None
    if data_room(zone) < SMALLEST_ROOM:
        raise Unopened(Came.NO_NAME, _NO_ZONE)
    opening = _Opening(zone, found)
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            line, letters, name = await opening.first()
        opening.end(line)
        carrier = AskingCarrier(user, letters, found)
        await carrier.begin(line, name)
    except BaseException as error:
        # Who gives a road up in the middle leaves nothing open.
        opening.end(None)
        if isinstance(error, TimeoutError):
            raise Unopened(Came.NOBODY, _NOBODY) from None
        raise
    return carrier


_NO_ZONE: Final = "The link names no zone of names that could be asked for."
_NOBODY: Final = (
    "No name server led to the relay: its zone is blocked here or not set up, or this "
    "machine is offline."
)


class _Opening:
    """Asks one resolver after another for a carrier, until the first gives one."""

    def __init__(self, zone: Labels, lines: Sequence[Line]) -> None:
        self._zone, self._lines = zone, lines
        loop = asyncio.get_running_loop()
        self._found: asyncio.Future[tuple[Line, Letters, bytes]] = loop.create_future()
        self._tasks: list[asyncio.Task[None]] = []

    async def first(self) -> tuple[Line, Letters, bytes]:
        """Wait for the first."""
        loop = asyncio.get_running_loop()
        for number, line in enumerate(self._lines):
            work = self._try(line, number * NEXT_SECONDS)
            self._tasks.append(loop.create_task(work))
        return await self._found

    def end(self, kept: Line | None) -> None:
        """Leave all but the one that is kept, if one is."""
        for task in self._tasks:
            task.cancel()
        for line in self._lines:
            if line is not kept:
                line.close()

    async def _try(self, line: Line, after: float) -> None:
        await asyncio.sleep(after)
        letters = Letters(self._zone)

        def heard(data: bytes) -> None:
            name = letters.read_name(data)
            if name is not None and not self._found.done():
                self._found.set_result((line, letters, name))

        with suppress(OSError):
            await line.open(heard)
            while True:
                line.send(letters.greet())
                await asyncio.sleep(GREETING_SECONDS)


class AskingCarrier(Carrier):
    """A carrier made of questions; its user is told ``lost`` when nobody answers."""

    is_narrow = True

    __slots__ = (
        "_cut", "_exchange", "_farewell", "_gone", "_held", "_joiner", "_leaving",
        "_letters", "_line", "_lines", "_moving", "_over", "_tried_at", "_unknown",
        "_waits",
    )  # fmt: skip

    def __init__(
        self, user: CarrierUser, letters: Letters, lines: Sequence[Line]
    ) -> None:
        super().__init__(user)
        self._letters, self._lines = letters, lines
        self._joiner = Joiner()
        self._over = self._leaving = False
        self._held: list[bytes] | None = None
        self._unknown = self._cut = 0
        self._waits: asyncio.TimerHandle | None = None
        self._moving: asyncio.Task[None] | None = None
        self._farewell: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    async def begin(self, line: Line, name: bytes) -> None:
        """Begin with a line that is open and the name that came on it."""
        now = asyncio.get_running_loop().time()
        self._line, self._tried_at = line, now
        self._exchange = Exchange(
            name,
            data_room(self._letters.zone),
            int.from_bytes(urandom(2)),
            chance=_chance,
            now=now,
        )
        with suppress(OSError):
            await line.open(self._heard)
        self._ask()

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return not self._over and not self._leaving

    def write(self, messages: Iterable[bytes]) -> None:
        """Send messages, in as many questions as it takes."""
        if not self.is_open:
            return
        now = asyncio.get_running_loop().time()
        if not self._exchange.unsent:
            self._excuse(now)
        try:
            self._exchange.write(pack_messages(messages), now)
        except Malformed:
            self._lose()
            return
        self.paused = self._exchange.unsent > MOST_WAITING
        self._ask()

    def hold(self) -> None:
        """Bring nothing for now; what was asked for is kept."""
        if self._held is None:
            self._held = []

    def go_on(self) -> None:
        """Bring again what comes."""
        held, self._held = self._held or [], None
        for data in held:
            self._bring(data)
        self._ask()

    def close(self) -> None:
        """Send what was written, then leave."""
        if self.is_open:
            self._leaving = True
            self._farewell = asyncio.get_running_loop().create_task(self._leave())

    async def _leave(self) -> None:
        try:
            if self._exchange.unsent:
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._gone.wait()
        except TimeoutError:
            return
        finally:
            self.abort()

    def abort(self) -> None:
        """Leave at once and forget what was not sent."""
        self._over = True
        self._gone.set()
        if self._waits is not None:
            self._waits.cancel()
        if self._moving is not None:
            self._moving.cancel()
        for line in self._lines:
            line.close()

    def _lose(self) -> None:
        if not self._over:
            is_told = not self._leaving
            self.abort()
            if is_told:
                self.user.lost()

    def _ask(self) -> None:
        """Ask what is to be asked now, and see when to look again."""
        if self._over:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        is_full = sum(map(len, self._held or ())) > MOST_HELD
        if now - self._exchange.heard >= LOST_SECONDS and not is_full:
            self._lose()
            return
        if now - max(self._exchange.heard, self._tried_at) >= DEAF_SECONDS:
            self._move()
        while not is_full or self._exchange.unsent:
            ask = self._exchange.next(now)
            if ask is None:
                break
            self._line.send(self._letters.write(ask))
        if self._waits is not None:
            self._waits.cancel()
        when = now + DEAF_SECONDS
        if not is_full or self._exchange.unsent:
            when = min(self._exchange.due(now), when)
        self._waits = loop.call_at(max(when, now + 0.001), self._ask)

    def _move(self) -> None:
        """Go on with the next line."""
        self._tried_at = asyncio.get_running_loop().time()
        self._line.close()
        at = self._lines.index(self._line)
        self._line = self._lines[(at + 1) % len(self._lines)]
        loop = asyncio.get_running_loop()
        self._moving = loop.create_task(self._open(self._line))

    async def _open(self, line: Line) -> None:
        with suppress(OSError):
            await line.open(self._heard)

    def _heard(self, data: bytes) -> None:
        if self._over:
            return
        found = self._letters.read(data)
        now = asyncio.get_running_loop().time()
        if found is None:
            return
        if found.answer is None:
            self._heard_nothing(is_cut=found.is_cut)
            return
        before = self._exchange.unsent
        try:
            fresh = self._exchange.answered(found.ask, found.answer, now)
        except Malformed:
            return
        self._unknown = self._cut = 0
        if fresh or self._exchange.unsent < before:
            self._excuse(now)
        if fresh:
            self._bring(fresh)
        self._after(before)

    def _after(self, before: int) -> None:
        unsent = self._exchange.unsent
        if self._leaving and not unsent:
            self.abort()
        if self._exchange.is_last:
            self._lose()
        if self._over:
            return
        if self.paused and unsent < before and unsent <= MOST_WAITING // 2:
            self.paused = False
            self.user.writable()
        self._ask()

    def _heard_nothing(self, *, is_cut: bool) -> None:
        """An answer came that says nothing: it was cut short, or is of nobody."""
        self._exchange.is_small |= is_cut
        self._cut += is_cut
        self._unknown += not is_cut
        if self._cut >= MOST_CUT:
            self._cut = 0
            self._move()
        if self._unknown >= MOST_UNKNOWN:
            self._lose()

    def _bring(self, data: bytes) -> None:
        if self._held is not None:
            self._held.append(data)
            return
        for message in self._joiner.feed(data):
            if self.is_open:
                self.user.arrived(message)

    def _excuse(self, now: float) -> None:
        self.excused_until = now + EXCUSE_SECONDS
