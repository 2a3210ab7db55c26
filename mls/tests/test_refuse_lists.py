"""Proposals that are wrong together (RFC 9420 §12.2, §12.3)."""

import pytest
from kit.insider import Entry, forge, inside, newcomer_seat, send, update_leaf
from kit.packages import bent_package
from kit.people import NOW, processed
from kit.scenes import PRIVATE, capable_scene, judged, refused, scene

from mls import (
    Add,
    CommitOptions,
    CommitReceived,
    CredentialClaim,
    CredentialRejected,
    ExternalPsk,
    Group,
    GroupContextExtensions,
    InvalidLeaf,
    InvalidProposal,
    InvalidSignature,
    PreSharedKey,
    Psks,
    ReInit,
    Remove,
    RequiredCapabilities,
    Settings,
)
from mls.proposals import CustomProposal, ExternalInit, Proposal, Update
from mls.psks import PskId
from mls.tree_math import LeafIndex

ALICE, BOB, CAROL = map(LeafIndex, range(3))
KNOWN: Psks = {ExternalPsk(b"known"): b"key"}
REINIT = ReInit(b"new group", 1, ())


def psk(nonce: bytes = bytes(32)) -> PreSharedKey:
    return PreSharedKey(PskId(ExternalPsk(b"known"), nonce))


def judge(*proposals: Proposal) -> CommitReceived:
    """Alice commits these; Carol judges."""
    forged = forge(scene().alice, proposals, psks=KNOWN)
    received = scene().carol.process(forged.message, now=NOW, psks=KNOWN)
    assert isinstance(received, CommitReceived)
    return received


def refused_to_send(*proposals: Proposal) -> None:
    """The same rule binds an honest committer."""
    with pytest.raises((InvalidProposal, InvalidLeaf)):
        scene().alice.commit(
            proposals,
            now=NOW,
            entropy=scene().people.entropy,
            options=CommitOptions(psks=KNOWN),
        )


def test_an_update_by_the_committer_itself_is_refused() -> None:
    alice = scene().alice
    leaf, _ = update_leaf(alice)
    message = send(alice, Update(leaf))
    carol = processed(scene().carol, message)
    pending = inside(carol).pending

    with refused(InvalidProposal, "its own committer"):
        judged(carol, forge(alice, pending).message)


def test_an_update_by_value_is_refused() -> None:
    leaf, _ = update_leaf(scene().alice)

    with refused(InvalidProposal, "its own committer"):
        judge(Update(leaf))


def test_an_update_of_another_member_by_value_is_refused() -> None:
    leaf, _ = update_leaf(scene().bob)

    with refused(InvalidSignature, "does not verify"):
        judge(Update(leaf))


def test_a_remove_of_the_committer_is_refused() -> None:
    with refused(InvalidProposal, "its own committer"):
        judge(Remove(ALICE))
    refused_to_send(Remove(ALICE))


def test_two_removes_of_one_leaf_are_refused() -> None:
    with refused(InvalidProposal, "one leaf twice"):
        judge(Remove(BOB), Remove(BOB))
    refused_to_send(Remove(BOB), Remove(BOB))


def test_an_update_and_a_remove_of_one_leaf_are_refused() -> None:
    leaf, _ = update_leaf(scene().bob)
    message = send(scene().bob, Update(leaf))
    alice = processed(scene().alice, message)
    entries: list[Entry] = [*inside(alice).pending, Remove(BOB)]

    with refused(InvalidProposal, "one leaf twice"):
        judged(processed(scene().carol, message), forge(alice, entries).message)


def test_two_updates_of_one_leaf_are_refused() -> None:
    alice, carol = scene().alice, scene().carol
    for _ in range(2):
        leaf, _ = update_leaf(scene().bob)
        message = send(scene().bob, Update(leaf))
        alice, carol = processed(alice, message), processed(carol, message)

    with refused(InvalidProposal, "one leaf twice"):
        judged(carol, forge(alice, inside(alice).pending).message)


def test_two_adds_of_one_client_are_refused() -> None:
    dave = scene().people.package("dave")
    again = bent_package(scene().people, identity=dave.identity)

    with refused(InvalidProposal, "a key occurs twice"):
        judge(Add(dave.public), Add(again.public))
    refused_to_send(Add(dave.public), Add(again.public))


def test_an_add_of_a_client_that_is_in_the_group_is_refused() -> None:
    bob_again = bent_package(scene().people, identity=scene().bob.identity)

    with refused(InvalidProposal, "a key occurs twice"):
        judge(Add(bob_again.public))
    refused_to_send(Add(bob_again.public))


def test_an_add_of_a_client_that_the_same_commit_removes_is_taken() -> None:
    bob_again = bent_package(scene().people, identity=scene().bob.identity)

    report = judge(Remove(BOB), Add(bob_again.public)).report

    assert [member.leaf for member in report.removed] == [BOB]
    assert [member.leaf for member in report.added] == [BOB]


def test_the_application_may_refuse_two_devices_of_one_person() -> None:
    seen: set[object] = set()

    def once(claim: CredentialClaim) -> None:
        if claim.previous is None and claim.credential in seen:
            raise CredentialRejected("one device each")
        seen.add(claim.credential)

    people = scene().people
    twins = [people.package("dave"), people.package("dave")]
    forged = forge(scene().alice, [Add(twin.public) for twin in twins])

    with refused(CredentialRejected, "one device"):
        judged(scene().carol, forged.message, Settings(authenticate=once))


def test_one_pre_shared_key_twice_is_refused() -> None:
    with refused(InvalidProposal, "one pre-shared key twice"):
        judge(psk(), psk())
    refused_to_send(psk(), psk())


def test_one_pre_shared_key_with_two_nonces_is_taken() -> None:
    assert len(judge(psk(), psk(b"\x01" * 32)).report.applied) == 2


def test_two_changes_of_the_group_extensions_are_refused() -> None:
    with refused(InvalidProposal, "extensions twice"):
        judge(GroupContextExtensions(()), GroupContextExtensions(()))
    refused_to_send(GroupContextExtensions(()), GroupContextExtensions(()))


@pytest.mark.parametrize("other", [psk(), Remove(BOB), GroupContextExtensions(())])
def test_a_reinit_with_another_proposal_is_refused(other: Proposal) -> None:
    with refused(InvalidProposal, "reinit comes together"):
        judge(REINIT, other)
    refused_to_send(REINIT, other)


def test_two_reinits_are_refused() -> None:
    with refused(InvalidProposal, "reinit comes together"):
        judge(REINIT, ReInit(b"another", 1, ()))
    refused_to_send(REINIT, ReInit(b"another", 1, ()))


def test_an_external_init_in_a_members_commit_is_refused() -> None:
    with refused(InvalidProposal, "external init"):
        judge(ExternalInit(bytes(32)))
    refused_to_send(ExternalInit(bytes(32)))


def test_a_custom_proposal_need_not_be_supported_by_those_added_or_removed() -> None:
    place = capable_scene(RequiredCapabilities())
    unable = scene().people.package("dave")
    proposal = CustomProposal(PRIVATE, b"body")

    judged(
        place.carol,
        forge(place.alice, [proposal, Add(unable.public)]).message,
    )
    added = forge(place.alice, [Add(unable.public)])
    assert added.added
    staged = place.alice.commit(
        [Add(unable.public)], now=NOW, entropy=place.people.entropy
    )
    alice = place.alice.accept(staged)
    carol = processed(place.carol, staged.message)
    with refused(InvalidProposal, "does not support a proposal"):
        judged(carol, forge(alice, [proposal]).message)
    judged(carol, forge(alice, [proposal, Remove(LeafIndex(3))]).message)


def test_new_group_extensions_judge_the_adds_of_the_same_commit() -> None:
    place = capable_scene(RequiredCapabilities())
    unable = scene().people.package("dave")
    requirement = RequiredCapabilities(proposals=(PRIVATE,)).to_extension()

    with refused(InvalidLeaf, "required proposal"):
        judged(
            place.carol,
            forge(
                place.alice,
                [Add(unable.public), GroupContextExtensions((requirement,))],
            ).message,
        )


def test_proposals_apply_in_the_order_of_the_rfc_whatever_their_order_in_the_list() -> (
    None
):
    dave = scene().people.package("dave")

    report = judge(Add(dave.public), Remove(BOB)).report

    # The remove comes first, so the newcomer takes the place that it frees.
    assert [member.leaf for member in report.added] == [BOB]


# External commits.


def external(*others: Proposal, group: Group | None = None) -> CommitReceived:
    """A newcomer commits an external init and these; Carol judges."""
    identity = scene().people.identity("newcomer")
    seat, init = newcomer_seat(scene().alice, identity)
    forged = forge(scene().alice, [init, *others], psks=KNOWN, seat=seat)
    received = (group or scene().carol).process(forged.message, now=NOW, psks=KNOWN)
    assert isinstance(received, CommitReceived)
    return received


def test_an_honest_external_commit_is_taken() -> None:
    report = external(psk()).report

    assert report.is_external
    assert report.committer.leaf == LeafIndex(3)


def test_an_external_commit_without_an_external_init_is_refused() -> None:
    seat, _ = newcomer_seat(scene().alice, scene().people.identity("newcomer"))

    with refused(InvalidProposal, "needs one external init"):
        judged(scene().carol, forge(scene().alice, (), seat=seat).message)


def test_an_external_commit_with_two_external_inits_is_refused() -> None:
    with refused(InvalidProposal, "needs one external init"):
        external(ExternalInit(bytes(32)))


def test_an_external_commit_with_two_removes_is_refused() -> None:
    with refused(InvalidProposal, "needs one external init"):
        external(Remove(ALICE), Remove(BOB))


def test_an_external_commit_with_any_other_proposal_is_refused() -> None:
    leaf, _ = update_leaf(scene().bob)
    add = Add(scene().people.package("dave").public)
    for other in (add, GroupContextExtensions(()), REINIT):
        with refused(InvalidProposal, "what only members may propose"):
            external(other)
    with pytest.raises(InvalidProposal):
        external(Update(leaf))


def test_an_external_commit_with_a_proposal_by_reference_is_refused() -> None:
    message = send(scene().bob, Remove(ALICE))
    carol = processed(scene().carol, message)
    alice = processed(scene().alice, message)
    seat, init = newcomer_seat(alice, scene().people.identity("newcomer"))
    forged = forge(alice, [init, *inside(alice).pending], seat=seat)

    with refused(InvalidProposal, "refers to a proposal"):
        judged(carol, forged.message)


def test_the_application_judges_whom_an_external_committer_replaces() -> None:
    def only_oneself(claim: CredentialClaim) -> None:
        if claim.previous is not None and claim.previous != claim.credential:
            raise CredentialRejected("you are somebody else")

    parts = scene().carol.epoch_state(), scene().carol.ratchet_state()
    strict = Settings(authenticate=only_oneself)
    carol = Group.restore(*parts, settings=strict)

    with refused(CredentialRejected, "somebody else"):
        external(Remove(BOB), group=carol)


def test_an_external_commit_that_removes_a_blank_leaf_is_refused() -> None:
    with refused(InvalidProposal, "leaf 3 is blank"):
        external(Remove(LeafIndex(3)))
