"""What a client says first in QUIC version 1, as a censor reads it (RFC 9000, 9001).

An Initial packet is encrypted with keys that everyone on the path can derive: it hides
nothing from a box that takes the trouble.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from linnet.errors import Malformed
from linnet.lab.hellos import ClientHello
from linnet.lab.octets import Octets, join

VERSION_1 = 1
_SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_LONGEST_ID = 20
_LEAST_BODY = 20
"""Octets behind a header's length: a number of four, and a tag or sample of 16."""
MOST_PACKETS = 8
"""Packets of one datagram that are opened; each costs the reader a key."""

_CLIENT_HELLO = 1


class _Frame(IntEnum):
    """Frames that may be in an Initial packet (RFC 9000 §17.2.2)."""

    PADDING = 0x00
    PING = 0x01
    ACK = 0x02
    ACK_ECN = 0x03
    CRYPTO = 0x06
    CLOSE = 0x1C


@dataclass(frozen=True, slots=True, repr=False)
class InitialKeys:
    """What protects a client's Initial packets (RFC 9001 §5.1, §5.2)."""

    key: bytes
    iv: bytes
    header: bytes

    @classmethod
    def derive(cls, connection: bytes) -> "InitialKeys":
        """Derive them from the connection id that the client made up."""
        initial = hmac.digest(_SALT, connection, "sha256")
        secret = _expand(initial, b"client in", 32)
        return cls(
            _expand(secret, b"quic key", 16),
            _expand(secret, b"quic iv", 12),
            _expand(secret, b"quic hp", 16),
        )

    def mask(self, sample: bytes) -> bytes:
        """Return the five octets that hide a header (RFC 9001 §5.4.3)."""
        # One block of AES as it is: there is no mode to choose.
        hides = Cipher(algorithms.AES(self.header), modes.ECB()).encryptor()  # noqa: S305
        return hides.update(sample)[:5]

    def nonce(self, number: int) -> bytes:
        """Return the nonce of a packet (RFC 9001 §5.3)."""
        return (int.from_bytes(self.iv) ^ number).to_bytes(len(self.iv))


def find_quic_hello(
    datagram: bytes, *, joins_frames: bool = True
) -> ClientHello | None:
    """Read the ClientHello of a datagram's Initial packets; None if it is not whole.

    `joins_frames` is whether the reader puts CRYPTO frames together, whatever their
    order and with whatever between them. One that does not sees a ClientHello only in
    a frame that comes first and holds all of it.

    Raises:
        Malformed: the datagram does not begin with a client's Initial of version 1,
            or what that begins with is no ClientHello.
    """
    if joins_frames:
        plains = islice(_open_all(datagram), MOST_PACKETS)
        message = join(piece for plain in plains for piece in _pieces(plain))
    else:
        plain, _ = _open(datagram)
        offset, data = next(_pieces(plain), (0, b""))
        message = data if plain[0] == _Frame.CRYPTO and offset == 0 else b""
    if message and message[0] != _CLIENT_HELLO:
        raise Malformed("This handshake of QUIC begins with no ClientHello.")
    whole = 4 + int.from_bytes(message[1:4])
    return ClientHello.read(message[4:whole]) if 4 < whole <= len(message) else None


def _open_all(datagram: bytes) -> Iterator[bytes]:
    plain, rest = _open(datagram)
    yield plain
    while rest and _is_initial(rest):
        plain, rest = _open(rest)
        yield plain


def _is_initial(packet: bytes) -> bool:
    """Whether a packet has the long header of an Initial (RFC 9000 §17.2.2)."""
    return packet[0] & 0xF0 == 0xC0 and packet[1:5] == VERSION_1.to_bytes(4)


def _open(datagram: bytes) -> tuple[bytes, bytes]:
    """Decrypt the Initial packet that comes first; return it and what follows it."""
    if len(datagram) < 5 or not _is_initial(datagram):
        raise Malformed("This is no Initial packet of QUIC version 1.")
    head = Octets(datagram)
    head.take(5)
    connection, other = head.vector(1), head.vector(1)
    head.take(head.variable())
    length = head.variable()
    start = head.at
    body, rest = head.take(length), head.take(head.left)
    if max(len(connection), len(other)) > _LONGEST_ID or len(body) < _LEAST_BODY:
        raise Malformed("An Initial packet of QUIC has impossible lengths.")
    return _decrypt(InitialKeys.derive(connection), datagram[:start], body), rest


def _decrypt(keys: InitialKeys, head: bytes, body: bytes) -> bytes:
    """Take the protection of header and payload off (RFC 9001 §5.3, §5.4)."""
    mask = keys.mask(body[4:20])
    first = head[0] ^ mask[0] & 0x0F
    length = (first & 3) + 1
    hidden = zip(body[:length], mask[1:], strict=False)
    number = bytes(octet ^ cover for octet, cover in hidden)
    shown = bytes((first,)) + head[1:] + number
    nonce = keys.nonce(int.from_bytes(number))
    try:
        return AESGCM(keys.key).decrypt(nonce, body[length:], shown)
    except InvalidTag:
        raise Malformed("An Initial packet of QUIC does not open.") from None


def _pieces(plain: bytes) -> Iterator[tuple[int, bytes]]:
    """Read what CRYPTO frames hold, each with its offset (RFC 9000 §19)."""
    frames = Octets(plain)
    while frames.left:
        kind = frames.variable()
        if kind == _Frame.CRYPTO:
            offset = frames.variable()
            yield offset, frames.take(frames.variable())
        elif kind in (_Frame.ACK, _Frame.ACK_ECN):
            _pass_over(frames, counts=3 * (kind == _Frame.ACK_ECN))
        elif kind == _Frame.CLOSE:
            return
        elif kind not in (_Frame.PADDING, _Frame.PING):
            raise Malformed("An Initial packet of QUIC holds an unknown frame.")


def _pass_over(frames: Octets, *, counts: int) -> None:
    """Read an ACK frame to its end (RFC 9000 §19.3)."""
    frames.variable()
    frames.variable()
    for _ in range(2 * frames.variable() + 1 + counts):
        frames.variable()


def _expand(secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446 §7.1)."""
    name = b"tls13 " + label
    info = length.to_bytes(2) + bytes((len(name),)) + name + b"\0"
    return HKDFExpand(SHA256(), length, info).derive(secret)
