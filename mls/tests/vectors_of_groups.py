"""Vectors of welcomes, and of a member that only listens."""

from typing import Any

from mls import (
    BasicCredential,
    ExternalPsk,
    Group,
    Identity,
    JoinOptions,
    KeyPackage,
    OwnKeyPackage,
    PskName,
    Settings,
    Suite,
)
from mls.joining import open_welcome
from mls.key_schedule import derive_epoch, epoch_secret

Case = dict[str, Any]
unhex = bytes.fromhex
NOW = 1_700_000_000
SETTINGS = Settings(authenticate=lambda claim: None)


def welcome(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    public = KeyPackage.from_message(unhex(case["key_package"]))
    init = suite.private_key(unhex(case["init_priv"]))
    stranger = Identity(suite, BasicCredential(b""), b"\x01" * _private_length(suite))
    package = OwnKeyPackage(public, stranger, init, init)
    arrival = open_welcome(unhex(case["welcome"]), [package], {})
    info = arrival.info
    info.verify(unhex(case["signer_pub"]))
    secret = epoch_secret(
        suite, arrival.told.joiner_secret, arrival.psk_secret, info.context
    )
    secrets, _ = derive_epoch(suite, secret)
    confirmed = info.context.confirmed_transcript_hash
    suite.verify_mac(secrets.confirmation_key, confirmed, info.confirmation_tag)


def _private_length(suite: Suite) -> int:
    return {1: 32, 2: 32, 3: 32, 4: 57, 5: 66, 6: 57, 7: 48}[suite.id]


def passive_client(case: Case) -> None:
    psks: dict[PskName, bytes] = {
        ExternalPsk(unhex(psk["psk_id"])): unhex(psk["psk"])
        for psk in case["external_psks"]
    }
    tree = unhex(case["ratchet_tree"]) if case["ratchet_tree"] else None
    options = JoinOptions(ratchet_tree=tree, psks=psks)
    group = Group.join(
        unhex(case["welcome"]), [_own(case)], settings=SETTINGS, options=options
    )
    assert group.epoch_authenticator == unhex(case["initial_epoch_authenticator"])
    for epoch in case["epochs"]:
        for proposal in epoch["proposals"]:
            group = group.process(unhex(proposal), now=NOW).group
        group = group.process(unhex(epoch["commit"]), now=NOW, psks=psks).group
        group = Group.restore(
            group.epoch_state(), group.ratchet_state(), settings=SETTINGS
        )
        assert group.epoch_authenticator == unhex(epoch["epoch_authenticator"])


def _own(case: Case) -> OwnKeyPackage:
    suite = Suite.from_id(case["cipher_suite"])
    public = KeyPackage.from_message(unhex(case["key_package"]))
    signature = unhex(case["signature_priv"])
    identity = Identity(suite, public.leaf.credential, signature)
    assert identity.signature_key == public.leaf.signature_key
    init = suite.private_key(unhex(case["init_priv"]))
    leaf = suite.private_key(unhex(case["encryption_priv"]))
    assert (init.public, leaf.public) == (public.init_key, public.leaf.encryption_key)
    stored = OwnKeyPackage(public, identity, init, leaf).to_bytes()
    return OwnKeyPackage.from_bytes(stored)
