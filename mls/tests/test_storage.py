"""Groups are values: staged, dropped, stored and read back."""

from dataclasses import replace

import pytest
from people import (
    NOW,
    SETTINGS,
    assert_agreement,
    commit,
    gather,
    invite,
)

from mls import (
    ApplicationReceived,
    BasicCredential,
    Remove,
    Replayed,
    StagedCommit,
    StateMismatch,
)


def test_a_staged_commit_that_lost_is_dropped_and_the_winner_processed() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    lost, won = alice.stage(), bob.stage()

    alice.hear(won.message)
    carol.hear(won.message)
    bob.group = bob.group.accept(won)

    assert_agreement([alice, bob, carol])
    with pytest.raises(StateMismatch):
        alice.group.accept(lost)


def test_what_was_heard_while_a_commit_was_staged_is_not_heard_again() -> None:
    alice, bob = gather("alice", "bob")
    staged = alice.stage()
    message = bob.say(b"meanwhile")
    alice.hear(message)

    alice.group = alice.group.accept(staged)

    with pytest.raises(Replayed):
        alice.hear(message)


def test_a_staged_commit_survives_storage() -> None:
    alice, bob = gather("alice", "bob")
    staged = alice.stage()
    alice.restart()
    stored = StagedCommit.from_bytes(staged.to_bytes(), settings=SETTINGS)

    bob.hear(stored.message)
    alice.group = alice.group.accept(stored)

    assert_agreement([alice, bob])


def test_pending_proposals_and_own_updates_survive_storage() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    update = bob.propose_update()
    bob.restart()
    alice.hear(update)
    alice.restart()
    carol.hear(update)

    commit(alice, [bob, carol])

    assert_agreement([alice, bob, carol])
    assert not bob.group.pending_proposals
    bob.restart()
    commit(carol, [alice, bob])
    assert_agreement([alice, bob, carol])


def test_late_messages_are_read_after_a_restart() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    late = carol.say(b"late")
    commit(alice, [bob], [Remove(carol.group.own_leaf)])
    invite(alice, [bob], ["dave"])
    bob.restart()

    received = bob.hear(late)

    assert isinstance(received, ApplicationReceived)
    assert received.sender.credential == BasicCredential(b"carol")
    assert received.plaintext == b"late"


def test_a_group_is_a_value() -> None:
    alice, bob = gather("alice", "bob")
    before, stored = bob.group, bob.group.ratchet_state()
    message = alice.say(b"hello")

    after = before.process(message, now=NOW).group

    assert before.ratchet_state() == stored != after.ratchet_state()
    assert before.process(message, now=NOW).group == after
    assert replace(after) == after
