"""What the relay wants on disk, and whom to tell when it is there.

A batch of changes is stored whole or not at all. Stores look at the values here and
know nothing of sessions; the core looks at who waits for them.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from linnet.ids import Epoch, RequestNumber, Sequence
from linnet.relay.core.endpoints import SealedWatch
from linnet.relay.core.state import Blob, Guest, Shelf, Stream, Watching
from linnet.wire.codec import Reply

Row = tuple[int, int, int, int, bytes, bytes]
"""Stream number, sequence, epoch, time in ms, envelope id, data."""


class Append(NamedTuple):
    """An envelope; a plain tuple since it is made for every message."""

    row: Row
    stream: Stream
    guest: Guest
    number: RequestNumber


@dataclass(frozen=True, slots=True)
class Waiter:
    """Who asked for a change and what to answer when it is on disk."""

    guest: Guest
    number: RequestNumber
    reply: Reply


@dataclass(frozen=True, slots=True)
class Commit:
    """An envelope that ends its epoch, and the hashes of the next one's tokens."""

    append: Append
    append_hash: bytes = field(repr=False)
    read_hash: bytes = field(repr=False)
    old_append_hash: bytes = field(repr=False)
    old_read_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """An append that repeats one still on its way; stores nothing itself."""

    stream: Stream
    sequence: Sequence
    guest: Guest
    number: RequestNumber


@dataclass(frozen=True, slots=True)
class NewStream:
    """A stream comes to be; what commits change of it is said as it was accepted."""

    stream: Stream
    epoch: Epoch
    append_hash: bytes = field(repr=False)
    read_hash: bytes = field(repr=False)
    retention_seconds: int
    time_ms: int
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Trim:
    """The envelopes of a stream up to one are forgotten."""

    stream: Stream
    upto: Sequence
    waiter: Waiter | None
    then: "Trim | DropStream | None" = None
    """What this is only the first piece of."""


@dataclass(frozen=True, slots=True)
class Erase:
    """The data of one envelope is forgotten."""

    stream: Stream
    sequence: Sequence
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class DropStream:
    """A stream and all in it is forgotten."""

    stream: Stream
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class PutShelf:
    """A shelf comes to be or gets packages."""

    shelf: Shelf
    is_new: bool
    is_replacing: bool
    packages: tuple[tuple[int, bytes], ...] = field(repr=False)
    """Number and body of each new package; the last resort among them."""
    last_resort: int
    claim_hash: bytes = field(repr=False)
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Claim:
    """A package leaves its shelf."""

    shelf: Shelf
    package: int
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class DropShelf:
    """A shelf and all on it is forgotten."""

    shelf: Shelf
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class NewBlob:
    """A blob is announced."""

    blob: Blob
    time_ms: int
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class PutChunk:
    """A piece of a blob."""

    blob: Blob
    offset: int
    data: bytes = field(repr=False)
    guest: Guest
    number: RequestNumber


@dataclass(frozen=True, slots=True)
class DropBlob:
    """A blob is forgotten."""

    blob: Blob
    waiter: Waiter | None


@dataclass(frozen=True, slots=True)
class KeepWatch:
    """A watch begins or is renewed; all that ended before now are forgotten."""

    stream: Stream
    endpoint: bytes = field(repr=False)
    former: Watching | None
    sealed: SealedWatch
    now: int
    """Seconds since 1970."""
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class DropWatch:
    """A watch ends before its time."""

    stream: Stream
    endpoint: bytes = field(repr=False)
    former: Watching
    waiter: Waiter | None


Change = (
    Append
    | Commit
    | Repeat
    | NewStream
    | Trim
    | Erase
    | DropStream
    | PutShelf
    | Claim
    | DropShelf
    | NewBlob
    | PutChunk
    | DropBlob
    | KeepWatch
    | DropWatch
)
