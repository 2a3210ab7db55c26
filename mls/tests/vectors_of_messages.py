"""Vectors of message keys, framing, and every structure on the wire."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mls.codec import decode
from mls.commits import Commit
from mls.credentials import BasicCredential
from mls.framing import (
    AuthenticatedContent,
    Authentication,
    Content,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    Sender,
    decode_message,
    encode_content,
)
from mls.identities import Identity
from mls.key_packages import KeyPackage
from mls.key_schedule import GroupContext
from mls.proposals import Proposal, decode_proposal
from mls.protection import (
    PrivateKeys,
    open_private,
    open_public,
    open_sender,
    seal_private,
    seal_public,
    sender_data_key,
)
from mls.secret_tree import Generation, RatchetLimits, RatchetType, SecretTree
from mls.secrets import Secret
from mls.suites import Suite
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex
from mls.welcomes import GroupInfo, GroupSecrets, Welcome
from mls.wire_formats import WireFormat, encode_message

Case = dict[str, Any]
unhex = bytes.fromhex
LIMITS = RatchetLimits(skipped_generations=1000, kept_keys=1000)
SENDER = LeafIndex(1)


def secret_tree(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    data = case["sender_data"]
    secret, ciphertext = unhex(data["sender_data_secret"]), unhex(data["ciphertext"])
    key, nonce = sender_data_key(suite, secret, ciphertext)
    assert (key, nonce) == (unhex(data["key"]), unhex(data["nonce"]))
    encryption = Secret(unhex(case["encryption_secret"]))
    tree = SecretTree.grow(suite, len(case["leaves"]), encryption)
    for leaf, generations in enumerate(case["leaves"]):
        for expected in generations:
            tree = _taken(tree, LeafIndex(leaf), expected)
    assert decode(tree.encode(), SecretTree.decode) == tree


def _taken(tree: SecretTree, leaf: LeafIndex, expected: Case) -> SecretTree:
    for kind in RatchetType:
        name, generation = kind.name.lower(), Generation(expected["generation"])
        key, tree = tree.take(leaf, kind, generation, LIMITS)
        assert key.key == unhex(expected[f"{name}_key"])
        assert key.nonce == unhex(expected[f"{name}_nonce"])
    return tree


def message_protection(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    context = GroupContext(
        suite,
        unhex(case["group_id"]),
        case["epoch"],
        unhex(case["tree_hash"]),
        unhex(case["confirmed_transcript_hash"]),
        (),
    ).encode()
    identity = Identity(suite, BasicCredential(b""), unhex(case["signature_priv"]))
    assert identity.signature_key == unhex(case["signature_pub"])
    runner = _Protection(suite, case, context, identity)
    for kind in ("proposal", "commit", "application"):
        runner.private(kind)
        if kind != "application":
            runner.public(kind)


class _Protection:
    """One case of message protection: opens what is given, seals and opens again."""

    def __init__(
        self, suite: Suite, case: Case, context: bytes, identity: Identity
    ) -> None:
        self.suite, self.case = suite, case
        self.context, self.identity = context, identity
        self.membership_key = unhex(case["membership_key"])
        encryption = Secret(unhex(case["encryption_secret"]))
        tree = SecretTree.grow(suite, 2, encryption)
        self.keys = PrivateKeys(suite, unhex(case["sender_data_secret"]), tree)

    def private(self, kind: str) -> None:
        sent = unhex(self.case[f"{kind}_priv"])
        message = decode_message(sent)
        assert isinstance(message, PrivateMessage)
        assert encode_message(WireFormat.PRIVATE_MESSAGE, message.encode()) == sent
        self._check(kind, self._opened(message))
        ours, _ = seal_private(
            self.keys,
            self._content(kind, WireFormat.PRIVATE_MESSAGE),
            padding=64,
            entropy=os.urandom,
        )
        self._check(kind, self._opened(ours))

    def public(self, kind: str) -> None:
        sent = unhex(self.case[f"{kind}_pub"])
        message = decode_message(sent)
        assert isinstance(message, PublicMessage)
        assert encode_message(WireFormat.PUBLIC_MESSAGE, message.encode()) == sent
        key, context = self.membership_key, self.context
        self._check(kind, open_public(self.suite, key, message, context))
        content = self._content(kind, WireFormat.PUBLIC_MESSAGE)
        ours = seal_public(self.suite, key, content, context)
        self._check(kind, open_public(self.suite, key, ours, context))

    def _opened(self, message: PrivateMessage) -> AuthenticatedContent:
        sealed = open_sender(self.keys, message)
        return open_private(self.keys, sealed, LIMITS)[0]

    def _check(self, kind: str, content: AuthenticatedContent) -> None:
        content.verify(self.suite, self.identity.signature_key, self.context)
        inner = content.framed.content
        found = inner if isinstance(inner, bytes) else encode_content(inner)
        assert found == unhex(self.case[kind])
        assert content.framed.sender == Sender.member(SENDER)

    def _content(self, kind: str, wire_format: WireFormat) -> AuthenticatedContent:
        raw = unhex(self.case[kind])
        content: Content = raw
        if kind == "proposal":
            content = decode(raw, decode_proposal)
        elif kind == "commit":
            content = decode(raw, Commit.decode)
        group_id, epoch = unhex(self.case["group_id"]), self.case["epoch"]
        framed = FramedContent(group_id, epoch, Sender.member(SENDER), b"", content)
        signed = AuthenticatedContent.sign(
            self.identity, wire_format, framed, self.context
        )
        if kind != "commit":
            return signed
        tagged = Authentication(signed.authentication.signature, b"tag")
        return replace(signed, authentication=tagged)


def _proposal(kind: int) -> Callable[[bytes], bytes]:
    def again(data: bytes) -> bytes:
        proposal: Proposal = decode(kind.to_bytes(2, "big") + data, decode_proposal)
        return proposal.encode_body()

    return again


def _group_message(data: bytes) -> bytes:
    message = decode_message(data)
    is_public = isinstance(message, PublicMessage)
    wire_format = WireFormat.PUBLIC_MESSAGE if is_public else WireFormat.PRIVATE_MESSAGE
    return encode_message(wire_format, message.encode())


def _tree(data: bytes) -> bytes:
    return decode(data, RatchetTree.decode).encode()


def _secrets(data: bytes) -> bytes:
    return decode(data, GroupSecrets.decode).encode()


def _commit(data: bytes) -> bytes:
    return decode(data, Commit.decode).encode()


AGAIN: dict[str, Callable[[bytes], bytes]] = {
    "mls_welcome": lambda data: Welcome.from_message(data).to_message(),
    "mls_group_info": lambda data: GroupInfo.from_message(data).to_message(),
    "mls_key_package": lambda data: KeyPackage.from_message(data).to_message(),
    "ratchet_tree": _tree,
    "group_secrets": _secrets,
    "add_proposal": _proposal(1),
    "update_proposal": _proposal(2),
    "remove_proposal": _proposal(3),
    "pre_shared_key_proposal": _proposal(4),
    "re_init_proposal": _proposal(5),
    "external_init_proposal": _proposal(6),
    "group_context_extensions_proposal": _proposal(7),
    "commit": _commit,
    "public_message_application": _group_message,
    "public_message_proposal": _group_message,
    "public_message_commit": _group_message,
    "private_message": _group_message,
}


def messages(case: Case) -> None:
    assert case.keys() == AGAIN.keys()
    for name, encoded in case.items():
        assert AGAIN[name](unhex(encoded)) == unhex(encoded), name
