"""What devices of one account tell each other: entries of the devices conversation.

Specified in ``spec/devices.md`` §5. Each is a small whole statement that may come
twice; of two about the same thing the later one in the stream counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from linnet.client.core import cbor
from linnet.client.core.identity import decode_name
from linnet.client.core.parts import Disposition, SinglePart
from linnet.client.core.records import HistoryRecord, read_record, write_record
from linnet.errors import Malformed
from linnet.ids import AccountKey, ConversationId, DeviceId, MessageId
from linnet.wire.fields import Fields
from linnet.wire.invites import InviteLink
from linnet.wire.links import RelayDescriptor

DEVICES = "application/vnd.linnet.devices"
MOST_DEVICES = 8
LATEST = 1 << 53
"""No number of an entry is larger; any language of a face can hold it."""


@dataclass(frozen=True, slots=True)
class DeviceNamed:
    """How a device is called, and when it was linked (seconds)."""

    device: DeviceId = field(repr=False)
    name: str
    linked_at: int


@dataclass(frozen=True, slots=True)
class AccountNamed:
    """The name others see."""

    name: str


@dataclass(frozen=True, slots=True)
class PreferencesSet:
    """What others are let know."""

    delivery: bool
    read: bool
    typing: bool


@dataclass(frozen=True, slots=True)
class ContactSet:
    """A contact, whole; states are 0 known, 1 asked, 2 accepted, 3 blocked."""

    account: AccountKey = field(repr=False)
    name: str
    state: int
    is_verified: bool
    card: bytes | None = field(default=None, repr=False)

    def value(self) -> list[cbor.Value]:
        """Return it as CBOR, as entries and bundles hold it."""
        return [self.account, self.name, self.state, self.is_verified, self.card]


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """A request was accepted or declined."""

    conversation: ConversationId = field(repr=False)
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class SeenUpTo:
    """Everything up to a message was seen."""

    conversation: ConversationId = field(repr=False)
    message: MessageId


@dataclass(frozen=True, slots=True)
class SecretsRotated:
    """New secrets of the account."""

    invite_secret: bytes = field(repr=False)
    owner_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RelayAdded:
    """A further relay of the account, with its pass."""

    relay: RelayDescriptor = field(repr=False)
    pass_token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HistorySent:
    """What was said before a device came into a conversation."""

    conversation: ConversationId = field(repr=False)
    records: tuple[HistoryRecord, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ShelfLaid:
    """A device has laid out the account's public shelf."""

    device: DeviceId = field(repr=False)


Entry = (
    DeviceNamed
    | AccountNamed
    | PreferencesSet
    | ContactSet
    | RequestAnswered
    | SeenUpTo
    | SecretsRotated
    | RelayAdded
    | HistorySent
    | ShelfLaid
)


def topic_of(entry: Entry) -> tuple[type[Entry], bytes]:
    """Return what an entry is about: of two about the same the later one counts."""
    match entry:
        case DeviceNamed(device) | ShelfLaid(device):
            return type(entry), device
        case ContactSet(account):
            return type(entry), account
        case RequestAnswered(conversation) | SeenUpTo(conversation):
            return type(entry), conversation
        case HistorySent(conversation):
            return type(entry), conversation
        case RelayAdded(relay):
            return type(entry), relay.key
        case _:
            return type(entry), b""


def write_entry(entry: Entry) -> bytes:
    """Write an entry."""
    return cbor.encode(_fields(entry))


def entry_part(entry: Entry) -> SinglePart:
    """Return the part of an entry."""
    return SinglePart(Disposition.UNSPECIFIED, DEVICES, write_entry(entry))


def _fields(entry: Entry) -> list[cbor.Value]:  # noqa: PLR0911  one line a kind
    match entry:
        case DeviceNamed(device, name, linked_at):
            return [1, device, name, linked_at]
        case AccountNamed(name):
            return [2, name]
        case PreferencesSet(delivery, read, typing):
            return [3, delivery, read, typing]
        case ContactSet():
            return [4, *entry.value()]
        case RequestAnswered(conversation, is_accepted):
            return [5, conversation, is_accepted]
        case SeenUpTo(conversation, message):
            return [6, conversation, message]
        case SecretsRotated(invite, owner):
            return [7, invite, owner]
        case RelayAdded(relay, token):
            return [8, relay.pack(), token]
        case HistorySent(conversation, records):
            return [9, conversation, [write_record(one) for one in records]]
        case ShelfLaid(device):
            return [10, device]


def read_entry(data: bytes) -> Entry:
    """Read an entry.

    Raises:
        Malformed: it is none, or of a kind this version does not know.
    """
    match cbor.decode(data):
        case [bool(), *_]:
            pass
        case [1, *rest]:
            return read_device(rest)
        case [2, str(name)]:
            return AccountNamed(decode_name(name.encode()))
        case [3, bool(delivery), bool(read), bool(typing)]:
            return PreferencesSet(delivery, read, typing)
        case [4, *rest]:
            return read_contact(rest)
        case [5, bytes(conversation), bool(accepted)] if len(conversation) == 16:
            return RequestAnswered(ConversationId(conversation), accepted)
        case [int(kind), *rest]:
            return _read_more(kind, rest)
        case _:
            pass
    raise _malformed()


def _read_more(kind: int, rest: list[cbor.Value]) -> Entry:
    match kind, rest:
        case 6, [bytes(conversation), bytes(message)] if (
            len(conversation) == len(message) == 16
        ):
            return SeenUpTo(ConversationId(conversation), MessageId(message))
        case 7, [bytes(invite), bytes(owner)] if len(invite) == len(owner) == 32:
            return SecretsRotated(invite, owner)
        case 8, [bytes(relay), None | bytes() as token] if token is None or (
            len(token) == 32
        ):
            return RelayAdded(read_relay(relay), token)
        case 9, [bytes(conversation), [*records]] if (
            len(conversation) == 16 and records
        ):
            room = ConversationId(conversation)
            read = tuple(read_record(one) for one in records)
            if any(one.conversation != room for one in read):
                raise _malformed()
            return HistorySent(room, read)
        case 10, [bytes(device)] if len(device) == 8:
            return ShelfLaid(DeviceId(device))
    raise _malformed()


def read_device(rest: Sequence[cbor.Value]) -> DeviceNamed:
    """Read a device's name.

    Raises:
        Malformed: it is none.
    """
    match rest:
        case [bytes(device), str(name), int(linked_at)] if (
            len(device) == 8
            and not isinstance(linked_at, bool)
            and 0 <= linked_at <= LATEST
        ):
            shown = decode_name(name.encode())
            return DeviceNamed(DeviceId(device), shown, linked_at)
    raise _malformed()


def read_contact(rest: Sequence[cbor.Value]) -> ContactSet:
    """Read a contact.

    Raises:
        Malformed: it is none, or its card is somebody else's.
    """
    match rest:
        case [
            bytes(account),
            str(name),
            int(state),
            bool(verified),
            None | bytes() as card,
        ] if len(account) == 32 and state in range(4) and not isinstance(state, bool):
            if card is not None and InviteLink.unpack(card).account != account:
                raise _malformed()
            shown = decode_name(name.encode())
            return ContactSet(AccountKey(account), shown, state, verified, card)
    raise _malformed()


def read_relay(data: bytes) -> RelayDescriptor:
    """Read a relay descriptor that stands alone.

    Raises:
        Malformed: it is none.
    """
    fields = Fields(data)
    relay = RelayDescriptor.read(fields)
    fields.finish()
    return relay


def _malformed() -> Malformed:
    return Malformed("A device of this account said what cannot be understood.")
