"""A connection through a SOCKS proxy, as a program that knows nothing better opens it.

RFC 1928 and, for the name and password that obfs4's client is told a bridge by,
RFC 1929.
"""

import socket
from typing import Final
from urllib.parse import SplitResult, unquote

_VERSION: Final = b"\x05"
_NO_SECRET, _SECRET = 0, 2


def connect(proxy: SplitResult, host: str, port: int, seconds: float) -> socket.socket:
    """Connect to a host, by its name, through a proxy.

    Raises:
        OSError: nothing came of it.
    """
    road = socket.create_connection((proxy.hostname, proxy.port), seconds)
    try:
        method = _SECRET if proxy.username else _NO_SECRET
        road.sendall(_VERSION + bytes((1, method)))
        _expect(road, _VERSION + bytes((method,)))
        if proxy.username:
            name, secret = (
                unquote(each or "").encode()
                for each in (proxy.username, proxy.password)
            )
            words = bytes((len(name),)) + name + bytes((len(secret),)) + secret
            road.sendall(b"\x01" + words)
            _expect(road, b"\x01\x00")
        named = host.encode()
        place = bytes((len(named),)) + named + port.to_bytes(2)
        road.sendall(_VERSION + b"\x01\x00\x03" + place)
        _expect(road, _VERSION + b"\x00\x00")
        # What follows is an address of the proxy's, IPv4 with all that are used here.
        road.recv(7, socket.MSG_WAITALL)
    except BaseException:
        road.close()
        raise
    return road


def _expect(road: socket.socket, answer: bytes) -> None:
    if road.recv(len(answer), socket.MSG_WAITALL) != answer:
        raise OSError("The proxy does not open a connection.")
