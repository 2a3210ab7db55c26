"""Which rows of the log belong to which stream: in memory, rebuilt at every start.

The log itself has no index: rows are written in the order in which they arrive, and
that is what makes them cheap (docs/relay.md, "Why the log has no index"). For each
envelope kept this holds 24 bytes (row and envelope id), and for each stream about 150.
"""

from array import array
from struct import Struct
from threading import Lock

from linnet.relay.core.changes import Row
from linnet.relay.core.state import ID_SIZE
from linnet.wire.limits import ENVELOPE_COST

ENTRY = Struct("<q16s")
_ENTRY_SIZE = ENTRY.size
_pack = ENTRY.pack


class Index:
    """Rows, ids and sizes of all streams, by the stream's number."""

    __slots__ = (
        "_entries",
        "_firsts",
        "_payers",
        "_retentions",
        "_sizes",
        "by_payer",
        "lock",
        "newest_row",
    )

    def __init__(self) -> None:
        self._entries: list[bytearray | None] = [None]
        self._firsts = array("q", (0,))
        self._sizes = array("q", (0,))
        self._payers = array("q", (0,))
        self._retentions = array("q", (0,))
        self.by_payer: dict[int, list[int]] = {}
        """Streams and bytes that each pass has used."""
        self.newest_row = 0
        self.lock = Lock()
        """Held while a batch is learnt, in another thread, and while it is asked."""

    def __len__(self) -> int:
        """One more than the highest number of a stream."""
        return len(self._entries)

    def add_stream(
        self, number: int, *, first: int, payer: int, retention_seconds: int
    ) -> None:
        """Know a stream without envelopes."""
        while len(self._entries) <= number:
            self._entries.append(None)
            for column in (self._firsts, self._sizes, self._payers, self._retentions):
                column.append(0)
        self._entries[number] = None
        self._firsts[number] = first
        self._sizes[number] = 0
        self._payers[number] = payer
        self._retentions[number] = retention_seconds
        self.use(payer, streams=1)

    def use(self, payer: int, *, streams: int = 0, size: int = 0) -> None:
        """Count what a pass uses; negative where something is freed."""
        used = self.by_payer.setdefault(payer, [0, 0])
        used[0] += streams
        used[1] += size

    def drop_stream(self, number: int) -> None:
        """Know a stream no more."""
        self.use(self._payers[number], streams=-1, size=-self._sizes[number])
        self._entries[number] = None
        self._firsts[number] = self._sizes[number] = 0

    def push(self, number: int, row: int, envelope: bytes, length: int) -> None:
        """Know the next envelope of a stream."""
        size = length + ENVELOPE_COST
        entries = self._entries[number]
        if entries is None:
            self._entries[number] = bytearray(_pack(row, envelope))
        else:
            entries += _pack(row, envelope)
        self.newest_row = row
        self._sizes[number] += size
        used = self.by_payer[self._payers[number]]
        used[1] += size

    def push_all(self, rows: list[Row], begin: int) -> None:
        """Know envelopes that were stored in consecutive rows of the log."""
        entries, sizes, payers = self._entries, self._sizes, self._payers
        by_payer, row = self.by_payer, begin
        for number, _, _, _, envelope, data in rows:
            held = entries[number]
            if held is None:
                entries[number] = bytearray(_pack(row, envelope))
            else:
                held += _pack(row, envelope)
            size = len(data) + ENVELOPE_COST
            sizes[number] += size
            by_payer[payers[number]][1] += size
            row += 1
        self.newest_row = row - 1

    def trim(self, number: int, upto: int, *, freed: int) -> None:
        """Know no more of what a stream held up to one envelope."""
        entries = self._entries[number]
        count = upto - self._firsts[number] + 1
        if entries is not None and count > 0:
            del entries[: count * _ENTRY_SIZE]
            self._firsts[number] = upto + 1
        self.shrink(number, freed)

    def shrink(self, number: int, freed: int) -> None:
        """Count bytes of a stream that were freed."""
        self._sizes[number] -= freed
        self.use(self._payers[number], size=-freed)

    def first(self, number: int) -> int:
        """The oldest envelope that a stream keeps."""
        return self._firsts[number]

    def head(self, number: int) -> int:
        """The newest envelope that a stream ever had."""
        entries = self._entries[number]
        count = 0 if entries is None else len(entries) // _ENTRY_SIZE
        return self._firsts[number] + count - 1

    def retention_seconds(self, number: int) -> int:
        """How long a stream keeps envelopes; 0 for one that does not exist."""
        return self._retentions[number] if self._firsts[number] else 0

    def keeps(self, number: int, sequence: int) -> bool:
        """Whether a stream has an envelope and still keeps it."""
        if number >= len(self._entries) or self._entries[number] is None:
            return False
        return self._firsts[number] <= sequence <= self.head(number)

    def row(self, number: int, sequence: int) -> int:
        """The row of an envelope that is kept."""
        entries = self._entries[number]
        assert entries is not None  # noqa: S101  # the caller asked first()
        at = (sequence - self._firsts[number]) * _ENTRY_SIZE
        row: int = ENTRY.unpack_from(entries, at)[0]
        return row

    def rows(self, number: int, after: int, upto: int) -> list[int]:
        """The rows after one envelope and up to another, of those kept."""
        entries = self._entries[number]
        if entries is None:
            return []
        first = self._firsts[number]
        begin = max(0, after + 1 - first) * _ENTRY_SIZE
        end = max(0, upto + 1 - first) * _ENTRY_SIZE
        return [row for row, _ in ENTRY.iter_unpack(entries[begin:end])]

    def ids(self, number: int) -> bytearray:
        """The ids of the envelopes that a stream keeps, packed."""
        entries = self._entries[number]
        if entries is None:
            return bytearray()
        packed = bytearray()
        for at in range(8, len(entries), _ENTRY_SIZE):
            packed += entries[at : at + ID_SIZE]
        return packed
