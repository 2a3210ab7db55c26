"""Groups what one batch has for each session into few messages.

Runs of receipts and runs of envelopes become one message each; their order is kept, so
that a session sees a stream in the order of its sequence numbers (spec/wire.md §3.1).
"""

from functools import partial

from linnet.relay.core.changes import Append
from linnet.relay.core.events import Effect, Send
from linnet.relay.core.readers import DELIVER_HEADER, ENTRY_HEAD
from linnet.relay.core.state import Door, Guest
from linnet.wire.limits import MAX_MESSAGE
from linnet.wire.replies import APPENDED, APPENDED_ENTRY, ENVELOPE_HEAD

APPENDED_HEADER = bytes((APPENDED,))
_RECEIPTS_LIMIT = MAX_MESSAGE - 32
_RECEIPT_SIZE = APPENDED_ENTRY.size
_FIRST_RECEIPT = 5 + _RECEIPT_SIZE
_send = partial(tuple.__new__, Send)
"""``Send`` without the cost of its named fields."""

_pack_receipt = APPENDED_ENTRY.pack
_pack_head = ENVELOPE_HEAD.pack

LIVE_BYTES = 4 * MAX_MESSAGE
"""What one batch gives a session at once; beyond it its doors read from the store."""


class Run:
    """The message being built for one session."""

    __slots__ = ("before", "guest", "is_receipts", "parts", "size")

    def __init__(
        self,
        guest: Guest,
        is_receipts: bool,
        before: int,
        parts: list[bytes],
        size: int,
    ) -> None:
        self.guest = guest
        self.is_receipts = is_receipts
        self.before = before
        self.parts = parts
        self.size = size


class Deliveries:
    """Builds the messages of one batch.

    Attributes:
        behind: doors that get no more of the batch, to go on out of the store.
    """

    __slots__ = ("_before", "_open", "_runs", "behind")

    def __init__(self) -> None:
        self.behind: list[Door] = []
        self._runs: list[Run] = []
        self._open: dict[Guest, Run] = {}
        self._before: dict[Guest, int] = {}

    def stored(self, append: Append) -> None:
        """Tell who appended, and deliver to all who follow the stream live."""
        row, stream, guest, number = append
        _, sequence, epoch, time_ms, name, data = row
        stream.stored = sequence  # type: ignore[assignment]  # rows hold plain numbers
        receipt = _pack_receipt(number, sequence, time_ms)
        run = self._open.get(guest)
        if run is None or not run.is_receipts or run.size > _RECEIPTS_LIMIT:
            before = self._built(guest, run)
            parts = [APPENDED_HEADER, receipt]
            run = self._open[guest] = Run(guest, True, before, parts, _FIRST_RECEIPT)
            self._runs.append(run)
        else:
            run.parts.append(receipt)
            run.size += _RECEIPT_SIZE
        readers = stream.readers
        if readers:
            head = _pack_head(sequence, epoch, time_ms, name, len(data))
            for door in readers:
                if not door.is_live:
                    continue
                if door.skip_own and door.guest is guest and not guest.is_full:
                    door.cursor = sequence  # type: ignore[assignment]  # as above
                else:
                    self._deliver(door, sequence, head, data)

    def _deliver(self, door: Door, sequence: int, head: bytes, data: bytes) -> None:
        guest = door.guest
        if guest.is_full:
            door.is_live = False
            return
        size = ENTRY_HEAD + len(data)
        run = self._open.get(guest)
        if run is None or run.is_receipts or run.size + size > MAX_MESSAGE:
            before = self._built(guest, run)
            if before > LIVE_BYTES:
                door.is_live = False
                self.behind.append(door)
                return
            parts = [DELIVER_HEADER, door.handle_bytes, head, data]
            run = self._open[guest] = Run(guest, False, before, parts, 5 + size)
            self._runs.append(run)
        else:
            run.parts += (door.handle_bytes, head, data)
            run.size += size
        door.cursor = sequence  # type: ignore[assignment]  # rows hold plain numbers

    def _built(self, guest: Guest, run: Run | None) -> int:
        if run is None:
            return self._before.get(guest, 0)
        return run.before + run.size

    def finish(self) -> list[Effect]:
        """Take the messages built so far."""
        join = b"".join
        sent: list[Effect] = [_send((run.guest, join(run.parts))) for run in self._runs]
        for guest, run in self._open.items():
            self._before[guest] = run.before + run.size
        self._runs, self._open = [], {}
        return sent
