"""Message keys: one use each, and gone (RFC 9420 §9).

A secret tree is a value: taking a key gives the key and the tree without it. Whoever
drops the new tree has not used the key. Nothing that was used can be derived from what
remains: a secret is replaced by what comes of it.

Rules of this file: a node is either an unopened secret, a pair of nodes, or the two
ratchets of a leaf; opening a path replaces every secret on it.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NewType

from mls.codec import Reader, opaque, uint8, uint16, uint32, vector
from mls.errors import MalformedMessage, Replayed, TooFarAhead, UsageError
from mls.secrets import Secret
from mls.suites import Suite
from mls.tree_math import LeafIndex

Generation = NewType("Generation", int)

_LAST_GENERATION = 2**32 - 1
_HIGHEST_LEVEL = 32


class RatchetType(IntEnum):
    """Commits and proposals use other keys than application messages."""

    HANDSHAKE = 0
    APPLICATION = 1


@dataclass(frozen=True, slots=True)
class MessageKey:
    """The key and nonce of one message."""

    generation: Generation
    key: Secret
    nonce: Secret


@dataclass(frozen=True, slots=True)
class RatchetLimits:
    """How far ahead a ratchet may be moved, and how many skipped keys it keeps."""

    skipped_generations: int
    kept_keys: int


@dataclass(frozen=True, slots=True)
class Ratchet:
    """A chain of message keys: the next one, and those that were skipped."""

    secret: Secret = field(repr=False)
    generation: Generation = Generation(0)
    kept: tuple[MessageKey, ...] = ()

    def take_next(self, suite: Suite) -> tuple[MessageKey, "Ratchet"]:
        """Take the next key, for sending.

        Raises:
            UsageError: four thousand million messages were sent in this epoch.
        """
        if self.generation >= _LAST_GENERATION:
            raise UsageError("the epoch has no message keys left; commit")
        key = self._key(suite)
        return key, Ratchet(self._after(suite), self._next(), self.kept)

    def take(
        self, suite: Suite, generation: Generation, limits: RatchetLimits
    ) -> tuple[MessageKey, "Ratchet"]:
        """Take the key of a generation, for receiving.

        Raises:
            Replayed: the key was used, or is too old.
            TooFarAhead: the limits forbid to go so far.
        """
        if generation < self.generation:
            return self._take_kept(generation)
        if generation - self.generation > limits.skipped_generations:
            raise TooFarAhead("a message skips more generations than settings allow")
        ratchet, skipped = self, []
        while ratchet.generation < generation:
            key, ratchet = ratchet.take_next(suite)
            skipped.append(key)
        key, ratchet = ratchet.take_next(suite)
        kept = (*self.kept, *skipped)
        start = max(0, len(kept) - limits.kept_keys)
        return key, Ratchet(ratchet.secret, ratchet.generation, kept[start:])

    def _take_kept(self, generation: Generation) -> tuple[MessageKey, "Ratchet"]:
        for position, key in enumerate(self.kept):
            if key.generation == generation:
                rest = self.kept[:position] + self.kept[position + 1 :]
                return key, Ratchet(self.secret, self.generation, rest)
        raise Replayed("the key of a message was used before, or is too old")

    def _next(self) -> Generation:
        return Generation(self.generation + 1)

    def _key(self, suite: Suite) -> MessageKey:
        aead, generation = suite.aead, self.generation
        key = suite.derive_tree_secret(self.secret, b"key", generation, aead.key_length)
        nonce = suite.derive_tree_secret(
            self.secret, b"nonce", generation, aead.nonce_length
        )
        return MessageKey(generation, key, nonce)

    def _after(self, suite: Suite) -> Secret:
        size = suite.hash_length
        return suite.derive_tree_secret(self.secret, b"secret", self.generation, size)

    def encode(self) -> bytes:
        """Encode for storage."""
        kept = vector(
            uint32(key.generation) + opaque(key.key) + opaque(key.nonce)
            for key in self.kept
        )
        return opaque(self.secret) + uint32(self.generation) + kept

    @staticmethod
    def decode(reader: Reader) -> "Ratchet":
        """Read what `encode` wrote."""
        secret, generation = Secret(reader.opaque()), Generation(reader.uint32())
        return Ratchet(secret, generation, reader.vector(_decode_key))


def _decode_key(reader: Reader) -> MessageKey:
    generation = Generation(reader.uint32())
    return MessageKey(generation, Secret(reader.opaque()), Secret(reader.opaque()))


Ratchets = tuple[Ratchet, Ratchet]
"""Those of a leaf, in the order of `RatchetType`."""


@dataclass(frozen=True, slots=True)
class _Pair:
    left: "_Node"
    right: "_Node"


@dataclass(frozen=True, slots=True)
class _Leaf:
    ratchets: Ratchets


_Node = Secret | _Pair | _Leaf


@dataclass(frozen=True, slots=True)
class SecretTree:
    """All message keys of an epoch that were not used yet."""

    suite: Suite
    height: int
    root: _Node = field(repr=False)

    @staticmethod
    def grow(suite: Suite, leaf_count: int, encryption_secret: Secret) -> "SecretTree":
        """The secret tree of a new epoch."""
        return SecretTree(suite, leaf_count.bit_length() - 1, encryption_secret)

    def take_next(
        self, leaf: LeafIndex, kind: RatchetType
    ) -> tuple[MessageKey, "SecretTree"]:
        """Take a leaf's next key, for sending; gives it and the tree without it."""
        ratchets, opened = self._open(leaf)
        key, ratchet = ratchets[kind].take_next(self.suite)
        return key, self._closed(opened, leaf, _replaced(ratchets, kind, ratchet))

    def take(
        self,
        leaf: LeafIndex,
        kind: RatchetType,
        generation: Generation,
        limits: RatchetLimits,
    ) -> tuple[MessageKey, "SecretTree"]:
        """Take a leaf's key of a generation; gives it and the tree without it.

        Raises:
            Replayed: the key was used, or is too old.
            TooFarAhead: the limits forbid to go so far.
        """
        ratchets, opened = self._open(leaf)
        key, ratchet = ratchets[kind].take(self.suite, generation, limits)
        return key, self._closed(opened, leaf, _replaced(ratchets, kind, ratchet))

    def _open(self, leaf: LeafIndex) -> tuple[Ratchets, list[_Pair]]:
        """The two ratchets of a leaf, and the nodes above them, from the root."""
        node, opened = self.root, []
        for level in reversed(range(self.height)):
            pair = self._pair(node)
            opened.append(pair)
            node = pair.right if (leaf >> level) & 1 else pair.left
        return (node.ratchets if isinstance(node, _Leaf) else self._start(node)), opened

    def _closed(
        self, opened: list[_Pair], leaf: LeafIndex, ratchets: Ratchets
    ) -> "SecretTree":
        node: _Node = _Leaf(ratchets)
        for level, pair in enumerate(reversed(opened)):
            is_right = (leaf >> level) & 1
            node = _Pair(pair.left, node) if is_right else _Pair(node, pair.right)
        return SecretTree(self.suite, self.height, node)

    def _pair(self, node: _Node) -> _Pair:
        if isinstance(node, _Pair):
            return node
        if isinstance(node, _Leaf):
            raise MalformedMessage("a stored secret tree is too low")
        size, expand = self.suite.hash_length, self.suite.expand_with_label
        return _Pair(
            expand(node, b"tree", b"left", size), expand(node, b"tree", b"right", size)
        )

    def _start(self, node: _Node) -> Ratchets:
        if isinstance(node, _Pair | _Leaf):
            raise MalformedMessage("a stored secret tree is too high")
        size, expand = self.suite.hash_length, self.suite.expand_with_label
        handshake = expand(node, b"handshake", b"", size)
        application = expand(node, b"application", b"", size)
        return Ratchet(handshake), Ratchet(application)

    def encode(self) -> bytes:
        """Encode for storage."""
        return uint16(self.suite.id) + uint8(self.height) + _encode_node(self.root)

    @staticmethod
    def decode(reader: Reader) -> "SecretTree":
        """Read what `encode` wrote.

        Raises:
            MalformedMessage: the bytes are not a secret tree.
        """
        suite, height = Suite.from_id(reader.uint16()), reader.uint8()
        if height > _HIGHEST_LEVEL:
            raise MalformedMessage("a stored secret tree is too high")
        return SecretTree(suite, height, _decode_node(reader, height))


def _replaced(ratchets: Ratchets, kind: RatchetType, ratchet: Ratchet) -> Ratchets:
    handshake, application = ratchets
    if kind is RatchetType.HANDSHAKE:
        return ratchet, application
    return handshake, ratchet


def _encode_node(node: _Node) -> bytes:
    if isinstance(node, _Pair):
        return b"\x02" + _encode_node(node.left) + _encode_node(node.right)
    if isinstance(node, _Leaf):
        return b"\x03" + b"".join(ratchet.encode() for ratchet in node.ratchets)
    return b"\x01" + opaque(node)


def _decode_node(reader: Reader, level: int) -> _Node:
    kind = reader.uint8()
    if kind == 1:
        return Secret(reader.opaque())
    if kind == 2 and level > 0:
        return _Pair(_decode_node(reader, level - 1), _decode_node(reader, level - 1))
    if kind == 3 and level == 0:
        return _Leaf((Ratchet.decode(reader), Ratchet.decode(reader)))
    raise MalformedMessage("a stored secret tree has a node of no known kind")
