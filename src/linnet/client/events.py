"""What `Client.events` and `Conversation.follow` yield: things that happened.

Every event is stored before it is told, so whoever misses one finds it in the history.
"""

from dataclasses import dataclass, field

from linnet.client.values import Contact, Message, Request, Status
from linnet.ids import AccountKey, ConversationId, MessageId


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A member wrote; also for notices (`message.notice`) of what members did."""

    conversation: ConversationId = field(repr=False)
    message: Message


@dataclass(frozen=True, slots=True)
class MessageSent:
    """This account wrote; the message is in the store and on its way."""

    conversation: ConversationId = field(repr=False)
    message: Message


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """Edited, deleted, reacted to, delivered, read, failed or expired."""

    conversation: ConversationId = field(repr=False)
    message: Message


@dataclass(frozen=True, slots=True)
class MessageGone:
    """A message disappeared: its time was over, and it was purged."""

    conversation: ConversationId = field(repr=False)
    message: MessageId


@dataclass(frozen=True, slots=True)
class Typing:
    """A member types, or has stopped; valid for a few seconds, never stored."""

    conversation: ConversationId = field(repr=False)
    account: AccountKey = field(repr=False)
    name: str
    is_typing: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """A file moves: so many of so many bytes, up or down."""

    conversation: ConversationId = field(repr=False)
    message: MessageId
    moved: int
    size: int


@dataclass(frozen=True, slots=True)
class ContactRequested:
    """Somebody asks to talk; see `Request.warning`."""

    request: Request


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """Accepted, renamed, verified or blocked."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """New here, or its title, members, admins, timer, relay or state changed."""

    conversation: ConversationId = field(repr=False)


@dataclass(frozen=True, slots=True)
class IdentityWarning:
    """Something is wrong with an identity; show the sentence loudly."""

    contact: Contact
    sentence: str


@dataclass(frozen=True, slots=True)
class RelayRewound:
    """A relay came back from an older backup; this device sent it what it had lost."""

    conversation: ConversationId = field(repr=False)
    resent: int
    sentence: str


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """A device of this account was linked, named or removed; see `Client.devices`."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A relay was reached or lost, with the reason."""

    status: Status


Event = (
    MessageReceived
    | MessageSent
    | MessageChanged
    | MessageGone
    | Typing
    | Transfer
    | ContactRequested
    | ContactChanged
    | ConversationChanged
    | IdentityWarning
    | RelayRewound
    | DevicesChanged
    | StatusChanged
)
