"""Vectors of the codec, the suites and the key schedule."""

from hashlib import shake_256
from typing import Any

from cryptography.hazmat.primitives import hpke as peer
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mls.codec import Reader, decode, length, opaque
from mls.framing import AuthenticatedContent
from mls.hpke import CHACHA20_POLY1305, Hpke
from mls.key_schedule import (
    Epoch,
    GroupContext,
    confirmed_transcript_hash,
    derive_epoch,
    epoch_secret,
    interim_transcript_hash,
    joiner_secret,
    welcome_secret,
)
from mls.psks import ExternalPsk, PskId, psk_secret
from mls.secrets import Secret
from mls.suites import Suite
from mls.xwing import X_WING

Case = dict[str, Any]
X_WING_ID = 0x647A
unhex = bytes.fromhex


def deserialization(case: Case) -> None:
    header = unhex(case["vlbytes_header"])
    assert Reader(header).length() == case["length"]
    assert length(case["length"]) == header


def crypto_basics(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    _derivations(suite, case)
    _signature(suite, case["sign_with_label"])
    _encryption(suite, case["encrypt_with_label"])


def _derivations(suite: Suite, case: Case) -> None:
    ref = case["ref_hash"]
    hashed = opaque(ref["label"].encode()) + opaque(unhex(ref["value"]))
    assert suite.hash(hashed) == unhex(ref["out"])
    step = case["expand_with_label"]
    label, context = step["label"].encode(), unhex(step["context"])
    secret, size = unhex(step["secret"]), step["length"]
    out = suite.expand_with_label(secret, label, context, size)
    assert out == unhex(step["out"])
    step = case["derive_secret"]
    out = suite.derive_secret(unhex(step["secret"]), step["label"].encode())
    assert out == unhex(step["out"])
    step = case["derive_tree_secret"]
    secret, label = unhex(step["secret"]), step["label"].encode()
    out = suite.derive_tree_secret(secret, label, step["generation"], step["length"])
    assert out == unhex(step["out"])


def _signature(suite: Suite, step: Case) -> None:
    key, public = suite.signature.load(unhex(step["priv"])), unhex(step["pub"])
    label, content = step["label"].encode(), unhex(step["content"])
    assert key.public == public
    suite.verify(public, label, content, unhex(step["signature"]))
    suite.verify(public, label, content, suite.sign(key, label, content))


def _encryption(suite: Suite, step: Case) -> None:
    key = suite.private_key(unhex(step["priv"]))
    label, context = step["label"].encode(), unhex(step["context"])
    plaintext = unhex(step["plaintext"])
    assert key.public == unhex(step["pub"])
    sealed = unhex(step["kem_output"]), unhex(step["ciphertext"])
    assert suite.decrypt(key, label, context, sealed) == plaintext
    ours = suite.encrypt(key.public, label, context, plaintext)
    assert suite.decrypt(key, label, context, ours) == plaintext


def hpke_pq(case: Case) -> None:
    seed = X_WING.derive_private(unhex(case["ikmR"]))
    key, enc = X_WING.load_private(seed), unhex(case["enc"])
    assert seed == unhex(case["skRm"])
    assert key.public == unhex(case["pkRm"])
    assert key.decapsulate(enc) == unhex(case["shared_secret"])
    secret, sent = X_WING.load_public(key.public).encapsulate()
    assert key.decapsulate(sent) == secret
    if case["kdf_id"] == 1:
        _our_hpke(case)
    else:
        _peers_hpke(case, seed)


def _our_hpke(case: Case) -> None:
    """Contexts of the suite we use X-Wing in: HKDF."""
    hpke = Hpke(X_WING, "sha256", 32, CHACHA20_POLY1305)
    key, enc = X_WING.load_private(unhex(case["skRm"])), unhex(case["enc"])
    first = case["encryptions"][0]
    shared = key.decapsulate(enc)
    context = hpke._schedule(shared, unhex(case["info"]))
    assert context.key(32) == unhex(case["key"])
    assert context.nonce(12) == unhex(case["base_nonce"]) == unhex(first["nonce"])
    opened = hpke.aead.open(
        context.key(32), context.nonce(12), unhex(first["ct"]), unhex(first["aad"])
    )
    assert opened == unhex(first["pt"])
    for export in case["exports"]:
        label, size = unhex(export["exporter_context"]), export["L"]
        assert context.export(label, size, 32) == unhex(export["exported_value"])


def _peers_hpke(case: Case, seed: bytes) -> None:
    """The other KDF is not ours: what our KEM made is opened by PyCA's HPKE."""
    ours = Hpke(X_WING, "sha384", 48, CHACHA20_POLY1305)
    public, info = unhex(case["pkRm"]), unhex(case["info"])
    enc, sealed = ours.seal(public, info, b"across implementations")
    expanded = shake_256(seed).digest(96)
    key = peer.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )
    theirs = peer.Suite(
        peer.KEM.MLKEM768_X25519, peer.KDF.HKDF_SHA384, peer.AEAD.CHACHA20_POLY1305
    )
    assert theirs.decrypt(enc + sealed, key, info) == b"across implementations"


def key_schedule(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    init = Secret(unhex(case["initial_init_secret"]))
    for number, epoch in enumerate(case["epochs"]):
        init = _epoch(suite, unhex(case["group_id"]), number, init, epoch)


def _epoch(
    suite: Suite, group_id: bytes, number: int, init: Secret, epoch: Case
) -> Secret:
    context = GroupContext(
        suite,
        group_id,
        Epoch(number),
        unhex(epoch["tree_hash"]),
        unhex(epoch["confirmed_transcript_hash"]),
        (),
    )
    assert context.encode() == unhex(epoch["group_context"])
    joiner = joiner_secret(suite, init, unhex(epoch["commit_secret"]), context)
    psk = unhex(epoch["psk_secret"])
    assert joiner == unhex(epoch["joiner_secret"])
    assert welcome_secret(suite, joiner, psk) == unhex(epoch["welcome_secret"])
    secrets, encryption = derive_epoch(suite, epoch_secret(suite, joiner, psk, context))
    assert encryption == unhex(epoch["encryption_secret"])
    assert secrets.sender_data == unhex(epoch["sender_data_secret"])
    assert secrets.exporter == unhex(epoch["exporter_secret"])
    assert secrets.external == unhex(epoch["external_secret"])
    assert secrets.confirmation_key == unhex(epoch["confirmation_key"])
    assert secrets.membership_key == unhex(epoch["membership_key"])
    assert secrets.resumption_psk == unhex(epoch["resumption_psk"])
    assert secrets.epoch_authenticator == unhex(epoch["epoch_authenticator"])
    assert secrets.external_key(suite).public == unhex(epoch["external_pub"])
    asked = epoch["exporter"]
    label, bound = asked["label"], unhex(asked["context"])
    exported = secrets.export(suite, label, bound, asked["length"])
    assert exported == unhex(asked["secret"])
    assert secrets.init == unhex(epoch["init_secret"])
    return secrets.init


def psk_secrets(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    ids = [
        PskId(ExternalPsk(unhex(psk["psk_id"])), unhex(psk["psk_nonce"]))
        for psk in case["psks"]
    ]
    keys = [unhex(psk["psk"]) for psk in case["psks"]]
    assert psk_secret(suite, ids, keys) == unhex(case["psk_secret"])


def transcript_hashes(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    encoded = unhex(case["authenticated_content"])
    content = decode(encoded, AuthenticatedContent.decode)
    assert content.encode() == encoded
    before = unhex(case["interim_transcript_hash_before"])
    confirmed = confirmed_transcript_hash(suite, before, content)
    tag = content.authentication.confirmation_tag
    assert confirmed == unhex(case["confirmed_transcript_hash_after"])
    assert tag is not None
    suite.verify_mac(unhex(case["confirmation_key"]), confirmed, tag)
    after = interim_transcript_hash(suite, confirmed, tag)
    assert after == unhex(case["interim_transcript_hash_after"])
