"""What other implementations got wrong: each of their bugs is a test of ours."""

import os
from dataclasses import replace

import pytest
from people import (
    SETTINGS,
    assert_agreement,
    commit,
    gather,
    invite,
    key_package,
)

from mls import (
    Add,
    CommitOptions,
    ExternalPsk,
    Framing,
    Group,
    GroupInfo,
    InvalidCommit,
    InvalidProposal,
    InvalidSignature,
    JoinOptions,
    PreSharedKey,
    Remove,
    Replayed,
    StateMismatch,
    UnknownPsk,
)
from mls.codec import decode
from mls.commits import Commit
from mls.framing import (
    AuthenticatedContent,
    Authentication,
    ContentType,
    PrivateMessage,
    PublicMessage,
    decode_message,
)
from mls.protection import PrivateKeys, open_sender, seal_public
from mls.sending import seal, sign_content
from mls.state import GroupState
from mls.wire_formats import encode_message


def key_of(group: Group, message: bytes) -> tuple[int, int]:
    """Which leaf and generation encrypted a private message."""
    private = decode_message(message)
    assert isinstance(private, PrivateMessage)
    state = group._state
    keys = PrivateKeys(state.suite, state.secrets.sender_data, state.messages)
    sealed = open_sender(keys, private)
    return sealed.leaf, sealed.generation


def forged(state: GroupState, content: AuthenticatedContent) -> AuthenticatedContent:
    signature = bytes(len(content.authentication.signature))
    tag = content.authentication.confirmation_tag
    return replace(content, authentication=Authentication(signature, tag))


def test_the_leaf_of_a_path_is_signed() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")

    commit(alice, [bob], [Remove(carol.group.own_leaf)])
    commit(bob, [alice])

    for member in alice.group.members:
        member.leaf_node.verify_signature(
            alice.group.suite, group_id=alice.group.group_id, leaf=member.leaf
        )


def test_a_private_message_that_its_sender_did_not_sign_is_refused() -> None:
    alice, bob = gather("alice", "bob")
    content = sign_content(alice.group._state, b"not by alice", Framing())
    _, message = seal(
        alice.group._state, forged(alice.group._state, content), os.urandom
    )

    with pytest.raises(InvalidSignature):
        bob.hear(message)


def test_a_refused_message_burns_no_key() -> None:
    alice, bob = gather("alice", "bob")
    content = sign_content(alice.group._state, b"not by alice", Framing())
    _, bad = seal(alice.group._state, forged(alice.group._state, content), os.urandom)
    with pytest.raises(InvalidSignature):
        bob.hear(bad)

    bob.hear(alice.say(b"by alice, with the same key"))


def test_a_public_message_that_its_sender_did_not_sign_is_refused() -> None:
    alice, bob = gather("alice", "bob")
    state = alice.group._state
    framing = Framing(public=True)
    content = forged(state, sign_content(state, Remove(bob.group.own_leaf), framing))
    key, context = state.secrets.membership_key, state.context.encode()
    public = seal_public(state.suite, key, content, context)
    message = encode_message(content.wire_format, public.encode())

    with pytest.raises(InvalidSignature):
        bob.hear(message)


def test_a_message_counts_once() -> None:
    alice, bob = gather("alice", "bob")
    message = alice.say(b"once")
    bob.hear(message)
    bob.restart()

    with pytest.raises(Replayed):
        bob.hear(message)


def test_no_mixture_of_stored_parts_uses_a_key_twice() -> None:
    alice, bob = gather("alice", "bob")
    epoch_before = alice.group.epoch_state()
    first = alice.say(b"one")
    alice.hear(bob.propose_update())
    alice.group = alice.group.forget_proposals()
    epoch_after, ratchet = alice.group.epoch_state(), alice.group.ratchet_state()

    used = {key_of(bob.group, first)}
    for epoch_part in (epoch_before, epoch_after):
        group = Group.restore(epoch_part, ratchet, settings=SETTINGS)
        _, message = group.encrypt(b"two", entropy=os.urandom)
        assert key_of(bob.group, message) not in used


def test_a_dropped_commit_does_not_give_its_key_back() -> None:
    alice, bob = gather("alice", "bob")

    first, second = alice.stage(), alice.stage()

    assert key_of(bob.group, first.message) != key_of(bob.group, second.message)


def test_parts_of_different_epochs_are_refused() -> None:
    alice, bob = gather("alice", "bob")
    old_epoch, old_ratchet = alice.group.epoch_state(), alice.group.ratchet_state()
    fork = alice.stage()
    commit(bob, [alice])

    for epoch, ratchet in (
        (old_epoch, alice.group.ratchet_state()),
        (alice.group.epoch_state(), old_ratchet),
        (alice.group.epoch_state(), fork.next.ratchet_state()),
    ):
        with pytest.raises(StateMismatch):
            Group.restore(epoch, ratchet, settings=SETTINGS)


def test_a_missing_pre_shared_key_is_never_made_up() -> None:
    alice, bob = gather("alice", "bob")
    name, carol = ExternalPsk(b"known to alice"), key_package("carol")
    with_psk = CommitOptions(psks={name: b"secret"})
    staged = alice.stage([PreSharedKey.of(name), Add(carol.public)], with_psk)
    assert staged.welcome is not None

    with pytest.raises(UnknownPsk):
        bob.hear(staged.message)
    with pytest.raises(UnknownPsk):
        Group.join(staged.welcome, [carol], settings=SETTINGS)
    options = JoinOptions(psks={name: b"secret"})
    joined = Group.join(staged.welcome, [carol], settings=SETTINGS, options=options)
    assert joined.epoch_authenticator == staged.next.epoch_authenticator


def test_an_external_key_is_encoded_as_a_vector() -> None:
    alice, _ = gather("alice", "bob")
    info = GroupInfo.from_message(alice.group.export_group_info(entropy=os.urandom))
    data = next(it.data for it in info.extensions if it.type == 4)

    assert data == b"\x20" + info.external_key
    assert len(data) == 33


def test_path_secrets_are_encrypted_to_the_tree_after_the_proposals() -> None:
    alice, bob, carol, dave = gather("alice", "bob", "carol", "dave")
    commit(dave, [alice, bob, carol])

    commit(alice, [bob, carol], [Remove(dave.group.own_leaf)])

    assert_agreement([alice, bob, carol])


def test_a_remove_brings_a_path_even_if_none_is_asked_for() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    no_path = CommitOptions(path=False, public=True)

    staged = alice.stage([Remove(carol.group.own_leaf)], no_path)

    public = decode_message(staged.message)
    assert isinstance(public, PublicMessage)
    commit_body = public.content.framed.content
    assert getattr(commit_body, "path", None) is not None
    bob.hear(staged.message)


def test_a_commit_without_the_path_it_needs_is_refused() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    state = alice.group._state
    bare = Commit((Remove(carol.group.own_leaf),), None)
    content = sign_content(state, bare, Framing())
    tagged = replace(
        content,
        authentication=Authentication(content.authentication.signature, bytes(32)),
    )
    _, message = seal(state, tagged, os.urandom)

    with pytest.raises(InvalidCommit):
        bob.hear(message)


def test_the_commit_secret_comes_from_the_filtered_path() -> None:
    """Leaves 0 and 1 are gone, so the root is not on the path of 2 or 3."""
    alice, bob, carol, dave = gather("alice", "bob", "carol", "dave")
    removed = [Remove(alice.group.own_leaf), Remove(bob.group.own_leaf)]
    commit(carol, [dave], removed)

    commit(dave, [carol])
    commit(carol, [dave])

    assert_agreement([carol, dave])
    (erin,) = invite(dave, [carol], ["erin"])
    assert_agreement([carol, dave, erin])


def test_a_leaf_refilled_in_the_commit_that_removes_it_is_removed() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    dave = key_package("dave")

    staged = commit(alice, [carol], [Remove(bob.group.own_leaf), Add(dave.public)])

    assert bob.hear_commit(staged.message).report.removed_me
    assert_agreement([alice, carol])


def test_the_same_member_cannot_be_added_twice() -> None:
    alice, _ = gather("alice", "bob")
    package = key_package("carol")

    with pytest.raises(InvalidProposal):
        alice.stage([Add(package.public), Add(package.public)])


def test_kinds_of_content_are_told_apart() -> None:
    alice, _ = gather("alice", "bob")
    private = decode_message(alice.say(b"text"))
    assert isinstance(private, PrivateMessage)
    assert private.content_type is ContentType.APPLICATION
    assert decode(private.encode(), PrivateMessage.decode) == private
