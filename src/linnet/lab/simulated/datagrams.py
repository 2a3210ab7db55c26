"""UDP as asyncio's datagram transports are."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from errno import EMSGSIZE
from ipaddress import IPv4Address
from os import strerror
from typing import Any, Final

from linnet.lab.packets import Endpoint, Packet, Protocol
from linnet.lab.simulated.host import Host

MOST_PAYLOAD: Final = 1_472
"""Octets that one Ethernet frame carries; the lab takes nothing apart."""


class UdpTransport(asyncio.DatagramTransport):
    """An end that sends and takes datagrams; with `remote`, of one peer alone."""

    def __init__(
        self,
        host: Host,
        local: Endpoint,
        remote: Endpoint | None,
        protocol: asyncio.DatagramProtocol,
    ) -> None:
        """Open it.

        Raises:
            OSError: somebody has this end already.
        """
        host.open_mailbox(local, self._take)
        extra: dict[str, Any] = {"sockname": _name(local)}
        if remote is not None:
            extra["peername"] = _name(remote)
        super().__init__(extra)
        self._loop, self._context = asyncio.get_running_loop(), copy_context()
        self._host, self._local, self._remote = host, local, remote
        self._protocol, self._closing = protocol, False
        self._call(protocol.connection_made, self)

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        """Send a datagram to an address, or to the only peer."""
        target = self._remote
        if addr is not None:
            target = Endpoint(IPv4Address(addr[0]), addr[1])
        if self._remote is not None and target != self._remote:
            raise ValueError(f"Invalid address: must be None or {self._remote}")
        if target is None:
            raise ValueError("This end has no peer; say to whom this goes.")
        if self._closing:
            return
        if len(data) > MOST_PAYLOAD:
            error = OSError(EMSGSIZE, strerror(EMSGSIZE))
            self._call(self._protocol.error_received, error)
            return
        local = self._local
        if local.host.is_unspecified:
            local = Endpoint(self._host.addresses[0], local.port)
        self._host.send(Packet(local, target, Protocol.UDP, bytes(data)))

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self._closing

    def close(self) -> None:
        """Close it."""
        if not self._closing:
            self._closing = True
            self._host.close_mailbox(self._local)
            self._call(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """Close it; nothing ever waits to be sent."""
        self.close()

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who is told."""
        return self._protocol

    def _take(self, packet: Packet) -> None:
        if self._remote is None or packet.source == self._remote:
            self._call(self._hand_over, packet)

    def _hand_over(self, packet: Packet) -> None:
        if not self._closing:
            self._protocol.datagram_received(packet.payload, _name(packet.source))

    def _call(self, callback: Callable[..., object], *args: object) -> None:
        self._loop.call_soon(callback, *args, context=self._context)


def _name(end: Endpoint) -> tuple[str, int]:
    return str(end.host), end.port
