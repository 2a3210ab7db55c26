"""How things come back out of a relay's database."""

from collections import deque

import apsw

from linnet.ids import Epoch, Sequence, ShelfId, StreamId
from linnet.relay.core.endpoints import SealedWatch
from linnet.relay.core.memory import Numbers
from linnet.relay.core.state import (
    SHARED_PASS,
    Blob,
    BlobNumber,
    Pass,
    PassNumber,
    PastEpoch,
    Shelf,
    ShelfNumber,
    Stream,
    StreamNumber,
)
from linnet.relay.stores.index import Index

OLD_BLOBS_AT_ONCE = 16


def rebuild(connection: apsw.Connection) -> tuple[Index, int]:
    """Read which rows belong to which stream; also the latest time."""
    index = Index()
    run = connection.execute
    for number, first, payer, retention in run(
        "SELECT number, first, payer, retention FROM streams ORDER BY number"
    ):
        index.add_stream(number, first=first, payer=payer, retention_seconds=retention)
    row = 0
    push = index.push
    log = "SELECT row, stream, id, length(data) FROM log ORDER BY row"
    for row, number, envelope, size in run(log):
        push(number, row, envelope, size)
    for (payer,) in run("SELECT payer FROM shelves"):
        index.use(payer, streams=1)
    for payer, size in run(
        "SELECT payer, sum(length(data)) FROM packages "
        "JOIN shelves ON shelves.number = packages.shelf GROUP BY payer"
    ):
        index.use(payer, size=size)
    for payer, size in run("SELECT payer, size FROM blobs"):
        index.use(payer, size=size)
    latest = run("SELECT coalesce(max(time), 0) FROM log WHERE row = ?", (row,)).get
    return index, latest


def numbers(connection: apsw.Connection) -> Numbers:
    """The next free number of everything that is numbered."""

    def following(table: str) -> int:
        sql = f"SELECT coalesce(max(number), 0) + 1 FROM {table}"  # noqa: S608  # a name from below
        return int(connection.execute(sql).get)

    return Numbers(
        stream=following("streams"),
        shelf=following("shelves"),
        package=following("packages"),
        blob=following("blobs"),
    )


def stream(
    connection: apsw.Connection, index: Index, stream_id: StreamId
) -> Stream | None:
    """A stream with the ids it holds and the epochs it remembers."""
    found = connection.execute(
        "SELECT number, fenced, epoch, append_hash, read_hash, control_hash, payer "
        "FROM streams WHERE id = ?",
        (stream_id,),
    ).fetchone()
    if found is None:
        return None
    number, fenced, epoch, append_hash, read_hash, control_hash, payer = found
    past = connection.execute(
        "SELECT epoch, ends, append_hash, read_hash FROM epochs "
        "WHERE stream = ? ORDER BY epoch",
        (number,),
    )
    watches = connection.execute(
        "SELECT name, ends, sealed FROM watches WHERE stream = ?", (number,)
    )
    return Stream(
        id=stream_id,
        number=StreamNumber(number),
        is_fenced=bool(fenced),
        epoch=Epoch(epoch),
        append_hash=append_hash,
        read_hash=read_hash,
        control_hash=control_hash,
        payer=PassNumber(payer),
        first=Sequence(index.first(number)),
        ids=index.ids(number),
        past=[PastEpoch(*one) for one in past],
        stored=Sequence(index.head(number)),
        sealed=[SealedWatch(*one) for one in watches],
    )


def shelf(connection: apsw.Connection, shelf_id: ShelfId) -> Shelf | None:
    """A shelf with the numbers of its packages."""
    found = connection.execute(
        "SELECT number, owner_hash, claim_hash, last_resort, payer "
        "FROM shelves WHERE id = ?",
        (shelf_id,),
    ).fetchone()
    if found is None:
        return None
    number, owner_hash, claim_hash, last_resort, payer_number = found
    lying = connection.execute(
        "SELECT number FROM packages WHERE shelf = ? AND number != ? ORDER BY number",
        (number, last_resort),
    )
    return Shelf(
        id=shelf_id,
        number=ShelfNumber(number),
        owner_hash=owner_hash,
        claim_hash=claim_hash,
        packages=deque(package for (package,) in lying),
        last_resort=last_resort,
        payer=PassNumber(payer_number),
    )


def blob(connection: apsw.Connection, name_hash: bytes) -> Blob | None:
    """A blob with how much of it there is."""
    found = connection.execute(
        "SELECT number, size, delete_hash, payer FROM blobs WHERE name_hash = ?",
        (name_hash,),
    ).fetchone()
    if found is None:
        return None
    number, size, delete_hash, payer_number = found
    last = connection.execute(
        "SELECT position + length(data) FROM chunks WHERE blob = ? "
        "ORDER BY position DESC LIMIT 1",
        (number,),
    ).fetchone()
    held = last[0] if last else 0
    return Blob(
        name_hash=name_hash,
        number=BlobNumber(number),
        size=size,
        delete_hash=delete_hash,
        payer=PassNumber(payer_number),
        taken=held,
        held=held,
    )


def known_pass(
    connection: apsw.Connection, index: Index, token_hash: bytes
) -> Pass | None:
    """A pass by the hash of its token."""
    found = connection.execute(
        "SELECT number FROM passes WHERE token_hash = ?", (token_hash,)
    ).fetchone()
    return None if found is None else payer(connection, index, found[0])


def payer(connection: apsw.Connection, index: Index, number: int) -> Pass | None:
    """A pass with what it has used."""
    streams, used = index.by_payer.get(number, (0, 0))
    if number == SHARED_PASS:
        # How much everybody may use together, the relay's limits say.
        return Pass(SHARED_PASS, 0, 0, 0, streams, used)
    found = connection.execute(
        "SELECT max_streams, max_bytes, expires FROM passes WHERE number = ?",
        (number,),
    ).fetchone()
    if found is None:
        return None
    max_streams, max_bytes, expires = found
    return Pass(PassNumber(number), max_streams, max_bytes, expires, streams, used)


def stream_id(connection: apsw.Connection, number: int) -> StreamId:
    """The id of a stream that exists."""
    sql = "SELECT id FROM streams WHERE number = ?"
    return StreamId(connection.execute(sql, (number,)).get)


def overdue_upto(
    connection: apsw.Connection, index: Index, number: int, now_ms: int
) -> Sequence | None:
    """The last envelope of a stream that is older than its retention."""
    retention = index.retention_seconds(number)
    low, high = index.first(number), index.head(number)
    if not retention or high < low:
        return None
    before = now_ms - 1000 * retention

    def is_old(sequence: int) -> bool:
        row = index.row(number, sequence)
        sql = "SELECT time FROM log WHERE row = ?"
        found = connection.execute(sql, (row,)).get
        # A row that is gone was just trimmed; the index learns of it next.
        return found is None or bool(found < before)

    if not is_old(low):
        return None
    # The relay's time never goes back, so the old ones are the first ones.
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_old(middle) else (low, middle - 1)
    return Sequence(low)


def old_blobs(connection: apsw.Connection, before_ms: int) -> list[bytes]:
    """Hashes of some blobs' names that are too old."""
    # Numbers rise as time does, so the old ones are the first ones.
    found = connection.execute(
        "SELECT name_hash, created FROM blobs ORDER BY number LIMIT ?",
        (OLD_BLOBS_AT_ONCE,),
    )
    return [name_hash for name_hash, created in found if created < before_ms]
