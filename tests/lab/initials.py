"""Initial packets of QUIC version 1, sealed as a client does (RFC 9001 §5)."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linnet.lab.quic_initial import InitialKeys
from tests.lab.lines import python_hello

CONNECTION = bytes.fromhex("8394c8f03e515708")


def quic_hello(name: str) -> bytes:
    """A ClientHello as a handshake message, without the record of TLS."""
    return python_hello(name)[5:]


def crypto(data: bytes, offset: int = 0) -> bytes:
    """A CRYPTO frame."""
    return b"\6" + variable(offset) + variable(len(data)) + data


def initial(
    frames: bytes, connection: bytes = CONNECTION, number: int = 2, size: int = 1_200
) -> bytes:
    """A client's Initial that holds frames, padded to make so many octets."""
    keys = InitialKeys.derive(connection)
    head = b"\xc3\0\0\0\1" + bytes((len(connection),)) + connection + b"\0\0"
    plain = frames.ljust(size - len(head) - 2 - 4 - 16, b"\0")
    head += (0x4000 | len(plain) + 4 + 16).to_bytes(2) + number.to_bytes(4)
    sealed = AESGCM(keys.key).encrypt(keys.nonce(number), plain, head)
    mask = keys.mask(sealed[:16])
    number_at = len(head) - 4
    hidden = bytes(a ^ b for a, b in zip(head[number_at:], mask[1:], strict=True))
    first = bytes((head[0] ^ mask[0] & 0x0F,))
    return first + head[1:number_at] + hidden + sealed


def variable(number: int) -> bytes:
    """A number of QUIC, in two octets (RFC 9000 §16)."""
    return (0x4000 | number).to_bytes(2)
