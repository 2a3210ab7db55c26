"""A store that forgets: fit for tests, and for the port's own suite."""

import copy
from collections import deque
from collections.abc import Sequence

from linnet.errors import DiskFull
from linnet.ids import Epoch, StreamId
from linnet.ids import Sequence as Place
from linnet.relay.core.changes import (
    Append,
    Change,
    Claim,
    Commit,
    DropBlob,
    DropShelf,
    DropStream,
    DropWatch,
    Erase,
    KeepWatch,
    NewBlob,
    NewStream,
    PutChunk,
    PutShelf,
    Repeat,
    Trim,
)
from linnet.relay.core.events import (
    BlobKey,
    Key,
    PassKey,
    PayerKey,
    ShelfKey,
    Stored,
    StreamKey,
    Sweep,
    Swept,
    Thing,
)
from linnet.relay.core.memory import Numbers
from linnet.relay.core.state import (
    SHARED_PASS,
    Blob,
    BlobNumber,
    Pass,
    PassNumber,
    PastEpoch,
    Shelf,
    Stream,
    StreamNumber,
)
from linnet.relay.stores.port import ROW_OVERHEAD, Disclosure, NewPass
from linnet.wire.limits import ENVELOPE_COST
from tests.conformance.kept import (
    KeptBlob,
    KeptShelf,
    KeptStream,
    Shelving,
    disclosure,
)


class MemoryStore:
    """Keeps everything in dictionaries."""

    def __init__(self, *, max_bytes: int | None = None) -> None:
        self._kept = Shelving()
        self._max_bytes = max_bytes

    def numbers(self) -> Numbers:
        kept = self._kept
        packages = [n for one in kept.shelves.values() for n in one.packages]
        return Numbers(
            stream=max(kept.streams, default=0) + 1,
            shelf=max(kept.shelves, default=0) + 1,
            package=max(packages, default=0) + 1,
            blob=max(kept.blobs, default=0) + 1,
        )

    def latest_ms(self) -> int:
        times = [one[2] for kept in self._kept.streams.values() for one in kept.log]
        return max(times, default=0)

    def write(self, changes: Sequence[Change]) -> None:
        new = Shelving(
            {number: _copied(kept) for number, kept in self._kept.streams.items()},
            {number: _lying(kept) for number, kept in self._kept.shelves.items()},
            {number: copy.copy(kept) for number, kept in self._kept.blobs.items()},
            self._kept.passes,
        )
        for change in changes:
            _apply(new, change)
        if self._max_bytes is not None and _size(new) > self._max_bytes:
            raise DiskFull("There is no room.")
        self._kept = new

    def fetch(self, key: Key) -> Thing | None:
        match key:
            case StreamKey():
                return self._stream(key.id)
            case ShelfKey():
                return self._shelf(key.id)
            case BlobKey():
                return self._blob(key.name_hash)
            case PassKey():
                for at, one in enumerate(self._kept.passes):
                    if one.token_hash == key.token_hash:
                        return self._pass(PassNumber(at + 1))
                return None
            case PayerKey():
                return self._pass(key.number)

    def _stream(self, stream_id: StreamId) -> Stream | None:
        for kept in self._kept.streams.values():
            if kept.stream.id == stream_id:
                return Stream(
                    id=stream_id,
                    number=kept.stream.number,
                    is_fenced=kept.stream.is_fenced,
                    epoch=kept.stream.epoch,
                    append_hash=kept.stream.append_hash,
                    read_hash=kept.stream.read_hash,
                    control_hash=kept.stream.control_hash,
                    payer=kept.stream.payer,
                    first=Place(kept.first),
                    ids=bytearray(b"".join(one[3] for one in kept.log)),
                    past=list(kept.stream.past),
                    stored=Place(kept.first + len(kept.log) - 1),
                    sealed=list(kept.watches.values()),
                )
        return None

    def _shelf(self, shelf_id: bytes) -> Shelf | None:
        for kept in self._kept.shelves.values():
            if kept.shelf.id == shelf_id:
                lying = [n for n in sorted(kept.packages) if n != kept.last_resort]
                return Shelf(
                    id=kept.shelf.id,
                    number=kept.shelf.number,
                    owner_hash=kept.shelf.owner_hash,
                    claim_hash=kept.claim_hash,
                    packages=deque(lying),
                    last_resort=kept.last_resort,
                    payer=kept.shelf.payer,
                )
        return None

    def _blob(self, name_hash: bytes) -> Blob | None:
        for kept in self._kept.blobs.values():
            if kept.blob.name_hash == name_hash:
                of, held = kept.blob, len(kept.data)
                return Blob(
                    name_hash=name_hash,
                    number=of.number,
                    size=of.size,
                    delete_hash=of.delete_hash,
                    payer=of.payer,
                    taken=held,
                    held=held,
                )
        return None

    def _pass(self, number: PassNumber) -> Pass | None:
        kept = self._kept
        streams = [s for s in kept.streams.values() if s.stream.payer == number]
        shelves = [s for s in kept.shelves.values() if s.shelf.payer == number]
        blobs = [b.blob.size for b in kept.blobs.values() if b.blob.payer == number]
        used = sum(len(one[4]) + ENVELOPE_COST for s in streams for one in s.log)
        used += sum(blobs) + sum(len(p) for s in shelves for p in s.packages.values())
        count = len(streams) + len(shelves)
        if number == SHARED_PASS:
            return Pass(number, 0, 0, 0, count, used)
        if number > len(kept.passes):
            return None
        of = kept.passes[number - 1]
        return Pass(number, of.max_streams, of.max_bytes, of.expires, count, used)

    def envelopes(
        self, stream: StreamNumber, after: int, *, upto: int, max_bytes: int
    ) -> list[Stored]:
        found: list[Stored] = []
        kept = self._kept.streams.get(stream)
        for one in () if kept is None else kept.log:
            if after < one[0] <= upto:
                max_bytes -= ROW_OVERHEAD + len(one[4])
                if found and max_bytes < 0:
                    break
                found.append(one)
        return found

    def piece(self, blob: BlobNumber, offset: int, length: int) -> bytes:
        return self._kept.blobs[blob].data[offset : offset + length]

    def package(self, number: int) -> bytes:
        for shelf in self._kept.shelves.values():
            if number in shelf.packages:
                return shelf.packages[number]
        raise KeyError(number)

    def overdue(self, sweep: Sweep) -> Swept:
        found: list[tuple[StreamId, Place]] = []
        for number in range(sweep.begin, sweep.begin + sweep.count):
            kept = self._kept.streams.get(number)
            if kept is not None:
                before = sweep.now_ms - 1000 * kept.retention_seconds
                old = [one[0] for one in kept.log if one[2] < before]
                if old:
                    found.append((kept.stream.id, Place(old[-1])))
        blobs = [
            kept.blob.name_hash
            for kept in self._kept.blobs.values()
            if kept.created_ms < sweep.blobs_before_ms
        ]
        end = sweep.begin + sweep.count
        last = max(self._kept.streams, default=0)
        return Swept(found, blobs, StreamNumber(1 if end > last else end))

    def disclose(self, stream: StreamId) -> Disclosure | None:
        for kept in self._kept.streams.values():
            if kept.stream.id == stream:
                return disclosure(kept)
        return None

    def add_pass(self, new: NewPass) -> None:
        self._kept.passes.append(new)

    def tidy(self) -> None:
        """Nothing to put in order."""

    def close(self) -> None:
        """Nothing to let go of."""


def _lying(kept: KeptShelf) -> KeptShelf:
    made = copy.copy(kept)
    made.packages = dict(kept.packages)
    return made


def _copied(kept: KeptStream) -> KeptStream:
    stream = copy.copy(kept.stream)
    stream.past = list(kept.stream.past)
    made = copy.copy(kept)
    made.stream, made.log = stream, list(kept.log)
    made.watches = dict(kept.watches)
    return made


def _apply(kept: Shelving, change: Change) -> None:
    match change:
        case Append():
            kept.streams[change.row[0]].log.append(change.row[1:])
        case Commit():
            _commit(kept, change)
        case NewStream() | Trim() | Erase() | DropStream():
            _apply_to_stream(kept, change)
        case PutShelf() | Claim() | DropShelf():
            _apply_to_shelf(kept, change)
        case NewBlob():
            kept.blobs[change.blob.number] = KeptBlob(change.blob, change.time_ms)
        case PutChunk():
            kept.blobs[change.blob.number].data += change.data
        case DropBlob():
            kept.blobs.pop(change.blob.number, None)
        case KeepWatch() | DropWatch():
            _apply_to_watch(kept, change)
        case Repeat():
            pass


def _commit(kept: Shelving, change: Commit) -> None:
    row = change.append.row
    mine = kept.streams[row[0]]
    mine.log.append(row[1:])
    ended = PastEpoch(
        Epoch(row[2]), Place(row[1]), change.old_append_hash, change.old_read_hash
    )
    mine.stream.past.append(ended)
    mine.stream.epoch = Epoch(row[2] + 1)
    mine.stream.append_hash = change.append_hash
    mine.stream.read_hash = change.read_hash
    mine.watches.clear()


def _apply_to_watch(kept: Shelving, change: KeepWatch | DropWatch) -> None:
    mine = kept.streams.get(change.stream.number)
    if isinstance(change, KeepWatch):
        for each in kept.streams.values():
            running = {n: w for n, w in each.watches.items() if w.ends > change.now}
            each.watches = running
        if mine is not None:
            mine.watches[change.sealed.name] = change.sealed
    elif mine is not None:
        mine.watches.pop(change.former.name, None)


def _apply_to_stream(
    kept: Shelving, change: NewStream | Trim | Erase | DropStream
) -> None:
    number = change.stream.number
    match change:
        case NewStream():
            stream = copy.copy(change.stream)
            stream.past, stream.epoch = [], change.epoch
            stream.append_hash = change.append_hash
            stream.read_hash = change.read_hash
            stream.watches, stream.sealed, stream.seal = {}, [], None
            kept.streams[number] = KeptStream(
                stream, change.retention_seconds, change.time_ms
            )
        case Trim() | Erase() if number not in kept.streams:
            pass
        case Trim():
            mine = kept.streams[number]
            mine.log = [one for one in mine.log if one[0] > change.upto]
            mine.first = max(mine.first, change.upto + 1)
            past = mine.stream.past
            mine.stream.past = [one for one in past if one.ends > change.upto]
        case Erase():
            log = kept.streams[number].log
            kept.streams[number].log = [
                (*one[:4], b"") if one[0] == change.sequence else one for one in log
            ]
        case DropStream():
            kept.streams.pop(number, None)


def _apply_to_shelf(kept: Shelving, change: PutShelf | Claim | DropShelf) -> None:
    number = change.shelf.number
    match change:
        case PutShelf():
            if change.is_new:
                kept.shelves[number] = KeptShelf(change.shelf, change.claim_hash)
            mine = kept.shelves[number]
            if change.is_replacing:
                mine.packages.clear()
            elif change.last_resort != mine.last_resort:
                mine.packages.pop(mine.last_resort, None)
            mine.packages.update(dict(change.packages))
            mine.claim_hash, mine.last_resort = change.claim_hash, change.last_resort
        case Claim():
            kept.shelves[number].packages.pop(change.package, None)
        case DropShelf():
            kept.shelves.pop(number, None)


def _size(kept: Shelving) -> int:
    logs = sum(
        len(one[4]) + ENVELOPE_COST for s in kept.streams.values() for one in s.log
    )
    return logs + sum(len(one.data) for one in kept.blobs.values())
