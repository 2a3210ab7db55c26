"""Streams, shelves and blobs in one SQLite database (docs/relay.md, "The store").

One connection writes, in whatever thread calls ``write``; one reads. A batch is one
transaction, on disk when ``write`` returns (WAL, ``synchronous=FULL``).
"""

from collections.abc import Sequence
from pathlib import Path

import apsw

from linnet.ids import Sequence as Place
from linnet.ids import ShelfId, StreamId
from linnet.relay.core.changes import Change
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
from linnet.relay.core.state import BlobNumber, StreamNumber
from linnet.relay.stores import reading
from linnet.relay.stores.disclosure import disclose
from linnet.relay.stores.port import ROW_OVERHEAD, Disclosure, NewPass
from linnet.relay.stores.schema import connect, told
from linnet.relay.stores.writing import Writing
from linnet.wire.limits import MAX_CHUNK

FIRST_READ = 64
"""Rows looked at before it is known how large a stream's envelopes are."""

MOST_READ = 512

MOST_PAGES_BEHIND = 4_000
"""Pages in the write-ahead log after which a commit finishes tidying it itself.

Most of it has been done beside by then, and a log that begins anew does not grow: to
write where a file already is costs the disk less than to make it longer.
"""


class SqliteStore:
    """A relay's store in one file."""

    def __init__(self, path: Path, *, max_pages: int | None = None) -> None:
        """Open the database and read which rows belong to which stream.

        Args:
            path: the database's file, created if there is none.
            max_pages: a size above which the disk counts as full.

        Raises:
            StorageError: it cannot be opened or is damaged.
        """
        self._writer = connect(path)
        self._reader = connect(path)
        self._tidier = connect(path)
        self._writer.wal_autocheckpoint(MOST_PAGES_BEHIND)
        if max_pages is not None:
            self._writer.pragma("max_page_count", max_pages)
        with told():
            self._index, self._latest_ms = reading.rebuild(self._reader)

    def numbers(self) -> Numbers:
        """The next free numbers."""
        with told():
            return reading.numbers(self._reader)

    def latest_ms(self) -> int:
        """The newest time in the log when the store was opened."""
        return self._latest_ms

    def write(self, changes: Sequence[Change]) -> None:
        """Store a batch in one transaction.

        Raises:
            DiskFull: there is no room; nothing of the batch is stored.
            StorageError: it could not be stored; nothing of the batch is.
        """
        with told():
            Writing(self._writer, self._index).run(changes)

    def fetch(self, key: Key) -> Thing | None:
        """Find a thing by its key."""
        with told():
            return self._fetch(key)

    def _fetch(self, key: Key) -> Thing | None:
        match key:
            case StreamKey():
                with self._index.lock:
                    return reading.stream(self._reader, self._index, key.id)
            case ShelfKey():
                return reading.shelf(self._reader, ShelfId(key.id))
            case BlobKey():
                return reading.blob(self._reader, key.name_hash)
            case PassKey():
                return reading.known_pass(self._reader, self._index, key.token_hash)
            case PayerKey():
                return reading.payer(self._reader, self._index, key.number)

    def envelopes(
        self, stream: StreamNumber, after: int, *, upto: int, max_bytes: int
    ) -> list[Stored]:
        """Read what is kept after one envelope and up to another."""
        found: list[Stored] = []
        room = max_bytes
        at, step = after, FIRST_READ
        with told():
            while at < upto:
                end = min(upto, at + step)
                for one in self._rows(stream, at, end):
                    room -= ROW_OVERHEAD + len(one[4])
                    if found and room < 0:
                        return found
                    found.append(one)
                at, step = end, min(2 * step, MOST_READ)
        return found

    def _rows(self, stream: StreamNumber, after: int, upto: int) -> list[Stored]:
        with self._index.lock:
            rows = self._index.rows(stream, after, upto)
        if not rows:
            return []
        sql = "SELECT sequence, epoch, time, id, data FROM log WHERE row "
        if rows[-1] - rows[0] == len(rows) - 1:
            where, values = "BETWEEN ? AND ?", [rows[0], rows[-1]]
        else:
            where, values = f"IN ({','.join('?' * len(rows))})", rows
        # Only question marks are built into the text.
        query = f"{sql}{where} ORDER BY row"
        return list(self._reader.execute(query, values))

    def piece(self, blob: BlobNumber, offset: int, length: int) -> bytes:
        """Read a piece of a blob."""
        end = offset + length
        with told():
            found = self._reader.execute(
                "SELECT position, data FROM chunks "
                "WHERE blob = ? AND position > ? AND position < ? ORDER BY position",
                (blob, offset - MAX_CHUNK, end),
            )
            parts = [data[max(0, offset - at) : max(0, end - at)] for at, data in found]
        return b"".join(parts)

    def package(self, number: int) -> bytes:
        """Read a key package."""
        with told():
            found = self._reader.execute(
                "SELECT data FROM packages WHERE number = ?", (number,)
            ).get
        return bytes(found)

    def overdue(self, sweep: Sweep) -> Swept:
        """Find what retention has ended among some streams, and old blobs."""
        index, end = self._index, min(sweep.begin + sweep.count, len(self._index))
        found: list[tuple[StreamId, Place]] = []
        with told():
            for number in range(sweep.begin, end):
                with index.lock:
                    upto = reading.overdue_upto(
                        self._reader, index, number, sweep.now_ms
                    )
                if upto:
                    found.append((reading.stream_id(self._reader, number), upto))
            blobs = reading.old_blobs(self._reader, sweep.blobs_before_ms)
        return Swept(found, blobs, StreamNumber(1 if end >= len(index) else end))

    def disclose(self, stream: StreamId) -> Disclosure | None:
        """Tell everything that is known about a stream."""
        with told():
            return disclose(self._reader, stream)

    def add_pass(self, new: NewPass) -> None:
        """Honour a pass from now on."""
        add_pass(self._writer, new)

    def tidy(self) -> None:
        """Move what is in the write-ahead log into the database, without waiting.

        Otherwise a commit would do it now and then, and everyone would wait for it.
        """
        try:
            self._tidier.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error:
            # Nothing is lost by it: the next commit that has to will say why.
            return

    def checkpoint(self) -> None:
        """Empty the write-ahead log into the database; at the end."""
        with told():
            self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def close(self) -> None:
        """Let go of the disk."""
        self._tidier.close()
        self._reader.close()
        self._writer.close()


def add_pass(connection: apsw.Connection, new: NewPass) -> None:
    """Write a pass; other processes may do so while a relay runs."""
    with told():
        connection.execute(
            "INSERT INTO passes (token_hash, max_streams, max_bytes, expires, created) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                *(new.token_hash, new.max_streams, new.max_bytes),
                new.expires,
                new.created_ms,
            ),
        )
