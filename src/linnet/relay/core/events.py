"""What happens to the relay's core, and what it wants done about it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from linnet.ids import RequestNumber, Sequence, ShelfId, StreamId
from linnet.relay.core.changes import Change
from linnet.relay.core.state import (
    Blob,
    BlobNumber,
    Door,
    Guest,
    Pass,
    PassNumber,
    Shelf,
    Stream,
    StreamNumber,
)
from linnet.wire.refusals import Refusal

Stored = tuple[int, int, int, bytes, bytes]
"""An envelope out of the store: sequence, epoch, time in ms, id, data."""


@dataclass(frozen=True, slots=True)
class StreamKey:
    """Names a stream to fetch."""

    id: StreamId = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShelfKey:
    """Names a shelf to fetch."""

    id: ShelfId = field(repr=False)


@dataclass(frozen=True, slots=True)
class BlobKey:
    """Names a blob to fetch."""

    name_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PassKey:
    """Names a pass to fetch by the hash of its token."""

    token_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PayerKey:
    """Names a pass to fetch by its number."""

    number: PassNumber


Key = StreamKey | ShelfKey | BlobKey | PassKey | PayerKey
Thing = Stream | Shelf | Blob | Pass


@dataclass(frozen=True, slots=True)
class Joined:
    """A session was opened."""

    guest: Guest
    pass_hash: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """A session is over."""

    guest: Guest


@dataclass(frozen=True, slots=True)
class Asked:
    """A session sent a message."""

    guest: Guest
    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Filled:
    """A session's buffer holds as much as it may."""

    guest: Guest


@dataclass(frozen=True, slots=True)
class Drained:
    """A session's buffer has room again."""

    guest: Guest


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a ``Fetch`` brought; nothing where there is no such thing."""

    fetch: "Fetch"
    thing: Thing | None


@dataclass(frozen=True, slots=True)
class LogRead:
    """What a ``ReadLog`` brought."""

    read: "ReadLog | ReadReceipt"
    envelopes: list[Stored] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PieceRead:
    """What a ``ReadPiece`` brought."""

    read: "ReadPiece"
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PackageRead:
    """What a ``ReadPackage`` brought."""

    read: "ReadPackage"
    package: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Written:
    """A batch of changes is on disk."""

    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Failed:
    """A batch of changes is not on disk, none of it."""

    changes: list[Change]
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a ``Sweep`` found: streams with envelopes to forget, and where to go on."""

    overdue: list[tuple[StreamId, Sequence]]
    blobs: list[bytes]
    next: StreamNumber


@dataclass(frozen=True, slots=True)
class Lost:
    """A push service says that an endpoint is gone."""

    endpoint: bytes = field(repr=False)
    streams: tuple[StreamId, ...] = field(repr=False)
    """Streams that had something to push to it."""


Event = (
    Joined
    | Left
    | Asked
    | Filled
    | Drained
    | Fetched
    | LogRead
    | PieceRead
    | PackageRead
    | Written
    | Failed
    | Tick
    | Swept
    | Lost
)


class Send(NamedTuple):
    """Give a session a message."""

    guest: Guest
    message: bytes


@dataclass(frozen=True, slots=True)
class Fetch:
    """Look for a thing in the store, then give back ``Fetched``."""

    key: Key
    event: Event


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read envelopes after one, up to one, then give back ``LogRead``.

    With a number it is the answer to a READ, without one a subscription's backlog.
    """

    door: Door
    after: Sequence
    upto: Sequence
    limit: int
    number: RequestNumber | None = None


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """Read one stored envelope to answer its repetition, then give ``LogRead``."""

    stream: Stream
    sequence: Sequence
    guest: Guest
    number: RequestNumber


@dataclass(frozen=True, slots=True)
class ReadPiece:
    """Read a piece of a blob, then give back ``PieceRead``."""

    blob: BlobNumber
    size: int
    offset: int
    length: int
    guest: Guest
    number: RequestNumber


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """Read a key package, then give back ``PackageRead``."""

    shelf: Shelf
    package: int
    guest: Guest
    number: RequestNumber


@dataclass(frozen=True, slots=True)
class Sweep:
    """Look for what retention has ended, then give back ``Swept``."""

    begin: StreamNumber
    count: int
    now_ms: int
    blobs_before_ms: int


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End a session, saying why."""

    guest: Guest
    reason: str


@dataclass(frozen=True, slots=True)
class Stir:
    """Something was stored that an endpoint waits for (spec/wire.md §9.4)."""

    stream: StreamId = field(repr=False)
    endpoint: bytes = field(repr=False)
    followers: tuple[Guest, ...]
    """Sessions of the same client that follow the stream, on a carrier or not."""


@dataclass(frozen=True, slots=True)
class CarryOut:
    """Open an errand, have what it asks done, and answer (spec/bags.md §4)."""

    guest: Guest
    number: RequestNumber
    sealed: bytes = field(repr=False)


Effect = (
    Send
    | Fetch
    | ReadLog
    | ReadReceipt
    | ReadPiece
    | ReadPackage
    | Sweep
    | Disconnect
    | Stir
    | CarryOut
)
