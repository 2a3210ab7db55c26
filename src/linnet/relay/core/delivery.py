"""Groups what one batch has for each session into few messages.

Runs of receipts and runs of envelopes become one message each; their order is kept, so
that a session sees a stream in the order of its sequence numbers (spec/wire.md §3.1).
"""

from linnet.relay.core.changes import Append
from linnet.relay.core.events import Effect, Send
from linnet.relay.core.readers import DELIVER_HEADER, ENTRY_HEAD
from linnet.relay.core.state import Door, Guest
from linnet.wire.limits import MAX_MESSAGE
from linnet.wire.replies import APPENDED, APPENDED_ENTRY, ENVELOPE_HEAD

APPENDED_HEADER = bytes((APPENDED,))
_RECEIPTS_LIMIT = MAX_MESSAGE - 32
_RECEIPT_SIZE = APPENDED_ENTRY.size
_pack_receipt = APPENDED_ENTRY.pack
_pack_head = ENVELOPE_HEAD.pack

LIVE_BYTES = 4 * MAX_MESSAGE
"""What one batch gives a session at once; beyond it its doors read from the store."""


class Run:
    """The message being built for one session."""

    __slots__ = ("before", "guest", "is_receipts", "parts", "size")

    def __init__(self, guest: Guest, is_receipts: bool, before: int) -> None:  # hot
        self.guest = guest
        self.is_receipts = is_receipts
        self.before = before
        self.parts = [APPENDED_HEADER if is_receipts else DELIVER_HEADER]
        self.size = 5


class Deliveries:
    """Builds the messages of one batch.

    Attributes:
        behind: doors that get no more of the batch, to go on out of the store.
    """

    __slots__ = ("_before", "_open", "_runs", "behind")

    def __init__(self) -> None:
        self.behind: list[Door] = []
        self._runs: list[Run] = []
        self._open: dict[int, Run] = {}
        self._before: dict[int, int] = {}

    def stored(self, append: Append) -> None:
        """Tell who appended, and deliver to all who follow the stream live."""
        row, stream, guest, number = append
        _, sequence, epoch, time_ms, name, data = row
        stream.stored = sequence  # type: ignore[assignment]  # rows hold plain numbers
        run = self._open.get(guest.number)
        if run is None or not run.is_receipts or run.size > _RECEIPTS_LIMIT:
            run = self._begin(guest, run, is_receipts=True)
        run.parts.append(_pack_receipt(number, sequence, time_ms))
        run.size += _RECEIPT_SIZE
        readers = stream.readers
        if readers:
            head = _pack_head(sequence, epoch, time_ms, name, len(data))
            for door in readers:
                if door.is_live:
                    self._deliver(door, append, head)

    def _deliver(self, door: Door, append: Append, head: bytes) -> None:
        guest, data = door.guest, append.row[5]
        if guest.is_full:
            door.is_live = False
            return
        if door.skip_own and guest is append.guest:
            door.cursor = append.row[1]  # type: ignore[assignment]  # rows hold plain numbers
            return
        size = ENTRY_HEAD + len(data)
        run = self._open.get(guest.number)
        if run is None or run.is_receipts or run.size + size > MAX_MESSAGE:
            if self._built(guest, run) > LIVE_BYTES:
                door.is_live = False
                self.behind.append(door)
                return
            run = self._begin(guest, run, is_receipts=False)
        door.cursor = append.row[1]  # type: ignore[assignment]  # rows hold plain numbers
        run.parts += (door.handle_bytes, head, data)
        run.size += size

    def _begin(self, guest: Guest, former: Run | None, *, is_receipts: bool) -> Run:
        before = self._built(guest, former)
        run = self._open[guest.number] = Run(guest, is_receipts, before)
        self._runs.append(run)
        return run

    def _built(self, guest: Guest, run: Run | None) -> int:
        if run is None:
            return self._before.get(guest.number, 0)
        return run.before + run.size

    def finish(self) -> list[Effect]:
        """Take the messages built so far."""
        sent: list[Effect] = [
            Send(run.guest, b"".join(run.parts)) for run in self._runs
        ]
        for number, run in self._open.items():
            self._before[number] = run.before + run.size
        self._runs, self._open = [], {}
        return sent
