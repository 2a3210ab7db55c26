"""Everything the core holds while somebody uses it, and how it asks for the rest.

A lookup gives the thing, refuses the request because there is none, or says that the
store has to be asked; whoever looks up has changed nothing yet, so that the request can
simply be tried again.
"""

from dataclasses import dataclass, field

from linnet.errors import BugError
from linnet.ids import Handle, RequestNumber, ShelfId, StreamId
from linnet.relay.core.changes import Change
from linnet.relay.core.events import (
    BlobKey,
    Key,
    PassKey,
    PayerKey,
    Send,
    ShelfKey,
    StreamKey,
    Thing,
)
from linnet.relay.core.limits import Limits
from linnet.relay.core.state import (
    SHARED_PASS,
    Blob,
    BlobNumber,
    Door,
    Guest,
    Pass,
    PassNumber,
    Shelf,
    ShelfNumber,
    Stream,
    StreamNumber,
)
from linnet.wire.codec import Reply, encode
from linnet.wire.refusals import Refusal

MAX_IDLE_THINGS = 1_024

PAUSE_MS = 250
"""How long to wait when the disk does not keep up."""


class Refuse(Exception):  # never leaves the core
    """A request is refused; it has changed nothing."""

    def __init__(self, refusal: Refusal, detail: int = 0) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal
        self.detail = detail


class Missing(Exception):  # never leaves the core
    """The store has to be asked first."""

    def __init__(self, key: Key) -> None:
        super().__init__(type(key).__name__)
        self.key = key


@dataclass(slots=True)
class Numbers:
    """The next free number of everything the store numbers."""

    stream: int = 1
    shelf: int = 1
    package: int = 1
    blob: int = 1

    def next_stream(self) -> StreamNumber:
        """Take a number for a stream."""
        self.stream += 1
        return StreamNumber(self.stream - 1)

    def next_shelf(self) -> ShelfNumber:
        """Take a number for a shelf."""
        self.shelf += 1
        return ShelfNumber(self.shelf - 1)

    def next_package(self) -> int:
        """Take a number for a key package."""
        self.package += 1
        return self.package - 1

    def next_blob(self) -> BlobNumber:
        """Take a number for a blob."""
        self.blob += 1
        return BlobNumber(self.blob - 1)


@dataclass(slots=True)
class Memory:
    """The things in use, and the changes that wait to be stored."""

    limits: Limits
    numbers: Numbers
    streams: dict[StreamId, Stream] = field(default_factory=dict)
    shelves: dict[ShelfId, Shelf] = field(default_factory=dict)
    blobs: dict[bytes, Blob] = field(default_factory=dict)
    passes: dict[PassNumber, Pass] = field(default_factory=dict)
    pass_numbers: dict[bytes, PassNumber] = field(default_factory=dict)
    absent: Key | None = None
    """What the store was asked for and does not have, during the second try."""
    batch: list[Change] = field(default_factory=list)
    batch_bytes: int = 0
    manifest: bytes = b""
    """The series that this relay carries; the driver puts another in its place."""
    look_again_at: int = 0
    clock_ms: int = 0
    """What the machine's clock says; it may jump, and only lifetimes go by it."""

    def stream(self, stream_id: StreamId) -> Stream:
        """The stream of this id."""
        found = self.streams.get(stream_id)
        if found is None or found.is_gone:
            key = StreamKey(stream_id)
            if self.absent == key or found is not None:
                raise Refuse(Refusal.NO_SUCH_STREAM)
            raise Missing(key)
        return found

    def shelf(self, shelf_id: ShelfId) -> Shelf:
        """The shelf of this id."""
        found = self.shelves.get(shelf_id)
        if found is None or found.is_gone:
            key = ShelfKey(shelf_id)
            if self.absent == key or found is not None:
                raise Refuse(Refusal.NO_SUCH_SHELF)
            raise Missing(key)
        return found

    def blob(self, name_hash: bytes) -> Blob:
        """The blob whose name has this hash."""
        found = self.blobs.get(name_hash)
        if found is None or found.is_gone:
            key = BlobKey(name_hash)
            if self.absent == key or found is not None:
                raise Refuse(Refusal.NO_SUCH_BLOB)
            raise Missing(key)
        return found

    def payer(self, number: PassNumber) -> Pass:
        """The pass that pays, with what it has used."""
        found = self.passes.get(number)
        if found is None:
            if self.absent == PayerKey(number):
                raise Refuse(Refusal.PASS_INVALID)
            raise Missing(PayerKey(number))
        return found

    def pass_of(self, token_hash: bytes) -> Pass | None:
        """The pass whose token has this hash."""
        number = self.pass_numbers.get(token_hash)
        if number is None:
            if self.absent == PassKey(token_hash):
                return None
            raise Missing(PassKey(token_hash))
        return self.payer(number)

    def door(self, guest: Guest, handle: Handle, *, right: int = 0) -> Door:
        """What a session has open under a handle, if with this right."""
        door = guest.doors.get(handle)
        if door is None:
            raise Refuse(Refusal.NO_SUCH_HANDLE)
        if right and not door.rights & right:
            raise Refuse(Refusal.NOT_ALLOWED)
        return door

    def keep(self, key: Key, thing: Thing) -> None:
        """Hold what the store brought."""
        match key, thing:
            case StreamKey(), Stream():
                self.streams[key.id] = thing
            case ShelfKey(), Shelf():
                self.shelves[key.id] = thing
            case BlobKey(), Blob():
                self.blobs[key.name_hash] = thing
            case PassKey(), Pass():
                self.pass_numbers[key.token_hash] = thing.number
                self.passes[thing.number] = thing
            case PayerKey(), Pass():
                if key.number == SHARED_PASS:
                    thing.max_streams = self.limits.shared_streams
                    thing.max_bytes = self.limits.shared_bytes
                self.passes[key.number] = thing
            case _:
                raise BugError("The store brought another thing than was asked for.")

    def change(self, change: Change, thing: Stream | Shelf | Blob, size: int) -> None:
        """Put a change of a thing into the batch that is stored next."""
        thing.pending += 1
        self.batch.append(change)
        self.batch_bytes += size

    def check_room(self) -> None:
        """Require that not too much waits for the disk already."""
        if self.batch_bytes > self.limits.max_batch_bytes:
            raise Refuse(Refusal.SLOW_DOWN, PAUSE_MS)

    def forget_idle(self) -> None:
        """Let go of what nobody uses and no change waits for, if it is too much."""
        if len(self.streams) > max(self.limits.idle_streams, self.look_again_at):
            self.streams = {k: v for k, v in self.streams.items() if v.is_busy}
            # While most are busy, looking at all of them each time would be wasted.
            self.look_again_at = 2 * len(self.streams)
        if len(self.shelves) > MAX_IDLE_THINGS:
            self.shelves = {k: v for k, v in self.shelves.items() if v.pending}
        if len(self.blobs) > MAX_IDLE_THINGS:
            self.blobs = {k: v for k, v in self.blobs.items() if v.pending}
        if len(self.pass_numbers) > MAX_IDLE_THINGS:
            self.pass_numbers = {}


def answer(guest: Guest, number: RequestNumber, reply: Reply) -> Send:
    """Answer a request."""
    return Send(guest, encode(number, reply))
