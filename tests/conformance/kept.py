"""What the store that forgets keeps, as plain values."""

from dataclasses import dataclass, field

from linnet.relay.core.endpoints import SealedWatch
from linnet.relay.core.events import Stored
from linnet.relay.core.state import Blob, Shelf, Stream
from linnet.relay.stores.port import Disclosure, NewPass


@dataclass
class KeptStream:
    """A stream and its envelopes."""

    stream: Stream
    retention_seconds: int
    created_ms: int
    first: int = 1
    log: list[Stored] = field(default_factory=list)
    watches: dict[bytes, SealedWatch] = field(default_factory=dict)


@dataclass
class KeptShelf:
    """A shelf and what lies on it."""

    shelf: Shelf
    claim_hash: bytes
    last_resort: int = 0
    packages: dict[int, bytes] = field(default_factory=dict)


@dataclass
class KeptBlob:
    """A blob and its bytes."""

    blob: Blob
    created_ms: int
    data: bytes = b""


@dataclass
class Shelving:
    """Everything that is kept; replaced whole when a batch is stored."""

    streams: dict[int, KeptStream] = field(default_factory=dict)
    shelves: dict[int, KeptShelf] = field(default_factory=dict)
    blobs: dict[int, KeptBlob] = field(default_factory=dict)
    passes: list[NewPass] = field(default_factory=list)


def disclosure(kept: KeptStream) -> Disclosure:
    of = kept.stream
    hashes = {
        "append": of.append_hash,
        "read": of.read_hash,
        "control": of.control_hash,
    }
    return Disclosure(
        stream=of.id.hex(),
        created_ms=kept.created_ms,
        is_fenced=of.is_fenced,
        epoch=of.epoch,
        first=kept.first,
        head=kept.first + len(kept.log) - 1,
        retention_seconds=kept.retention_seconds,
        pass_number=of.payer,
        token_hashes={name: value.hex() for name, value in hashes.items()},
        past_epochs=[
            {
                "epoch": one.epoch,
                "ended_at": one.ends,
                "append": one.append_hash.hex(),
                "read": one.read_hash.hex(),
            }
            for one in of.past
        ],
        envelopes=[
            {"sequence": at, "epoch": e, "time_ms": ms, "id": i.hex(), "bytes": len(d)}
            for at, e, ms, i, d in kept.log
        ],
        watches=sorted(one.ends for one in kept.watches.values()),
    )
