"""Every rule a leaf must keep (RFC 9420 §7.2, §7.3), however it arrives."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from kit.insider import Bend, forge, inside, newcomer_seat, send, update_leaf
from kit.packages import bent_package
from kit.people import DAY, NOW, processed, trusting
from kit.scenes import (
    ARRIVALS,
    PRIVATE,
    Arrival,
    capable_scene,
    changed,
    every_arrival,
    flipped,
    judged,
    refused,
    scene,
)

from mls import (
    Add,
    BasicCredential,
    CommitOptions,
    CredentialClaim,
    CredentialRejected,
    Extension,
    InvalidCommit,
    InvalidLeaf,
    InvalidProposal,
    InvalidSignature,
    MLSError,
    OpaqueCredential,
    RequiredCapabilities,
    Settings,
    X509Credential,
)
from mls.leaf_nodes import LeafNode, LeafSource, Lifetime
from mls.proposals import Update
from mls.tree_math import LeafIndex

Arrive = Callable[[Arrival], None]


def without(leaf: LeafNode, **lists: tuple[int, ...]) -> LeafNode:
    return replace(leaf, capabilities=replace(leaf.capabilities, **lists), encoded=b"")


@every_arrival
def test_an_honest_leaf_is_taken(arrive: Arrive) -> None:
    arrive(Arrival())


@every_arrival
def test_a_leaf_whose_credential_the_application_rejects_is_refused(
    arrive: Arrive,
) -> None:
    def suspicious(claim: CredentialClaim) -> None:
        if claim.credential == BasicCredential(b"mallory"):
            raise CredentialRejected("never heard of Mallory")

    mallory = changed(credential=BasicCredential(b"mallory"))
    settings = Settings(authenticate=suspicious)

    with refused(CredentialRejected, "Mallory"):
        arrive(Arrival(leaf=mallory, settings=settings))


def test_a_leaf_that_the_application_rejects_is_not_even_committed() -> None:
    def suspicious(claim: CredentialClaim) -> None:
        if claim.credential == BasicCredential(b"dave"):
            raise CredentialRejected("never heard of Dave")

    alice = scene().alice
    alice = type(alice).restore(
        alice.epoch_state(),
        alice.ratchet_state(),
        settings=Settings(authenticate=suspicious),
    )

    with refused(CredentialRejected, "Dave"):
        alice.commit(
            [Add(scene().people.package("dave").public)],
            now=NOW,
            entropy=scene().people.entropy,
        )


def test_the_application_is_told_whom_a_leaf_replaces() -> None:
    claims: list[CredentialClaim] = []
    settings = Settings(authenticate=claims.append)

    Arrival(settings=settings).by_update()
    Arrival(settings=settings).by_path()

    names = [
        (c.leaf, c.previous) for c in claims if c.credential == BasicCredential(b"bob")
    ]
    assert (LeafIndex(1), BasicCredential(b"bob")) in names
    assert any(c.previous == BasicCredential(b"alice") for c in claims)


@every_arrival
def test_a_leaf_with_a_flipped_bit_in_its_signature_is_refused(arrive: Arrive) -> None:
    def flip(leaf: LeafNode) -> LeafNode:
        return replace(leaf, signature=flipped(leaf.signature), encoded=b"")

    with refused(InvalidSignature, "does not verify"):
        arrive(Arrival(signed_leaf=flip))


@every_arrival
def test_a_leaf_that_is_not_signed_is_refused(arrive: Arrive) -> None:
    with refused(InvalidSignature, "does not verify"):
        arrive(Arrival(signed_leaf=changed(signature=b"")))


@every_arrival
def test_a_leaf_that_was_changed_after_it_was_signed_is_refused(arrive: Arrive) -> None:
    with refused(InvalidSignature, "does not verify"):
        arrive(Arrival(signed_leaf=changed(credential=BasicCredential(b"other"))))


def test_a_leaf_signed_for_another_place_or_group_is_refused() -> None:
    bob, place = scene().bob, scene()
    leaf, _ = update_leaf(bob)
    elsewhere = (
        leaf.signed(bob.identity, group_id=b"another", leaf=bob.own_leaf),
        leaf.signed(bob.identity, group_id=bob.group_id, leaf=LeafIndex(0)),
    )

    for moved in elsewhere:
        message = send(bob, Update(moved))
        alice = processed(place.alice, message)
        forged = forge(alice, inside(alice).pending)
        with refused(InvalidSignature, "does not verify"):
            judged(processed(place.carol, message), forged.message)


@pytest.mark.parametrize(
    ("requirement", "says"),
    [
        (RequiredCapabilities(extensions=(PRIVATE,)), "extension"),
        (RequiredCapabilities(proposals=(PRIVATE,)), "required proposal"),
        (RequiredCapabilities(credentials=(PRIVATE,)), "required credential"),
    ],
)
@every_arrival
def test_a_leaf_without_a_required_capability_is_refused(
    arrive: Arrive, requirement: RequiredCapabilities, says: str
) -> None:
    place = capable_scene(requirement)

    def lacking(leaf: LeafNode) -> LeafNode:
        listed = leaf.capabilities
        return without(
            leaf,
            extensions=tuple(x for x in listed.extensions if x != PRIVATE),
            proposals=tuple(x for x in listed.proposals if x != PRIVATE),
            credentials=tuple(x for x in listed.credentials if x != PRIVATE),
        )

    arrive(Arrival(place=place))
    with refused(InvalidLeaf, says):
        arrive(Arrival(place=place, leaf=lacking))


@every_arrival
def test_a_leaf_with_a_credential_that_others_do_not_support_is_refused(
    arrive: Arrive,
) -> None:
    def exotic(leaf: LeafNode) -> LeafNode:
        listed = (*leaf.capabilities.credentials, PRIVATE)
        leaf = without(leaf, credentials=listed)
        return replace(leaf, credential=OpaqueCredential(PRIVATE, b"x"), encoded=b"")

    with refused(InvalidLeaf, "credential in use"):
        arrive(Arrival(leaf=exotic))


@every_arrival
def test_a_leaf_that_does_not_support_the_credentials_of_others_is_refused(
    arrive: Arrive,
) -> None:
    def narrow(leaf: LeafNode) -> LeafNode:
        leaf = replace(leaf, credential=X509Credential((b"der",)), encoded=b"")
        return without(leaf, credentials=(2,))

    with refused(InvalidLeaf, "credential in use"):
        arrive(Arrival(leaf=narrow))


@every_arrival
def test_a_leaf_that_does_not_support_its_own_credential_is_refused(
    arrive: Arrive,
) -> None:
    with refused(InvalidLeaf, "its own credential"):
        arrive(Arrival(leaf=lambda leaf: without(leaf, credentials=(2,))))


@every_arrival
def test_a_leaf_that_does_not_support_the_suite_of_the_group_is_refused(
    arrive: Arrive,
) -> None:
    with refused(InvalidLeaf, "version and suite"):
        arrive(Arrival(leaf=lambda leaf: without(leaf, suites=(2, 3))))


@every_arrival
def test_a_leaf_that_does_not_support_the_version_of_the_group_is_refused(
    arrive: Arrive,
) -> None:
    with refused(InvalidLeaf, "version and suite"):
        arrive(Arrival(leaf=lambda leaf: without(leaf, versions=(2,))))


@every_arrival
def test_a_leaf_with_an_extension_it_does_not_list_is_refused(arrive: Arrive) -> None:
    with refused(InvalidLeaf, "extension that it does not support"):
        arrive(Arrival(leaf=changed(extensions=(Extension(PRIVATE, b""),))))


@pytest.mark.parametrize(
    "lifetime", [Lifetime(0, NOW - 1), Lifetime(NOW + 1, NOW + DAY)]
)
def test_a_leaf_outside_its_lifetime_is_not_added_by_others(lifetime: Lifetime) -> None:
    with refused(InvalidLeaf, "outside its lifetime"):
        Arrival(leaf=changed(lifetime=lifetime)).by_add()


@pytest.mark.parametrize(
    "lifetime", [Lifetime(0, NOW - 1), Lifetime(NOW + 1, NOW + DAY)]
)
def test_a_leaf_outside_its_lifetime_is_not_sent(lifetime: Lifetime) -> None:
    package = bent_package(scene().people, leaf=changed(lifetime=lifetime))

    with refused(InvalidLeaf, "outside its lifetime"):
        scene().alice.commit(
            [Add(package.public)],
            now=NOW,
            entropy=scene().people.entropy,
            options=CommitOptions(),
        )


@pytest.mark.parametrize("how", ["add", "tree"])
def test_a_leaf_that_lives_longer_than_the_application_takes_is_refused(
    how: str,
) -> None:
    """The lifetime of a leaf that is in the tree already counts as well."""
    year = Lifetime(NOW - DAY, NOW + 365 * DAY)
    scene_lifetime = 91 * DAY
    as_long = Settings(authenticate=trusting, longest_lifetime=scene_lifetime)
    shorter = Settings(authenticate=trusting, longest_lifetime=scene_lifetime - 1)

    ARRIVALS[how](Arrival(settings=as_long))
    with refused(InvalidLeaf, "longer lifetime"):
        ARRIVALS[how](Arrival(settings=shorter))
    with refused(InvalidLeaf, "longer lifetime"):
        Arrival(leaf=changed(lifetime=year), settings=as_long).by_add()


def wrong_source(*allowed: LeafSource) -> list[Callable[[LeafNode], LeafNode]]:
    bends = {
        LeafSource.KEY_PACKAGE: changed(
            source=LeafSource.KEY_PACKAGE,
            lifetime=Lifetime(0, NOW + DAY),
            parent_hash=b"",
        ),
        LeafSource.UPDATE: changed(
            source=LeafSource.UPDATE, lifetime=None, parent_hash=b""
        ),
        LeafSource.COMMIT: changed(
            source=LeafSource.COMMIT, lifetime=None, parent_hash=b"\x01" * 32
        ),
    }
    return [bend for source, bend in bends.items() if source not in allowed]


@pytest.mark.parametrize("bend", wrong_source(LeafSource.KEY_PACKAGE))
def test_an_add_whose_leaf_does_not_come_from_a_key_package_is_refused(
    bend: Callable[[LeafNode], LeafNode],
) -> None:
    with refused(InvalidLeaf, "source"):
        Arrival(leaf=bend).by_add()


@pytest.mark.parametrize("bend", wrong_source(LeafSource.UPDATE))
def test_an_update_whose_leaf_does_not_come_from_an_update_is_refused(
    bend: Callable[[LeafNode], LeafNode],
) -> None:
    with refused(InvalidLeaf, "source"):
        Arrival(leaf=bend).by_update()


@pytest.mark.parametrize("bend", wrong_source(LeafSource.COMMIT))
def test_a_path_whose_leaf_does_not_come_from_a_commit_is_refused(
    bend: Callable[[LeafNode], LeafNode],
) -> None:
    with refused(InvalidLeaf, "source"):
        Arrival(leaf=bend).by_path()


def kept_key(leaf: LeafNode, *, of: int) -> LeafNode:
    old = inside(scene().alice).tree.leaf(of)
    assert old is not None
    return replace(leaf, encryption_key=old.encryption_key, encoded=b"")


def test_an_update_that_keeps_the_encryption_key_is_refused() -> None:
    with refused(InvalidLeaf, "keeps its encryption key"):
        Arrival(leaf=lambda leaf: kept_key(leaf, of=1)).by_update()


def test_a_path_that_keeps_the_encryption_key_of_its_leaf_is_refused() -> None:
    with refused(InvalidLeaf, "keeps its encryption key"):
        Arrival(leaf=lambda leaf: kept_key(leaf, of=0)).by_path()


@pytest.mark.parametrize("how", ["add", "update", "path"])
def test_a_leaf_with_the_encryption_key_of_another_member_is_refused(how: str) -> None:
    with pytest.raises((InvalidProposal, InvalidCommit), match=r"key .* tree"):
        ARRIVALS[how](Arrival(leaf=lambda leaf: kept_key(leaf, of=2)))


def test_a_newcomer_with_the_signature_key_of_a_member_is_refused() -> None:
    twin = bent_package(scene().people, identity=scene().bob.identity)

    with refused(InvalidProposal, "a key occurs twice"):
        judged(scene().carol, forge(scene().alice, [Add(twin.public)]).message)


def test_an_update_to_the_signature_key_of_another_member_is_refused() -> None:
    bob, alice = scene().bob, scene().alice

    def stolen(leaf: LeafNode) -> LeafNode:
        return replace(leaf, signature_key=alice.identity.signature_key, encoded=b"")

    leaf, _ = update_leaf(bob, stolen)
    signed = leaf.signed(alice.identity, group_id=bob.group_id, leaf=bob.own_leaf)
    message = send(bob, Update(signed))
    alice = processed(alice, message)
    forged = forge(alice, inside(alice).pending)
    with refused(InvalidProposal, "a key occurs twice"):
        judged(processed(scene().carol, message), forged.message)


def test_a_path_to_the_signature_key_of_another_member_is_refused() -> None:
    stolen = scene().bob.identity
    bend = Bend(leaf=changed(signature_key=stolen.signature_key), leaf_signer=stolen)

    with refused(InvalidProposal, "a key occurs twice"):
        judged(scene().carol, forge(scene().alice, (), bend).message)


def test_an_external_committer_with_the_signature_key_of_a_member_is_refused() -> None:
    seat, init = newcomer_seat(scene().alice, scene().bob.identity)
    forged = forge(scene().alice, [init], seat=seat)

    with refused(InvalidProposal, "a key occurs twice"):
        judged(scene().carol, forged.message)


@pytest.mark.parametrize("how", ["add", "update", "path"])
def test_a_leaf_whose_encryption_key_is_no_key_is_refused(how: str) -> None:
    with pytest.raises(MLSError, match="key"):
        ARRIVALS[how](Arrival(leaf=changed(encryption_key=b"too short")))
