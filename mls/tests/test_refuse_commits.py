"""Commits that break a rule of processing (RFC 9420 §6, §12.4)."""

from dataclasses import replace

import pytest
from kit.insider import Bend, forge, inside, newcomer_seat, send
from kit.people import NOW, People, processed
from kit.scenes import flipped, judged, refused, scene

from mls import (
    CommitReceived,
    ExternalSender,
    InvalidCommit,
    InvalidLeaf,
    InvalidProposal,
    InvalidSignature,
    InvalidTag,
    MLSError,
    OwnMessage,
    PreSharedKey,
    ReInit,
    Remove,
    Status,
    UnknownProposal,
    UnknownPsk,
    UsageError,
    WrongEpoch,
    WrongGroup,
    external_senders,
)
from mls.commits import ProposalReference
from mls.framing import (
    AuthenticatedContent,
    FramedContent,
    Sender,
    SenderType,
)
from mls.proposals import ExternalInit, Proposal
from mls.psks import ExternalPsk, PskId
from mls.tree_math import LeafIndex

BOB = LeafIndex(1)
BARE = Bend(with_path=False)


def judge(bend: Bend, *proposals: Proposal) -> None:
    judged(scene().carol, forge(scene().alice, proposals, bend).message)


@pytest.mark.parametrize("private", [False, True])
def test_an_honest_commit_is_taken(private: bool) -> None:
    forged = forge(scene().alice, [Remove(BOB)], Bend(private=private))
    carol = judged(scene().carol, forged.message)

    assert carol.epoch_authenticator == forged.secrets.epoch_authenticator


# The frame (§6).


@pytest.mark.parametrize("private", [False, True])
def test_a_commit_signed_by_another_member_is_refused(private: bool) -> None:
    bend = Bend(signer=scene().bob.identity, private=private)

    with refused(InvalidSignature, "does not verify"):
        judge(bend)


@pytest.mark.parametrize("private", [False, True])
def test_a_commit_that_is_not_signed_is_refused(private: bool) -> None:
    def unsigned(content: AuthenticatedContent) -> AuthenticatedContent:
        bare = replace(content.authentication, signature=b"")
        return replace(content, authentication=bare)

    with refused(InvalidSignature, "does not verify"):
        judge(Bend(signed=unsigned, private=private))


def framed(**fields: object) -> Bend:
    def change(content: FramedContent) -> FramedContent:
        return replace(content, **fields, encoded=b"")  # type: ignore[arg-type]

    return Bend(framed=change)


def test_a_commit_of_another_group_is_refused() -> None:
    with refused(WrongGroup, "another group"):
        judge(framed(group_id=b"another"))


@pytest.mark.parametrize("offset", [-1, 1, 1000])
def test_a_commit_of_another_epoch_is_refused(offset: int) -> None:
    with refused(WrongEpoch, "epoch"):
        judge(framed(epoch=scene().alice.epoch + offset))


def test_a_commit_in_the_name_of_another_member_is_refused() -> None:
    with refused(InvalidSignature, "does not verify"):
        judge(framed(sender=Sender.member(BOB)))


@pytest.mark.parametrize("leaf", [3, 4, 2**32 - 1])
def test_a_commit_in_the_name_of_nobody_is_refused(leaf: int) -> None:
    with refused(InvalidLeaf, "blank"):
        judge(framed(sender=Sender.member(LeafIndex(leaf))))


def test_a_commit_that_comes_back_to_its_author_is_not_processed() -> None:
    staged = scene().alice.commit(now=NOW, entropy=scene().people.entropy)

    with refused(OwnMessage, "ourselves"):
        staged.current.process(staged.message, now=NOW)


@pytest.mark.parametrize(
    "sender", [Sender(SenderType.EXTERNAL, 0), Sender(SenderType.NEW_MEMBER_PROPOSAL)]
)
def test_a_commit_from_someone_who_may_only_propose_is_refused(sender: Sender) -> None:
    with pytest.raises(InvalidProposal):
        judge(framed(sender=sender))


def test_an_external_sender_that_the_group_lists_may_not_commit() -> None:
    """It could bring in anyone, in whose name it likes."""
    service = People(seed="service").identity("service")
    listed = ExternalSender(service.signature_key, service.credential)
    place = scene((external_senders((listed,)),))
    newcomer = place.people.identity("newcomer")
    seat, init = newcomer_seat(place.alice, newcomer)
    seat = replace(seat, sender=Sender(SenderType.EXTERNAL, 0))
    forged = forge(place.alice, [init], Bend(signer=service), seat=seat)

    with refused(InvalidProposal, "role does not allow"):
        judged(place.carol, forged.message)


def test_a_commit_whose_confirmation_tag_is_wrong_is_refused() -> None:
    with refused(InvalidTag, "confirmation tag"):
        judge(Bend(tag=flipped))


def test_a_commit_without_a_confirmation_tag_is_refused() -> None:
    with refused(InvalidTag, "confirmation tag"):
        judge(Bend(tag=lambda _: b""))


def test_a_commit_whose_membership_tag_is_wrong_is_refused() -> None:
    message = forge(scene().alice).message

    with refused(InvalidTag, "tag"):
        scene().carol.process(flipped(message), now=NOW)


def test_a_commit_by_a_removed_member_is_refused() -> None:
    """Even one who keeps its old state, and knows everything but the new secrets."""
    removal = forge(scene().alice, [Remove(BOB)])
    carol = judged(scene().carol, removal.message)
    bob = scene().bob

    for bend in (Bend(), framed(epoch=carol.epoch)):
        with pytest.raises((WrongEpoch, InvalidTag, InvalidProposal)):
            carol.process(forge(bob, (), bend).message, now=NOW)


def test_a_commit_that_was_processed_is_not_processed_again() -> None:
    staged = scene().alice.commit(now=NOW, entropy=scene().people.entropy)
    carol = processed(scene().carol, staged.message)

    with refused(WrongEpoch, "epoch"):
        carol.process(staged.message, now=NOW)


# The proposals it names.


def test_a_commit_that_names_an_unknown_proposal_is_refused() -> None:
    forged = forge(scene().alice, [ProposalReference(b"\x01" * 32)])

    with refused(UnknownProposal, "do not have"):
        judged(scene().carol, forged.message)


def test_a_commit_that_names_one_proposal_twice_is_refused() -> None:
    message = send(scene().bob, Remove(LeafIndex(0)))
    alice, carol = (
        processed(group, message) for group in (scene().alice, scene().carol)
    )
    pending = inside(alice).pending

    with refused(UnknownProposal, "do not have"):
        judged(carol, forge(alice, [*pending, *pending]).message)


def test_a_proposal_of_the_epoch_before_cannot_be_committed() -> None:
    message = send(scene().bob, Remove(LeafIndex(0)))
    carol = processed(scene().carol, message)
    reference = inside(carol).pending[0].reference
    step = forge(scene().alice)
    alice_staged = scene().alice.commit(now=NOW, entropy=scene().people.entropy)
    carol = processed(carol, alice_staged.message)
    alice = scene().alice.accept(alice_staged)

    assert step.message
    with refused(UnknownProposal, "do not have"):
        judged(carol, forge(alice, [ProposalReference(reference)]).message)


def test_a_commit_that_uses_a_key_we_do_not_have_is_refused() -> None:
    name = ExternalPsk(b"unknown")
    proposal = PreSharedKey(PskId(name, bytes(32)))
    forged = forge(scene().alice, [proposal], psks={name: b"key"})

    with refused(UnknownPsk, "not given"):
        judged(scene().carol, forged.message)


def test_a_commit_made_with_another_pre_shared_key_is_refused() -> None:
    name = ExternalPsk(b"shared")
    proposal = PreSharedKey(PskId(name, bytes(32)))
    forged = forge(scene().alice, [proposal], psks={name: b"key"})

    with refused(InvalidTag, "confirmation tag"):
        scene().carol.process(forged.message, now=NOW, psks={name: b"other"})


# External commits (§12.4.3.2).


def external(bend: Bend, *others: Proposal, signer: object = None) -> None:
    identity = scene().people.identity("newcomer")
    seat, init = newcomer_seat(scene().alice, identity)
    forged = forge(scene().alice, [init, *others], bend, seat=seat)
    judged(scene().carol, forged.message)


def test_an_external_commit_without_a_path_is_refused() -> None:
    with refused(InvalidCommit, "no path"):
        external(BARE)


def test_an_external_commit_not_signed_with_the_key_of_its_leaf_is_refused() -> None:
    with refused(InvalidSignature, "does not verify"):
        external(Bend(signer=scene().people.identity("somebody")))


def test_an_external_commit_with_a_kem_output_that_is_no_key_is_refused() -> None:
    seat, _ = newcomer_seat(scene().alice, scene().people.identity("newcomer"))
    forged = forge(scene().alice, [ExternalInit(b"short")], seat=seat)

    with pytest.raises(MLSError, match=r"no shared secret|encapsulation"):
        judged(scene().carol, forged.message)


def test_an_external_commit_with_the_init_secret_of_another_is_refused() -> None:
    seat, _ = newcomer_seat(scene().alice, scene().people.identity("newcomer"))
    _, other = newcomer_seat(scene().alice, scene().people.identity("newcomer"))
    forged = forge(scene().alice, [other], seat=seat)

    with refused(InvalidTag, "confirmation tag"):
        judged(scene().carol, forged.message)


def test_an_external_commit_to_the_epoch_before_is_refused() -> None:
    identity = scene().people.identity("newcomer")
    seat, init = newcomer_seat(scene().alice, identity)
    late = forge(scene().alice, [init], seat=seat)
    staged = scene().bob.commit(now=NOW, entropy=scene().people.entropy)
    carol = processed(scene().carol, staged.message)

    with refused(WrongEpoch, "epoch"):
        carol.process(late.message, now=NOW)


# What a group that has ended still does.


def test_a_member_that_was_removed_can_do_nothing_more() -> None:
    removal = forge(scene().alice, [Remove(BOB)])
    received = scene().bob.process(removal.message, now=NOW)
    assert isinstance(received, CommitReceived)
    bob, entropy = received.group, scene().people.entropy

    assert received.report.removed_me
    assert bob.status is Status.REMOVED
    for attempt in (
        lambda: bob.encrypt(b"hello", entropy=entropy),
        lambda: bob.propose(Remove(LeafIndex(0)), entropy=entropy),
        lambda: bob.propose_update(entropy=entropy),
        lambda: bob.commit(now=NOW, entropy=entropy),
        lambda: bob.export_group_info(entropy=entropy),
    ):
        with refused(UsageError, "has ended"):
            attempt()


def test_a_group_that_was_reinitialised_takes_nothing_more() -> None:
    reinit = forge(scene().alice, [ReInit(b"new group", 1, ())])
    carol = judged(scene().carol, reinit.message)
    entropy = scene().people.entropy

    assert carol.status is Status.REINITIALISED
    with refused(UsageError, "has ended"):
        carol.encrypt(b"hello", entropy=entropy)
    with refused(UsageError, "has ended"):
        carol.commit(now=NOW, entropy=entropy)
    alice = scene().alice
    staged = alice.commit([ReInit(b"new group", 1, ())], now=NOW, entropy=entropy)
    carol, ended = processed(scene().carol, staged.message), alice.accept(staged)
    for message in (
        forge(ended).message,
        forge(ended, bend=Bend(private=True)).message,
        send(ended, Remove(BOB)),
    ):
        with refused(WrongEpoch, "epoch"):
            carol.process(message, now=NOW)
