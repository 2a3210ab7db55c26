"""Bags: messages that somebody carries where there is no network (spec/bags.md)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from linnet.client.core.shared_roads import may_lead, may_share
from linnet.client.events import Event, MessageReceived
from linnet.client.standing import relay_name
from linnet.client.sync import letters, packing, unpacking
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line, SessionLost
from linnet.errors import (
    LinnetError,
    Malformed,
    Refused,
    Unreachable,
    UsageError,
)
from linnet.wire import bags, errands
from linnet.wire.bags import Bag, Carried, Letter, Packed, ToCarry
from linnet.wire.links import RelayDescriptor
from linnet.wire.refusals import Refusal
from linnet.wire.requests_errands import Errand, ErrandAnswer

SMALL_ROOM: Final = 4_096
MANY_QUIET: Final = 400
FEW_QUIET: Final = 8
PASSING: Final = (Refusal.SLOW_DOWN, Refusal.DISK_FULL, Refusal.UNAVAILABLE)
MOST_TRIES: Final = 50

_TO_CARRY = (
    "This is a bag to be carried, and holds nothing for this account. Hand it in where "
    "there is a connection: linnet bag carry FILE"
)
_AN_ANSWER = (
    "This is the answer to a bag; whoever packed that takes it: linnet bag unpack FILE"
)
_FOREIGN = (
    "This bag answers one of another account or device, or one that was packed more "
    "than 30 days ago. Nothing was changed."
)
_NOT_FOR_US = (
    "Nothing in this bag is for this account: it is for members of conversations that "
    "this one is not in, or of an epoch that it has not reached. Nothing was changed."
)
_FOR_A_MEETING = (
    "This bag is for the people it was written to, and holds nothing for a relay; they "
    "take it: linnet bag unpack FILE"
)
_NOBODY_TO_MEET = "Nothing waits that could be given to somebody you meet."
_NOTHING = "There is no conversation and no inbox yet that a bag could help."
_NO_WAY = (
    "This account does not know it, and the bag names no way to it that may be taken "
    "from somebody else."
)
_CONNECTED = (
    "There is a connection now, which brings by itself what this answer holds. Nothing "
    "was changed."
)


@dataclass(frozen=True, slots=True)
class PackedBag:
    """A bag that is ready to be carried.

    Attributes:
        data: what the file holds.
        messages: how many of ours are in it, receipts and the like included.
        errands: how many requests to relays it holds.
        letters: how many letters to members who are met.
    """

    data: bytes = field(repr=False)
    messages: int
    errands: int
    letters: int


@dataclass(frozen=True, slots=True)
class CarriedBag:
    """What came of handing a bag in.

    Attributes:
        data: the answers, as a bag for whoever packed this one; empty if none came.
        handed_in: how many errands were answered.
        errands: how many there are.
        sentences: why the others were not.
    """

    data: bytes = field(repr=False)
    handed_in: int
    errands: int
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnpackedBag:
    """What the answer of a bag brought.

    Attributes:
        on_the_relay: messages of ours that the relays have.
        received: messages of others that came.
        sentences: what did not go as it should.
    """

    on_the_relay: int
    received: int
    sentences: tuple[str, ...]


class Bags:
    """Packs, carries and unpacks bags for one open account."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def pack(self, *, small: bool = False, meeting: bool = False) -> PackedBag:
        """Pack what is queued, and the wish to read, for somebody to carry.

        Nothing is taken out of the queue.

        Args:
            small: for QR codes: fewer conversations, little room for answers, and
                no letters.
            meeting: only letters, for members who are met; nothing for a relay.

        Raises:
            UsageError: there is nothing that a bag could carry.
        """
        room = SMALL_ROOM if small else errands.LARGEST
        most_quiet = FEW_QUIET if small else MANY_QUIET
        written: list[Letter] = []
        if meeting or not small:
            written = [Letter(one) for one in letters.write(self._hub)]
        packed = packing.Packed((), 0)
        if not meeting:
            packed = packing.pack(self._hub, room=room, most_quiet=most_quiet)
        both: list[Packed] = [*packed.errands, *written]
        entries = tuple(both[: bags.MOST_ENTRIES])
        if not entries:
            raise UsageError(_NOBODY_TO_MEET if meeting else _NOTHING)
        found = sum(isinstance(one, Letter) for one in entries)
        return PackedBag(
            bags.encode(entries), packed.messages, len(packed.errands), found
        )

    async def carry(
        self, data: bytes, *, wait_seconds: float = 30.0, known_only: bool = False
    ) -> CarriedBag:
        """Hand a bag in at its relays, whoever packed it.

        Args:
            data: what the file holds, or the texts of its codes.
            wait_seconds: how long to wait for each relay.
            known_only: leave out what is for relays that this account does not know.

        Raises:
            UsageError: it is no bag that can be carried.
            RemoteError: it was damaged on its way.
        """
        entries = _to_carry(data)
        by_relay: dict[bytes, list[ToCarry]] = {}
        for one in entries:
            by_relay.setdefault(one.relay.key, []).append(one)
        deliveries, sentences = [], []
        for each in by_relay.values():
            way = self._way_to(each[0].relay, known_only=known_only)
            if way is None:
                sentences.append(f"Relay {relay_name(each[0].relay.key)}: {_NO_WAY}")
            else:
                deliveries.append(_Delivery(self._hub, way, each, wait_seconds))
        await asyncio.gather(*(one.run() for one in deliveries))
        answered = {row.errand: row for delivery in deliveries for row in delivery.done}
        rows = [answered.get(errands.name(one.sealed)) for one in entries]
        found = tuple(row for row in rows if row)
        sentences += [one.trouble for one in deliveries if one.trouble]
        packed = bags.encode(found) if found else b""
        return CarriedBag(packed, len(found), len(entries), tuple(sentences))

    async def unpack(self, data: bytes) -> UnpackedBag:
        """Take the answer to a bag of ours, or what members who are met wrote.

        Raises:
            UsageError: nothing in it is for this account; or it is an answer, and
                there is a connection, which brings all that by itself.
            RemoteError: it was damaged or changed; nothing was believed.
        """
        received = 0

        def counts(event: Event) -> bool:
            nonlocal received
            if isinstance(event, MessageReceived):
                received += event.message.notice is None
            return False

        listening = self._hub.teller.listen(counts)
        try:
            done = self._take(bags.decode(whole(data)))
        finally:
            await listening.aclose()
        return UnpackedBag(done.acknowledged, received, tuple(done.sentences))

    def _way_to(
        self, relay: RelayDescriptor, *, known_only: bool
    ) -> RelayDescriptor | None:
        """Return where a relay is, believing a stranger's bag only what is harmless.

        It could name a program of this machine, or a place in its own network at which
        nobody outside can knock.
        """
        known = self._hub.store.account.relay(relay.key)
        if known is not None:
            return known.descriptor
        ways = [one for one in relay.addresses if may_share(one) and may_lead(one, ())]
        if known_only or not ways:
            return None
        return RelayDescriptor(relay.key, tuple(ways))

    def _take(self, bag: Bag) -> unpacking.Unpacked:
        written = [one.sealed for one in bag if isinstance(one, Letter)]
        answers = [one for one in bag if isinstance(one, Carried)]
        if answers:
            if self.is_connected:
                raise UsageError(_CONNECTED)
            done = unpacking.unpack(self._hub, answers)
            if not done.known:
                raise UsageError(_FOREIGN)
            return done
        if not letters.read(self._hub, written):
            raise UsageError(_NOT_FOR_US if len(written) == len(bag) else _TO_CARRY)
        return unpacking.Unpacked()

    @property
    def is_connected(self) -> bool:
        """Whether there is a session with any relay now."""
        return any(line.link.is_open for line in self._hub.lines)


class _Delivery:
    """Hands in what is for one relay, in order."""

    def __init__(
        self,
        hub: Hub,
        relay: RelayDescriptor,
        entries: Sequence[ToCarry],
        wait_seconds: float,
    ) -> None:
        self.done: list[Carried] = []
        self.trouble = ""
        self._relay = relay
        self._line = hub.line(relay)
        self._entries = entries
        self._wait_seconds = wait_seconds

    async def run(self) -> None:
        """Hand in until all are answered or one cannot be."""
        for one in self._entries:
            try:
                self.done.append(await self._hand_in(self._line, one.sealed))
            except TimeoutError:
                self._say(self._line.status.sentence)
                return
            except LinnetError as error:
                self._say(str(error))
                return

    def _say(self, sentence: str) -> None:
        self.trouble = f"Relay {relay_name(self._relay.key)}: {sentence}"

    async def _hand_in(self, line: Line, sealed: bytes) -> Carried:
        name = errands.name(sealed)
        for _ in range(MOST_TRIES):
            async with asyncio.timeout(self._wait_seconds):
                await line.up()
            try:
                reply = await line.ask(Errand(sealed))
            except SessionLost:
                continue
            except Refused as refusal:
                pause = refusal.detail / 1000
                if refusal.code == Refusal.SLOW_DOWN and pause <= self._wait_seconds:
                    await asyncio.sleep(pause)
                    continue
                if refusal.code in PASSING:
                    raise
                # A code of nothing would make of the whole bag one that nobody reads.
                return Carried(name, refusal.code or Refusal.BAD_ERRAND, b"")
            if not isinstance(reply, ErrandAnswer):
                raise Malformed("The relay answered something else than was asked.")
            return Carried(name, 0, reply.answer)
        raise Unreachable("The relay does not take it now; try again later.")


def codes(data: bytes) -> list[str]:
    """Cut a bag into texts, each for one QR code."""
    return bags.parts(data)


def whole(data: bytes) -> bytes:
    """Return a bag as its file has it, from the file or the texts of its codes.

    Raises:
        UsageError: it is neither, or codes are missing; the sentence says which.
    """
    if not bags.is_text(data):
        return data
    try:
        return bags.joined(data.decode("utf-8", "replace"))
    except Malformed as error:
        raise UsageError(str(error)) from error


def _to_carry(data: bytes) -> Sequence[ToCarry]:
    bag = bags.decode(whole(data))
    found = [one for one in bag if isinstance(one, ToCarry)]
    if not found:
        is_answer = isinstance(bag[0], Carried)
        raise UsageError(_AN_ANSWER if is_answer else _FOR_A_MEETING)
    return found
