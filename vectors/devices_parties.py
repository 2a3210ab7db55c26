"""Two devices of one account, and what they tell each other, the same in every run."""

from dataclasses import replace
from hashlib import sha256

from linnet.client.core.bundle import (
    AccountBundle,
    ConversationGiven,
    RelayGiven,
)
from linnet.client.core.devices import (
    ContactSet,
    DeviceNamed,
    PreferencesSet,
)
from linnet.client.core.envelope import BlobRef
from linnet.client.core.files import FileKey
from linnet.client.core.hints import Media
from linnet.client.core.identity import Account, Entropy
from linnet.client.core.linking import NewSide, OldSide
from linnet.client.core.meaning import FileRef
from linnet.client.core.records import HistoryRecord
from linnet.ids import (
    BlobId,
    ConversationId,
    DeviceId,
    EnvelopeId,
    MessageId,
    StreamId,
)
from linnet.wire.invites import InviteLink
from linnet.wire.links import (
    Address,
    DeviceLink,
    RelayDescriptor,
    Road,
)


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that are the same in every run."""
    return sha256(b"devices vectors " + label.encode()).digest()[:length]


def entropy(label: str) -> Entropy:
    """Random bytes of one side: each call gives the next of a fixed row."""
    calls = iter(range(1_000))
    return lambda count: fixed(f"{label} {next(calls)}", count)


RELAY = RelayDescriptor(
    fixed("relay"), (Address(Road.WSS, "relay.example", 443, "0123456789abcdefABCDEF"),)
)
LINK = DeviceLink(RELAY, StreamId(fixed("mailbox", 16)), fixed("link secret"))
ALICE, BOB = Account(fixed("alice")), Account(fixed("bob"))
OLD, NEW = DeviceId(fixed("old device", 8)), DeviceId(fixed("new device", 8))
ROOM, GROUP = ConversationId(fixed("room", 16)), ConversationId(fixed("group", 16))
CARD = InviteLink(BOB.key, fixed("bob's invite"), "Bob", (RELAY,)).pack()
BUNDLE_REF = BlobRef(BlobId(fixed("bundle blob")), fixed("bundle key"), 12_345)
PIECE_REF = BlobRef(BlobId(fixed("piece blob")), fixed("piece key"), 543)
PICTURE = FileRef(
    BlobId(fixed("blob")),
    FileKey(fixed("file key"), fixed("prefix", 7)),
    12_345,
    "owl.png",
    "image/png",
    RELAY,
    Media(width=640, height=480, preview=b"tiny"),
)
RECORD = HistoryRecord(
    ROOM,
    MessageId(fixed("message", 16)),
    b"\x01" + fixed("message", 31),
    BOB.key,
    1_800_000_000_000,
    7,
    text="Hello",
    reply_to=b"\x01" + fixed("replied", 31),
    edited=True,
    file=PICTURE,
    expire_after=86_400,
    expires_ms=1_800_000_086_400,
    reactions=((b"\x01" + fixed("reaction", 31), ALICE.key, "❤"),),
    receipts=((BOB.key, True),),
)
NOTICE = HistoryRecord(
    ROOM,
    MessageId(fixed("notice", 16)),
    b"\x00" + fixed("notice", 31),
    BOB.key,
    1_800_000_000_000,
    8,
    notice="Bob has a new device.",
)
CONTACT = ContactSet(BOB.key, "Bob", 2, True, CARD)
DEVICE = DeviceNamed(OLD, "Terminal on the laptop", 1_800_000_000)


def sides() -> tuple[NewSide, OldSide]:
    """Both sides, with the same randomness in every run."""
    return NewSide(LINK, entropy("new")), OldSide(LINK, entropy("old"))


def a_bundle() -> AccountBundle:
    """An account with one contact and two conversations."""
    me, bob = (ALICE.key, "Alice", True), (BOB.key, "Bob", False)
    place = (1_800_000_000_000, RECORD.id)
    direct = ConversationGiven(
        ROOM,
        0,
        0,
        "",
        BOB.key,
        ALICE.key,
        RELAY,
        StreamId(fixed("stream", 16)),
        0,
        0,
        *place,
        members=((ALICE.key, "Alice", False), bob),
    )
    group = replace(
        direct,
        id=GROUP,
        kind=1,
        state=1,
        title="Birds",
        peer=None,
        seen=None,
        members=(me, bob),
    )
    return AccountBundle(
        ALICE.seed,
        fixed("invite secret"),
        fixed("owner secret"),
        "Alice",
        PreferencesSet(True, True, False),
        (RelayGiven(RELAY, fixed("pass"), 12, EnvelopeId(fixed("envelope", 16))),),
        (CONTACT,),
        (DEVICE,),
        (direct, group),
        (PIECE_REF,),
    )
