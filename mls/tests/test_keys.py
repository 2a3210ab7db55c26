"""Keys that are none, or that lead to no secret (RFC 9420 §7.1, RFC 9180 §7.1)."""

from dataclasses import replace

import pytest
from kit.insider import ENTROPY, inside
from kit.people import SUITES, People
from kit.scenes import refused, scene

from mls import (
    HYBRID,
    BasicCredential,
    Identity,
    InvalidKey,
    InvalidSignature,
    MalformedMessage,
    OwnKeyPackage,
    Suite,
    UndecryptableMessage,
)
from mls.codec import Reader, decode, opaque
from mls.leaf_nodes import LeafNode

every_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
NIST = [Suite.from_id(number) for number in (2, 5, 7)]
MONTGOMERY = [Suite.from_id(number) for number in (1, 3, 4, 6)]
nist_suites = pytest.mark.parametrize("suite", NIST, ids=lambda suite: suite.name)


@every_suite
def test_what_is_sealed_to_a_key_opens_with_it_and_no_other(suite: Suite) -> None:
    key, other = suite.generate_key(ENTROPY), suite.generate_key(ENTROPY)
    sealed = suite.encrypt(key.public, b"label", b"context", b"secret")

    assert suite.decrypt(key, b"label", b"context", sealed) == b"secret"
    with refused(UndecryptableMessage, "does not open"):
        suite.decrypt(other, b"label", b"context", sealed)
    with refused(UndecryptableMessage, "does not open"):
        suite.decrypt(key, b"other", b"context", sealed)
    with refused(UndecryptableMessage, "does not open"):
        suite.decrypt(key, b"label", b"other", sealed)


@every_suite
def test_a_public_key_of_another_length_is_refused(suite: Suite) -> None:
    public = suite.generate_key(ENTROPY).public
    for wrong in (b"", public[:-1], public + b"\x00"):
        with refused(InvalidKey, "public key"):
            suite.check_public(wrong)


@every_suite
def test_an_encapsulation_of_another_length_is_refused(suite: Suite) -> None:
    key = suite.generate_key(ENTROPY)
    kem_output, sealed = suite.encrypt(key.public, b"label", b"", b"secret")
    for wrong in (b"", kem_output[:-1], kem_output + b"\x00"):
        with pytest.raises(InvalidKey):
            suite.decrypt(key, b"label", b"", (wrong, sealed))


@every_suite
def test_a_private_key_that_is_none_is_refused(suite: Suite) -> None:
    with pytest.raises(InvalidKey):
        _ = suite.private_key(b"").public
    with refused(InvalidKey, "not a private key"):
        Identity(suite, BasicCredential(b"name"), b"")


@nist_suites
def test_a_compressed_point_is_refused(suite: Suite) -> None:
    public = suite.generate_key(ENTROPY).public
    half = (len(public) - 1) // 2
    compressed = bytes((2 + public[-1] % 2,)) + public[1 : 1 + half]

    with refused(InvalidKey, "not a public key"):
        suite.check_public(compressed)


@nist_suites
def test_a_point_off_the_curve_is_refused(suite: Suite) -> None:
    public = suite.generate_key(ENTROPY).public
    off = public[:-1] + bytes((public[-1] ^ 1,))

    with refused(InvalidKey, "not a public key"):
        suite.check_public(off)


@pytest.mark.parametrize("suite", MONTGOMERY, ids=lambda suite: suite.name)
@pytest.mark.parametrize("point", [0, 1])
def test_a_point_of_low_order_leads_to_no_secret(suite: Suite, point: int) -> None:
    """Anyone would know the secret: it is zero whatever the private key."""
    key = suite.generate_key(ENTROPY)
    low = point.to_bytes(len(key.public), "little")

    with refused(InvalidKey, "no shared secret"):
        suite.encrypt(low, b"label", b"", b"secret")
    with refused(InvalidKey, "no shared secret"):
        suite.decrypt(key, b"label", b"", (low, bytes(32)))


def test_a_hybrid_key_is_refused_if_either_half_is_none() -> None:
    public = HYBRID.generate_key(ENTROPY).public
    with refused(InvalidKey, "not a public key"):
        HYBRID.check_public(b"\xff" * (len(public) - 32) + public[-32:])
    with pytest.raises(InvalidKey):
        HYBRID.encrypt(public[:-32] + bytes(32), b"label", b"", b"secret")


def test_a_hybrid_encapsulation_with_a_point_of_low_order_is_refused() -> None:
    key = HYBRID.generate_key(ENTROPY)
    kem_output, sealed = HYBRID.encrypt(key.public, b"label", b"", b"secret")

    with pytest.raises(InvalidKey):
        HYBRID.decrypt(key, b"label", b"", (kem_output[:-32] + bytes(32), sealed))


def test_both_halves_of_a_hybrid_encapsulation_count() -> None:
    key = HYBRID.generate_key(ENTROPY)
    kem_output, sealed = HYBRID.encrypt(key.public, b"label", b"", b"secret")
    other, _ = HYBRID.encrypt(key.public, b"label", b"", b"secret")
    for mixed in (kem_output[:-32] + other[-32:], other[:-32] + kem_output[-32:]):
        with refused(UndecryptableMessage, "does not open"):
            HYBRID.decrypt(key, b"label", b"", (mixed, sealed))


@every_suite
def test_a_signature_with_a_key_that_is_none_does_not_verify(suite: Suite) -> None:
    identity = People(suite=suite, seed="signing").identity("name")
    signature = identity.sign(b"label", b"content")
    suite.verify(identity.signature_key, b"label", b"content", signature)
    wrong = (b"", identity.signature_key[:-1], bytes(len(identity.signature_key)))
    for key in wrong:
        with refused(InvalidSignature, "does not verify"):
            suite.verify(key, b"label", b"content", signature)
    for label, content in ((b"other", b"content"), (b"label", b"other")):
        with refused(InvalidSignature, "does not verify"):
            suite.verify(identity.signature_key, label, content, signature)


@nist_suites
def test_a_signature_with_a_compressed_key_does_not_verify(suite: Suite) -> None:
    identity = People(suite=suite, seed="signing").identity("name")
    public = identity.signature_key
    half = (len(public) - 1) // 2
    compressed = bytes((2 + public[-1] % 2,)) + public[1 : 1 + half]

    with refused(InvalidSignature, "does not verify"):
        suite.verify(compressed, b"label", b"", identity.sign(b"label", b""))


def test_a_stored_key_package_that_mixes_suites_does_not_parse() -> None:
    package = scene().people.package("dave")
    other = People(suite=HYBRID, seed="other suite").identity("dave")
    mixed = replace(package, identity=other)

    with refused(MalformedMessage, "mixes suites"):
        OwnKeyPackage.from_bytes(mixed.to_bytes())


@pytest.mark.parametrize("source", [0, 4, 255])
def test_a_leaf_of_no_known_source_does_not_parse(source: int) -> None:
    leaf = inside(scene().alice).tree.leaf(0)
    assert leaf is not None
    head = (
        opaque(leaf.encryption_key)
        + opaque(leaf.signature_key)
        + leaf.credential.encode()
        + leaf.capabilities.encode()
    )
    reader = Reader(leaf.encode())
    assert reader.fixed(len(head)) == head
    rest = leaf.encode()[len(head) + 1 :]

    with refused(MalformedMessage, "no known source"):
        decode(head + bytes((source,)) + rest, LeafNode.decode)
