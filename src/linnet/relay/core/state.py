"""What the relay holds in memory about the streams and sessions in use.

Plain data without I/O. A thing is here while somebody uses it; all else rests in the
store and is fetched when asked for.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NewType

from linnet.ids import EnvelopeId, Epoch, Handle, Sequence, ShelfId, StreamId
from linnet.relay.core.endpoints import Seal, SealedWatch
from linnet.wire.replies import PassState
from linnet.wire.requests import RIGHT_READ

StreamNumber = NewType("StreamNumber", int)
"""The store's own short name of a stream."""

ShelfNumber = NewType("ShelfNumber", int)
BlobNumber = NewType("BlobNumber", int)
PassNumber = NewType("PassNumber", int)

SHARED_PASS = PassNumber(0)
"""Pays for what an open relay's guests without a pass create."""

ID_SIZE = 16
NO_EPOCH = Epoch(2**63 - 1)
"""What no stream is ever in; for a handle whose epoch did not come to be."""
NOTHING_YET = Sequence(0)
FIRST = Sequence(1)
SHORT_LOG = 256
"""Up to here searching the packed ids beats keeping a dictionary of them."""


@dataclass(slots=True)
class Pass:
    """A right to create, with what it has used."""

    number: PassNumber
    max_streams: int
    max_bytes: int
    expires: int
    """Seconds since 1970; 0 for never."""
    streams: int = 0
    bytes: int = 0

    def state(self, now_ms: int) -> PassState:
        """Whether the pass still counts."""
        if self.expires and now_ms >= self.expires * 1000:
            return PassState.EXPIRED
        return PassState.VALID


@dataclass(slots=True)
class PastEpoch:
    """An epoch that a commit ended, remembered while an envelope of it is kept."""

    epoch: Epoch
    ends: Sequence
    append_hash: bytes = field(repr=False)
    read_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Watching:
    """That a push is wanted when something is stored (spec/wire.md §9)."""

    name: bytes
    epoch: Epoch
    ends: int
    """Seconds since 1970."""


@dataclass(slots=True, eq=False)
class Stream:
    """A stream that somebody uses."""

    id: StreamId = field(repr=False)
    number: StreamNumber
    is_fenced: bool
    epoch: Epoch
    append_hash: bytes = field(repr=False)
    read_hash: bytes = field(repr=False)
    control_hash: bytes = field(repr=False)
    payer: PassNumber
    first: Sequence = FIRST
    ids: bytearray = field(default_factory=bytearray, repr=False)
    """Ids of the envelopes from ``first`` on, packed."""
    past: list[PastEpoch] = field(default_factory=list)
    stored: Sequence = NOTHING_YET
    """The newest envelope that is on disk; all that readers may know of."""
    doors: dict["Door", None] = field(default_factory=dict, repr=False)
    readers: dict["Door", None] = field(default_factory=dict, repr=False)
    pending: int = 0
    """Changes on their way to the disk, appends not counted."""
    is_gone: bool = False
    trimming: Sequence = NOTHING_YET
    """Up to where it is to be trimmed by changes on their way to the disk."""
    places: dict[bytes, int] | None = field(default=None, repr=False)
    """Where each id is, once there are too many to search through."""
    head: Sequence = NOTHING_YET
    """The newest envelope accepted, stored or on its way."""
    watches: dict[bytes, Watching] = field(default_factory=dict, repr=False)
    """By endpoint, those that could be opened."""
    sealed: list[SealedWatch] = field(default_factory=list, repr=False)
    """Those that nobody has brought the token for since the stream was fetched."""
    seal: tuple[Epoch, Seal] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.head = Sequence(self.first + len(self.ids) // ID_SIZE - 1)

    @property
    def is_busy(self) -> bool:
        """Whether somebody has it open or a change of it is on its way."""
        return bool(self.doors or self.pending or self.head != self.stored)

    def find(self, envelope: EnvelopeId) -> Sequence | None:
        """Where the stream holds an envelope with this id."""
        places = self.places
        if places is None and len(self.ids) > SHORT_LOG * ID_SIZE:
            places = self.places = self._index()
        if places is not None:
            found = places.get(envelope)
            return found if found is None else Sequence(found)
        at = self.ids.find(envelope)
        while at >= 0:
            if at % ID_SIZE == 0:
                return Sequence(self.first + at // ID_SIZE)
            at = self.ids.find(envelope, at + 1)
        return None

    def push(self, envelope: EnvelopeId) -> Sequence:
        """Take the next place for an envelope."""
        ids, places = self.ids, self.places
        ids += envelope
        # NewType's call would cost as much as the rest of the line.
        sequence: Sequence = self.head + 1  # type: ignore[assignment]  # see above
        self.head = sequence
        if places is not None:
            places[envelope] = sequence
        elif len(ids) > SHORT_LOG * ID_SIZE:
            self.places = self._index()
        return sequence

    def id_at(self, sequence: int) -> EnvelopeId:
        """The id of an envelope that is kept."""
        at = (sequence - self.first) * ID_SIZE
        return EnvelopeId(bytes(self.ids[at : at + ID_SIZE]))

    def drop_after(self, sequence: int) -> None:
        """Take back the places behind one whose write failed."""
        keep = max(0, (sequence - self.first + 1) * ID_SIZE)
        self._unlearn(self.ids[keep:])
        del self.ids[keep:]
        self.head = Sequence(sequence)

    def drop_upto(self, sequence: int) -> None:
        """Forget the envelopes up to one."""
        count = sequence - self.first + 1
        if count <= 0:
            return
        self._unlearn(self.ids[: count * ID_SIZE])
        del self.ids[: count * ID_SIZE]
        self.first = Sequence(sequence + 1)
        self.past = [one for one in self.past if one.ends > sequence]

    def ending(self, epoch: Epoch) -> Sequence:
        """Where an epoch ended; 0 while it lasts."""
        if epoch == self.epoch:
            return Sequence(0)
        for one in reversed(self.past):
            if one.epoch == epoch:
                return one.ends
        return Sequence(0) if epoch > self.epoch else Sequence(self.first - 1)

    def _unlearn(self, ids: bytearray) -> None:
        # Made anew at every TRIM, the index of a long log would hold up everyone.
        if self.places is not None:
            for at in range(0, len(ids), ID_SIZE):
                self.places.pop(bytes(ids[at : at + ID_SIZE]), None)

    def _index(self) -> dict[bytes, int]:
        packed = bytes(self.ids)
        return {
            packed[at : at + ID_SIZE]: self.first + at // ID_SIZE
            for at in range(0, len(packed), ID_SIZE)
        }


@dataclass(slots=True, eq=False)
class Door:
    """A stream as one session has it open (spec/wire.md §4.2)."""

    guest: "Guest" = field(repr=False)
    handle: Handle
    handle_bytes: bytes
    stream: Stream
    epoch: Epoch
    rights: int
    is_reading: bool = False
    is_live: bool = False
    """Gets what comes at once; otherwise it is catching up out of the store."""
    is_fetching: bool = False
    skip_own: bool = False
    cursor: Sequence = NOTHING_YET

    def limit(self) -> Sequence:
        """The last envelope that this door may read now."""
        stored = self.stream.stored
        if self.rights & RIGHT_READ and self.epoch != self.stream.epoch:
            return min(self.stream.ending(self.epoch), stored)
        return stored


@dataclass(slots=True)
class Bucket:
    """Credit that refills with time."""

    level: float
    at_ms: int

    def wait_ms(self, now_ms: int, *, burst: int, per_second: float) -> int:
        """Take one; or how long until there is one to take."""
        gained = max(0, now_ms - self.at_ms) / 1000 * per_second
        self.level, self.at_ms = min(burst, self.level + gained), now_ms
        if self.level >= 1:
            self.level -= 1
            return 0
        return max(1, round((1 - self.level) / per_second * 1000))


@dataclass(slots=True, eq=False)
class Guest:
    """A session, as the relay's rules see it."""

    number: int
    owner: object = None
    """Whatever the driver hangs here; the rules never touch it."""
    payer: PassNumber | None = None
    pass_state: PassState = PassState.NONE
    doors: dict[int, Door] = field(default_factory=dict, repr=False)
    next_handle: int = 1
    subscriptions: int = 0
    is_full: bool = False
    """Its buffer holds as much as it may; it is served again when that drains."""
    unreadable: int = 0
    endpoint: bytes | None = field(default=None, repr=False)
    """Where this client is woken when it is away, as it said last."""
    costly: Bucket | None = None
    ephemeral: Bucket | None = None


@dataclass(slots=True, eq=False)
class Shelf:
    """A shelf that somebody uses; package bodies rest in the store."""

    id: ShelfId = field(repr=False)
    number: ShelfNumber
    owner_hash: bytes = field(repr=False)
    claim_hash: bytes = field(repr=False)
    packages: deque[int] = field(default_factory=deque)
    """Numbers of the packages in the store, oldest first."""
    last_resort: int = 0
    """Number of the last resort's package, 0 for none."""
    fresh: dict[int, bytes] = field(default_factory=dict, repr=False)
    """Bodies of the packages that are on their way to the store."""
    payer: PassNumber = SHARED_PASS
    pending: int = 0
    is_gone: bool = False


@dataclass(slots=True, eq=False)
class Blob:
    """A blob that somebody uses; its bytes rest in the store."""

    name_hash: bytes = field(repr=False)
    number: BlobNumber
    size: int
    delete_hash: bytes = field(repr=False)
    payer: PassNumber
    taken: int = 0
    """Bytes accepted, stored or on their way."""
    held: int = 0
    """Bytes on disk."""
    pending: int = 0
    is_new: bool = False
    """Not on disk yet."""
    is_gone: bool = False
