"""A conversation as those who send and recover for it know it."""

from typing import Protocol

from linnet.client.core.conversation import Conversation
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.reception import Reception
from linnet.ids import ConversationId, EnvelopeId


class Followed(Protocol):
    """What the follower of a conversation offers its sender and its recovery.

    Attributes:
        trouble: why it does not get on, as a sentence; "" when it does.
        gone_since: since when its relay says that there is no such stream.
    """

    id: ConversationId
    hub: Hub
    trouble: str
    gone_since: float | None

    @property
    def row(self) -> ConversationRow:
        """The conversation as it stands in the store."""

    @property
    def machine(self) -> Conversation:
        """The machine, loaded from the store when it was dropped."""

    def drop_machine(self) -> None:
        """Forget what was not stored."""

    def give_up(
        self, sentence: str, *, reception: Reception, envelope: EnvelopeId
    ) -> None:
        """Follow no further, and say why in the conversation."""
