"""The relay's rules with a store and no network: ask, and see what everyone is told."""

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256

from linnet.errors import DiskFull
from linnet.ids import EnvelopeId, Epoch, Handle, RequestNumber, StreamId
from linnet.relay.core.events import (
    Asked,
    CarryOut,
    Disconnect,
    Drained,
    Effect,
    Event,
    Failed,
    Fetch,
    Fetched,
    Filled,
    Joined,
    Left,
    LogRead,
    PackageRead,
    PieceRead,
    ReadLog,
    ReadPackage,
    ReadPiece,
    ReadReceipt,
    Send,
    Stir,
    Sweep,
    Tick,
    Written,
)
from linnet.relay.core.limits import Limits
from linnet.relay.core.machine import Relay
from linnet.relay.core.state import Guest
from linnet.relay.stores.port import Store
from linnet.wire.codec import Reply, Request, decode_reply, encode
from linnet.wire.events import Deliver
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Appended, Envelope, Mode, Opened, RefusedReply
from linnet.wire.requests import Create, Open

OPEN = Limits(mode=Mode.OPEN)
NOW = 1_795_000_000_000
APPEND, READ, CONTROL = b"a" * 32, b"r" * 32, b"c" * 32
STREAM = StreamId(b"s" * 16)


def hashed(token: bytes) -> bytes:
    return sha256(token).digest()


def named(number: int) -> EnvelopeId:
    return EnvelopeId(number.to_bytes(16, "big"))


def refused(reply: Reply | None) -> tuple[int, int]:
    assert isinstance(reply, RefusedReply), reply
    return reply.code, reply.detail


def sequence(reply: Reply | None) -> int:
    assert isinstance(reply, Appended), reply
    return reply.receipts[0].sequence


@dataclass
class Desk:
    """Performs the effects of one relay at once, in virtual time."""

    store: Store
    limits: Limits = OPEN
    now: int = NOW
    is_disk_full: bool = False
    holds_back: bool = False
    """Whether batches wait until ``commit`` is called."""
    told: dict[int, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[tuple[int, int], Reply] = field(default_factory=dict)
    disconnected: dict[int, str] = field(default_factory=dict)
    stirs: list[Stir] = field(default_factory=list)
    number: int = 0
    guests: int = 0

    def __post_init__(self) -> None:
        self.relay = Relay(self.limits, self.store.numbers(), now_ms=0)

    # -- what people do

    def join(self, token: bytes | None = None) -> Guest:
        self.guests += 1
        guest = Guest(self.guests)
        self.feed(Joined(guest, None if token is None else hashed(token)))
        return guest

    def leave(self, guest: Guest) -> None:
        self.feed(Left(guest))

    def fill(self, guest: Guest) -> None:
        self.feed(Filled(guest))

    def drain(self, guest: Guest) -> None:
        self.feed(Drained(guest))

    def begin(self, guest: Guest, request: Request) -> tuple[int, int]:
        """Ask; the answer may come later, under what this returns."""
        self.number += 1
        message = encode(RequestNumber(self.number), request)
        self.send(guest, message)
        return guest.number, self.number

    def send(self, guest: Guest, message: bytes) -> None:
        if message[:1] == b"\x13":
            self.perform(self.relay.append(guest, message, self.now))
        else:
            self.perform(self.relay.handle(Asked(guest, message), self.now))
        if not self.holds_back:
            self.commit()

    def ask(self, guest: Guest, request: Request) -> Reply:
        key = self.begin(guest, request)
        assert key in self.answers, "the request was not answered"
        return self.answers.pop(key)

    def opened(
        self, guest: Guest, epoch: int = 0, tokens: tuple[bytes, bytes] = (APPEND, READ)
    ) -> Handle:
        reply = self.ask(guest, Open(STREAM, Epoch(epoch), *tokens, CONTROL))
        assert isinstance(reply, Opened), reply
        return reply.handle

    def create(self, guest: Guest, *, is_fenced: bool = False) -> None:
        hashes = hashed(APPEND), hashed(READ), hashed(CONTROL)
        self.ask(guest, Create(STREAM, *hashes, is_fenced=is_fenced))

    def delivered(self, guest: Guest) -> list[Envelope]:
        """Take what was delivered, in order; nothing else may have been told."""
        told, self.told[guest.number] = self.told[guest.number], []
        found: list[Envelope] = []
        for one in told:
            assert isinstance(one, Deliver), one
            found += [envelope for _, envelope in one.entries]
        return found

    def wait(self, seconds: int) -> None:
        """Let a day after a day go by."""
        end = self.now + 1000 * seconds
        while self.now < end:
            self.now = min(end, self.now + 86_400_000)
            self.feed(Tick())
            self.commit()

    # -- what the driver does

    def feed(self, event: Event) -> None:
        self.perform(self.relay.handle(event, self.now))

    def commit(self) -> None:
        while batch := self.relay.take_batch():
            if self.is_disk_full:
                self.feed(Failed(batch, Refusal.DISK_FULL))
                return
            try:
                self.store.write(batch)
            except DiskFull:
                self.feed(Failed(batch, Refusal.DISK_FULL))
                return
            self.feed(Written(batch))

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            self.do(effect)

    def do(self, effect: Effect) -> None:
        store = self.store
        match effect:
            case Send():
                self.hear(effect.guest.number, effect.message)
            case Fetch():
                self.feed(Fetched(effect, store.fetch(effect.key)))
            case ReadLog():
                number, bytes_ = effect.door.stream.number, effect.limit
                found = store.envelopes(
                    number, effect.after, upto=effect.upto, max_bytes=bytes_
                )
                self.feed(LogRead(effect, found))
            case ReadReceipt():
                at = effect.sequence
                number = effect.stream.number
                one = store.envelopes(number, at - 1, upto=at, max_bytes=0)
                self.feed(LogRead(effect, one))
            case ReadPiece():
                data = store.piece(effect.blob, effect.offset, effect.length)
                self.feed(PieceRead(effect, data))
            case ReadPackage():
                self.feed(PackageRead(effect, store.package(effect.package)))
            case Sweep():
                self.feed(store.overdue(effect))
            case Stir():
                self.stirs.append(effect)
            case CarryOut():
                # Opening errands is the driver's; here there is no key to open any.
                refusal = RefusedReply(Refusal.BAD_ERRAND)
                told = encode(effect.number, refusal)
                self.hear(effect.guest.number, told)
            case Disconnect():
                self.disconnected[effect.guest.number] = effect.reason

    def hear(self, guest: int, message: bytes) -> None:
        number, reply = decode_reply(message)
        if isinstance(reply, Appended):
            for one in reply.receipts:
                self.answers[guest, one.number] = Appended((one,))
        elif number:
            self.answers[guest, number] = reply
        else:
            self.told[guest].append(reply)
