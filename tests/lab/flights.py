"""Handshakes of DTLS, as datagrams (RFC 6347)."""

from struct import pack

# What Chrome 124 offers for a call.
CIPHERS = "c02bc02fcca9cca8c009c013c00ac014009c002f0035"
EXTENSIONS = (
    "00170000ff01000100000a00080006001d00170018000b00020100"
    "00230000000d00140012040308040401050308050501080606010201000e00050002000100"
)
CHROME_JA4 = "dd2i110700_c45550529adf_d9dd6182da81"


def hello_body(
    cookie: bytes = b"", *, version: int = 0xFEFD, extensions: str = EXTENSIONS
) -> bytes:
    """The body of a ClientHello."""
    ciphers, more = bytes.fromhex(CIPHERS), bytes.fromhex(extensions)
    return (
        version.to_bytes(2)
        + bytes(32)
        + b"\0"
        + (bytes((len(cookie),)) + cookie)
        + (len(ciphers).to_bytes(2) + ciphers)
        + b"\1\0"
        + (len(more).to_bytes(2) + more)
    )


def fragment(
    body: bytes, begins: int, ends: int, *, kind: int = 1, epoch: int = 0
) -> bytes:
    """A record with a part of a handshake message."""
    part = body[begins:ends]
    head = bytes((kind,)) + len(body).to_bytes(3) + bytes(2)
    held = head + begins.to_bytes(3) + len(part).to_bytes(3) + part
    return b"\x16\xfe\xff" + pack("!H6xH", epoch, len(held)) + held


def flight(body: bytes, *, kind: int = 1) -> bytes:
    """A datagram with one whole handshake message."""
    return fragment(body, 0, len(body), kind=kind)


HELLO = flight(hello_body())
VERIFY = flight(b"\xfe\xff\x14" + bytes(20), kind=3)
