"""What a client says first in TLS, as a censor reads it (RFC 8446 §4.1.2)."""

from dataclasses import dataclass
from enum import IntEnum
from hashlib import md5, sha256
from typing import Literal, Self

from linnet.errors import Malformed
from linnet.lab.octets import Octets

RECORD_HEADER = 5
_HANDSHAKE, _CLIENT_HELLO = 22, 1
_GREASE = frozenset(byte << 8 | byte for byte in range(0x0A, 0x100, 0x10))
_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}
_DTLS_VERSIONS = {0xFEFC: "d3", 0xFEFD: "d2", 0xFEFF: "d1"}
_NOTHING = "0" * 12


class Extension(IntEnum):
    """Extensions that rules look at (IANA's TLS ExtensionType values)."""

    SERVER_NAME = 0
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SIGNATURE_ALGORITHMS = 13
    ALPN = 16
    PRE_SHARED_KEY = 41
    SUPPORTED_VERSIONS = 43
    ECH = 0xFE0D
    ESNI = 0xFFCE


@dataclass(frozen=True, slots=True)
class ClientHello:
    """A ClientHello; numbers in the order in which they came, GREASE included."""

    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[tuple[int, bytes], ...]

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read the body of a handshake message of type 1.

        Raises:
            Malformed: it is none.
        """
        fields = Octets(body)
        version = fields.number(2)
        fields.take(32)
        fields.vector(1)
        ciphers = _numbers(fields.vector(2))
        fields.vector(1)
        extensions, rest = [], Octets(fields.vector(2) if fields.left else b"")
        while rest.left:
            extensions.append((rest.number(2), rest.vector(2)))
        return cls(version, ciphers, tuple(extensions))

    def extension(self, kind: Extension) -> bytes | None:
        """Return an extension's data, or None where it was not sent."""
        return next((data for number, data in self.extensions if number == kind), None)

    @property
    def name(self) -> str:
        """The server name it asks for, in lower case; "" where it asks for none."""
        data = self.extension(Extension.SERVER_NAME)
        if not data:
            return ""
        try:
            names = Octets(Octets(data).vector(2))
            while names.left:
                kind, name = names.number(1), names.vector(2)
                if kind == 0:
                    return name.decode("ascii", "replace").lower().rstrip(".")
        except Malformed:
            pass
        return ""

    @property
    def protocols(self) -> tuple[str, ...]:
        """The application protocols that it offers (RFC 7301), first first."""
        data = self.extension(Extension.ALPN)
        found: list[str] = []
        try:
            names = Octets(Octets(data).vector(2)) if data else Octets(b"")
            while names.left:
                found.append(names.vector(1).decode("latin-1"))
        except Malformed:
            pass
        return tuple(found)

    @property
    def resumes(self) -> bool:
        """Whether it takes up an earlier session (RFC 8446 §4.2.11)."""
        return self.extension(Extension.PRE_SHARED_KEY) is not None

    def ja3(self) -> str:
        """Return the JA3 fingerprint: 32 hexadecimal digits."""
        groups = self._listed(Extension.SUPPORTED_GROUPS, 2)
        points = self.extension(Extension.EC_POINT_FORMATS) or b"\0"
        kinds = [number for number, _ in self.extensions]
        lists = (_bare(self.ciphers), _bare(kinds), _bare(groups), list(points[1:]))
        text = ",".join("-".join(map(str, each)) for each in lists)
        return md5(f"{self.version},{text}".encode(), usedforsecurity=False).hexdigest()

    def ja4(self, road: Literal["t", "q", "d"] = "t") -> str:
        """Return the JA4 fingerprint, of TLS over TCP, QUIC or DTLS."""
        ciphers = _bare(self.ciphers)
        kinds = _bare([number for number, _ in self.extensions])
        named = "d" if self.extension(Extension.SERVER_NAME) is not None else "i"
        counts = f"{min(len(ciphers), 99):02}{min(len(kinds), 99):02}"
        first = f"{road}{self._newest()}{named}{counts}{_ends(self.protocols)}"
        apart = (Extension.SERVER_NAME, Extension.ALPN)
        sorted_kinds = _hexadecimal(sorted(kind for kind in kinds if kind not in apart))
        # Chrome puts GREASE here too; left in, each of its hellos would be of its own.
        offered = self._listed(Extension.SIGNATURE_ALGORITHMS, 2)
        signatures = _hexadecimal(_bare(offered))
        last = f"{sorted_kinds}_{signatures}" if signatures else sorted_kinds
        return f"{first}_{_short(_hexadecimal(sorted(ciphers)))}_{_short(last)}"

    def _newest(self) -> str:
        offered = _bare(self._listed(Extension.SUPPORTED_VERSIONS, 1))
        if self.version in _DTLS_VERSIONS:
            # DTLS counts its versions downwards.
            return _DTLS_VERSIONS.get(min(offered, default=self.version), "00")
        return _VERSIONS.get(max(offered, default=self.version), "00")

    def _listed(self, kind: Extension, prefix: int) -> tuple[int, ...]:
        data = self.extension(kind)
        try:
            return _numbers(Octets(data).vector(prefix)) if data else ()
        except Malformed:
            return ()


def find_hello(stream: bytes, *, joins_records: bool = True) -> ClientHello | None:
    """Find the ClientHello that a stream begins with; None while it is not whole.

    `joins_records` is whether the reader puts a message together that was cut over
    several records (RFC 8446 §5.1).

    Raises:
        Malformed: the stream does not begin with one.
    """
    message, at = b"", 0
    while at < len(stream):
        head = stream[at : at + RECORD_HEADER]
        if head[0] != _HANDSHAKE or head[1:2] not in (b"", b"\3"):
            raise Malformed("This is no handshake of TLS.")
        if len(head) < RECORD_HEADER:
            return None
        length = int.from_bytes(head[3:])
        at += RECORD_HEADER
        message += stream[at : at + length]
        at += length
        if message and message[0] != _CLIENT_HELLO:
            raise Malformed("This handshake of TLS begins with no ClientHello.")
        whole = 4 + int.from_bytes(message[1:4])
        if len(message) >= max(whole, 5):
            return ClientHello.read(message[4:whole])
        if not joins_records and at <= len(stream):
            raise Malformed("This record of TLS holds no whole ClientHello.")
    return None


def _numbers(data: bytes) -> tuple[int, ...]:
    pairs = range(0, len(data) - 1, 2)
    return tuple(int.from_bytes(data[at : at + 2]) for at in pairs)


def _bare(numbers: tuple[int, ...] | list[int]) -> list[int]:
    return [number for number in numbers if number not in _GREASE]


def _hexadecimal(numbers: list[int] | tuple[int, ...]) -> str:
    return ",".join(f"{number:04x}" for number in numbers)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12] if text else _NOTHING


def _ends(protocols: tuple[str, ...]) -> str:
    if not protocols or not protocols[0]:
        return "00"
    first, last = protocols[0][0], protocols[0][-1]
    if first.isascii() and first.isalnum() and last.isascii() and last.isalnum():
        return first + last
    digits = protocols[0].encode("latin-1").hex()
    return digits[0] + digits[-1]
