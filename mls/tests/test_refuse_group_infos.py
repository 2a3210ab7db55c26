"""Group infos in the open that break a rule (RFC 9420 §12.4.3.2)."""

from collections.abc import Callable
from dataclasses import replace

from kit.insider import ENTROPY
from kit.newcomers import SETTINGS
from kit.people import People
from kit.scenes import PRIVATE, capable_scene, flipped, refused, scene

from mls import (
    HYBRID,
    ExternalCommitOptions,
    Group,
    GroupInfo,
    InvalidGroupInfo,
    InvalidLeaf,
    InvalidProposal,
    InvalidSignature,
    LeafIndex,
    RequiredCapabilities,
    UsageError,
)


def enter(info: bytes, people: People | None = None) -> None:
    people = people or scene().people
    Group.join_by_external_commit(
        info, people.identity("erin"), settings=SETTINGS, entropy=people.entropy
    )


def published(bend: Callable[[GroupInfo], GroupInfo]) -> bytes:
    message = scene().alice.export_group_info(entropy=ENTROPY)
    bent = bend(GroupInfo.from_message(message))
    return bent.signed(scene().alice.identity).to_message()


def test_an_external_join_needs_an_external_key() -> None:
    def bare(info: GroupInfo) -> GroupInfo:
        return replace(info, extensions=info.extensions[:1])

    with refused(InvalidGroupInfo, "no external key"):
        enter(published(bare))


def test_an_external_join_needs_a_tree() -> None:
    with refused(InvalidGroupInfo, "the ratchet tree is missing"):
        enter(scene().alice.export_group_info(entropy=ENTROPY, ratchet_tree=False))


def test_an_external_join_refuses_a_group_info_that_was_changed() -> None:
    message = scene().alice.export_group_info(entropy=ENTROPY)

    with refused(InvalidSignature, "does not verify"):
        enter(flipped(message))


def test_an_external_join_refuses_a_tree_that_is_not_the_one_of_the_group() -> None:
    def other(info: GroupInfo) -> GroupInfo:
        return replace(info, context=replace(info.context, tree_hash=bytes(32)))

    with refused(InvalidGroupInfo, "not the one of the group"):
        enter(published(other))


def test_an_external_join_of_someone_who_is_in_the_group_is_refused() -> None:
    message = scene().alice.export_group_info(entropy=ENTROPY)

    with refused(InvalidProposal, "a key occurs twice"):
        Group.join_by_external_commit(
            message, scene().bob.identity, settings=SETTINGS, entropy=ENTROPY
        )


def test_an_external_join_with_an_identity_of_another_suite_is_refused() -> None:
    with refused(UsageError, "another suite"):
        enter(
            scene().alice.export_group_info(entropy=ENTROPY),
            People(suite=HYBRID, seed="other suite"),
        )


def test_an_external_join_in_the_place_of_nobody_is_refused() -> None:
    message = scene().alice.export_group_info(entropy=ENTROPY)
    options = ExternalCommitOptions(resync=LeafIndex(3))

    with refused(InvalidProposal, "leaf 3 is blank"):
        Group.join_by_external_commit(
            message,
            scene().people.identity("erin"),
            settings=SETTINGS,
            entropy=ENTROPY,
            options=options,
        )


def test_an_external_join_of_who_lacks_what_is_required_is_refused() -> None:
    place = capable_scene(RequiredCapabilities(extensions=(PRIVATE,)))

    with refused(InvalidLeaf, "extension of the group"):
        enter(place.alice.export_group_info(entropy=ENTROPY))
