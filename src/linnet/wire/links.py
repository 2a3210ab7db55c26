"""Where a relay is and who may use it, as text that travels (spec/wire.md §8).

Knows the relay descriptor and the links made of it; the invite is built from the same
parts.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Self

from linnet.errors import Malformed
from linnet.ids import StreamId
from linnet.wire.fields import Fields, u8, u16

SCHEME = "linnet:"
VERSION = 1
CHECKSUM_SIZE = 4
MAX_LINK = 4_096
MAX_ADDRESSES = 8
MAX_ROAD_RELAYS = 8


class LinkKind(IntEnum):
    """What a link leads to."""

    PASS = 1
    INVITE = 2
    DEVICE = 3
    ROAD = 4


class Road(IntEnum):
    """How the bytes of a session travel to an address."""

    TCP = 1
    WS = 2
    WSS = 3
    DNS = 4
    MAIL = 5
    FOLDER = 6
    PLUGIN = 7


_NAMES = {
    LinkKind.PASS: "a relay's pass",
    LinkKind.INVITE: "a person's invite",
    LinkKind.DEVICE: "a link from another device of yours",
    LinkKind.ROAD: "a road, as a proxy gives it,",
}
_PRINTABLE = re.compile(r"[\x21-\x7e]*")


@dataclass(frozen=True, slots=True)
class Address:
    """One place at which a relay listens."""

    road: Road
    host: str = field(repr=False)
    port: int = field(repr=False)
    path: str = field(default="", repr=False)
    cover: str = field(default="", repr=False)

    def pack(self) -> bytes:
        """Write the address."""
        texts = (_text(self.host), _text(self.path), _text(self.cover))
        return u8(self.road) + texts[0] + u16(self.port) + texts[1] + texts[2]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read an address.

        Raises:
            Malformed: it is of an unknown kind, or its text is not printable ASCII.
        """
        kind = fields.number(1)
        if kind not in set(Road):
            raise Malformed("The link names a kind of address unknown here.")
        host, port = _read_text(fields), fields.number(2)
        if not host or not port:
            raise Malformed("The link names an address without host or port.")
        return cls(Road(kind), host, port, _read_text(fields), _read_text(fields))


@dataclass(frozen=True, slots=True)
class RelayDescriptor:
    """A relay: its static key and the addresses to try, best first."""

    key: bytes = field(repr=False)
    addresses: tuple[Address, ...]

    def pack(self) -> bytes:
        """Write the descriptor."""
        packed = b"".join(address.pack() for address in self.addresses)
        return self.key + u8(len(self.addresses)) + packed

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read a descriptor.

        Raises:
            Malformed: it has no address or too many.
        """
        key, count = fields.take(32), fields.number(1)
        if not 1 <= count <= MAX_ADDRESSES:
            raise Malformed("The link names no address of the relay, or too many.")
        return cls(key, tuple(Address.read(fields) for _ in range(count)))


@dataclass(frozen=True, slots=True)
class PassLink:
    """What a relay gives a new person: where it is and a token to begin with."""

    relay: RelayDescriptor
    token: bytes = field(repr=False)

    def text(self) -> str:
        """Write the link."""
        return encode_link(LinkKind.PASS, self.token + self.relay.pack())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a link that someone typed or pasted.

        Raises:
            Malformed: it is no link, damaged, of another kind or version.
        """
        fields = Fields(decode_link(text, LinkKind.PASS))
        token = fields.take(32)
        link = cls(RelayDescriptor.read(fields), token)
        fields.finish()
        return link


@dataclass(frozen=True, slots=True)
class DeviceLink:
    """What an old device shows a new one: where they meet, and the secret of it.

    Specified in ``spec/devices.md`` §2.
    """

    relay: RelayDescriptor
    stream: StreamId = field(repr=False)
    secret: bytes = field(repr=False)

    def text(self) -> str:
        """Write the link."""
        body = self.relay.pack() + self.stream + self.secret
        return encode_link(LinkKind.DEVICE, body)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a link that someone typed, pasted or scanned.

        Raises:
            Malformed: it is no link, damaged, of another kind or version.
        """
        fields = Fields(decode_link(text, LinkKind.DEVICE))
        relay = RelayDescriptor.read(fields)
        stream, secret = StreamId(fields.take(16)), fields.take(32)
        fields.finish()
        return cls(relay, stream, secret)


@dataclass(frozen=True, slots=True)
class RoadLink:
    """What a proxy gives a person: further addresses of relays, that person's own."""

    relays: tuple[RelayDescriptor, ...] = field(repr=False)

    def pack(self) -> bytes:
        """Write the body of the link."""
        return b"".join(one.pack() for one in self.relays)

    def text(self) -> str:
        """Write the link."""
        return encode_link(LinkKind.ROAD, self.pack())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a link that someone typed, pasted or scanned.

        Raises:
            Malformed: it is no link, damaged, of another kind or version.
        """
        return cls.unpack(decode_link(text, LinkKind.ROAD))

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        """Read the body of a link.

        Raises:
            Malformed: it is none, or names too many relays.
        """
        fields = Fields(body)
        relays = [RelayDescriptor.read(fields)]
        while not fields.is_done:
            relays.append(RelayDescriptor.read(fields))
        if len(relays) > MAX_ROAD_RELAYS:
            raise Malformed("The link names too many relays.")
        return cls(tuple(relays))


def encode_link(kind: LinkKind, body: bytes) -> str:
    """Write a link: version, kind, body and checksum as base64url."""
    content = u8(VERSION) + u8(kind) + body
    whole = content + sha256(content).digest()[:CHECKSUM_SIZE]
    return SCHEME + urlsafe_b64encode(whole).rstrip(b"=").decode()


def decode_link(text: str, kind: LinkKind) -> bytes:
    """Read the body of a link of the kind asked for.

    Raises:
        Malformed: it is no link, damaged, of another kind or version.
    """
    whole = _unpack(text)
    content, checksum = whole[:-CHECKSUM_SIZE], whole[-CHECKSUM_SIZE:]
    if len(content) < 2 or sha256(content).digest()[:CHECKSUM_SIZE] != checksum:
        raise Malformed("The link is damaged: part of it is missing or changed.")
    if content[0] != VERSION:
        raise Malformed("The link was made by a newer version of Linnet.")
    if content[1] != kind:
        raise Malformed(
            f"This is a link of another kind; {_NAMES[kind]} is needed here."
        )
    return content[2:]


def _unpack(text: str) -> bytes:
    # Mail programs and chats break long lines; a link has no white space of its own.
    compact = "".join(text.split())
    if len(compact) > MAX_LINK or not compact.lower().startswith(SCHEME):
        raise Malformed("This is not a Linnet link; one begins with 'linnet:'.")
    packed = compact[len(SCHEME) :]
    if not re.fullmatch(r"[A-Za-z0-9_-]*", packed) or len(packed) % 4 == 1:
        raise Malformed("The link is damaged: it holds characters no link has.")
    whole = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    if urlsafe_b64encode(whole).rstrip(b"=").decode() != packed:
        raise Malformed("The link is damaged: its last character is changed.")
    return whole


def _text(value: str) -> bytes:
    encoded = value.encode("ascii")
    return u8(len(encoded)) + encoded


def _read_text(fields: Fields) -> str:
    raw = fields.sized(1)
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("The link holds an address that is not ASCII.") from None
    if not _PRINTABLE.fullmatch(text):
        raise Malformed("The link holds an address that cannot be printed.")
    return text
