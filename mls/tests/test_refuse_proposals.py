"""Proposals that are wrong on their own (RFC 9420 §10.1, §12.1)."""

from dataclasses import replace

import pytest
from kit.insider import Bend, forge, inside, send
from kit.packages import bent_package
from kit.people import NOW, People, processed
from kit.scenes import PRIVATE, capable_scene, flipped, judged, refused, scene

from mls import (
    Add,
    Capabilities,
    CredentialClaim,
    CredentialRejected,
    Extension,
    ExternalPsk,
    GroupContextExtensions,
    Identity,
    InvalidKeyPackage,
    InvalidLeaf,
    InvalidProposal,
    InvalidSignature,
    KeyPackage,
    MalformedMessage,
    PreSharedKey,
    Psks,
    ReInit,
    Remove,
    RequiredCapabilities,
    ResumptionPsk,
    Settings,
    Suite,
    UnknownPsk,
    UnsupportedVersion,
)
from mls.credentials import Purpose
from mls.extensions import (
    EXTERNAL_SENDERS,
    REQUIRED_CAPABILITIES,
    ExternalSender,
    external_senders,
)
from mls.framing import FramedContent, Sender, SenderType
from mls.proposals import CustomProposal, ExternalInit, Proposal
from mls.psks import PskId, PskName, ResumptionUsage
from mls.tree_math import LeafIndex

NONCE = bytes(32)


def judge(*proposals: Proposal, settings: Settings | None = None) -> None:
    """Alice commits these; Carol judges."""
    psks: Psks = {ExternalPsk(b"known"): b"key"}
    forged = forge(scene().alice, proposals, psks=psks)
    if settings is None:
        scene().carol.process(forged.message, now=NOW, psks=psks)
        return
    judged(scene().carol, forged.message, settings)


def test_a_key_package_of_another_suite_is_refused() -> None:
    other = People(suite=Suite.from_id(3), seed="other suite").package("dave")

    with refused(InvalidKeyPackage, "another suite"):
        judge(Add(other.public))


def test_a_key_package_of_another_version_is_refused() -> None:
    def older(package: KeyPackage) -> KeyPackage:
        return replace(package, version=2, encoded=b"")

    with refused(UnsupportedVersion, "not of MLS 1.0"):
        judge(Add(bent_package(scene().people, package=older).public))


def test_a_key_package_in_a_message_of_another_version_is_refused() -> None:
    message = scene().people.package("dave").message

    with refused(UnsupportedVersion, "not of MLS 1.0"):
        KeyPackage.from_message(b"\x00\x02" + message[2:])


def test_a_key_package_with_a_flipped_bit_in_its_signature_is_refused() -> None:
    public = scene().people.package("dave").public
    forged = replace(public, signature=flipped(public.signature), encoded=b"")

    with refused(InvalidSignature, "does not verify"):
        judge(Add(forged))


def test_a_key_package_changed_after_it_was_signed_is_refused() -> None:
    public = scene().people.package("dave").public
    other = scene().people.package("erin").public

    with refused(InvalidSignature, "does not verify"):
        judge(Add(replace(public, init_key=other.init_key, encoded=b"")))


def test_a_key_package_that_uses_one_key_twice_is_refused() -> None:
    def same(package: KeyPackage) -> KeyPackage:
        return replace(package, init_key=package.leaf.encryption_key, encoded=b"")

    with refused(InvalidKeyPackage, "one key twice"):
        judge(Add(bent_package(scene().people, package=same).public))


def test_a_key_package_whose_init_key_is_no_key_is_refused() -> None:
    def none(package: KeyPackage) -> KeyPackage:
        return replace(package, init_key=b"short", encoded=b"")

    with refused(InvalidKeyPackage, "a key that is none"):
        judge(Add(bent_package(scene().people, package=none).public))


def test_a_remove_of_a_blank_leaf_is_refused() -> None:
    with refused(InvalidProposal, "leaf 3 is blank"):
        judge(Remove(LeafIndex(3)))


def test_a_remove_of_a_leaf_outside_the_tree_is_refused() -> None:
    with refused(InvalidProposal, "leaf 4294967295 is blank"):
        judge(Remove(LeafIndex(2**32 - 1)))


@pytest.mark.parametrize("usage", [ResumptionUsage.REINIT, ResumptionUsage.BRANCH])
def test_a_resumption_key_for_a_new_group_is_refused_inside_a_group(
    usage: ResumptionUsage,
) -> None:
    name: PskName = ResumptionPsk(usage, b"group", scene().carol.epoch)
    forged = forge(
        scene().alice, [PreSharedKey(PskId(name, NONCE))], psks={name: b"key"}
    )

    with refused(InvalidProposal, "used for what it is not for"):
        scene().carol.process(forged.message, now=NOW, psks={name: b"key"})


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_pre_shared_key_with_a_nonce_of_another_length_is_refused(
    length: int,
) -> None:
    with refused(InvalidProposal, "nonce"):
        judge(PreSharedKey(PskId(ExternalPsk(b"known"), bytes(length))))


def test_a_pre_shared_key_that_we_do_not_have_is_refused_and_never_made_up() -> None:
    name = ExternalPsk(b"unknown")
    forged = forge(
        scene().alice, [PreSharedKey(PskId(name, NONCE))], psks={name: b"key"}
    )

    with refused(UnknownPsk, "were not given"):
        scene().carol.process(forged.message, now=NOW)


def test_a_reinit_to_an_older_version_is_refused() -> None:
    with refused(InvalidProposal, "older version"):
        judge(ReInit(b"new group", 1, (), version=0))


@pytest.mark.parametrize(
    "requirement",
    [
        RequiredCapabilities(extensions=(PRIVATE,)),
        RequiredCapabilities(proposals=(PRIVATE,)),
        RequiredCapabilities(credentials=(PRIVATE,)),
    ],
)
def test_new_requirements_that_a_member_does_not_meet_are_refused(
    requirement: RequiredCapabilities,
) -> None:
    with refused(InvalidLeaf, "does not support"):
        judge(GroupContextExtensions((requirement.to_extension(),)))


def test_new_requirements_count_for_those_added_in_the_same_commit() -> None:
    requirement = RequiredCapabilities(extensions=(PRIVATE,))
    people = People(
        seed="all but one", capabilities=Capabilities.of(extensions=(PRIVATE,))
    )
    groups = people.group("alice", "carol")
    unable = People(seed="unable").package("dave")
    change = GroupContextExtensions((requirement.to_extension(),))

    judged(groups["carol"], forge(groups["alice"], [change]).message)
    with refused(InvalidLeaf, "does not support"):
        forged = forge(groups["alice"], [change, Add(unable.public)])
        judged(groups["carol"], forged.message)


def test_requirements_count_in_a_commit_without_a_path_as_well() -> None:
    place = capable_scene(RequiredCapabilities(extensions=(PRIVATE,)))
    unable = Add(scene().people.package("dave").public)

    with refused(InvalidLeaf, "does not support"):
        bare = forge(place.alice, [unable], Bend(with_path=False))
        judged(place.carol, bare.message)


def test_new_requirements_do_not_count_for_those_removed_in_the_same_commit() -> None:
    people = People(seed="able", capabilities=Capabilities.of(extensions=(PRIVATE,)))
    groups = people.group("alice", "carol")
    unable = People(seed="unable").package("dave")
    joined = groups["alice"].commit(
        [Add(unable.public)], now=NOW, entropy=people.entropy
    )
    alice = groups["alice"].accept(joined)
    carol = processed(groups["carol"], joined.message)
    requirement = RequiredCapabilities(extensions=(PRIVATE,))
    change = GroupContextExtensions((requirement.to_extension(),))

    judged(carol, forge(alice, [change, Remove(LeafIndex(2))]).message)


def test_a_group_extension_that_a_member_does_not_support_is_refused() -> None:
    with refused(InvalidLeaf, "extension of the group"):
        judge(GroupContextExtensions((Extension(PRIVATE, b""),)))


@pytest.mark.parametrize("kind", [REQUIRED_CAPABILITIES, EXTERNAL_SENDERS])
def test_a_group_extension_of_mls_that_does_not_parse_is_refused(kind: int) -> None:
    with refused(MalformedMessage, "length has the reserved prefix"):
        judge(GroupContextExtensions((Extension(kind, b"\xff\xff"),)))


def test_an_external_sender_that_the_application_rejects_is_refused() -> None:
    def suspicious(claim: CredentialClaim) -> None:
        if claim.purpose is Purpose.EXTERNAL_SENDER:
            raise CredentialRejected("no service may propose here")

    service = scene().people.identity("service")
    sender = ExternalSender(service.signature_key, service.credential)
    change = GroupContextExtensions((external_senders((sender,)),))

    with refused(CredentialRejected, "no service"):
        judge(change, settings=Settings(authenticate=suspicious))


def test_an_external_init_from_a_member_is_refused() -> None:
    with refused(InvalidProposal, "external init"):
        judge(ExternalInit(bytes(32)))


def test_a_custom_proposal_that_a_member_does_not_support_is_refused() -> None:
    with refused(InvalidProposal, "does not support a proposal"):
        judge(CustomProposal(PRIVATE, b"body"))


def test_a_grease_proposal_counts_as_supported_by_nobody() -> None:
    listed = inside(scene().carol).tree.leaf(0)
    assert listed is not None
    grease = next(x for x in listed.capabilities.proposals if x & 0x0F0F == 0x0A0A)

    with refused(InvalidProposal, "does not support a proposal"):
        judge(CustomProposal(grease, b"body"))


def from_outside(content: Proposal, sender: Sender, signer: Identity) -> bytes:
    def moved(framed: FramedContent) -> FramedContent:
        return replace(framed, sender=sender, encoded=b"")

    return send(scene().alice, content, Bend(framed=moved, signer=signer))


def test_a_newcomer_may_propose_nothing_but_its_own_add() -> None:
    stranger = scene().people.identity("stranger")
    sender = Sender(SenderType.NEW_MEMBER_PROPOSAL)

    with refused(InvalidProposal, "role does not allow"):
        scene().carol.process(
            from_outside(Remove(LeafIndex(1)), sender, stranger), now=NOW
        )


def test_a_newcomer_whose_add_is_signed_by_another_key_is_refused() -> None:
    package = scene().people.package("dave")
    sender = Sender(SenderType.NEW_MEMBER_PROPOSAL)
    honest = from_outside(Add(package.public), sender, package.identity)
    forged = from_outside(Add(package.public), sender, scene().bob.identity)

    processed(scene().carol, honest)
    with refused(InvalidSignature, "does not verify"):
        scene().carol.process(forged, now=NOW)


def test_an_external_sender_that_the_group_does_not_list_is_refused() -> None:
    stranger = scene().people.identity("stranger")

    with refused(InvalidProposal, "not known to the group"):
        scene().carol.process(
            from_outside(
                Remove(LeafIndex(1)), Sender(SenderType.EXTERNAL, 0), stranger
            ),
            now=NOW,
        )
