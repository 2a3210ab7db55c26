"""Messages whose frame, envelope or key is wrong (RFC 9420 §6, §9)."""

from dataclasses import replace
from typing import Any

import pytest
from kit.insider import ENTROPY, Bend, envelope, frame, inside, member_seat, send
from kit.people import NOW, People, processed
from kit.scenes import flipped, refused, scene

from mls import (
    ApplicationReceived,
    Group,
    InvalidLeaf,
    InvalidProposal,
    InvalidSignature,
    InvalidTag,
    MalformedMessage,
    OwnMessage,
    Remove,
    Replayed,
    Settings,
    TooFarAhead,
    UndecryptableMessage,
    UnsupportedVersion,
    WrongEpoch,
    WrongGroup,
)
from mls.framing import (
    AuthenticatedContent,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    Sender,
    SenderType,
    decode_message,
)
from mls.protection import PrivateKeys, seal_private
from mls.secret_tree import RatchetType
from mls.tree_math import LeafIndex
from mls.wire_formats import WireFormat, encode_message

PRIVATE = Bend(private=True)


def said(group: Group, message: bytes) -> bytes:
    received = group.process(message, now=NOW)
    assert isinstance(received, ApplicationReceived)
    return received.plaintext


def private(message: bytes) -> PrivateMessage:
    parsed = decode_message(message)
    assert isinstance(parsed, PrivateMessage)
    return parsed


def wrapped(message: PrivateMessage) -> bytes:
    return encode_message(WireFormat.PRIVATE_MESSAGE, message.encode())


def test_an_honest_message_is_read() -> None:
    assert said(scene().carol, send(scene().alice, b"hello", PRIVATE)) == b"hello"


# Who speaks.


def test_a_message_signed_by_another_member_is_refused() -> None:
    """An insider cannot speak in the name of another, though both know all the keys."""
    forged = Bend(private=True, signer=scene().bob.identity)

    with refused(InvalidSignature, "does not verify"):
        scene().carol.process(send(scene().alice, b"hello", forged), now=NOW)


def test_a_message_that_is_not_signed_is_refused() -> None:
    def unsigned(content: AuthenticatedContent) -> AuthenticatedContent:
        bare = replace(content.authentication, signature=b"")
        return replace(content, authentication=bare)

    bend = Bend(private=True, signed=unsigned)
    with refused(InvalidSignature, "does not verify"):
        scene().carol.process(send(scene().alice, b"hello", bend), now=NOW)


def as_leaf(leaf: int) -> bytes:
    """A private message that Alice sends from a leaf that is not hers."""

    def moved(framed: FramedContent) -> FramedContent:
        return replace(framed, sender=Sender.member(LeafIndex(leaf)), encoded=b"")

    return send(scene().alice, b"hello", Bend(private=True, framed=moved))


def test_a_message_sent_with_the_keys_of_another_member_is_refused() -> None:
    with refused(InvalidSignature, "does not verify"):
        scene().carol.process(as_leaf(1), now=NOW)


@pytest.mark.parametrize("leaf", [3, 4, 2**32 - 1])
def test_a_message_from_a_blank_leaf_is_refused(leaf: int) -> None:
    with refused(InvalidLeaf, "blank"):
        scene().carol.process(as_leaf(leaf), now=NOW)


def test_a_message_in_our_own_name_is_not_read() -> None:
    with refused(OwnMessage, "ourselves"):
        scene().carol.process(as_leaf(2), now=NOW)


def test_a_late_message_in_our_own_name_or_from_a_blank_leaf_is_not_read() -> None:
    staged = scene().bob.commit(now=NOW, entropy=scene().people.entropy)
    carol = processed(scene().carol, staged.message)

    with refused(OwnMessage, "ourselves"):
        carol.process(as_leaf(2), now=NOW)
    with refused(InvalidLeaf, "blank"):
        carol.process(as_leaf(3), now=NOW)


def test_a_late_message_signed_by_another_member_is_refused() -> None:
    staged = scene().bob.commit(now=NOW, entropy=scene().people.entropy)
    carol = processed(scene().carol, staged.message)
    forged = Bend(private=True, signer=scene().bob.identity)

    with refused(InvalidSignature, "does not verify"):
        carol.process(send(scene().alice, b"hello", forged), now=NOW)


# Where and when.


def test_a_message_to_another_group_is_refused() -> None:
    other = People(seed="other").group("xavier", "yvonne")
    _, message = other["xavier"].encrypt(b"hello", entropy=ENTROPY)
    elsewhere = private(message)

    with refused(UndecryptableMessage, "does not open"):
        scene().carol.process(
            wrapped(replace(elsewhere, epoch=scene().carol.epoch)), now=NOW
        )
    with refused(WrongGroup, "another group"):
        scene().carol.process(wrapped(replace(elsewhere, group_id=b"another")), now=NOW)


def test_a_message_of_an_epoch_to_come_is_refused() -> None:
    staged = scene().alice.commit(now=NOW, entropy=scene().people.entropy)
    _, message = scene().alice.accept(staged).encrypt(b"hello", entropy=ENTROPY)

    with pytest.raises(WrongEpoch) as caught:
        scene().carol.process(message, now=NOW)
    assert caught.value.epoch == caught.value.current + 1


def test_a_message_is_read_for_as_many_epochs_as_the_settings_say_and_no_more() -> None:
    people = People(settings=replace(People().settings, past_epochs=2))
    groups = people.group("alice", "carol")
    _, message = groups["alice"].encrypt(b"hello", entropy=people.entropy)
    carol = groups["carol"]
    for _ in range(2):
        carol = carol.accept(carol.commit(now=NOW, entropy=people.entropy))
    assert said(carol, message) == b"hello"
    carol = carol.accept(carol.commit(now=NOW, entropy=people.entropy))

    with refused(WrongEpoch, "epoch"):
        carol.process(message, now=NOW)


def test_a_handshake_message_of_an_epoch_that_ended_is_refused() -> None:
    message = send(scene().alice, Remove(LeafIndex(1)), PRIVATE)
    staged = scene().bob.commit(now=NOW, entropy=scene().people.entropy)
    carol = processed(scene().carol, staged.message)

    with refused(WrongEpoch, "epoch"):
        carol.process(message, now=NOW)


# How it is wrapped.


def test_application_data_in_public_is_refused() -> None:
    with refused(MalformedMessage, "must not be sent in public"):
        scene().carol.process(send(scene().alice, b"hello"), now=NOW)


def test_a_public_message_without_a_membership_tag_is_refused() -> None:
    message = send(scene().alice, Remove(LeafIndex(1)))
    parsed = decode_message(message)
    assert isinstance(parsed, PublicMessage)
    bare = replace(parsed, membership_tag=b"")

    with refused(InvalidTag, "tag"):
        scene().carol.process(
            encode_message(WireFormat.PUBLIC_MESSAGE, bare.encode()), now=NOW
        )


def test_a_public_message_made_by_someone_outside_in_a_members_name_is_refused() -> (
    None
):
    """Knowing a member's signature key is not enough: the tag needs the epoch."""
    state = inside(scene().alice)
    stranger = replace(
        state, secrets=replace(state.secrets, membership_key=state.secrets.init)
    )
    content = frame(state, Remove(LeafIndex(1)), Bend(), member_seat(state))

    with refused(InvalidTag, "tag"):
        scene().carol.process(envelope(stranger, content), now=NOW)


@pytest.mark.parametrize("padding", [b"\x01", b"\x00\x01", bytes(100) + b"\x80"])
def test_padding_that_is_not_zero_is_refused(padding: bytes) -> None:
    with refused(UndecryptableMessage, "padding"):
        scene().carol.process(with_tail(padding), now=NOW)


def test_padding_of_any_length_is_read() -> None:
    assert said(scene().carol, with_tail(bytes(1000))) == b"hello"


def with_tail(tail: bytes) -> bytes:
    """A message whose plaintext ends in these bytes."""
    state = inside(scene().alice)
    content = frame(state, b"hello", PRIVATE, member_seat(state))
    signature = content.authentication.signature
    authentication = replace(content.authentication, signature=signature)

    class Tailed(type(authentication)):  # type: ignore[misc]
        def encode(self) -> bytes:
            encoded: bytes = super().encode()
            return encoded + tail

    tailed = Tailed(signature)
    keys = PrivateKeys(state.suite, state.secrets.sender_data, state.messages)
    message, _ = seal_private(
        keys, replace(content, authentication=tailed), padding=0, entropy=ENTROPY
    )
    return wrapped(message)


@pytest.mark.parametrize("field", ["authenticated_data", "ciphertext", "sender_data"])
def test_a_message_that_was_tampered_with_is_refused(field: str) -> None:
    message = private(send(scene().alice, b"hello", PRIVATE))
    bent: dict[str, Any] = {field: flipped(getattr(message, field) or b"\x00")}

    with refused(UndecryptableMessage, "does not open"):
        scene().carol.process(wrapped(replace(message, **bent)), now=NOW)


def test_a_message_whose_content_is_said_to_be_another_is_refused() -> None:
    message = private(send(scene().alice, b"hello", PRIVATE))
    other = private(send(scene().alice, Remove(LeafIndex(1)), PRIVATE)).content_type

    with refused(UndecryptableMessage, "does not open"):
        scene().carol.process(wrapped(replace(message, content_type=other)), now=NOW)


def test_a_message_of_another_version_is_refused() -> None:
    message = send(scene().alice, b"hello", PRIVATE)

    with refused(UnsupportedVersion, "not of MLS 1.0"):
        scene().carol.process(b"\x00\x02" + message[2:], now=NOW)


def test_a_message_that_was_cut_short_or_drawn_out_is_refused() -> None:
    message = send(scene().alice, b"hello", PRIVATE)
    for cut in range(len(message)):
        with refused(MalformedMessage, "ends too early"):
            scene().carol.process(message[:cut], now=NOW)
    with refused(MalformedMessage, "bytes follow"):
        scene().carol.process(message + b"\x00", now=NOW)


@pytest.mark.parametrize(
    "sender", [SenderType.NEW_MEMBER_PROPOSAL, SenderType.NEW_MEMBER_COMMIT]
)
def test_somebody_outside_cannot_say_what_their_role_does_not_allow(
    sender: SenderType,
) -> None:
    def moved(framed: FramedContent) -> FramedContent:
        return replace(framed, sender=Sender(sender), encoded=b"")

    with refused(InvalidProposal, "role does not allow"):
        scene().carol.process(
            send(scene().alice, Remove(LeafIndex(1)), Bend(framed=moved)), now=NOW
        )


# Which key.


def test_a_message_that_was_read_is_not_read_again() -> None:
    message = send(scene().alice, b"hello", PRIVATE)
    carol = processed(scene().carol, message)

    with refused(Replayed, "used before"):
        carol.process(message, now=NOW)


def test_a_message_whose_key_is_too_old_to_be_kept_is_refused() -> None:
    people = People(settings=replace(People().settings, kept_keys=1))
    groups = people.group("alice", "carol")
    alice, messages = groups["alice"], []
    for _ in range(4):
        alice, message = alice.encrypt(b"hello", entropy=people.entropy)
        messages.append(message)
    carol = processed(groups["carol"], messages[3])
    carol = processed(carol, messages[2])

    with refused(Replayed, "too old"):
        carol.process(messages[1], now=NOW)


def test_a_message_too_far_ahead_is_refused_before_its_key_is_computed() -> None:
    people = People(settings=replace(People().settings, skipped_generations=8))
    groups = people.group("alice", "carol")
    state = inside(groups["alice"])
    tree = state.messages
    for _ in range(9):
        _, tree = tree.take_next(state.own_leaf, RatchetType.APPLICATION)
    content = frame(state, b"hello", PRIVATE, member_seat(state))
    far = envelope(replace(state, messages=tree), content)
    _, tree = state.messages.take_next(state.own_leaf, RatchetType.APPLICATION)
    near = envelope(replace(state, messages=tree), content)

    with refused(TooFarAhead, "more generations"):
        groups["carol"].process(far, now=NOW)
    assert said(groups["carol"], near) == b"hello"


def test_an_insider_cannot_burn_the_keys_of_another_member() -> None:
    """Bob sends garbage with Alice's next keys; what Alice then sends is still read."""
    alice, bob, carol = scene().alice, scene().bob, scene().carol

    def moved(framed: FramedContent) -> FramedContent:
        return replace(framed, sender=Sender.member(alice.own_leaf), encoded=b"")

    for _ in range(5):
        forged = send(bob, b"x", Bend(private=True, framed=moved))
        with refused(InvalidSignature, "does not verify"):
            carol.process(forged, now=NOW)
        alice, message = alice.encrypt(b"hello", entropy=ENTROPY)
        assert said(carol, message) == b"hello"
        bob, carol = processed(bob, message), processed(carol, message)


def test_settings_that_keep_nothing_of_the_past_read_nothing_of_it() -> None:
    keep_nothing = Settings(authenticate=lambda _: None, past_epochs=0)
    people = People(settings=keep_nothing)
    groups = people.group("alice", "carol")
    _, message = groups["alice"].encrypt(b"hello", entropy=people.entropy)
    carol = groups["carol"]
    carol = carol.accept(carol.commit(now=NOW, entropy=people.entropy))

    with refused(WrongEpoch, "epoch"):
        carol.process(message, now=NOW)
