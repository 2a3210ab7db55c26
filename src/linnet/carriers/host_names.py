"""Where hosts are, as this machine's own resolver says it."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]


def require_name(host: str) -> None:
    """Refuse what cannot be asked for.

    A link may hold any text, also with labels that are empty or too long.

    Raises:
        OSError: it is no name.
    """
    try:
        host.encode("idna")
    except UnicodeError:
        raise OSError(-1, "This is no name.") from None


async def places_of(host: str, port: int) -> Sequence[_Found]:
    """Find where a host is, the likeliest place first; there is one at least.

    Each is what a socket is made of, and what it is then connected to.

    Raises:
        OSError: its name leads nowhere, or is none.
    """
    require_name(host)
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
