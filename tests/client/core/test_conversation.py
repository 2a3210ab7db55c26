"""The conversation machine: order, rivals, policy and what cannot be read."""

from dataclasses import replace

from linnet.client.core.conversation import Conversation
from linnet.client.core.founding import join
from linnet.client.core.outcomes import (
    Arrival,
    Broken,
    Deed,
    EpochChanged,
    OwnReturned,
    ProposalKept,
    Spoken,
    Unreadable,
)
from linnet.client.core.people import group_settings, new_package
from linnet.client.core.staging import Staged
from linnet.client.core.wants import (
    WantAdmin,
    WantFresh,
    WantGone,
    WantMember,
    WantTitle,
)
from linnet.ids import EnvelopeId
from mls import Group
from tests.client.core.circle import NOW, Circle


def test_two_people_read_what_the_other_wrote() -> None:
    circle = Circle("alice", "bob", kind=0)

    circle.say("alice", "hello")
    circle.say("bob", "hello yourself")
    circle.read()

    heard = [one for one in circle["bob"].outcomes if isinstance(one, Spoken)]
    assert [one.sender for one in heard] == [circle["alice"].key]
    assert isinstance(circle["alice"].outcomes[-1], Spoken)
    assert isinstance(circle["alice"].outcomes[-2], OwnReturned)


def test_of_two_rival_commits_the_first_wins_and_the_other_is_lost() -> None:
    circle = Circle("alice", "bob", "carol")
    circle.read()
    circle.want("alice", WantAdmin(circle["bob"].key, is_admin=True))
    circle.read()

    assert circle.want("alice", WantTitle("Owls"))
    assert not circle.want("bob", WantTitle("Larks"))
    circle.read()

    lost = circle["bob"].outcomes[-1]
    assert isinstance(lost, EpochChanged)
    assert lost.lost
    assert circle["bob"].machine.staged is None
    assert circle["bob"].machine.info.title == "Owls"
    states = {circle[n].machine.group.epoch_authenticator for n in circle.members}
    assert len(states) == 1


def test_a_removed_member_is_told_and_has_no_key_of_the_next_epoch() -> None:
    circle = Circle("alice", "bob", "carol")
    circle.read()

    circle.want("alice", WantGone(circle["carol"].key))
    circle.read()

    told = circle["carol"].outcomes[-1]
    assert isinstance(told, EpochChanged)
    assert told.removed_me
    seen = circle["bob"].outcomes[-1]
    assert isinstance(seen, EpochChanged)
    assert [one.deed for one in seen.changes] == [Deed.REMOVED]
    assert circle["carol"].machine.keys != circle["bob"].machine.keys


def test_whoever_leaves_is_taken_out_by_another_member() -> None:
    circle = Circle("alice", "bob", "carol")
    circle.read()
    carol = circle["carol"]
    envelope = EnvelopeId(carol.bytes(16))
    data = carol.machine.propose_leaving(envelope, carol.bytes)
    circle.stream.append(carol.machine.keys.epoch, envelope, data)
    circle.ours.setdefault("carol", set()).add(envelope)
    circle.read()
    kept = [circle[name].outcomes[-1] for name in ("alice", "bob")]
    assert kept == [ProposalKept(0.0), ProposalKept(2.0)]

    circle.want("bob", WantFresh())
    circle.read()

    change = circle["alice"].outcomes[-1]
    assert isinstance(change, EpochChanged)
    assert [one.deed for one in change.changes] == [Deed.LEFT]
    told = circle["carol"].outcomes[-1]
    assert isinstance(told, EpochChanged)
    assert told.removed_me


def test_a_commit_by_somebody_who_is_no_admin_is_refused_and_the_state_kept() -> None:
    circle = Circle("alice", "bob", "mallory")
    circle.read()
    mallory = circle["mallory"].machine
    honest = mallory.info
    mallory.info = replace(honest, admins=frozenset([circle["mallory"].key]))
    before = circle["bob"].machine.group.epoch

    circle.want("mallory", WantGone(circle["alice"].key))
    circle.read("bob")

    refused = circle["bob"].outcomes[-1]
    assert isinstance(refused, Broken)
    assert "no admin" in refused.sentence
    assert circle["bob"].machine.group.epoch == before


def test_an_envelope_that_was_changed_on_the_way_is_skipped() -> None:
    circle = Circle("alice", "bob", kind=0)
    circle.read()
    circle.say("alice", "hello")
    sent = circle.stream.log[-1]
    circle.stream.log[-1] = replace(sent, data=sent.data[:-1] + b"\x00")

    circle.read("bob")

    assert isinstance(circle["bob"].outcomes[-1], Unreadable)


def test_a_message_cannot_take_the_id_of_another() -> None:
    circle = Circle("alice", "bob", kind=0)
    circle.read()
    alice = circle["alice"]
    stolen = EnvelopeId(bytes(16))
    content = b"\x87\x50" + bytes(16) + b"\xf6\x40\xf6\xf6\xa0\x83\x00\x60\x00"
    data = alice.machine.encrypt(content, stolen, alice.bytes)
    circle.stream.append(alice.machine.keys.epoch, stolen, data)

    circle.read("bob")

    refused = circle["bob"].outcomes[-1]
    assert isinstance(refused, Unreadable)
    assert "id of another" in refused.sentence


def test_a_staged_commit_survives_a_restart() -> None:
    circle = Circle("alice", "bob")
    circle.read()
    circle.want("alice", WantTitle("Owls"))
    machine = circle["alice"].machine
    assert machine.staged
    kept = machine.group.epoch_state(), machine.group.ratchet_state()
    staged = machine.staged.pack()

    group = Group.restore(*kept, settings=group_settings())
    circle["alice"].machine = Conversation.of(machine.me, group)
    circle["alice"].machine.staged = Staged.unpack(staged)
    circle.read()

    assert circle["alice"].machine.info.title == "Owls"
    adopted = circle["alice"].outcomes[-1]
    assert isinstance(adopted, EpochChanged)
    assert adopted.is_mine
    assert [one.deed for one in adopted.changes] == [Deed.RETITLED]


def test_any_bytes_from_the_relay_are_an_outcome() -> None:
    circle = Circle("alice", "bob", kind=0)

    for data in (b"", b"\x00" * 28, b"\xff" * 300):
        arrival = Arrival(1, EnvelopeId(bytes(16)), data)
        assert isinstance(circle["bob"].machine.receive(arrival, NOW), Unreadable)


def test_a_member_who_cannot_follow_is_removed_and_added_by_one_commit() -> None:
    circle = Circle("alice", "bob", "carol")
    circle.read()
    carol = circle["carol"]
    again = new_package(
        carol.identity, "carol", now=NOW, entropy=carol.bytes, last_resort=False
    )

    circle.want("alice", WantGone(carol.key), WantMember(carol.key, again.message))
    circle.read("alice", "bob")

    adopted, seen = circle["alice"].outcomes[-1], circle["bob"].outcomes[-1]
    assert isinstance(adopted, EpochChanged)
    assert isinstance(seen, EpochChanged)
    assert [one.deed for one in seen.changes] == [Deed.REMOVED, Deed.ADDED]
    assert adopted.welcome is not None
    tree = circle["alice"].machine.group.export_ratchet_tree()
    carol.machine = join(carol.key, adopted.welcome, tree, [again])
    states = {circle[n].machine.group.epoch_authenticator for n in circle.members}
    assert len(states) == 1


def test_what_is_of_an_epoch_whose_keys_are_gone_is_told_from_what_is_broken() -> None:
    circle = Circle("alice", "bob")
    circle.read()
    bob = circle["bob"].machine
    old = Group.restore(
        bob.group.epoch_state(), bob.group.ratchet_state(), settings=group_settings()
    )
    behind, epoch = Conversation.of(circle["bob"].key, old), bob.keys.epoch
    for title in ("Owls", "Larks", "Finches"):
        circle.want("alice", WantTitle(title))
        circle.read()
    envelope = EnvelopeId(bytes(16))
    sealed = behind.encrypt(b"text", envelope, circle["bob"].bytes)

    late = circle["alice"].machine.receive(Arrival(epoch, envelope, sealed), NOW)
    broken = circle["alice"].machine.receive(
        Arrival(epoch, envelope, sealed[:-1] + bytes(1)), NOW
    )

    assert isinstance(late, Unreadable)
    assert late.is_late
    assert isinstance(broken, Unreadable)
    assert not broken.is_late
