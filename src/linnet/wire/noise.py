"""The Noise handshakes of a session, from the Noise framework's own objects.

Implements what spec/session.md §3 uses of the Noise Protocol Framework, revision 34
(``HandshakeState`` for X25519, AES-256-GCM and SHA-256, with the ``psk`` modifier), and
of its KEM-based hybrid forward secrecy
extension, revision 1 (the ``hfs`` modifier, with ML-KEM-768). Knows nothing of
sessions, records or carriers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)

from linnet.errors import Forged, LocalError, Malformed
from linnet.wire.ciphers import KEY_BYTES, CipherState, SymmetricState

KEM_PUBLIC_BYTES: Final = 1184
KEM_CIPHERTEXT_BYTES: Final = 1088

Entropy = Callable[[int], bytes]
"""Gives that many unpredictable bytes; ``os.urandom`` in life, fixed in vectors."""

Encapsulate = Callable[[bytes], tuple[bytes, bytes]]
"""Takes an ML-KEM-768 public key, gives the shared secret and its ciphertext."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A Noise pattern: what is known before, then the tokens of each message."""

    name: str
    knows_responder: bool
    messages: tuple[tuple[str, ...], ...]

    @property
    def uses_psk(self) -> bool:
        """Whether ephemeral keys are mixed too, as Noise §9.2 demands with a PSK."""
        return any("psk" in tokens for tokens in self.messages)


_SUITE: Final = "25519_AESGCM_SHA256"
NN: Final = Pattern(f"Noise_NN_{_SUITE}", False, (("e",), ("e", "ee")))
NK: Final = Pattern(f"Noise_NK_{_SUITE}", True, (("e", "es"), ("e", "ee")))
NNPSK0: Final = Pattern(f"Noise_NNpsk0_{_SUITE}", False, (("psk", "e"), ("e", "ee")))
NKHFS: Final = Pattern(
    "Noise_NKhfs_25519+MLKEM768_AESGCM_SHA256",
    True,
    (("e", "es", "e1"), ("e", "ee", "ekem1")),
)


def encapsulate(public_key: bytes) -> tuple[bytes, bytes]:
    """Encapsulate with the library's own randomness.

    Raises:
        Malformed: the key is not an ML-KEM-768 public key.
    """
    try:
        return MLKEM768PublicKey.from_public_bytes(public_key).encapsulate()
    except ValueError:
        raise Malformed("The handshake holds a key that is none.") from None


def public_key(private_key: bytes) -> bytes:
    """The X25519 public key of a private one."""
    return (
        X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()
    )


@dataclass(slots=True)
class HandshakeState:
    """One side of one handshake (Noise §5.3): alternately write and read.

    ``static`` is the responder's private key on the responder's side, ``remote_static``
    its public key on the initiator's.
    """

    pattern: Pattern
    initiator: bool
    prologue: bytes
    entropy: Entropy = field(repr=False)
    static: bytes | None = field(default=None, repr=False)
    remote_static: bytes | None = field(default=None, repr=False)
    psk: bytes | None = field(default=None, repr=False)
    encapsulate: Encapsulate = field(default=encapsulate, repr=False)

    _symmetric: SymmetricState = field(init=False, repr=False)
    _step: int = field(default=0, init=False)
    _ephemeral: X25519PrivateKey = field(init=False, repr=False)
    _remote_ephemeral: bytes = field(default=b"", init=False, repr=False)
    _kem: MLKEM768PrivateKey = field(init=False, repr=False)
    _remote_kem: bytes = field(default=b"", init=False, repr=False)

    def __post_init__(self) -> None:
        self._symmetric = SymmetricState(self.pattern.name, self.prologue)
        if self.pattern.knows_responder:
            self._symmetric.mix_hash(self._responder_public())

    @property
    def hash(self) -> bytes:
        """The transcript so far; after the last message it names the session."""
        return self._symmetric.hash

    def write(self, payload: bytes) -> bytes:
        """The next handshake message, carrying ``payload``."""
        parts = [self._write_token(token) for token in self._tokens(writing=True)]
        parts.append(self._symmetric.encrypt_and_hash(payload))
        return b"".join(parts)

    def read(self, message: bytes) -> bytes:
        """The payload of the next handshake message.

        Raises:
            Malformed: it is too short, or holds a key that is none.
            Forged: it was made for another key or changed on the way.
        """
        rest = message
        try:
            for token in self._tokens(writing=False):
                rest = self._read_token(token, rest)
            if len(rest) < self._symmetric.overhead():
                raise Malformed("A handshake message was cut short.")
            return self._symmetric.decrypt_and_hash(rest)
        except InvalidTag:
            raise Forged(
                "The handshake does not fit the relay's key, or was changed on the "
                "way; nothing was sent under it."
            ) from None

    def split(self) -> tuple[CipherState, CipherState]:
        """The transport ciphers after the last message: (sending, receiving)."""
        first, second = self._symmetric.split()
        return (first, second) if self.initiator else (second, first)

    def _tokens(self, *, writing: bool) -> tuple[str, ...]:
        turn = self._step
        if turn >= len(self.pattern.messages):
            raise LocalError("This handshake is already complete.")
        if (turn % 2 == 0) is not (self.initiator is writing):
            raise LocalError("It is the other side's turn in this handshake.")
        self._step += 1
        return self.pattern.messages[turn]

    def _write_token(self, token: str) -> bytes:
        match token:
            case "e":
                self._ephemeral = X25519PrivateKey.from_private_bytes(
                    self.entropy(KEY_BYTES)
                )
                public = self._ephemeral.public_key().public_bytes_raw()
                self._mix_ephemeral(public)
                return public
            case "e1":
                self._kem = MLKEM768PrivateKey.from_seed_bytes(self.entropy(64))
                kem_public = self._kem.public_key().public_bytes_raw()
                return self._symmetric.encrypt_and_hash(kem_public)
            case "ekem1":
                secret, ciphertext = self.encapsulate(self._remote_kem)
                sealed = self._symmetric.encrypt_and_hash(ciphertext)
                self._symmetric.mix_key(secret)
                return sealed
            case _:
                self._mix(token)
                return b""

    def _read_token(self, token: str, rest: bytes) -> bytes:
        match token:
            case "e":
                self._remote_ephemeral, rest = _take(rest, KEY_BYTES)
                self._mix_ephemeral(self._remote_ephemeral)
            case "e1":
                sealed, rest = _take(
                    rest, KEM_PUBLIC_BYTES + self._symmetric.overhead()
                )
                self._remote_kem = self._symmetric.decrypt_and_hash(sealed)
            case "ekem1":
                sealed, rest = _take(
                    rest, KEM_CIPHERTEXT_BYTES + self._symmetric.overhead()
                )
                ciphertext = self._symmetric.decrypt_and_hash(sealed)
                self._symmetric.mix_key(self._kem.decapsulate(ciphertext))
            case _:
                self._mix(token)
        return rest

    def _mix(self, token: str) -> None:
        match token:
            case "psk":
                self._symmetric.mix_key_and_hash(self._pre_shared())
            case "ee":
                self._mix_dh(self._ephemeral, self._remote_ephemeral)
            case _ if self.initiator:
                self._mix_dh(self._ephemeral, self._responder_public())
            case _:
                self._mix_dh(self._responder_private(), self._remote_ephemeral)

    def _mix_dh(self, private: X25519PrivateKey, public: bytes) -> None:
        try:
            shared = private.exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:
            raise Malformed("The handshake holds a key that is none.") from None
        self._symmetric.mix_key(shared)

    def _mix_ephemeral(self, public: bytes) -> None:
        self._symmetric.mix_hash(public)
        if self.pattern.uses_psk:
            self._symmetric.mix_key(public)

    def _pre_shared(self) -> bytes:
        if self.psk is None or len(self.psk) != KEY_BYTES:
            raise LocalError("This handshake needs a pre-shared key of 32 bytes.")
        return self.psk

    def _responder_public(self) -> bytes:
        if self.remote_static is not None:
            return self.remote_static
        return self._responder_private().public_key().public_bytes_raw()

    def _responder_private(self) -> X25519PrivateKey:
        if self.static is None:
            raise LocalError("This handshake needs the relay's key.")
        return X25519PrivateKey.from_private_bytes(self.static)


def _take(rest: bytes, length: int) -> tuple[bytes, bytes]:
    if len(rest) < length:
        raise Malformed("A handshake message was cut short.")
    return rest[:length], rest[length:]
