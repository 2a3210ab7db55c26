"""What groups do for people who keep the rules."""

import os

import pytest
from people import (
    NOW,
    SETTINGS,
    Person,
    accept_everyone,
    assert_agreement,
    commit,
    create,
    gather,
    identity,
    key_package,
)

from mls import (
    HYBRID,
    Add,
    ApplicationReceived,
    BasicCredential,
    CommitOptions,
    CommitReceived,
    ExternalCommitOptions,
    ExternalPsk,
    Group,
    JoinOptions,
    LeafIndex,
    OwnMessage,
    PreSharedKey,
    ProposalReceived,
    PskName,
    Remove,
    Replayed,
    ResumptionPsk,
    ResumptionUsage,
    Settings,
    Status,
    Suite,
    TooFarAhead,
    UnknownProposal,
    UnknownPsk,
    UpdateOptions,
    UsageError,
    WrongEpoch,
)


@pytest.mark.parametrize("number", Suite.supported())
def test_people_talk_in_every_suite(number: int) -> None:
    alice, bob, carol = gather("alice", "bob", "carol", suite=Suite.from_id(number))

    for speaker, listeners in ((alice, (bob, carol)), (carol, (alice, bob))):
        message = speaker.say(b"hello")
        for listener in listeners:
            received = listener.hear(message)
            assert isinstance(received, ApplicationReceived)
            assert received.plaintext == b"hello"
            assert received.sender.credential == BasicCredential(speaker.name.encode())


def test_a_report_says_exactly_what_a_commit_did() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    dave = key_package("dave")
    proposal = bob.propose_update()
    for other in (alice, carol):
        other.hear(proposal)

    staged = alice.stage([Add(dave.public), Remove(carol.group.own_leaf)])
    report = bob.hear_commit(staged.message).report

    assert report.committer.credential == BasicCredential(b"alice")
    assert [it.credential for it in report.added] == [BasicCredential(b"dave")]
    assert [it.credential for it in report.removed] == [BasicCredential(b"carol")]
    changed = {it.after.credential for it in report.updated}
    assert changed == {BasicCredential(b"alice"), BasicCredential(b"bob")}
    by_reference = [it.reference is not None for it in report.applied]
    assert by_reference == [True, False, False]
    assert report == staged.report


def test_who_is_removed_learns_it_and_learns_nothing_more() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    staged = commit(alice, [bob], [Remove(carol.group.own_leaf)])

    received = carol.hear_commit(staged.message)

    assert received.report.removed_me
    assert carol.group.status is Status.REMOVED
    with pytest.raises(WrongEpoch):
        carol.hear(alice.say(b"without carol"))
    with pytest.raises(UsageError):
        carol.say(b"still here")


def test_a_late_message_of_the_epoch_before_is_read() -> None:
    alice, bob = gather("alice", "bob")
    late = alice.say(b"late")
    commit(alice, [bob])

    received = bob.hear(late)

    assert isinstance(received, ApplicationReceived)
    assert (received.plaintext, received.epoch) == (b"late", 1)
    with pytest.raises(Replayed):
        bob.hear(late)


def test_an_epoch_that_is_no_longer_kept_is_not_read() -> None:
    settings = Settings(authenticate=accept_everyone, past_epochs=1)
    alice, bob = gather("alice", "bob", settings=settings)
    late = alice.say(b"late")
    commit(alice, [bob])
    commit(alice, [bob])

    with pytest.raises(WrongEpoch):
        bob.hear(late)


def test_messages_are_read_in_any_order_and_once() -> None:
    alice, bob = gather("alice", "bob")
    messages = [alice.say(bytes([number])) for number in range(6)]

    for number in (4, 0, 5, 2, 1, 3):
        received = bob.hear(messages[number])
        assert isinstance(received, ApplicationReceived)
        assert received.plaintext == bytes([number])
        with pytest.raises(Replayed):
            bob.hear(messages[number])


def test_a_sender_cannot_move_a_ratchet_further_than_settings_allow() -> None:
    settings = Settings(authenticate=accept_everyone, skipped_generations=5)
    alice, bob = gather("alice", "bob", settings=settings)
    messages = [alice.say(b"") for _ in range(7)]

    with pytest.raises(TooFarAhead):
        bob.hear(messages[6])
    bob.hear(messages[5])


def test_only_as_many_skipped_keys_are_kept_as_settings_allow() -> None:
    settings = Settings(authenticate=accept_everyone, kept_keys=2)
    alice, bob = gather("alice", "bob", settings=settings)
    messages = [alice.say(b"") for _ in range(5)]
    bob.hear(messages[4])

    bob.hear(messages[3])
    bob.hear(messages[2])
    with pytest.raises(Replayed):
        bob.hear(messages[1])


def test_our_own_messages_are_known_when_they_come_back() -> None:
    alice, bob = gather("alice", "bob")

    with pytest.raises(OwnMessage):
        alice.hear(alice.say(b"echo"))
    with pytest.raises(OwnMessage):
        bob.hear(bob.propose_update())
    public = alice.stage(options=CommitOptions(public=True))
    with pytest.raises(OwnMessage):
        alice.hear(public.message)


def test_proposals_must_be_committed_before_anyone_speaks() -> None:
    alice, bob = gather("alice", "bob")
    alice.hear(bob.propose_update())

    with pytest.raises(UsageError):
        alice.say(b"too early")
    alice.group = alice.group.forget_proposals()
    bob.group = bob.group.forget_proposals()
    bob.hear(alice.say(b"forgotten"))


def test_a_commit_of_a_proposal_we_missed_is_refused() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    alice.hear(bob.propose_update())
    staged = alice.stage()

    with pytest.raises(UnknownProposal):
        carol.hear(staged.message)


def test_a_member_can_change_its_identity_and_its_signature_key() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    changed = UpdateOptions(identity=identity("alice's new key"))

    commit(alice, [bob, carol], options=CommitOptions(update=changed))
    received = bob.hear(alice.say(b"me again"))

    assert isinstance(received, ApplicationReceived)
    assert received.sender.credential == BasicCredential(b"alice's new key")
    report = bob.heard[0]
    assert isinstance(report, CommitReceived)
    (change,) = report.report.updated
    assert change.before.credential == BasicCredential(b"alice")


def test_a_member_can_change_its_identity_by_an_update_others_commit() -> None:
    alice, bob = gather("alice", "bob")
    new = UpdateOptions(identity=identity("bob's new key"))
    bob.group, update = bob.group.propose_update(entropy=os.urandom, options=new)
    received = alice.hear(update)
    assert isinstance(received, ProposalReceived)

    commit(alice, [bob])

    heard = alice.hear(bob.say(b"changed"))
    assert isinstance(heard, ApplicationReceived)
    assert heard.sender.credential == BasicCredential(b"bob's new key")


def test_somebody_comes_in_by_an_external_commit() -> None:
    alice, bob = gather("alice", "bob", suite=HYBRID)
    info = alice.group.export_group_info(entropy=os.urandom)

    joined = Group.join_by_external_commit(
        info, identity("carol", HYBRID), settings=SETTINGS, entropy=os.urandom
    )
    carol = Person("carol", joined.group)
    report = alice.hear_commit(joined.message).report
    bob.hear(joined.message)

    assert report.is_external
    assert report.committer.credential == BasicCredential(b"carol")
    assert_agreement([alice, bob, carol])
    bob.hear(carol.say(b"hello"))
    commit(carol, [alice, bob])
    assert_agreement([alice, bob, carol])


def test_a_member_that_lost_its_state_comes_back_in_its_own_place() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    info = alice.group.export_group_info(entropy=os.urandom, ratchet_tree=False)
    psk: dict[PskName, bytes] = {ExternalPsk(b"shared"): b"a secret"}
    options = ExternalCommitOptions(
        ratchet_tree=alice.group.export_ratchet_tree(),
        resync=bob.group.own_leaf,
        psks=psk,
    )

    joined = Group.join_by_external_commit(
        info,
        bob.group.identity,
        settings=SETTINGS,
        entropy=os.urandom,
        options=options,
    )
    alice.group = alice.group.process(joined.message, now=NOW, psks=psk).group
    with pytest.raises(UnknownPsk):
        carol.hear(joined.message)

    assert joined.group.own_leaf == LeafIndex(1)
    assert_agreement([alice, Person("bob", joined.group)])


def test_the_tree_can_travel_out_of_band() -> None:
    alice, bob = gather("alice", "bob")
    carol = key_package("carol")
    lean = CommitOptions(tree_in_welcome=False)
    staged = commit(alice, [bob], [Add(carol.public)], lean)
    assert staged.welcome is not None

    tree = JoinOptions(ratchet_tree=alice.group.export_ratchet_tree())
    joined = Group.join(staged.welcome, [carol], settings=SETTINGS, options=tree)

    assert_agreement([alice, bob, Person("carol", joined)])


def test_pre_shared_keys_enter_the_next_epoch() -> None:
    alice, bob = gather("alice", "bob")
    commit(alice, [bob])
    keys: dict[PskName, bytes] = {ExternalPsk(b"one"): b"secret"}
    own = ResumptionPsk(ResumptionUsage.APPLICATION, b"a group", 1)
    proposals = [PreSharedKey.of(ExternalPsk(b"one")), PreSharedKey.of(own)]
    staged = alice.stage(proposals, CommitOptions(psks=keys, path=False))

    with pytest.raises(UnknownPsk):
        bob.hear(staged.message)
    bob.group = bob.group.process(staged.message, now=NOW, psks=keys).group
    alice.group = alice.group.accept(staged)

    assert_agreement([alice, bob])


def test_everyone_exports_the_same_secret_and_other_labels_give_others() -> None:
    alice, bob = gather("alice", "bob")

    secret = alice.group.export("label", b"context", 32)

    assert secret == bob.group.export("label", b"context", 32)
    assert secret != alice.group.export("label", b"other", 32)
    assert secret != alice.group.export("other", b"context", 32)
    assert len(alice.group.export("label", b"", 100)) == 100


def test_a_leaf_is_refilled_in_the_commit_that_removes_it() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    again = key_package("bob")

    staged = commit(alice, [carol], [Remove(bob.group.own_leaf), Add(again.public)])
    assert staged.welcome is not None
    new_bob = Group.join(staged.welcome, [again], settings=SETTINGS)

    assert bob.hear_commit(staged.message).report.removed_me
    assert new_bob.own_leaf == bob.group.own_leaf
    assert_agreement([alice, carol, Person("bob", new_bob)])


def test_what_cannot_be_committed_does_not_stop_the_rest() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    unknown = bob.propose(PreSharedKey.of(ExternalPsk(b"nobody has it")))
    welcome = bob.propose(Add(key_package("dave").public))
    for other in (alice, carol):
        other.hear(unknown)
        other.hear(welcome)

    staged = commit(alice, [bob, carol])

    assert staged.report is not None
    kinds = [type(entry.proposal) for entry in staged.report.applied]
    assert kinds == [Add]
    assert_agreement([alice, bob, carol])


def test_a_group_of_one_can_commit() -> None:
    alice = create("alice")

    commit(alice)
    commit(alice)

    assert alice.group.epoch == 2
