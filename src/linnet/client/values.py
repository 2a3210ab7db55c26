"""What a face shows: contacts, conversations, messages and states, as plain values.

Knows nothing of keys, wire or store. Times are seconds since 1970, as floats.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from linnet.ids import AccountKey, ConversationId, MessageId


class ContactState(StrEnum):
    """What stands between this account and another one."""

    KNOWN = "known"
    """Met in a group; never asked and never asked us."""
    ASKED = "asked"
    """We added them; they have not accepted yet."""
    ACCEPTED = "accepted"
    BLOCKED = "blocked"


class ConversationKind(StrEnum):
    """Two people, or a group that admins look after."""

    DIRECT = "direct"
    GROUP = "group"


class ConversationState(StrEnum):
    """Whether a conversation can be written to, and if not, why."""

    REQUEST = "request"
    """Somebody wants it; nothing is read or sent before `Client.accept`."""
    ACTIVE = "active"
    LEAVING = "leaving"
    LEFT = "left"
    REMOVED = "removed"
    BROKEN = "broken"
    """This device cannot follow any more; a member must add it again."""
    JOINING = "joining"
    """Another device of this account is adding this one."""


class MessageState(StrEnum):
    """How far a message of ours has come; what others sent is `RECEIVED`."""

    QUEUED = "queued"
    ON_THE_RELAY = "on the relay"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    RECEIVED = "received"


class TransferState(StrEnum):
    """How far a file has come."""

    WAITING = "waiting"
    MOVING = "moving"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Contact:
    """Another account, as this one knows it.

    Attributes:
        fingerprint: first characters of the account key; enough to tell two of one
            name apart.
        same_name: True when another known account has this name: a person who lost
            their account, or somebody who pretends to be them.
    """

    account: AccountKey = field(repr=False)
    name: str
    state: ContactState
    verified: bool
    fingerprint: str
    same_name: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks to talk, or adds this account to a group, and is not accepted yet.

    Attributes:
        warning: a sentence when something is wrong, such as a known name that comes
            with another identity key. Show it loudly.
    """

    sender: Contact
    conversation: ConversationId = field(repr=False)
    kind: ConversationKind
    title: str
    note: str
    received_at: float
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One account in a conversation."""

    account: AccountKey = field(repr=False)
    name: str
    is_me: bool
    is_admin: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class Device:
    """One device of this account.

    Attributes:
        id: 16 hexadecimal digits.
        linked_at: when it became a device of the account; 0: it always was.
        is_this: the one this program runs on.
        is_pending: it was given the account and has not been heard of since.
    """

    id: str
    name: str
    linked_at: float
    is_this: bool
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file named by a message; its bytes come with `Conversation.save_file`.

    Attributes:
        seconds: how long it plays, if its sender said so.
        is_voice: a voice note, recorded to be heard at once.
    """

    name: str
    media_type: str
    size: int
    state: TransferState = TransferState.WAITING
    moved: int = 0
    seconds: float | None = None
    is_voice: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji of one member."""

    account: AccountKey = field(repr=False)
    name: str
    emoji: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as it stands after edits, deletion and receipts.

    Attributes:
        id: 16 bytes; `short_id` is the form people type.
        time: when the relay took it; when we wrote it, while it is queued.
        notice: a sentence about what happened (joined, left, renamed, moved, resent);
            such a row has no text, and `name` is who did it.
        reason: why it failed, when it has.
        expires_at: when it disappears; None: never, or its time has not begun.
    """

    id: MessageId
    conversation: ConversationId = field(repr=False)
    sender: AccountKey = field(repr=False)
    name: str
    is_mine: bool
    time: float
    text: str
    state: MessageState
    notice: str | None = None
    reason: str | None = None
    reply_to: MessageId | None = None
    edited: bool = False
    deleted: bool = False
    attachment: Attachment | None = None
    reactions: tuple[Reaction, ...] = ()
    expires_at: float | None = None
    delivered_to: int = 0
    read_by: int = 0

    @property
    def short_id(self) -> str:
        """Eight characters that name the message for `send --reply` and the like."""
        return self.id.hex()[:8]


@dataclass(frozen=True, slots=True)
class SafetyNumber:
    """60 digits that two people compare; unequal means somebody is between them."""

    contact: Contact
    digits: str

    @property
    def groups(self) -> tuple[str, ...]:
        """Twelve groups of five digits, as they are read aloud."""
        return tuple(self.digits[at : at + 5] for at in range(0, len(self.digits), 5))


@dataclass(frozen=True, slots=True)
class Preferences:
    """What this account lets others know."""

    delivery_receipts: bool = True
    read_receipts: bool = True
    typing: bool = True


class LinkState(StrEnum):
    """Where the way to one relay stands."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    WAITING = "waiting"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class RelayStatus:
    """One relay of this account or of one of its conversations.

    Attributes:
        relay: first characters of the relay's key, as people see it.
        is_mine: True when this account has a pass there.
        road: which carrier and address kind is in use, such as ``tcp``; "" when none.
        why: a sentence: what was tried, what happened, what is tried next.
        trouble: what does not get on although the relay answers, such as an expired
            pass; "" when everything does.
    """

    relay: str
    is_mine: bool
    state: LinkState
    road: str
    why: str
    conversations: int
    queued: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class OwnRoad:
    """A further way to a relay that this person was given, through a proxy.

    Attributes:
        id: names it, to remove it.
        relay: first characters of the relay's key, as people see it.
        road: ``wss`` or ``ws``.
        giver: the contact who shared it; "" where it is the person's own.
        is_taken: whether it may be used; one that a contact shared waits for that.
        hops: how often it may still be passed on; None: as its owner sees fit.
    """

    id: str
    relay: str
    road: str
    host: str
    port: int
    giver: str = ""
    is_taken: bool = True
    hops: int | None = None


@dataclass(frozen=True, slots=True)
class FollowedManifest:
    """A signed list of roads that this person follows.

    Attributes:
        id: 64 hexadecimal digits; whoever follows the same has the same.
        number: of the newest edition that is known.
        roads: how many it names.
        usable: how many of those lead to relays that are known here.
        places: where it says that newer editions are found.
    """

    id: str
    number: int
    roads: int
    usable: int
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceAsked:
    """A place that was asked for a newer edition of a manifest.

    Attributes:
        manifest: its id.
        place: where.
        number: of the newest edition that is known now.
        is_newer: whether it was there.
        said: what came of it, as a sentence.
    """

    manifest: str
    place: str
    number: int
    is_newer: bool
    said: str


@dataclass(frozen=True, slots=True)
class Status:
    """What is connected, by which road, what is queued and why."""

    name: str
    fingerprint: str
    relays: tuple[RelayStatus, ...]
    queued: int
    failed: int
    home: Path

    @property
    def is_connected(self) -> bool:
        """True when every relay that matters is connected."""
        needed = [one for one in self.relays if one.is_mine or one.conversations]
        return all(one.state is LinkState.CONNECTED for one in needed)
