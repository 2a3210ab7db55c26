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
    past = connection.execute(
        "SELECT epoch, ends, append_hash, read_hash FROM epochs WHERE stream = ?",
        (number,),
    )
    log = connection.execute(
        "SELECT sequence, epoch, time, id, length(data) FROM log "
        "WHERE stream = ? ORDER BY row",
        (number,),
    )
    watches = connection.execute(
        "SELECT ends FROM watches WHERE stream = ? ORDER BY ends", (number,)
    )
    envelopes: list[dict[str, str | int]] = [
        {"sequence": at, "epoch": of, "time_ms": ms, "id": name.hex(), "bytes": size}
        for at, of, ms, name, size in log
    ]
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
        past_epochs=[
            {"epoch": of, "ended_at": ends, "append": a.hex(), "read": r.hex()}
            for of, ends, a, r in past
        ],
        envelopes=envelopes,
        watches=[ends for (ends,) in watches],
    )
