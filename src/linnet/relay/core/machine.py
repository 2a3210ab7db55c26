"""The relay's rules as one machine: an event comes in, effects go out.

Knows streams, fences, capabilities, quotas and limits (spec/wire.md); knows nothing of
sockets, disks, threads or the clock. What it wants stored waits in its batch: the
driver takes the batch, has it stored, and says so with ``Written`` or ``Failed``.
"""

from collections.abc import Callable

from linnet.errors import Malformed
from linnet.ids import RequestNumber
from linnet.relay.core import (
    appends,
    blobs,
    errands,
    guards,
    manifests,
    readers,
    shelves,
    storing,
    streams,
    watches,
)
from linnet.relay.core.changes import Change
from linnet.relay.core.events import (
    Asked,
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
    Lost,
    PackageRead,
    PieceRead,
    Sweep,
    Swept,
    Tick,
    Written,
)
from linnet.relay.core.limits import Limits
from linnet.relay.core.memory import Memory, Missing, Numbers, Refuse, answer
from linnet.relay.core.state import Guest, StreamNumber
from linnet.wire import (
    requests,
    requests_blobs,
    requests_errands,
    requests_manifests,
    requests_pushes,
    requests_shelves,
)
from linnet.wire.codec import Request, UnknownRequest, decode_request
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Mode, RefusedReply
from linnet.wire.requests import APPEND, HEADER

_WASTEFUL = {
    Refusal.WRONG_TOKEN,
    Refusal.NO_SUCH_STREAM,
    Refusal.NO_SUCH_SHELF,
    Refusal.NO_SUCH_BLOB,
    Refusal.UNKNOWN_EPOCH,
}
"""Refusals that somebody who guesses would collect."""

JUMP_MS = 86_400_000
DOUBT_MS = 6 * 3_600_000
"""A clock that jumps so far forward is doubted for so long: nothing is swept."""

SOON_MS = 50.0


class Relay:
    """The blind store's rules.

    Attributes:
        memory: all that is in use; the driver takes its batch.
    """

    def __init__(self, limits: Limits, numbers: Numbers, *, now_ms: int = 0) -> None:
        self.memory = Memory(limits, numbers)
        self._latest_ms = now_ms
        self._lead_ms = 0
        self._is_closed = limits.mode is Mode.CLOSED
        self._sweep_at_ms = float(now_ms)
        self._sweep_from = StreamNumber(1)

    def handle(self, event: Event, now_ms: int) -> list[Effect]:
        """Advance by one event and say what the driver must do."""
        self._advance(now_ms)
        return self._try(event)

    def _try(self, event: Event) -> list[Effect]:
        try:
            return self._handle(event, self._latest_ms)
        except Missing as missing:
            return [Fetch(missing.key, event)]

    def _advance(self, clock_ms: int) -> None:
        """Let the relay's time go on: never back, and never stand still.

        When the clock was put back, time goes on from where it was, as fast as the
        clock does; rates would never refill if it waited to be overtaken.
        """
        memory = self.memory
        if memory.clock_ms and clock_ms - memory.clock_ms > JUMP_MS:
            # Nothing is forgotten because of a clock that may be wrong.
            self._sweep_at_ms = max(self._sweep_at_ms, clock_ms + DOUBT_MS)
        memory.clock_ms = clock_ms
        if clock_ms >= self._latest_ms:
            self._lead_ms = 0
        elif clock_ms + self._lead_ms < self._latest_ms:
            self._lead_ms = self._latest_ms - clock_ms
        self._latest_ms = clock_ms + self._lead_ms

    def append(self, guest: Guest, message: bytes, now_ms: int) -> list[Effect]:
        """Do what ``handle`` does with an ``Asked`` that holds an APPEND, for less.

        The message must begin as an APPEND does.
        """
        if now_ms != self.memory.clock_ms:
            self._advance(now_ms)
        if self._is_closed:
            return self._try(Asked(guest, message))
        try:
            return appends.append(self.memory, guest, message, self._latest_ms)
        except (Refuse, Missing):
            # Nothing has changed; what goes wrong may take its time.
            return self._try(Asked(guest, message))

    def wake_at(self) -> float:
        """When the driver must next send a ``Tick``, in milliseconds."""
        return self._sweep_at_ms

    def take_batch(self) -> list[Change]:
        """Take the changes that are to be stored next."""
        memory = self.memory
        batch, memory.batch, memory.batch_bytes = memory.batch, [], 0
        return batch

    def _handle(self, event: Event, now_ms: int) -> list[Effect]:
        match event:
            case Asked():
                return self._asked(event, now_ms)
            case Written():
                return storing.written(self.memory, event.changes)
            case Failed():
                return storing.failed(self.memory, event.changes, event.refusal)
            case Fetched():
                return self._fetched(event)
            case LogRead() | PieceRead() | PackageRead():
                return self._read(event)
            case _:
                return self._around(event, now_ms)

    def _read(self, event: LogRead | PieceRead | PackageRead) -> list[Effect]:
        match event:
            case LogRead():
                return readers.log_read(event)
            case PieceRead():
                return blobs.piece_read(event)
            case PackageRead():
                return shelves.package_read(self.memory, event)

    def _around(
        self, event: Joined | Left | Filled | Drained | Tick | Swept | Lost, now_ms: int
    ) -> list[Effect]:
        match event:
            case Joined():
                guards.admit(self.memory, event)
            case Left():
                for door in list(event.guest.doors.values()):
                    streams.shut(door)
                self.memory.forget_idle()
            case Filled():
                event.guest.is_full = True
            case Drained():
                return readers.drained(event.guest)
            case Tick():
                return self._tick()
            case Lost():
                return watches.lost(self.memory, event)
            case Swept():
                blobs.forget(self.memory, event.blobs)
                if event.blobs:
                    self._sweep_at_ms = self.memory.clock_ms + SOON_MS
                self._sweep_from = event.next
                return streams.swept(self.memory, event)
        return []

    def _tick(self) -> list[Effect]:
        clock_ms = self.memory.clock_ms
        if clock_ms < self._sweep_at_ms <= clock_ms + DOUBT_MS:
            return []
        limits = self.memory.limits
        slices = self.memory.numbers.stream / limits.sweep_slice + 1
        self._sweep_at_ms = clock_ms + max(
            SOON_MS, 1000 * limits.sweep_seconds / slices
        )
        before = clock_ms - 1000 * limits.max_retention_seconds
        return [Sweep(self._sweep_from, limits.sweep_slice, clock_ms, before)]

    def _fetched(self, event: Fetched) -> list[Effect]:
        fetch = event.fetch
        if event.thing is not None:
            self.memory.keep(fetch.key, event.thing)
            return self._try(fetch.event)
        self.memory.absent = fetch.key
        try:
            return self._try(fetch.event)
        finally:
            self.memory.absent = None

    def _asked(self, event: Asked, now_ms: int) -> list[Effect]:
        guest, message = event.guest, event.message
        number = RequestNumber(0)
        try:
            if message[:1] == bytes((APPEND,)) and len(message) >= HEADER.size:
                number = RequestNumber(HEADER.unpack_from(message)[1])
                if self.memory.limits.mode is Mode.CLOSED:
                    guards.check_member(self.memory, guest)
                return appends.append(self.memory, guest, message, now_ms)
            if len(message) >= HEADER.size:
                number = RequestNumber(HEADER.unpack_from(message)[1])
            number, request = decode_request(message)
            return self._request(guest, number, request, now_ms)
        except Refuse as refuse:
            return self._refuse(guest, number, refuse, now_ms)
        except Malformed as error:
            return self._unreadable(guest, number, error)

    def _refuse(
        self, guest: Guest, number: RequestNumber, refuse: Refuse, now_ms: int
    ) -> list[Effect]:
        refusal, detail = refuse.refusal, refuse.detail
        if refusal is Refusal.MALFORMED:
            return self._unreadable(guest, number, Malformed(refusal.name))
        if refusal in _WASTEFUL:
            try:
                guards.spend_costly(self.memory, guest, now_ms)
            except Refuse as slower:
                refusal, detail = slower.refusal, slower.detail
        return [answer(guest, number, RefusedReply(refusal, detail))]

    def _unreadable(
        self, guest: Guest, number: RequestNumber, error: Malformed
    ) -> list[Effect]:
        guest.unreadable += 1
        unknown = isinstance(error, UnknownRequest)
        refusal = Refusal.UNKNOWN_REQUEST if unknown else Refusal.MALFORMED
        told: list[Effect] = [answer(guest, number, RefusedReply(refusal))]
        if guest.unreadable > self.memory.limits.max_unreadable:
            told.append(Disconnect(guest, "too many unreadable messages"))
        return told

    def _request(
        self, guest: Guest, number: RequestNumber, request: Request, now_ms: int
    ) -> list[Effect]:
        if isinstance(request, requests.About):
            return [guards.about(self.memory, guest, number)]
        guards.check_member(self.memory, guest)
        memory = self.memory
        timed = _TIMED.get(type(request))
        if timed is not None:
            return timed(memory, guest, number, request, now_ms)
        return _TIMELESS[type(request)](memory, guest, number, request)


# Each rule takes the type it stands beside; the tables cannot say so.
_TIMED: dict[type[object], Callable[..., list[Effect]]] = {
    requests.Create: streams.create,
    requests.Commit: appends.commit,
    requests.Ephemeral: readers.ephemeral,
    requests_shelves.ShelfPut: shelves.put,
    requests_blobs.BlobCreate: blobs.create,
    requests_pushes.Watch: watches.watch,
    requests_errands.Errand: errands.carry_out,
}
_TIMELESS: dict[type[object], Callable[..., list[Effect]]] = {
    requests.Open: streams.open_stream,
    requests.Close: streams.close,
    requests.Subscribe: readers.subscribe,
    requests.Unsubscribe: readers.unsubscribe,
    requests.Read: readers.read,
    requests.Trim: streams.trim,
    requests.Erase: streams.erase,
    requests.Destroy: streams.destroy,
    requests_shelves.ShelfClaim: shelves.claim,
    requests_shelves.ShelfCount: shelves.count,
    requests_shelves.ShelfDestroy: shelves.destroy,
    requests_blobs.BlobPut: blobs.put,
    requests_blobs.BlobStat: blobs.stat,
    requests_blobs.BlobGet: blobs.read,
    requests_blobs.BlobDelete: blobs.delete,
    requests_manifests.ManifestGet: manifests.get,
    requests_pushes.Pushes: watches.pushes,
    requests_pushes.Unwatch: watches.unwatch,
}
