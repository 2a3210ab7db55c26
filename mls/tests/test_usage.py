"""What our own caller does wrong is said so, before anything is sent."""

import pytest
from kit.insider import ENTROPY, update_leaf
from kit.people import NOW, People
from kit.scenes import PRIVATE, refused, scene

from mls import (
    HYBRID,
    BasicCredential,
    CommitOptions,
    Extension,
    Group,
    GroupOptions,
    Identity,
    InvalidLeaf,
    LeafIndex,
    MalformedMessage,
    Remove,
    StateMismatch,
    UpdateOptions,
    UsageError,
)
from mls.proposals import ExternalInit, Update
from mls.secret_tree import Generation, Ratchet
from mls.secrets import Secret


def test_an_update_cannot_be_committed_by_value() -> None:
    leaf, _ = update_leaf(scene().alice)
    with refused(UsageError, "by its path, not by an update"):
        scene().alice.commit([Update(leaf)], now=NOW, entropy=ENTROPY)


def test_a_commit_cannot_name_what_was_not_proposed() -> None:
    options = CommitOptions(references=(b"unknown",))
    with refused(UsageError, "no pending proposal"):
        scene().alice.commit(now=NOW, entropy=ENTROPY, options=options)


def test_a_commit_cannot_name_what_was_forgotten() -> None:
    alice, _ = scene().alice.propose(Remove(LeafIndex(1)), entropy=ENTROPY)
    (pending,) = alice.pending_proposals
    options = CommitOptions(references=(pending.reference,))
    with refused(UsageError, "no pending proposal"):
        alice.forget_proposals().commit(now=NOW, entropy=ENTROPY, options=options)


def test_an_update_and_an_external_init_cannot_be_proposed_as_others_are() -> None:
    leaf, _ = update_leaf(scene().alice)
    for proposal in (Update(leaf), ExternalInit(b"")):
        with refused(UsageError, "propose_update"):
            scene().alice.propose(proposal, entropy=ENTROPY)


def test_a_member_cannot_change_its_suite() -> None:
    other = Identity.generate(HYBRID, BasicCredential(b"alice"), entropy=ENTROPY)
    options = UpdateOptions(identity=other)
    with refused(UsageError, "cannot change its cipher suite"):
        scene().alice.propose_update(entropy=ENTROPY, options=options)
    with refused(UsageError, "cannot change its cipher suite"):
        scene().alice.commit(
            now=NOW, entropy=ENTROPY, options=CommitOptions(update=options)
        )


@pytest.mark.parametrize("leaf", [3, 4, 2**32 - 1])
def test_there_is_no_member_where_there_is_none(leaf: int) -> None:
    with refused(UsageError, "is blank"):
        scene().alice.member(LeafIndex(leaf))


def test_an_epoch_has_no_more_keys_than_it_has_numbers() -> None:
    last = Ratchet(Secret(bytes(32)), Generation(2**32 - 1))
    with refused(UsageError, "no message keys left"):
        last.take_next(scene().alice.suite)


def test_a_commit_of_somebody_else_cannot_be_accepted() -> None:
    staged = scene().bob.commit(now=NOW, entropy=ENTROPY)
    with refused(StateMismatch, "staged commit"):
        scene().alice.accept(staged)


def test_what_another_version_stored_is_refused() -> None:
    parts = scene().alice.epoch_state(), scene().alice.ratchet_state()
    for which in range(2):
        altered = list(parts)
        altered[which] = b"\x63" + parts[which][1:]
        with refused(MalformedMessage, "by another version"):
            Group.restore(altered[0], altered[1], settings=scene().alice.settings)


def test_nobody_founds_a_group_that_it_could_not_be_in() -> None:
    strange = (Extension(PRIVATE, b""),)
    people = People(seed="founding")
    with refused(InvalidLeaf, "extension of the group"):
        people.found(options=GroupOptions(extensions=strange))
    with refused(InvalidLeaf, "extension that it does not support"):
        people.found(options=GroupOptions(leaf_extensions=strange))
