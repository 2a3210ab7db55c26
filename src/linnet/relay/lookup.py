"""What the relay's rules ask of a store, and the event that brings it to them."""

from linnet.relay.core.events import (
    Event,
    Fetch,
    Fetched,
    LogRead,
    PackageRead,
    PieceRead,
    ReadPackage,
    ReadPiece,
    ReadReceipt,
    Sweep,
)
from linnet.relay.stores.port import Store

Lookup = Fetch | ReadReceipt | ReadPiece | ReadPackage | Sweep


def look_up(store: Store, wanted: Lookup) -> Event:
    """Read what an effect asks for.

    Raises:
        StorageError: the store cannot be read.
    """
    match wanted:
        case Fetch():
            return Fetched(wanted, store.fetch(wanted.key))
        case ReadReceipt():
            number, at = wanted.stream.number, wanted.sequence
            found = store.envelopes(number, at - 1, upto=at, max_bytes=0)
            return LogRead(wanted, found)
        case ReadPiece():
            data = store.piece(wanted.blob, wanted.offset, wanted.length)
            return PieceRead(wanted, data)
        case ReadPackage():
            return PackageRead(wanted, store.package(wanted.package))
        case Sweep():
            return store.overdue(wanted)
