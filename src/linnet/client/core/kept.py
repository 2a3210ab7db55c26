"""What a backup holds, item by item (spec/identity.md §8, "Linnet backup 2").

The account as another device would get it, what was said, and where the device stood
in its conversations.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from linnet.client.core import cbor
from linnet.client.core.bundle import AccountBundle
from linnet.client.core.devices import LATEST
from linnet.client.core.records import HistoryRecord, read_record, write_record
from linnet.errors import Malformed
from linnet.ids import ConversationId, EnvelopeId, Sequence
from linnet.wire.fields import Fields, u32

_HISTORY, _PLACE = 1, 2


@dataclass(frozen=True, slots=True)
class PlaceKept:
    """Where a device stood in a conversation: its group, and how far it had read."""

    conversation: ConversationId = field(repr=False)
    epoch_state: bytes = field(repr=False)
    ratchet_state: bytes = field(repr=False)
    sequence: Sequence
    envelope: EnvelopeId

    def encode(self) -> bytes:
        """Write it as an item."""
        states: list[cbor.Value] = [self.epoch_state, self.ratchet_state]
        place: list[cbor.Value] = [self.sequence, self.envelope]
        return cbor.encode([_PLACE, self.conversation, *states, *place])


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds."""

    bundle: AccountBundle = field(repr=False)
    places: tuple[PlaceKept, ...] = field(repr=False)
    records: tuple[HistoryRecord, ...] = field(repr=False)

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Read the content of a backup.

        Raises:
            Malformed: it is none, in any part.
        """
        fields = Fields(content)
        bundle = AccountBundle.decode(fields.sized(4))
        places: list[PlaceKept] = []
        records: list[HistoryRecord] = []
        while not fields.is_done:
            item = _read(fields.sized(4))
            if isinstance(item, PlaceKept):
                places.append(item)
            else:
                records += item
        return cls(bundle, tuple(places), tuple(records))


def write_content(
    bundle: AccountBundle,
    places: Iterable[PlaceKept],
    history: Iterable[list[HistoryRecord]],
) -> list[bytes]:
    """Write the content of a backup, in pieces that follow on each other.

    Args:
        bundle: the account, its history empty.
        places: where its device stands.
        history: what was said, each run of it less than a mebibyte.
    """
    items = [bundle.encode(), *(one.encode() for one in places)]
    for some in history:
        items.append(cbor.encode([_HISTORY, [write_record(one) for one in some]]))
    return [part for item in items for part in (u32(len(item)), item)]


def _read(item: bytes) -> PlaceKept | list[HistoryRecord]:
    match cbor.decode(item):
        case [bool(), *_]:
            pass
        case [1, [*records]]:
            return [read_record(one) for one in records]
        case [
            2,
            bytes(conversation),
            bytes(epoch),
            bytes(ratchet),
            int(sequence),
            bytes(envelope),
        ] if (
            len(conversation) == len(envelope) == 16
            and not isinstance(sequence, bool)
            and 0 <= sequence <= LATEST
        ):
            return PlaceKept(
                ConversationId(conversation),
                epoch,
                ratchet,
                Sequence(sequence),
                EnvelopeId(envelope),
            )
    raise Malformed("A backup holds what cannot be understood.")
