"""Welcomes and group infos that break a rule (RFC 9420 §12.4.3)."""

from dataclasses import replace

import pytest
from kit.insider import forge
from kit.newcomers import DAVE, SETTINGS, added, join
from kit.scenes import PRIVATE, flipped, refused, scene
from kit.welcomes import WelcomeBend, welcome_to

from mls import (
    Add,
    BasicCredential,
    CredentialClaim,
    CredentialRejected,
    Extension,
    ExternalPsk,
    Group,
    GroupContextExtensions,
    GroupInfo,
    InvalidGroupInfo,
    InvalidLeaf,
    InvalidSignature,
    InvalidWelcome,
    PreSharedKey,
    ResumptionPsk,
    ResumptionUsage,
    Settings,
    Suite,
    UndecryptableMessage,
    UnknownKeyPackage,
    UnknownPsk,
    UnknownSuite,
    UsageError,
)
from mls.psks import PskId, PskName
from mls.secrets import Secret
from mls.tree_math import LeafIndex
from mls.welcomes import GroupSecrets, Welcome


def test_an_honest_welcome_is_taken() -> None:
    forged = added()
    group = join(forged=forged)

    assert group.epoch_authenticator == forged.secrets.epoch_authenticator


# For whom it is.


def test_a_welcome_for_somebody_else_is_refused() -> None:
    erin = scene().people.package("erin")

    with refused(UnknownKeyPackage, "none of the key packages"):
        Group.join(welcome_to(added(), DAVE), [erin], settings=SETTINGS)


def test_a_welcome_of_another_suite_than_the_key_package_is_refused() -> None:
    def other(welcome: Welcome) -> Welcome:
        return replace(welcome, suite_id=3)

    with refused(UnknownKeyPackage, "none of the key packages"):
        join(WelcomeBend(welcome=other))


def test_a_welcome_of_an_unknown_suite_is_refused() -> None:
    def other(welcome: Welcome) -> Welcome:
        return replace(welcome, suite_id=0x7777)

    with pytest.raises((UnknownSuite, UnknownKeyPackage)):
        join(WelcomeBend(welcome=other))


def test_a_welcome_whose_secrets_do_not_open_is_refused() -> None:
    def spoil(welcome: Welcome) -> Welcome:
        reference, (kem, sealed) = welcome.secrets[0]
        return replace(welcome, secrets=((reference, (kem, flipped(sealed))),))

    with refused(UndecryptableMessage, "does not open"):
        join(WelcomeBend(welcome=spoil))


def test_a_welcome_whose_group_info_was_replaced_is_refused() -> None:
    """The secrets are sealed to the very group info they come with."""

    def spoil(welcome: Welcome) -> Welcome:
        sealed = flipped(welcome.sealed_group_info)
        return replace(welcome, sealed_group_info=sealed)

    with refused(UndecryptableMessage, "does not open"):
        join(WelcomeBend(welcome=spoil))


# Its pre-shared keys.

SHARED = ExternalPsk(b"shared")


def psk(name: PskName = SHARED, nonce: bytes = bytes(32)) -> PskId:
    return PskId(name, nonce)


def test_a_welcome_with_a_key_that_we_do_not_have_is_refused() -> None:
    with refused(UnknownPsk, "were not given"):
        join(WelcomeBend(psks=(psk(),)))


def test_a_welcome_with_another_key_than_ours_is_refused() -> None:
    with refused(UndecryptableMessage, "does not open"):
        join(WelcomeBend(psks=(psk(),)), psks={SHARED: b"other"})


@pytest.mark.parametrize("usage", [ResumptionUsage.REINIT, ResumptionUsage.BRANCH])
def test_a_welcome_with_two_ties_is_refused(usage: ResumptionUsage) -> None:
    tie = psk(ResumptionPsk(usage, b"group", 1))
    other = psk(ResumptionPsk(ResumptionUsage.BRANCH, b"other", 1))

    with refused(InvalidWelcome, "mixes"):
        join(WelcomeBend(psks=(tie, other)))


def test_a_welcome_with_one_key_twice_is_refused() -> None:
    with refused(InvalidWelcome, "one pre-shared key twice"):
        join(WelcomeBend(psks=(psk(), psk())))


def test_a_welcome_with_a_nonce_of_another_length_is_refused() -> None:
    with refused(InvalidWelcome, "nonce"):
        join(WelcomeBend(psks=(psk(nonce=b"short"),)))


def test_a_welcome_to_a_successor_needs_the_group_it_comes_from() -> None:
    name: PskName = ResumptionPsk(ResumptionUsage.BRANCH, b"parent", 1)
    forged = forge(
        scene().alice, [Add(DAVE.public), PreSharedKey(psk(name))], psks={name: b"key"}
    )

    with refused(UsageError, "needs the group that it comes from"):
        join(WelcomeBend(psks=(psk(name),)), forged=forged, psks={name: b"key"})


# Its group info.


def test_a_welcome_signed_by_another_member_is_refused() -> None:
    def other(info: GroupInfo) -> GroupInfo:
        return replace(info, signer=LeafIndex(1))

    with refused(InvalidSignature, "does not verify"):
        join(WelcomeBend(info=other))


@pytest.mark.parametrize("leaf", [4, 2**32 - 1])
def test_a_welcome_signed_by_nobody_is_refused(leaf: int) -> None:
    def nobody(info: GroupInfo) -> GroupInfo:
        return replace(info, signer=LeafIndex(leaf))

    with refused(InvalidGroupInfo, "signed by a blank leaf"):
        join(WelcomeBend(info=nobody))


def test_a_welcome_changed_after_it_was_signed_is_refused() -> None:
    def later(info: GroupInfo) -> GroupInfo:
        return replace(info, confirmation_tag=flipped(info.confirmation_tag))

    with refused(InvalidSignature, "does not verify"):
        join(WelcomeBend(signed_info=later))


def test_a_welcome_that_is_not_signed_is_refused() -> None:
    with refused(InvalidSignature, "does not verify"):
        join(WelcomeBend(signed_info=lambda info: replace(info, signature=b"")))


def test_a_welcome_whose_confirmation_tag_is_wrong_is_refused() -> None:
    def wrong(info: GroupInfo) -> GroupInfo:
        return replace(info, confirmation_tag=flipped(info.confirmation_tag))

    with refused(InvalidWelcome, "confirmation tag"):
        join(WelcomeBend(info=wrong))


@pytest.mark.parametrize("field", ["group_id", "epoch", "confirmed_transcript_hash"])
def test_a_welcome_to_another_context_than_the_secrets_is_refused(field: str) -> None:
    values = {"group_id": b"x", "epoch": 99, "confirmed_transcript_hash": b"x" * 32}

    def other(info: GroupInfo) -> GroupInfo:
        bent = replace(info.context, **{field: values[field]})  # type: ignore[arg-type]
        return replace(info, context=bent)

    with pytest.raises((InvalidWelcome, InvalidSignature)):
        join(WelcomeBend(info=other))


def test_a_welcome_to_a_group_of_another_suite_is_refused() -> None:
    def other(info: GroupInfo) -> GroupInfo:
        return replace(info, context=replace(info.context, suite=Suite.from_id(3)))

    with refused(InvalidWelcome, "another suite"):
        join(WelcomeBend(info=other))


def test_a_welcome_to_a_group_with_an_extension_we_do_not_support_is_refused() -> None:
    change = GroupContextExtensions((Extension(PRIVATE, b""),))
    forged = forge(scene().alice, [change, Add(DAVE.public)])

    with refused(InvalidLeaf, "extension of the group"):
        join(forged=forged)


def test_a_welcome_with_an_unknown_extension_beside_the_context_is_taken() -> None:
    def more(info: GroupInfo) -> GroupInfo:
        return replace(info, extensions=(*info.extensions, Extension(PRIVATE, b"x")))

    assert join(WelcomeBend(info=more)).members


def test_a_welcome_to_members_the_application_rejects_is_refused() -> None:
    def suspicious(claim: CredentialClaim) -> None:
        if claim.credential == BasicCredential(b"bob"):
            raise CredentialRejected("not with Bob")

    with refused(CredentialRejected, "not with Bob"):
        join(settings=Settings(authenticate=suspicious))


# The secret of its path.


def test_a_welcome_whose_path_secret_does_not_fit_the_tree_is_refused() -> None:
    def other(told: GroupSecrets) -> GroupSecrets:
        return replace(told, path_secret=Secret(bytes(32)))

    with refused(InvalidWelcome, "do not fit its tree"):
        join(WelcomeBend(secrets=other))


def test_a_welcome_with_a_path_secret_that_is_signed_by_its_reader_is_refused() -> None:
    forged = added()

    def as_dave(info: GroupInfo) -> GroupInfo:
        return replace(info, signer=LeafIndex(3)).signed(DAVE.identity)

    with refused(InvalidWelcome, "signed by its own reader"):
        join(WelcomeBend(signed_info=as_dave), forged=forged)
