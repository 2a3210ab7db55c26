"""Kinds and numbers that do not exist (RFC 9420 §6, §12.4)."""

from dataclasses import replace

import pytest
from kit.insider import Bend, forge, inside, newcomer_seat, send
from kit.people import NOW, processed
from kit.samples import kinds, specimens
from kit.scenes import changed, judged, refused, scene

from mls import (
    Group,
    InvalidCommit,
    InvalidLeaf,
    MalformedMessage,
    Remove,
    UnknownProposal,
)
from mls.codec import decode
from mls.commits import Commit
from mls.framing import AuthenticatedContent, Sender, decode_content_type
from mls.key_schedule import Epoch
from mls.leaf_nodes import LeafSource, Lifetime
from mls.psks import PskId
from mls.tree_math import LeafIndex

KINDS = kinds()


@pytest.mark.parametrize("kind", [0, 5, 255])
def test_a_sender_of_no_known_type_does_not_parse(kind: int) -> None:
    with refused(MalformedMessage, "sender has no known type"):
        decode(bytes((kind, 0, 0, 0, 0)), Sender.decode)


@pytest.mark.parametrize("kind", [0, 4, 255])
def test_a_content_of_no_known_type_does_not_parse(kind: int) -> None:
    with refused(MalformedMessage, "content has no known type"):
        decode(bytes((kind,)), decode_content_type)


@pytest.mark.parametrize("kind", [0, 3, 4, 5])
def test_a_content_from_no_known_envelope_does_not_parse(kind: int) -> None:
    sample = KINDS["content"].samples[0]
    with refused(MalformedMessage, "no known envelope"):
        decode(bytes((0, kind)) + sample[2:], AuthenticatedContent.decode)


@pytest.mark.parametrize("kind", [0, 3, 255])
def test_an_entry_of_a_commit_of_no_known_kind_does_not_parse(kind: int) -> None:
    with refused(MalformedMessage, "neither a proposal nor a reference"):
        decode(bytes((2, kind, 0, 0)), Commit.decode)


@pytest.mark.parametrize("kind", [0, 3, 255])
def test_a_pre_shared_key_of_no_known_type_does_not_parse(kind: int) -> None:
    with refused(MalformedMessage, "pre-shared key has no known type"):
        decode(bytes((kind, 0, 0)), PskId.decode)


@pytest.mark.parametrize("usage", [0, 4, 255])
def test_a_resumption_key_of_no_known_usage_does_not_parse(usage: int) -> None:
    with refused(MalformedMessage, "no known usage"):
        decode(bytes((2, usage)) + bytes(10), PskId.decode)


@pytest.mark.parametrize("kind", [0, 6, 255])
def test_a_message_of_no_known_wire_format_is_refused(kind: int) -> None:
    with refused(MalformedMessage, "no known wire format"):
        scene().carol.process(bytes((0, 1, 0, kind)), now=NOW)


def test_what_is_not_sent_to_a_group_is_refused_by_it() -> None:
    some = specimens()
    assert some.staged.welcome is not None
    for message in (some.staged.welcome, some.info, some.dave.message):
        with refused(MalformedMessage, "not sent to a group"):
            scene().carol.process(message, now=NOW)


def test_one_kind_of_message_is_not_taken_for_another() -> None:
    some = specimens()
    assert some.staged.welcome is not None
    for name in ("welcome", "group info", "key package"):
        for other in (some.staged.welcome, some.info, some.dave.message):
            if other not in KINDS[name].samples:
                with refused(MalformedMessage, "a message is not a"):
                    KINDS[name].read(other)


def test_the_last_epoch_has_no_next() -> None:
    last = Epoch(2**64 - 1)

    def at_the_end(group: Group) -> Group:
        state = inside(group)
        return Group(replace(state, context=replace(state.context, epoch=last)))

    alice = at_the_end(scene().alice)
    with refused(InvalidCommit, "out of epochs"):
        alice.commit(now=NOW, entropy=scene().people.entropy)


@pytest.mark.parametrize(
    "bend",
    [
        changed(source=LeafSource.UPDATE, lifetime=None, parent_hash=b""),
        changed(source=LeafSource.KEY_PACKAGE, lifetime=Lifetime(0, NOW)),
    ],
)
def test_an_external_leaf_that_does_not_come_from_a_commit_is_refused(
    bend: object,
) -> None:
    seat, init = newcomer_seat(scene().alice, scene().people.identity("erin"))
    forged = forge(scene().alice, [init], Bend(leaf=bend), seat=seat)  # type: ignore[arg-type]

    with refused(InvalidLeaf, "source"):
        judged(scene().carol, forged.message)


def test_a_commit_of_an_update_of_ours_whose_key_is_lost_is_refused() -> None:
    bob, message = scene().bob.propose_update(entropy=scene().people.entropy)
    alice = processed(scene().alice, message)
    state = inside(bob)
    lost = replace(
        state, pending=tuple(replace(each, update=None) for each in state.pending)
    )
    forged = forge(alice, inside(alice).pending)

    assert processed(bob, forged.message).epoch == bob.epoch + 1
    with refused(UnknownProposal, "do not have the new key"):
        judged(Group(lost), forged.message)


def test_a_proposal_that_comes_twice_counts_once() -> None:
    message = send(scene().alice, Remove(LeafIndex(1)))
    carol = processed(scene().carol, message)

    assert processed(carol, message).pending_proposals == carol.pending_proposals
