"""An account as an old device hands it to a new one.

Specified in ``spec/devices.md`` §4. Holds every secret of the account: it travels only
under the key that both devices agreed on, after the owner has compared the codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from linnet.client.core import cbor
from linnet.client.core.devices import (
    LATEST,
    MOST_DEVICES,
    ContactSet,
    DeviceNamed,
    PreferencesSet,
    read_contact,
    read_device,
    read_relay,
)
from linnet.client.core.envelope import BlobRef
from linnet.client.core.identity import decode_name
from linnet.errors import Malformed
from linnet.ids import AccountKey, ConversationId, EnvelopeId, MessageId, StreamId
from linnet.wire.links import RelayDescriptor

VERSION = 1
ACTIVE, LEFT, REMOVED, BROKEN = range(4)
LONGEST_TITLE = 128


@dataclass(frozen=True, slots=True)
class RelayGiven:
    """A relay of the account, its pass, and from where its inbox is read."""

    relay: RelayDescriptor = field(repr=False)
    pass_token: bytes | None = field(repr=False)
    sequence: int
    envelope: EnvelopeId

    def value(self) -> list[cbor.Value]:
        """Return it as CBOR."""
        return [self.relay.pack(), self.pass_token, self.sequence, self.envelope]


@dataclass(frozen=True, slots=True)
class ConversationGiven:
    """What a conversation is, for a device that is not in it yet."""

    id: ConversationId = field(repr=False)
    kind: int
    state: int
    title: str = field(repr=False)
    peer: AccountKey | None = field(repr=False)
    inviter: AccountKey | None = field(repr=False)
    relay: RelayDescriptor = field(repr=False)
    stream: StreamId
    timer: int
    place_base: int
    created_ms: int
    seen: MessageId | None
    members: tuple[tuple[AccountKey, str, bool], ...] = field(repr=False)

    def value(self) -> list[cbor.Value]:
        """Return it as CBOR."""
        members: list[cbor.Value] = [list(one) for one in self.members]
        return [
            self.id,
            self.kind,
            self.state,
            self.title,
            self.peer,
            self.inviter,
            self.relay.pack(),
            self.stream,
            self.timer,
            self.place_base,
            self.created_ms,
            self.seen,
            members,
        ]


@dataclass(frozen=True, slots=True)
class AccountBundle:
    """All that a new device needs to be a device of the account."""

    seed: bytes = field(repr=False)
    invite_secret: bytes = field(repr=False)
    owner_secret: bytes = field(repr=False)
    name: str
    preferences: PreferencesSet
    relays: tuple[RelayGiven, ...]
    contacts: tuple[ContactSet, ...] = field(repr=False)
    devices: tuple[DeviceNamed, ...] = field(repr=False)
    conversations: tuple[ConversationGiven, ...] = field(repr=False)
    history: tuple[BlobRef, ...] = field(repr=False)

    def encode(self) -> bytes:
        """Write the bundle."""
        said = self.preferences
        devices: list[cbor.Value] = [
            [one.device, one.name, one.linked_at] for one in self.devices
        ]
        return cbor.encode(
            [
                VERSION,
                self.seed,
                self.invite_secret,
                self.owner_secret,
                self.name,
                [said.delivery, said.read, said.typing],
                [one.value() for one in self.relays],
                [one.value() for one in self.contacts],
                devices,
                [one.value() for one in self.conversations],
                [one.pack() for one in self.history],
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a bundle.

        Raises:
            Malformed: it is none.
        """
        match cbor.decode(data):
            case [bool(), *_]:
                raise _malformed()
            case [
                1,
                bytes(seed),
                bytes(invite),
                bytes(owner),
                str(name),
                [bool(delivery), bool(read), bool(typing)],
                [*relays],
                [*contacts],
                [*devices],
                [*conversations],
                [*history],
            ] if len(seed) == len(invite) == len(owner) == 32:
                _check(bool(relays) and 1 <= len(devices) <= MOST_DEVICES)
                return cls(
                    seed,
                    invite,
                    owner,
                    decode_name(name.encode()),
                    PreferencesSet(delivery, read, typing),
                    tuple(_relay(one) for one in relays),
                    tuple(read_contact(_list(one)) for one in contacts),
                    tuple(read_device(_list(one)) for one in devices),
                    tuple(_conversation(one) for one in conversations),
                    tuple(BlobRef.unpack(_bytes(one)) for one in history),
                )
        raise _malformed()


def _relay(value: cbor.Value) -> RelayGiven:
    match value:
        case [
            bytes(relay),
            None | bytes() as token,
            int(sequence),
            bytes(envelope),
        ] if len(envelope) == 16 and (token is None or len(token) == 32):
            _check(_is_within(sequence, LATEST))
            place = EnvelopeId(envelope)
            return RelayGiven(read_relay(relay), token, sequence, place)
    raise _malformed()


def _conversation(value: cbor.Value) -> ConversationGiven:
    match value:
        case [
            bytes(conversation),
            int(kind),
            int(state),
            str(title),
            None | bytes() as peer,
            None | bytes() as inviter,
            bytes(relay),
            bytes(stream),
            int(timer),
            int(place_base),
            int(created_ms),
            None | bytes() as seen,
            [*members],
        ] if len(conversation) == len(stream) == 16:
            pass
        case _:
            raise _malformed()
    _check(_is_within(kind, 1) and _is_within(state, BROKEN))
    _check(len(title.encode()) <= LONGEST_TITLE and title.isprintable())
    _check(bool(title) == bool(kind) and (peer is not None) == (kind == 0))
    _check(_is_within(timer, (1 << 32) - 1) and _is_within(place_base, LATEST))
    _check(_is_within(created_ms, LATEST) and (seen is None or len(seen) == 16))
    return ConversationGiven(
        ConversationId(conversation),
        kind,
        state,
        title,
        _account(peer),
        _account(inviter),
        read_relay(relay),
        StreamId(stream),
        timer,
        place_base,
        created_ms,
        None if seen is None else MessageId(seen),
        tuple(_member(one) for one in members),
    )


def _member(value: cbor.Value) -> tuple[AccountKey, str, bool]:
    match value:
        case [bytes(account), str(name), bool(is_admin)] if len(account) == 32:
            return AccountKey(account), decode_name(name.encode()), is_admin
    raise _malformed()


def _account(value: bytes | None) -> AccountKey | None:
    _check(value is None or len(value) == 32)
    return None if value is None else AccountKey(value)


def _list(value: cbor.Value) -> Sequence[cbor.Value]:
    if not isinstance(value, list):
        raise _malformed()
    return value


def _bytes(value: cbor.Value) -> bytes:
    if not isinstance(value, bytes):
        raise _malformed()
    return value


def _is_within(value: int, largest: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= largest


def _check(is_sound: bool) -> None:
    if not is_sound:
        raise _malformed()


def _malformed() -> Malformed:
    return Malformed("What the other device handed over is malformed.")
