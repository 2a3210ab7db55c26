"""HPKE with X-Wing, held against two other implementations and a recorded example."""

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    Suite,
)
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.nearby.talk import ANSWER_LABEL, INFO
from linnet.errors import Forged, Malformed
from linnet.wire import hpke, xwing
from mls.hpke import AES_256_GCM, Hpke
from mls.xwing import X_WING

SEED = bytes(range(32))
PUBLIC = xwing.public_key(SEED)
SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
EXAMPLE = json.loads(
    (Path(__file__).parents[2] / "vectors" / "nearby.json").read_text()
)


def peer() -> MLKEM768X25519PrivateKey:
    lattice, curve = xwing._expand(SEED)
    assert isinstance(lattice, MLKEM768PrivateKey)
    assert isinstance(curve, X25519PrivateKey)
    return MLKEM768X25519PrivateKey(lattice, curve)


def test_what_is_sealed_here_opens_in_another_implementation() -> None:
    enc, context = hpke.send_hybrid(PUBLIC, b"info", os.urandom(32))

    assert SUITE.decrypt(enc + context.seal(b"text"), peer(), b"info") == b"text"


def test_what_another_implementation_sealed_opens_here() -> None:
    sealed = SUITE.encrypt(b"text", peer().public_key(), b"info")

    context = hpke.receive_hybrid(SEED, sealed[: xwing.ENC_BYTES], b"info")

    assert context.open(sealed[xwing.ENC_BYTES :]) == b"text"


def test_keys_and_the_exported_secret_are_those_of_another_implementation() -> None:
    other = Hpke(X_WING, "sha256", 32, AES_256_GCM)
    enc, secret = other.export_to(PUBLIC, b"label", 32)

    assert X_WING.load_private(SEED).public == PUBLIC
    assert hpke.receive_hybrid(SEED, enc, b"").export(b"label") == bytes(secret)


def test_the_recorded_talk_of_two_neighbours_opens() -> None:
    seed, enc, sealed = (bytes.fromhex(EXAMPLE[x]) for x in ("seed", "enc", "sealed"))

    context = hpke.receive_hybrid(seed, enc, INFO)

    assert xwing.public_key(seed).hex() == EXAMPLE["public"]
    assert context.open(sealed).hex() == EXAMPLE["bag"]
    assert context.export(ANSWER_LABEL).hex() == EXAMPLE["secret"]


@pytest.mark.parametrize("at", [0, 1_087, 1_088, 1_119])
def test_what_is_changed_in_either_half_opens_nothing(at: int) -> None:
    enc, context = hpke.send_hybrid(PUBLIC, b"info", os.urandom(32))
    changed = bytearray(enc)
    changed[at] ^= 1

    with pytest.raises(Forged):
        hpke.receive_hybrid(SEED, bytes(changed), b"info").open(context.seal(b"text"))


@pytest.mark.fuzz
@given(st.binary(max_size=40), st.sampled_from([0, 1_088, 1_120, 1_184, 1_216]))
def test_any_key_and_any_beginning_is_taken_or_malformed(end: bytes, size: int) -> None:
    data = end.rjust(size, b"\x09")
    for act in (
        lambda: hpke.send_hybrid(data, b"", bytes(range(32))),
        lambda: hpke.receive_hybrid(SEED, data, b""),
    ):
        try:
            act()
        except Malformed:
            continue


def test_a_key_with_a_half_that_gives_everybody_the_same_secret_is_refused() -> None:
    with pytest.raises(Malformed):
        hpke.send_hybrid(PUBLIC[:1_184] + bytes(32), b"info", os.urandom(32))
    with pytest.raises(Malformed):
        hpke.receive_hybrid(SEED, bytes(1_120), b"info")
