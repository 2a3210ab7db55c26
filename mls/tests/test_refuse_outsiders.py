"""Proposals from outside a group, and what its parts may hold (§12.1.8, §13)."""

from functools import cache

import pytest
from kit.insider import Bend, forge, inside, newcomer_seat, send, update_leaf
from kit.people import NOW, People, processed
from kit.scenes import Scene, judged, refused, scene
from kit.welcomes import welcome_to

from mls import (
    Add,
    CredentialClaim,
    CredentialRejected,
    Extension,
    ExternalPsk,
    ExternalSender,
    Group,
    GroupContextExtensions,
    GroupInfo,
    InvalidProposal,
    InvalidSignature,
    KeyPackage,
    MalformedMessage,
    PreSharedKey,
    Purpose,
    ReInit,
    Remove,
    Settings,
    UnsupportedVersion,
    UsageError,
    WrongEpoch,
    external_senders,
    propose_from_outside,
    propose_own_addition,
)
from mls.codec import decode, opaque, uint16, vector
from mls.framing import (
    AuthenticatedContent,
    FramedContent,
    PublicMessage,
    Sender,
    SenderType,
)
from mls.key_schedule import GroupContext
from mls.proposals import ExternalInit, Proposal, Update, decode_proposal
from mls.psks import PskId
from mls.tree_math import LeafIndex
from mls.wire_formats import WireFormat, encode_message

SERVICE = People(seed="service").identity("service")


@cache
def served() -> Scene:
    """A group that lets a service propose changes."""
    sender = ExternalSender(SERVICE.signature_key, SERVICE.credential)
    return scene((external_senders((sender,)),))


def from_service(proposal: Proposal, *, index: int = 0, epoch: int = 0) -> bytes:
    """What the service sends, whether it may or not."""
    group = served().carol
    framed = FramedContent(
        group.group_id,
        group.epoch + epoch,
        Sender(SenderType.EXTERNAL, index),
        b"",
        proposal,
    )
    kind = WireFormat.PUBLIC_MESSAGE
    content = AuthenticatedContent.sign(SERVICE, kind, framed, b"")
    return encode_message(kind, PublicMessage(content, None).encode())


@pytest.mark.parametrize(
    "proposal",
    [
        Remove(LeafIndex(1)),
        Add(scene().people.package("dave").public),
        PreSharedKey(PskId(ExternalPsk(b"name"), bytes(32))),
        ReInit(b"next", 1, ()),
        GroupContextExtensions(()),
    ],
)
def test_a_listed_service_may_propose_this(proposal: Proposal) -> None:
    assert processed(served().carol, from_service(proposal)).pending_proposals


def test_a_listed_service_may_not_propose_an_update_or_an_external_init() -> None:
    leaf, _ = update_leaf(served().bob)
    for proposal in (Update(leaf), ExternalInit(bytes(32))):
        with refused(InvalidProposal, "external sender may not propose this"):
            served().carol.process(from_service(proposal), now=NOW)
        with refused(UsageError, "external sender"):
            propose_from_outside(
                SERVICE, proposal, sender_index=0, group_id=b"group", epoch=0
            )


def test_a_service_at_another_place_in_the_list_is_refused() -> None:
    with refused(InvalidProposal, "not known to the group"):
        served().carol.process(from_service(Remove(LeafIndex(1)), index=1), now=NOW)


@pytest.mark.parametrize("offset", [-1, 1])
def test_a_proposal_from_outside_for_another_epoch_is_refused(offset: int) -> None:
    with refused(WrongEpoch, "epoch"):
        served().carol.process(
            from_service(Remove(LeafIndex(1)), epoch=offset), now=NOW
        )


def test_a_proposal_in_the_name_of_a_service_by_somebody_else_is_refused() -> None:
    group = served().carol
    forged = propose_from_outside(
        served().people.identity("mallory"),
        Remove(LeafIndex(1)),
        sender_index=0,
        group_id=group.group_id,
        epoch=group.epoch,
    )

    with refused(InvalidSignature, "does not verify"):
        group.process(forged, now=NOW)


def test_a_bad_proposal_from_outside_cannot_be_committed_by_an_insider() -> None:
    message = from_service(Remove(LeafIndex(9)))
    alice, carol = (
        processed(group, message) for group in (served().alice, served().carol)
    )

    with refused(InvalidProposal, "leaf 9 is blank"):
        judged(carol, forge(alice, inside(alice).pending).message)


def test_a_newcomers_own_add_for_another_epoch_is_refused() -> None:
    package = scene().people.package("dave")
    group = scene().carol
    message = propose_own_addition(
        package, group_id=group.group_id, epoch=group.epoch + 1
    )

    with refused(WrongEpoch, "epoch"):
        group.process(message, now=NOW)


def test_a_member_may_not_send_an_external_init_for_somebody_else_to_commit() -> None:
    _, init = newcomer_seat(scene().alice, scene().people.identity("erin"))
    message = send(scene().bob, init, Bend(private=True))
    alice = processed(scene().alice, message)
    carol = processed(scene().carol, message)

    with refused(InvalidProposal, "external init"):
        judged(carol, forge(alice, inside(alice).pending).message)


@pytest.mark.parametrize("how", ["welcome", "external commit"])
def test_a_newcomer_asks_about_the_services_of_the_group(how: str) -> None:
    def suspicious(claim: CredentialClaim) -> None:
        if claim.purpose is Purpose.EXTERNAL_SENDER:
            raise CredentialRejected("no service may propose here")

    settings = Settings(authenticate=suspicious)
    people, alice = served().people, served().alice
    dave = people.package("dave")
    with refused(CredentialRejected, "no service"):
        if how == "welcome":
            forged = forge(alice, [Add(dave.public)])
            Group.join(welcome_to(forged, dave), [dave], settings=settings)
        else:
            info = alice.export_group_info(entropy=people.entropy)
            Group.join_by_external_commit(
                info, dave.identity, settings=settings, entropy=people.entropy
            )


# What may not be there twice, or at all (§13.4, §12.1).

TWICE = (Extension(7, b"a"), Extension(7, b"b"))


def test_an_extension_twice_does_not_parse_in_any_list() -> None:
    group, leaf = scene().alice, inside(scene().alice).tree.leaf(0)
    assert leaf is not None
    package = scene().people.package("dave").public
    twice = vector(extension.encode() for extension in TWICE)
    honest = vector(extension.encode() for extension in package.extensions)
    message = package.to_message()
    assert honest == b"\x00"
    at = message.rindex(opaque(package.signature)) - 1
    bent = message[:at] + twice + message[at + 1 :]

    with refused(MalformedMessage, "extension occurs twice"):
        KeyPackage.from_message(bent)
    with refused(MalformedMessage, "extension occurs twice"):
        decode(b"\x00\x07" + twice, decode_proposal)
    with refused(MalformedMessage, "extension occurs twice"):
        decode(group._state.context.encode()[:-1] + twice, GroupContext.decode)


def test_a_group_context_of_another_version_is_refused() -> None:
    encoded = inside(scene().alice).context.encode()

    with refused(UnsupportedVersion, "not of MLS 1.0"):
        decode(uint16(2) + encoded[2:], GroupContext.decode)


def test_a_group_info_of_another_version_is_refused() -> None:
    message = scene().alice.export_group_info(entropy=scene().people.entropy)

    with refused(UnsupportedVersion, "not of MLS 1.0"):
        GroupInfo.from_message(message[:4] + uint16(2) + message[6:])


def test_a_proposal_of_the_reserved_type_does_not_parse() -> None:
    with refused(MalformedMessage, "reserved type"):
        decode(b"\x00\x00\x00", decode_proposal)
