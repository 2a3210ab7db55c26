"""HPKE with an exporter, held against two other implementations of RFC 9180."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from linnet.errors import Forged, Malformed
from linnet.wire import hpke
from mls.hpke import AES_256_GCM, Hpke
from mls.kems import DHKEM_X25519

PRIVATE = bytes(range(32))
PUBLIC = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def test_what_is_sealed_here_opens_in_another_implementation() -> None:
    enc, context = hpke.send(PUBLIC, b"info", os.urandom(32))
    private = X25519PrivateKey.from_private_bytes(PRIVATE)

    opened = SUITE.decrypt(enc + context.seal(b"text"), private, b"info")

    assert opened == b"text"


def test_what_another_implementation_sealed_opens_here() -> None:
    sealed = SUITE.encrypt(b"text", X25519PublicKey.from_public_bytes(PUBLIC), b"info")

    context = hpke.receive(PRIVATE, sealed[:32], b"info")

    assert context.open(sealed[32:]) == b"text"


def test_the_exported_secret_is_that_of_another_implementation() -> None:
    other = Hpke(DHKEM_X25519, "sha256", 32, AES_256_GCM)
    enc, secret = other.export_to(PUBLIC, b"label", 32)

    assert hpke.receive(PRIVATE, enc, b"").export(b"label") == bytes(secret)


def test_both_sides_export_the_same_secret_and_another_for_another_label() -> None:
    enc, sender = hpke.send(PUBLIC, b"info", os.urandom(32))
    receiver = hpke.receive(PRIVATE, enc, b"info")

    assert sender.export(b"a") == receiver.export(b"a") != receiver.export(b"b")


def test_a_text_for_another_purpose_does_not_open() -> None:
    enc, context = hpke.send(PUBLIC, b"info", os.urandom(32))
    sealed = context.seal(b"text")

    with pytest.raises(Forged):
        hpke.receive(PRIVATE, enc, b"another").open(sealed)


def test_a_key_that_gives_everybody_the_same_secret_is_refused() -> None:
    with pytest.raises(Malformed):
        hpke.receive(PRIVATE, bytes(32), b"info")


def test_nothing_is_sealed_to_a_key_that_nobody_can_have() -> None:
    with pytest.raises(Malformed):
        hpke.send(bytes(32), b"info", os.urandom(32))
