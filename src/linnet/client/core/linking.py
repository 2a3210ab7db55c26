"""How an old device lets a new one in: both sides of the exchange, as pure machines.

Specified in ``spec/devices.md`` §3. Each side makes the envelopes it puts into the
mailbox and takes those of the other; knows nothing of streams, stores or people.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag

from linnet.client.core import cbor
from linnet.client.core.envelope import BlobRef
from linnet.client.core.identity import Entropy, decode_name
from linnet.client.core.keys import MailboxKeys, derive
from linnet.client.core.padding import pad, unpad
from linnet.errors import Forged, LocalError, Malformed
from linnet.ids import DeviceId
from linnet.wire.ciphers import CipherState
from linnet.wire.limits import MAX_ENVELOPE
from linnet.wire.links import DeviceLink
from linnet.wire.noise import NNPSK0, HandshakeState

PROLOGUE: Final = b"Linnet link 1\x00"
NONCE: Final = b"Linnet link nonce 1\x00"
CODE: Final = b"Linnet link code 1"
NONCE_BYTES: Final = 32
TAG_BYTES: Final = 16
VERSION: Final = 1
STRANGE: Final = "The other device sent what does not belong to linking."


@dataclass(slots=True)
class _Side:
    """What both sides have: the handshake, then a cipher each way."""

    link: DeviceLink = field(repr=False)
    entropy: Entropy = field(repr=False)
    initiator: bool
    code: str = field(default="", init=False, repr=False)
    _handshake: HandshakeState = field(init=False, repr=False)
    _sending: CipherState = field(init=False, repr=False)
    _receiving: CipherState = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._handshake = HandshakeState(
            NNPSK0,
            initiator=self.initiator,
            prologue=PROLOGUE + self.link.stream + self.link.relay.key,
            entropy=self.entropy,
            psk=MailboxKeys.derive(self.link.secret).psk,
        )

    def _split(self) -> None:
        self._sending, self._receiving = self._handshake.split()

    def _agree(self, of_new: bytes, of_old: bytes) -> None:
        self.code = link_code(self._handshake.hash, of_new, of_old)

    def _seal(self, payload: cbor.Value) -> bytes:
        plain = pad(cbor.encode(payload), largest=MAX_ENVELOPE - TAG_BYTES)
        return self._sending.encrypt(plain, b"")

    def _open(self, data: bytes) -> cbor.Value:
        try:
            return cbor.decode(unpad(self._receiving.decrypt(data, b"")))
        except InvalidTag as error:
            raise Forged("What came by the link was changed on the way.") from error


@dataclass(slots=True)
class NewSide(_Side):
    """The new device's side: `hello`, `answered`, `prove`, then `received`."""

    initiator: bool = field(default=True, init=False)
    _nonce: bytes = field(default=b"", init=False, repr=False)

    def hello(self, name: str) -> bytes:
        """Make envelope 1: a commitment to the nonce, and how this device is called."""
        self._nonce = self.entropy(NONCE_BYTES)
        payload: list[cbor.Value] = [VERSION, commitment(self._nonce), name]
        return self._handshake.write(cbor.encode(payload))

    def answered(self, data: bytes) -> str:
        """Take envelope 2; return the code to show.

        Raises:
            RemoteError: it is not of the device that made the link.
        """
        payload = cbor.decode(_read(self._handshake.read, data))
        match payload:
            case [1, bytes(theirs)] if len(theirs) == NONCE_BYTES and _is_v1(payload):
                self._split()
                self._agree(self._nonce, theirs)
                return self.code
        raise Malformed(STRANGE)

    def prove(self, device: DeviceId) -> bytes:
        """Make envelope 3: the nonce itself, and this device's id."""
        return self._seal([VERSION, self._nonce, device])

    def received(self, data: bytes) -> BlobRef:
        """Take envelope 4; return where the account lies.

        Raises:
            RemoteError: it is not of the device whose code was compared.
        """
        payload = self._open(data)
        match payload:
            case [1, bytes(ref)] if _is_v1(payload):
                return BlobRef.unpack(ref)
        raise Malformed(STRANGE)

    def done(self) -> bytes:
        """Make envelope 5: the account is on this device's disk."""
        return self._seal([VERSION])


@dataclass(slots=True)
class OldSide(_Side):
    """The old device's side: `greeted`, `proven`, and after its owner's word `give`."""

    initiator: bool = field(default=False, init=False)
    name: str = field(default="", init=False)
    _nonce: bytes = field(default=b"", init=False, repr=False)
    _commitment: bytes = field(default=b"", init=False, repr=False)

    def greeted(self, data: bytes) -> bytes:
        """Take envelope 1 and make envelope 2.

        Raises:
            RemoteError: it was made without the link, or is malformed.
        """
        payload = cbor.decode(_read(self._handshake.read, data))
        match payload:
            case [1, bytes(promised), str(name)] if len(
                promised
            ) == NONCE_BYTES and _is_v1(payload):
                self.name = decode_name(name.encode())
                self._commitment = promised
            case _:
                raise Malformed(STRANGE)
        self._nonce = self.entropy(NONCE_BYTES)
        answer = self._handshake.write(cbor.encode([VERSION, self._nonce]))
        self._split()
        return answer

    def proven(self, data: bytes) -> DeviceId:
        """Take envelope 3: from here on `code` is what the owner compares.

        Raises:
            RemoteError: it is not what envelope 1 committed to.
        """
        payload = self._open(data)
        match payload:
            case [1, bytes(theirs), bytes(device)] if (
                len(theirs) == NONCE_BYTES and len(device) == 8 and _is_v1(payload)
            ):
                pass
            case _:
                raise Malformed(STRANGE)
        if commitment(theirs) != self._commitment:
            raise Forged("The other device is not the one that opened the link.")
        self._agree(theirs, self._nonce)
        return DeviceId(device)

    def give(self, account: BlobRef) -> bytes:
        """Make envelope 4; only after the owner has compared the code."""
        if not self.code:
            raise LocalError("Nothing is given before there is a code to compare.")
        return self._seal([VERSION, account.pack()])

    def finished(self, data: bytes) -> None:
        """Take envelope 5.

        Raises:
            RemoteError: it is not of the device whose code was compared.
        """
        payload = self._open(data)
        if payload != [VERSION] or not _is_v1(payload):
            raise Malformed(STRANGE)


def commitment(nonce: bytes) -> bytes:
    """Return what envelope 1 says of a nonce that envelope 3 shows."""
    return sha256(NONCE + nonce).digest()


def link_code(handshake_hash: bytes, of_new: bytes, of_old: bytes) -> str:
    """Return the six digits that both devices show."""
    out = derive(of_new + of_old, salt=handshake_hash, info=CODE, length=8)
    return f"{int.from_bytes(out) % 1_000_000:06}"


def _read(read: Callable[[bytes], bytes], data: bytes) -> bytes:
    try:
        return read(data)
    except Forged as error:
        raise Forged("What came by the link was made without it.") from error


def _is_v1(payload: cbor.Value) -> bool:
    """True is 1 to Python, but not in CBOR."""
    return isinstance(payload, list) and payload[0] is not True
