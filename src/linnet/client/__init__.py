"""The one door to Linnet: accounts, conversations, messages (spec/conversations.md).

::

    async with linnet.client.open(home, passphrase="...") as me:
        async for event in me.events():
            ...
"""

from linnet.client.account import Client
from linnet.client.bags import Bags, CarriedBag, PackedBag, UnpackedBag
from linnet.client.bags import codes as bag_codes
from linnet.client.chat import Conversation
from linnet.client.diagnosing import Diagnosis, Finding
from linnet.client.door import NewAccount, needs_passphrase, open, restore  # noqa: A004  the door
from linnet.client.events import (
    ContactChanged,
    ContactRequested,
    ConversationChanged,
    DevicesChanged,
    Event,
    IdentityWarning,
    MessageChanged,
    MessageGone,
    MessageReceived,
    MessageSent,
    RelayRewound,
    StatusChanged,
    Transfer,
    Typing,
)
from linnet.client.joining import NewDevice, join_account
from linnet.client.linking import Linking
from linnet.client.mailing import MailAccount
from linnet.client.nearby import Met, Nearby
from linnet.client.values import (
    Attachment,
    Contact,
    ContactState,
    ConversationKind,
    ConversationState,
    Device,
    FollowedManifest,
    LinkState,
    Member,
    Message,
    MessageState,
    OwnRoad,
    PlaceAsked,
    Preferences,
    Reaction,
    RelayStatus,
    Request,
    SafetyNumber,
    Status,
    TransferState,
)

__all__ = [
    "Attachment",
    "Bags",
    "CarriedBag",
    "Client",
    "Contact",
    "ContactChanged",
    "ContactRequested",
    "ContactState",
    "Conversation",
    "ConversationChanged",
    "ConversationKind",
    "ConversationState",
    "Device",
    "DevicesChanged",
    "Diagnosis",
    "Event",
    "Finding",
    "FollowedManifest",
    "IdentityWarning",
    "LinkState",
    "Linking",
    "MailAccount",
    "Member",
    "Message",
    "MessageChanged",
    "MessageGone",
    "MessageReceived",
    "MessageSent",
    "MessageState",
    "Met",
    "Nearby",
    "NewAccount",
    "NewDevice",
    "OwnRoad",
    "PackedBag",
    "PlaceAsked",
    "Preferences",
    "Reaction",
    "RelayRewound",
    "RelayStatus",
    "Request",
    "SafetyNumber",
    "Status",
    "StatusChanged",
    "Transfer",
    "TransferState",
    "Typing",
    "UnpackedBag",
    "bag_codes",
    "join_account",
    "needs_passphrase",
    "open",
    "restore",
]
