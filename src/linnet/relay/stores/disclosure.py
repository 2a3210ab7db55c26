"""Everything a relay's database says about one stream."""

import apsw

from linnet.ids import StreamId
from linnet.relay.stores.port import Disclosure

_COLUMNS = (
    "number, created, fenced, epoch, first, retention, payer, append_hash, "
    "read_hash, control_hash"
)


def disclose(connection: apsw.Connection, stream: StreamId) -> Disclosure | None:
    """Tell everything that is known about a stream, by looking at every row."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM streams WHERE id = ?",  # noqa: S608  # a constant
        (stream,),
    ).fetchone()
    if found is None:
        return None
    number, created, fenced, epoch, first, retention, payer, *hashes = found
    watches = connection.execute(
        "SELECT ends FROM watches WHERE stream = ? ORDER BY ends", (number,)
    )
    envelopes = _envelopes(connection, number)
    return Disclosure(
        stream=stream.hex(),
        created_ms=created,
        is_fenced=bool(fenced),
        epoch=epoch,
        first=first,
        head=int(envelopes[-1]["sequence"]) if envelopes else first - 1,
        retention_seconds=retention,
        pass_number=payer,
        token_hashes={
            name: value.hex()
            for name, value in zip(("append", "read", "control"), hashes, strict=True)
        },
        past_epochs=_past_epochs(connection, number),
        envelopes=envelopes,
        watches=[ends for (ends,) in watches],
    )


def _past_epochs(
    connection: apsw.Connection, number: int
) -> list[dict[str, str | int]]:
    past = connection.execute(
        "SELECT epoch, ends, append_hash, read_hash FROM epochs WHERE stream = ?",
        (number,),
    )
    return [
        {"epoch": of, "ended_at": ends, "append": append.hex(), "read": read.hex()}
        for of, ends, append, read in past
    ]


def _envelopes(connection: apsw.Connection, number: int) -> list[dict[str, str | int]]:
    log = connection.execute(
        "SELECT sequence, epoch, time, id, length(data) FROM log "
        "WHERE stream = ? ORDER BY row",
        (number,),
    )
    return [
        {"sequence": at, "epoch": of, "time_ms": ms, "id": name.hex(), "bytes": size}
        for at, of, ms, name, size in log
    ]
