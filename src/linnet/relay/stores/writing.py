"""How a batch of changes becomes SQL, in the order in which it was accepted."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

import apsw

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
    Row,
    Trim,
)
from linnet.relay.stores.index import Index
from linnet.wire.limits import ENVELOPE_COST

_ROW = "(?, ?, ?, ?, ?, ?)"
INSERT_LOG = f"INSERT INTO log (stream, sequence, epoch, time, id, data) VALUES {_ROW}"  # noqa: S608  # question marks only
INSERTS = tuple(
    (count, INSERT_LOG + f", {_ROW}" * (count - 1)) for count in (64, 16, 4, 1)
)
"""Statements for so many rows at once.

A thread that writes has to wait for its turn again after each statement, so a batch is
to be few of them.
"""

INSERT_FIRST = (
    "INSERT INTO log (row, stream, sequence, epoch, time, id, data) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
REMOVE_ROW = f"DELETE FROM log WHERE row = ? RETURNING length(data) + {ENVELOPE_COST}"  # noqa: S608  # a number of ours
FORMER_LAST_RESORT = "SELECT last_resort FROM shelves WHERE number = ?"

Step = Callable[[], None]
"""What the index learns once the batch is on disk.

Knows the index only: one that knew its ``Writing`` would keep the batch in memory until
somebody looks for cycles, which is seldom.
"""


class Writing:
    """One batch on its way to the database."""

    __slots__ = ("_connection", "_index", "_learnt", "_next_row", "_rows")

    def __init__(self, connection: apsw.Connection, index: Index) -> None:
        self._connection = connection
        self._index = index
        self._rows: list[Row] = []
        self._next_row = index.newest_row + 1
        self._learnt: list[Step] = []

    def run(self, changes: Sequence[Change]) -> None:
        """Store the batch, then let the index know."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for change in changes:
                if type(change) is Append:
                    self._rows.append(change.row)
                else:
                    self._flush()
                    self._other(change)
            self._flush()
            connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back already when the disk was full.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        with self._index.lock:
            for learn in self._learnt:
                learn()

    def _flush(self) -> None:
        rows = self._rows
        if not rows:
            return
        self._rows = []
        # SQLite numbers a row one above the highest that exists; a number whose row
        # was deleted must not come back while the index still knows its former one.
        begin = self._next_row
        self._connection.execute(INSERT_FIRST, (begin, *rows[0]))
        at = 1
        for count, sql in INSERTS:
            while len(rows) - at >= count:
                values = tuple(chain.from_iterable(rows[at : at + count]))
                self._connection.execute(sql, values)
                at += count
        self._next_row += len(rows)
        self._learnt.append(partial(self._index.push_all, rows, begin))

    def _other(self, change: Change) -> None:
        match change:
            case Commit():
                self._commit(change)
            case NewStream():
                self._new_stream(change)
            case Trim() | Erase() | DropStream():
                self._forget(change)
            case PutShelf() | Claim() | DropShelf():
                self._shelf(change)
            case NewBlob() | PutChunk() | DropBlob():
                self._blob(change)
            case KeepWatch() | DropWatch():
                self._watch(change)
            case Repeat() | Append():
                pass

    def _commit(self, change: Commit) -> None:
        row = change.append.row
        self._rows.append(row)
        self._flush()
        ended = (row[0], row[2], row[1], change.old_append_hash, change.old_read_hash)
        self._connection.execute("INSERT INTO epochs VALUES (?, ?, ?, ?, ?)", ended)
        self._connection.execute(
            "UPDATE streams SET epoch = ?, append_hash = ?, read_hash = ? "
            "WHERE number = ?",
            (row[2] + 1, change.append_hash, change.read_hash, row[0]),
        )
        self._connection.execute("DELETE FROM watches WHERE stream = ?", (row[0],))

    def _new_stream(self, change: NewStream) -> None:
        stream = change.stream
        self._connection.execute(
            "INSERT INTO streams (number, id, fenced, epoch, append_hash, read_hash, "
            "control_hash, payer, retention, created) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                *(stream.number, stream.id, stream.is_fenced, change.epoch),
                *(change.append_hash, change.read_hash, stream.control_hash),
                *(stream.payer, change.retention_seconds, change.time_ms),
            ),
        )
        self._learnt.append(
            partial(
                self._index.add_stream,
                stream.number,
                first=1,
                payer=stream.payer,
                retention_seconds=change.retention_seconds,
            )
        )

    def _forget(self, change: Trim | Erase | DropStream) -> None:
        number, index = change.stream.number, self._index
        match change:
            case Erase():
                if not index.keeps(number, change.sequence):
                    return
                row = index.row(number, change.sequence)
                freed = self._sum("SELECT length(data) FROM log WHERE row = ?", [row])
                erase = "UPDATE log SET data = x'' WHERE row = ?"
                self._connection.execute(erase, (row,))
                self._learnt.append(partial(index.shrink, number, freed))
            case Trim():
                freed = self._delete(index.rows(number, 0, change.upto))
                self._connection.execute(
                    "UPDATE streams SET first = max(first, ?) WHERE number = ?",
                    (change.upto + 1, number),
                )
                self._connection.execute(
                    "DELETE FROM epochs WHERE stream = ? AND ends <= ?",
                    (number, change.upto),
                )
                upto = change.upto
                self._learnt.append(partial(index.trim, number, upto, freed=freed))
            case DropStream():
                self._drop_stream(change)

    def _drop_stream(self, change: DropStream) -> None:
        number, index = change.stream.number, self._index
        # Rows of this very batch are not in the index yet.
        self._delete(self._unlearnt(number))
        self._delete(index.rows(number, 0, 2**62) if number < len(index) else [])
        self._connection.execute("DELETE FROM epochs WHERE stream = ?", (number,))
        self._connection.execute("DELETE FROM watches WHERE stream = ?", (number,))
        self._connection.execute("DELETE FROM streams WHERE number = ?", (number,))
        self._learnt.append(partial(index.drop_stream, number))

    def _unlearnt(self, number: int) -> list[int]:
        newest = self._index.newest_row
        found = self._connection.execute(
            "SELECT row FROM log WHERE row > ? AND stream = ?", (newest, number)
        )
        return [row for (row,) in found]

    def _delete(self, rows: list[int]) -> int:
        return sum(self._sum(REMOVE_ROW, [row]) for row in rows)

    def _sum(self, sql: str, values: list[int]) -> int:
        return sum(size for (size,) in self._connection.execute(sql, values))

    def _watch(self, change: KeepWatch | DropWatch) -> None:
        number, run = change.stream.number, self._connection.execute
        if isinstance(change, DropWatch):
            sql = "DELETE FROM watches WHERE stream = ? AND name = ?"
            run(sql, (number, change.former.name))
            return
        kept = change.sealed
        run("DELETE FROM watches WHERE ends <= ?", (change.now,))
        row = (number, kept.name, kept.ends, kept.sealed)
        run("INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?)", row)

    def _shelf(self, change: PutShelf | Claim | DropShelf) -> None:
        number, run = change.shelf.number, self._connection.execute
        match change:
            case PutShelf():
                self._put_shelf(change)
            case Claim():
                self._take_off("number = ?", change.package, change.shelf.payer)
            case DropShelf():
                payer = change.shelf.payer
                self._take_off("shelf = ?", number, payer)
                run("DELETE FROM shelves WHERE number = ?", (number,))
                self._learnt.append(partial(self._index.use, payer, streams=-1))

    def _take_off(self, which: str, value: int, payer: int) -> None:
        # Which packages, one of this file's own words says.
        sql = f"DELETE FROM packages WHERE {which} RETURNING length(data)"  # noqa: S608
        freed = self._sum(sql, [value])
        self._learnt.append(partial(self._index.use, payer, size=-freed))

    def _put_shelf(self, change: PutShelf) -> None:
        shelf, run = change.shelf, self._connection.execute
        if change.is_new:
            run(
                "INSERT INTO shelves VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(shelf.number, shelf.id, shelf.owner_hash),
                    *(change.claim_hash, change.last_resort, shelf.payer),
                ),
            )
            self._learnt.append(partial(self._index.use, shelf.payer, streams=1))
        if change.is_replacing:
            self._take_off("shelf = ?", shelf.number, shelf.payer)
        elif any(number == change.last_resort for number, _ in change.packages):
            former = self._sum(FORMER_LAST_RESORT, [shelf.number])
            self._take_off("number = ?", former, shelf.payer)
        size = sum(len(body) for _, body in change.packages)
        self._learnt.append(partial(self._index.use, shelf.payer, size=size))
        for number, body in change.packages:
            row = (number, shelf.number, body)
            run("INSERT INTO packages VALUES (?, ?, ?)", row)
        run(
            "UPDATE shelves SET claim_hash = ?, last_resort = ? WHERE number = ?",
            (change.claim_hash, change.last_resort, shelf.number),
        )

    def _blob(self, change: NewBlob | PutChunk | DropBlob) -> None:
        blob, run, index = change.blob, self._connection.execute, self._index
        match change:
            case NewBlob():
                run(
                    "INSERT INTO blobs VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        *(blob.number, blob.name_hash, blob.size),
                        *(blob.delete_hash, blob.payer, change.time_ms),
                    ),
                )
                self._learnt.append(partial(index.use, blob.payer, size=blob.size))
            case PutChunk():
                row = (blob.number, change.offset, change.data)
                run("INSERT INTO chunks VALUES (?, ?, ?)", row)
            case DropBlob():
                run("DELETE FROM chunks WHERE blob = ?", (blob.number,))
                run("DELETE FROM blobs WHERE number = ?", (blob.number,))
                self._learnt.append(partial(index.use, blob.payer, size=-blob.size))
