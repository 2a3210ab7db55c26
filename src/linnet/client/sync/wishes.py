"""What a bag asks about one stream, and who takes what comes (spec/bags.md §7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from linnet.ids import EnvelopeId, Sequence
from linnet.wire import replies, requests
from linnet.wire.links import RelayDescriptor

Asked = requests.Append | requests.Commit | requests.Read


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be asked about one stream; the handles are still to be given."""

    relay: RelayDescriptor
    opening: requests.Open
    asked: tuple[Asked, ...]


class Carriable(Protocol):
    """Whoever keeps a stream, as bags know it."""

    def wish(self) -> Wish | None:
        """What a bag is to ask; nothing where a bag cannot help."""

    @property
    def cursor(self) -> tuple[Sequence, EnvelopeId]:
        """The newest envelope that was taken."""

    def take_carried(self, envelopes: Iterable[replies.Envelope]) -> bool:
        """Store what a bag brought; False where it is too large to come by bag."""

    def on_the_relay(self, envelope: EnvelopeId) -> bool:
        """Show that the relay has an envelope of ours; say if it is a message."""
