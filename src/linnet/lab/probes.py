"""What a prober says to a server to learn what that is (IMC 2020; Frolov 2020)."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from linnet.lab.hellos import Extension
from linnet.lab.packets import Endpoint

_KEY_SHARE = 51
_CCS = b"\x14\3\3\0\1\1"


class Kind(StrEnum):
    """Probes, by the names that were given to them where they were published."""

    REPLAY = "R1"
    FIRST_CHANGED = "R2"
    HEAD_CHANGED = "R3"
    SALT_END_CHANGED = "R4"
    TWO_CHANGED = "R5"
    SHORT_NOISE = "NR1"
    LONG_NOISE = "NR2"
    GET = "HTTP GET"
    NO_NAME = "TLS without a name"
    OTHER_NAME = "TLS with another name"
    SAME_NAME = "TLS with the same name"
    HELLO_AGAIN = "ClientHello again"
    FLOOD = "ClientHello and a flood of ChangeCipherSpec"


HANDSHAKES = frozenset({Kind.NO_NAME, Kind.OTHER_NAME, Kind.SAME_NAME})
"""Probes whose answer brings the certificate that is shown for the name asked for."""


class Question(NamedTuple):
    """One thing to say, and why."""

    kind: Kind
    payload: bytes


@dataclass(frozen=True, slots=True)
class Repertoire:
    """All that a prober can say.

    Attributes:
        head: octets that R3 changes.
        salt_end: those that R4 changes.
        two: those that R5 changes.
        noises: the middle lengths of random probes; one is a little longer or shorter.
        jitter: by how many octets.
        long_noise: octets of a random probe that is long.
        other_name: a server name that no client asked for (assumed).
        flood: records of ChangeCipherSpec behind a ClientHello (assumed: twice what
            OpenSSL takes).
    """

    head: tuple[int, ...] = (*range(8), 62, 63)
    salt_end: tuple[int, ...] = (16,)
    two: tuple[int, ...] = (6, 16)
    noises: tuple[int, ...] = (8, 12, 16, 22, 33, 41, 49)
    jitter: int = 1
    long_noise: int = 221
    other_name: str = "www.example.org"
    flood: int = 64

    def first(self, server: Endpoint, heard: bytes, chances: Random) -> list[Question]:
        """What is asked of a server after a suspicious first packet to it."""
        sizes = [
            size + chances.randint(-self.jitter, self.jitter) for size in self.noises
        ]
        get = f"GET / HTTP/1.1\r\nHost: {server}\r\n\r\n".encode()
        nameless = hello("", chances)
        return [
            Question(Kind.REPLAY, heard),
            Question(Kind.FIRST_CHANGED, changed(heard, (0,), chances)),
            Question(Kind.TWO_CHANGED, changed(heard, self.two, chances)),
            *(Question(Kind.SHORT_NOISE, chances.randbytes(size)) for size in sizes),
            Question(Kind.LONG_NOISE, chances.randbytes(self.long_noise)),
            Question(Kind.GET, get),
            Question(Kind.NO_NAME, nameless),
            Question(Kind.OTHER_NAME, hello(self.other_name, chances)),
            Question(Kind.FLOOD, nameless + _CCS * self.flood),
        ]

    def of_hello(self, heard: bytes, name: str, chances: Random) -> list[Question]:
        """What is asked once a client has said a whole ClientHello."""
        named = [Question(Kind.SAME_NAME, hello(name, chances))] if name else []
        return [Question(Kind.HELLO_AGAIN, heard), *named]

    def of_answer(self, heard: bytes, chances: Random) -> list[Question]:
        """What is asked of a server only if it answers what a client said before."""
        return [
            Question(Kind.HEAD_CHANGED, changed(heard, self.head, chances)),
            Question(Kind.SALT_END_CHANGED, changed(heard, self.salt_end, chances)),
        ]


def changed(payload: bytes, places: tuple[int, ...], chances: Random) -> bytes:
    """Return a payload with other octets in some places, where it has them."""
    octets = bytearray(payload)
    for place in places:
        if place < len(octets):
            octets[place] ^= chances.randrange(1, 256)
    return bytes(octets)


def hello(name: str, chances: Random) -> bytes:
    """Make a ClientHello of TLS 1.2 and 1.3 as a record; "" asks for no server name."""
    asked = b"\0" + _vector(2, name.encode("ascii", "replace"))
    extensions = [
        (Extension.SERVER_NAME, _vector(2, asked)) if name else None,
        (Extension.SUPPORTED_GROUPS, _vector(2, b"\0\x1d\0\x17\0\x18")),
        (Extension.EC_POINT_FORMATS, b"\1\0"),
        (Extension.SIGNATURE_ALGORITHMS, _vector(2, bytes.fromhex("0403080404010503"))),
        (Extension.ALPN, _vector(2, b"\x08http/1.1")),
        (Extension.SUPPORTED_VERSIONS, b"\4\3\4\3\3"),
        (_KEY_SHARE, _vector(2, b"\0\x1d" + _vector(2, chances.randbytes(32)))),
    ]
    written = [one for one in extensions if one]
    body = (
        b"\3\3"
        + chances.randbytes(32)
        + _vector(1, chances.randbytes(32))
        + _vector(2, bytes.fromhex("130113021303c02bc02fc02cc030"))
        + b"\1\0"
        + _vector(2, b"".join(kind.to_bytes(2) + _vector(2, d) for kind, d in written))
    )
    return b"\x16\3\1" + _vector(2, b"\1" + _vector(3, body))


def _vector(prefix: int, data: bytes) -> bytes:
    return len(data).to_bytes(prefix) + data
