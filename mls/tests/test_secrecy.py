"""What stored state does not tell, and what those who left cannot learn."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from kit.insider import ENTROPY, Bend, envelope, forge, frame, inside, member_seat
from kit.ledger import watched
from kit.people import NOW, SUITES, People, processed, spread
from kit.scenes import refused, scene

from mls import (
    ApplicationReceived,
    Group,
    InvalidTag,
    MLSError,
    Remove,
    StateMismatch,
    Suite,
    UndecryptableMessage,
    UsageError,
    WrongEpoch,
)
from mls.commits import Commit
from mls.epochs import Inputs, advance, provisional_context
from mls.framing import PublicMessage, decode_message
from mls.proposal_lists import AppliedProposal, apply_list
from mls.secret_tree import RatchetType
from mls.tree_kem import PathReceiver, open_path
from mls.tree_math import LeafIndex

every_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)


def stored(group: Group) -> bytes:
    return group.epoch_state() + group.ratchet_state()


def holds(group: Group, secret: bytes) -> bool:
    """Whether a secret is anywhere in what a group would store."""
    return bytes(secret) in stored(group)


def sender_key(group: Group) -> tuple[bytes, bytes]:
    """The key and nonce of the next message that a member sends."""
    state = inside(group)
    key, _ = state.messages.take_next(state.own_leaf, RatchetType.APPLICATION)
    return bytes(key.key), bytes(key.nonce)


@every_suite
def test_a_key_is_gone_from_both_sides_once_it_was_used(suite: Suite) -> None:
    place = scene(suite=suite)
    key, nonce = sender_key(place.alice)
    alice, message = place.alice.encrypt(b"hello", entropy=ENTROPY)
    carol = processed(place.carol, message)

    assert not any(holds(group, key) or holds(group, nonce) for group in (alice, carol))


def test_what_a_used_key_came_from_is_gone_as_well() -> None:
    """The secret of the whole epoch, as soon as one key of it was used."""
    forged = forge(scene().alice)
    carol = processed(scene().carol, forged.message)
    first, _ = sender_key(carol)
    after, _ = carol.encrypt(b"hello", entropy=ENTROPY)

    assert holds(carol, forged.encryption)
    assert not holds(after, forged.encryption)
    assert not holds(after, first)


def test_a_skipped_key_is_kept_until_it_is_used_and_no_longer() -> None:
    key, _ = sender_key(scene().alice)
    alice, late = scene().alice.encrypt(b"late", entropy=ENTROPY)
    _, early = alice.encrypt(b"early", entropy=ENTROPY)
    skipped = processed(scene().carol, early)
    used = processed(skipped, late)

    assert holds(skipped, key)
    assert not holds(used, key)


def test_the_secrets_of_an_epoch_are_gone_in_the_next() -> None:
    """Only what late messages need is kept, and the resumption key."""
    carol = scene().carol
    old = inside(carol).secrets
    after = carol.accept(carol.commit(now=NOW, entropy=ENTROPY))

    for secret in (
        old.init,
        old.exporter,
        old.external,
        old.confirmation_key,
        old.membership_key,
        old.epoch_authenticator,
    ):
        assert holds(carol, secret)
        assert not holds(after, secret)


def test_the_keys_that_a_commit_replaces_are_gone_in_the_next_epoch() -> None:
    carol = scene().carol
    old = inside(carol).private_keys
    staged = carol.commit(now=NOW, entropy=ENTROPY)
    after = carol.accept(staged)
    path = {int(node) for node in (2 * carol.own_leaf, 3)}

    replaced = [key for node, key in old.items() if int(node) in path]
    assert replaced
    assert all(holds(carol, key.raw) for key in replaced)
    assert not any(holds(after, key.raw) for key in replaced)


def test_epochs_that_are_past_keeping_leave_nothing() -> None:
    people = People(settings=replace(People().settings, past_epochs=1))
    carol = people.group("alice", "carol")["carol"]
    gone = inside(carol).secrets.sender_data
    kept = carol.accept(carol.commit(now=NOW, entropy=people.entropy))
    after = kept.accept(kept.commit(now=NOW, entropy=people.entropy))

    assert holds(kept, gone)
    assert not holds(after, gone)


# Who was removed.


@every_suite
def test_a_removed_member_cannot_compute_the_next_epoch(suite: Suite) -> None:
    """Bob tries everything he knows on the commit that removes him."""
    place = scene(suite=suite)
    forged = forge(place.alice, [Remove(place.bob.own_leaf)])
    public = decode_message(forged.message)
    assert isinstance(public, PublicMessage)
    commit = public.content.framed.content
    assert isinstance(commit, Commit)
    path = commit.path
    assert path is not None
    state = inside(place.bob)
    sender = public.content.framed.sender
    outcome = apply_list(state, [AppliedProposal(Remove(place.bob.own_leaf), sender)])
    context = provisional_context(state, forged.tree, outcome).encode()
    steps = outcome.tree.filtered_path(LeafIndex(0))

    stays = PathReceiver(LeafIndex(2), inside(place.carol).private_keys)
    assert forged.path is not None
    opened = open_path(suite, steps, path, stays, without=frozenset(), context=context)
    assert opened.commit_secret == forged.path.commit_secret
    boxes = [box for node in path.nodes for box in node.secrets]
    assert boxes
    for key in state.private_keys.values():
        for kem_output, sealed in boxes:
            with pytest.raises(MLSError):
                suite.decrypt(key, b"UpdatePathNode", context, (kem_output, sealed))
    for leaf in range(4):
        receiver = PathReceiver(LeafIndex(leaf), state.private_keys)
        with pytest.raises(MLSError):
            open_path(
                suite, steps, path, receiver, without=frozenset(), context=context
            )
    inputs = Inputs(state.secrets.init, suite.no_secret, suite.no_secret)
    provisional = provisional_context(state, forged.tree, outcome)
    guess = advance(state, provisional, public.content, inputs, 4)
    assert guess.secrets.epoch_authenticator != forged.secrets.epoch_authenticator


def test_a_removed_member_reads_nothing_of_what_comes_after() -> None:
    groups = people_without_bob()
    alice, message = groups["alice"].encrypt(b"without Bob", entropy=ENTROPY)
    assert alice.epoch == scene().alice.epoch + 1

    for bob in (groups["bob"], scene().bob):
        with refused(WrongEpoch, "epoch"):
            bob.process(message, now=NOW)
    liar = replace(
        inside(scene().bob),
        context=inside(groups["carol"]).context,
        tree=inside(groups["carol"]).tree,
    )
    with refused(UndecryptableMessage, "does not open"):
        Group(liar).process(message, now=NOW)


def people_without_bob() -> Mapping[str, Group]:
    staged = scene().alice.commit(
        [Remove(scene().bob.own_leaf)], now=NOW, entropy=ENTROPY
    )
    return {
        "alice": scene().alice.accept(staged),
        "bob": processed(scene().bob, staged.message),
        "carol": processed(scene().carol, staged.message),
    }


def test_a_removed_member_cannot_speak_to_those_who_stay() -> None:
    """He signs and tags with all he has, for an epoch whose secrets he lacks."""
    groups = people_without_bob()
    carol, state = groups["carol"], inside(scene().bob)
    claimed = replace(state, context=inside(carol).context)
    seat = member_seat(state)

    for content in (Remove(LeafIndex(0)), b"hello"):
        bend = Bend(private=content == b"hello")
        message = envelope(claimed, frame(claimed, content, bend, seat))
        with pytest.raises((InvalidTag, UndecryptableMessage)):
            carol.process(message, now=NOW)


def test_whoever_was_compromised_heals_the_group_by_a_commit() -> None:
    """Someone copies all that Bob has. After Bob's next commit it is worth nothing."""
    thief, entropy = inside(scene().bob), People(seed="healing").entropy
    staged = scene().bob.commit(now=NOW, entropy=entropy)
    carol = processed(scene().carol, staged.message)
    _, message = carol.encrypt(b"after the commit", entropy=entropy)
    again = scene().bob.accept(staged)

    assert isinstance(again.process(message, now=NOW), ApplicationReceived)
    with refused(WrongEpoch, "epoch"):
        Group(thief).process(message, now=NOW)
    with pytest.raises(MLSError):
        Group(thief).process(staged.message, now=NOW)


# A group is a value.


def test_whatever_is_done_with_a_group_leaves_it_as_it_was() -> None:
    alice, bob = scene().alice, scene().bob
    before = stored(alice), stored(bob)
    staged = alice.commit([Remove(LeafIndex(2))], now=NOW, entropy=ENTROPY)
    _, message = alice.encrypt(b"hello", entropy=ENTROPY)
    alice.propose_update(entropy=ENTROPY)
    alice.propose(Remove(LeafIndex(2)), entropy=ENTROPY)
    alice.accept(staged)
    alice.export_group_info(entropy=ENTROPY)
    bob.process(message, now=NOW)
    bob.process(staged.message, now=NOW)
    with pytest.raises(MLSError):
        bob.process(message[:-1], now=NOW)

    assert (stored(alice), stored(bob)) == before


def test_a_dropped_commit_leaves_a_group_that_works() -> None:
    place = scene()
    with watched():
        dropped = place.alice.commit(now=NOW, entropy=ENTROPY)
        alice = dropped.current
        alice, message = alice.encrypt(b"still here", entropy=ENTROPY)
        carol = processed(place.carol, message)
        staged = alice.commit(now=NOW, entropy=ENTROPY)
    groups = {"alice": staged.current, "bob": place.bob, "carol": carol}

    after = spread(groups, "alice", staged)
    assert after["carol"].epoch == place.carol.epoch + 1
    with refused(StateMismatch, "another epoch"):
        after["alice"].accept(dropped)


def test_parts_of_two_epochs_never_make_a_group() -> None:
    """A restore of an old part with a new one is refused, so no key comes back."""
    old = scene().alice
    new = old.accept(old.commit(now=NOW, entropy=ENTROPY))

    for parts in (
        (old.epoch_state(), new.ratchet_state()),
        (new.epoch_state(), old.ratchet_state()),
    ):
        with refused(StateMismatch, "different epochs"):
            Group.restore(*parts, settings=old.settings)


def test_parts_of_two_forks_of_one_epoch_never_make_a_group() -> None:
    old = scene().alice
    one, other = (
        old.accept(old.commit(now=NOW, entropy=People(seed=seed).entropy))
        for seed in ("one", "other")
    )

    with refused(StateMismatch, "different epochs"):
        Group.restore(one.epoch_state(), other.ratchet_state(), settings=old.settings)


def test_no_secret_shows_in_what_is_printed() -> None:
    group = scene().alice
    state = inside(group)
    staged = group.commit(now=NOW, entropy=ENTROPY)
    shown = repr((group, state, staged, group.identity, state.messages)).encode()
    secrets = [
        state.secrets.init,
        state.secrets.exporter,
        state.secrets.membership_key,
        group.identity.signature_private,
        *(key.raw for key in state.private_keys.values()),
        *sender_key(group),
    ]

    for secret in map(bytes, secrets):
        assert secret not in shown
        assert repr(secret)[2:-1].encode() not in shown
        assert secret.hex().encode() not in shown


def test_a_group_that_ended_by_a_removal_exports_nothing_to_outsiders() -> None:
    groups = people_without_bob()

    with refused(UsageError, "has ended"):
        groups["bob"].export_group_info(entropy=ENTROPY)
