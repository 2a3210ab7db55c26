"""Accounts, devices, names, safety numbers, phrases and what links derive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.client.core.identity import (
    Account,
    UnverifiedCredential,
    decode_name,
    encode_name,
)
from linnet.client.core.info import ConversationInfo
from linnet.client.core.keys import InviteKeys, OwnerKeys
from linnet.client.core.phrase import ALPHABET, new_phrase, read_phrase
from linnet.client.core.safety import safety_number
from linnet.errors import Forged, LocalError, Malformed
from linnet.ids import AccountKey, DeviceId, StreamId
from linnet.wire.invites import InviteLink
from linnet.wire.links import Address, RelayDescriptor, Road

ACCOUNT = Account(bytes(range(32)))
RELAY = RelayDescriptor(
    b"r" * 32, (Address(Road.WSS, "relay.example", 443, "s" * 22, "cdn.example"),)
)


def test_a_device_is_believed_only_with_its_own_signature_key() -> None:
    credential = ACCOUNT.certify(DeviceId(b"d" * 8), b"k" * 32)

    device = UnverifiedCredential.parse(credential).verify(b"k" * 32)

    assert (device.account, device.id) == (ACCOUNT.key, b"d" * 8)
    with pytest.raises(Forged):
        UnverifiedCredential.parse(credential).verify(b"j" * 32)
    changed = credential[:1] + b"\x00" * 32 + credential[33:]
    with pytest.raises(Forged):
        UnverifiedCredential.parse(changed).verify(b"k" * 32)


@given(st.binary(max_size=120))
def test_any_bytes_are_a_credential_or_refused(data: bytes) -> None:
    with pytest.raises((Malformed, Forged)):
        UnverifiedCredential.parse(data).verify(b"k" * 32)


@pytest.mark.parametrize("name", ["Ann", "Зоя", "愛", "o'Neill 🦉", "x" * 64])
def test_a_plain_name_is_read_back(name: str) -> None:
    assert decode_name(encode_name(name)) == name


@pytest.mark.parametrize("name", ["", " Ann", "Ann\n", "A\x00", "\u202eevE", "x" * 65])
def test_a_name_that_could_deceive_is_refused(name: str) -> None:
    with pytest.raises(LocalError):
        encode_name(name)
    with pytest.raises(Malformed):
        decode_name(name.encode())


def test_a_safety_number_is_the_same_from_both_sides() -> None:
    other = AccountKey(b"o" * 32)

    number = safety_number(ACCOUNT.key, other)

    assert number == safety_number(other, ACCOUNT.key)
    assert len(number) == 60
    assert number.isdigit()
    assert number != safety_number(ACCOUNT.key, AccountKey(b"p" * 32))
    with pytest.raises(LocalError):
        safety_number(other, other)


@given(st.binary(min_size=18, max_size=18))
def test_a_phrase_is_read_however_it_is_typed(entropy: bytes) -> None:
    phrase = new_phrase(lambda count: entropy[:count])

    assert read_phrase(phrase.lower().replace("-", " ")) == read_phrase(phrase)
    assert len(phrase.replace("-", "")) == 32


@given(
    st.binary(min_size=18, max_size=18), st.integers(0, 31), st.sampled_from(ALPHABET)
)
def test_a_slip_in_a_phrase_is_noticed(entropy: bytes, at: int, letter: str) -> None:
    plain = new_phrase(lambda count: entropy[:count]).replace("-", "")
    slipped = plain[:at] + letter + plain[at + 1 :]
    if slipped != plain and at < 28:
        # 20 bits of checksum: one slip in a million goes through.
        try:
            read_phrase(slipped)
        except Malformed:
            return
        pytest.fail("A slip was not noticed.")


def test_what_a_link_derives_differs_by_relay_and_secret() -> None:
    one = InviteKeys.derive(b"s" * 32, b"r" * 32)

    assert one == InviteKeys.derive(b"s" * 32, b"r" * 32)
    assert one.inbox != InviteKeys.derive(b"s" * 32, b"q" * 32).inbox
    assert one.inbox != InviteKeys.derive(b"t" * 32, b"r" * 32).inbox
    owner = OwnerKeys.derive(b"o" * 32, b"r" * 32, one.inbox)
    tokens = {one.append_token, one.claim_token, owner.read_token, owner.shelf_token}
    assert len(tokens) == 4


def test_an_invite_with_two_relays_is_short_and_read_back() -> None:
    link = InviteLink(ACCOUNT.key, b"s" * 32, "Алиса Иванова", (RELAY, RELAY))

    assert InviteLink.parse(link.text()) == link
    assert len(link.text()) <= 600
    assert "Алиса" not in repr(link)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_invite_or_malformed(data: bytes) -> None:
    try:
        link = InviteLink.unpack(data)
    except Malformed:
        return
    assert link.pack() == data


@given(st.binary(max_size=200))
def test_any_bytes_describe_a_conversation_or_are_malformed(data: bytes) -> None:
    try:
        ConversationInfo.decode(data)
    except Malformed:
        return


@pytest.mark.parametrize(
    ("kind", "title", "admins"),
    [
        (0, "title", 0),
        (0, "", 1),
        (1, "", 1),
        (1, "Birds", 0),
        (1, " Birds", 1),
        (1, "Bi\nrds", 1),
        (1, "x" * 129, 1),
        (1, "Birds", 65),
    ],
)
def test_an_impossible_description_is_refused(
    kind: int, title: str, admins: int
) -> None:
    keys = frozenset(AccountKey(bytes([n]) * 32) for n in range(admins))
    info = ConversationInfo(kind, title, keys, StreamId(bytes(16)), RELAY)

    with pytest.raises(LocalError):
        info.encode()
