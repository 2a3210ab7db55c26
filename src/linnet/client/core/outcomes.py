"""What came of an envelope: values that the store and the driver act on."""

from dataclasses import dataclass, field
from enum import StrEnum

from linnet.client.core.content import Content
from linnet.client.core.envelope import BlobRef
from linnet.ids import AccountKey, EnvelopeId


class Deed(StrEnum):
    """What a member did to a conversation."""

    ADDED = "added"
    REMOVED = "removed"
    LEFT = "left"
    RETURNED = "returned"
    RETITLED = "retitled"
    ADMIN = "admin"
    PLAIN = "plain"
    MOVED = "moved"
    RENAMED = "renamed"
    DEVICE_ADDED = "device added"
    DEVICE_REMOVED = "device removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a commit did, and who did it to whom."""

    deed: Deed
    actor: AccountKey = field(repr=False)
    subject: AccountKey = field(repr=False)
    text: str = field(default="", repr=False)
    was: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A member said something."""

    sender: AccountKey = field(repr=False)
    content: Content = field(repr=False)
    mimi: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnReturned:
    """Something of ours that is no commit came back: it has its place now."""


@dataclass(frozen=True, slots=True)
class EpochChanged:
    """A commit was adopted; keys, members and description may be others now.

    Attributes:
        fulfilled: wants that are true now, because our own commit came back.
        invitees: those among them that now get the Welcome.
        welcome: for them, when there are any.
        lost: our own staged commit was dropped; its wants are to be tried again.
        is_mine: our own commit.
    """

    changes: tuple[Change, ...]
    fulfilled: tuple[int, ...] = ()
    invitees: tuple[int, ...] = ()
    welcome: bytes | None = field(default=None, repr=False)
    lost: bool = False
    is_mine: bool = False
    removed_me: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class ProposalKept:
    """A member wants to leave; whoever is asked to commits it after so many seconds."""

    delay_seconds: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read; it is skipped and shown as such.

    Attributes:
        kind: the name of the error, for logs.
        is_late: a member wrote it in an epoch whose message keys are gone here.
    """

    sentence: str
    kind: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """The conversation cannot be followed any further by this device."""

    sentence: str


@dataclass(frozen=True, slots=True)
class BlobNeeded:
    """The envelope names a blob; deliver it again together with what the blob holds."""

    blob: BlobRef


Outcome = (
    Spoken
    | OwnReturned
    | EpochChanged
    | ProposalKept
    | Unreadable
    | Broken
    | BlobNeeded
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One envelope as the relay delivered it.

    Attributes:
        blob: what its blob holds, once fetched.
        is_ours: this device sent it and knows what is in it.
    """

    epoch: int
    envelope: EnvelopeId
    data: bytes = field(repr=False)
    blob: bytes | None = field(default=None, repr=False)
    is_ours: bool = False
