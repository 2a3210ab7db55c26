"""Packets as values, and as the bytes of IPv4, TCP and UDP (RFC 791, 9293, 768).

The lab speaks IPv4 alone: no rule that it models looks at more.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag
from ipaddress import IPv4Address
from struct import Struct
from typing import Self

from linnet.errors import Malformed

_IP = Struct("!BBHHHBBH4s4s")
_TCP = Struct("!HHIIBBHHH")
_UDP = Struct("!HHHH")


class Protocol(IntEnum):
    """What is inside an IPv4 packet (RFC 790's numbers)."""

    ICMP = 1
    TCP = 6
    UDP = 17


class Flags(IntFlag):
    """What a TCP segment does (RFC 9293 §3.1)."""

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16


NO_FLAGS = Flags(0)
_TRANSPORT = {Protocol.TCP: _TCP.size, Protocol.UDP: _UDP.size}


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One end of a flow; an ICMP message has port 0."""

    host: IPv4Address
    port: int

    def __str__(self) -> str:
        """Write it as tools do."""
        return f"{self.host}:{self.port}"

    @classmethod
    def at(cls, host: str, port: int) -> Self:
        """Name an end by its address in the usual notation."""
        return cls(IPv4Address(host), port)


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; of TCP one segment, in order of its first octet's `sequence`."""

    source: Endpoint
    target: Endpoint
    protocol: Protocol
    payload: bytes = b""
    flags: Flags = NO_FLAGS
    sequence: int = 0
    acknowledged: int = 0
    options: bytes = b""
    window: int = 0xFFFF

    @property
    def size(self) -> int:
        """Octets that it takes on a line, the headers counted."""
        head = _TRANSPORT.get(self.protocol, 0)
        return _IP.size + head + len(self.options) + len(self.payload)

    def __str__(self) -> str:
        """Say it in a line, as a log of verdicts does."""
        flags = f" {self.flags.name}" if self.flags else ""
        return (
            f"{self.protocol.name} {self.source} > {self.target}{flags} "
            f"{len(self.payload)}"
        )

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a packet from what an interface gave.

        Raises:
            Malformed: it is no whole IPv4 packet of a protocol that the lab knows.
        """
        if len(data) < _IP.size or data[0] >> 4 != 4:
            raise Malformed("This is no IPv4 packet.")
        first, _, length, _, _, _, number, _, source, target = _IP.unpack_from(data)
        start = (first & 15) * 4
        if not _IP.size <= start <= length <= len(data):
            raise Malformed("An IPv4 packet is cut short.")
        hosts = IPv4Address(source), IPv4Address(target)
        body = data[start:length]
        if number == Protocol.TCP:
            return cls._read_tcp(hosts, body)
        if number == Protocol.UDP:
            return cls._read_udp(hosts, body)
        if number == Protocol.ICMP:
            ends = Endpoint(hosts[0], 0), Endpoint(hosts[1], 0)
            return cls(*ends, Protocol.ICMP, body)
        raise Malformed("An IPv4 packet holds a protocol that the lab does not know.")

    @classmethod
    def _read_tcp(cls, hosts: tuple[IPv4Address, IPv4Address], body: bytes) -> Self:
        if len(body) < _TCP.size:
            raise Malformed("A TCP segment is cut short.")
        numbers = _TCP.unpack_from(body)
        source, target, sequence, acknowledged, offset, flags, window, *_ = numbers
        start = (offset >> 4) * 4
        if not _TCP.size <= start <= len(body):
            raise Malformed("A TCP segment's header goes beyond its end.")
        return cls(
            Endpoint(hosts[0], source),
            Endpoint(hosts[1], target),
            Protocol.TCP,
            body[start:],
            Flags(flags & 31),
            sequence,
            acknowledged,
            body[_TCP.size : start],
            window,
        )

    @classmethod
    def _read_udp(cls, hosts: tuple[IPv4Address, IPv4Address], body: bytes) -> Self:
        if len(body) < _UDP.size:
            raise Malformed("A UDP datagram is cut short.")
        source, target, length, _ = _UDP.unpack_from(body)
        if not _UDP.size <= length <= len(body):
            raise Malformed("A UDP datagram is cut short.")
        ends = Endpoint(hosts[0], source), Endpoint(hosts[1], target)
        return cls(*ends, Protocol.UDP, body[_UDP.size : length])

    def pack(self) -> bytes:
        """Write the packet with all its checksums."""
        hosts = self.source.host.packed, self.target.host.packed
        body = self._body()
        if self.protocol is not Protocol.ICMP:
            pseudo = b"".join(hosts) + bytes((0, self.protocol)) + _u16(len(body))
            at = 16 if self.protocol is Protocol.TCP else 6
            body = body[:at] + _u16(checksum(pseudo + body) or 0xFFFF) + body[at + 2 :]
        length = _IP.size + len(body)
        head = _IP.pack(0x45, 0, length, 0, 0x4000, 64, self.protocol, 0, *hosts)
        return head[:10] + _u16(checksum(head)) + head[12:] + body

    def _body(self) -> bytes:
        ports = self.source.port, self.target.port
        if self.protocol is Protocol.UDP:
            return _UDP.pack(*ports, _UDP.size + len(self.payload), 0) + self.payload
        if self.protocol is Protocol.ICMP:
            return self.payload
        words = (_TCP.size + len(self.options)) // 4
        numbers = self.sequence, self.acknowledged, words << 4, self.flags
        head = _TCP.pack(*ports, *numbers, self.window, 0, 0)
        return head + self.options + self.payload

    @property
    def after(self) -> int:
        """The sequence number behind this segment, SYN and FIN counted."""
        extra = bool(self.flags & Flags.SYN) + bool(self.flags & Flags.FIN)
        return (self.sequence + len(self.payload) + extra) % 2**32

    def reset(self) -> Self:
        """The reset that its sender would take for one of its receiver's."""
        return replace(
            self,
            source=self.target,
            target=self.source,
            payload=b"",
            flags=Flags.RST | Flags.ACK,
            sequence=self.acknowledged,
            acknowledged=self.after,
            options=b"",
        )

    def cut_to_reset(self) -> Self:
        """This segment as a reset that its receiver takes for its sender's."""
        flags = Flags.RST | Flags.ACK
        return replace(self, payload=b"", flags=flags, options=b"")


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of some octets."""
    even = data + b"\0" if len(data) % 2 else data
    total: int = sum(word for (word,) in Struct("!H").iter_unpack(even))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total ^ 0xFFFF


def _u16(number: int) -> bytes:
    return number.to_bytes(2)
