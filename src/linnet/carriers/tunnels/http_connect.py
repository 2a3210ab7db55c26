"""An HTTP proxy, asked with CONNECT; name and password as Basic (RFC 9110 §9.3.6).

Names are given to the proxy as they are, so that none is asked of this network.
"""

import re
from base64 import b64encode
from collections.abc import Generator
from typing import Final

from linnet.carriers.diagnosis import Came
from linnet.carriers.tunnels.tunnel import Say, Tunnel, TunnelFailed

_LINE: Final = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
_REFUSALS: Final = {
    b"407": ("The proxy you go through asks for a name and password.", Came.NO_TUNNEL),
    b"403": (
        "The proxy you go through does not allow that connection.",
        Came.NO_TUNNEL,
    ),
    b"502": ("The proxy you go through reaches nobody there.", Came.NOBODY),
    b"503": ("The proxy you go through reaches nobody there.", Came.NOBODY),
    b"504": (
        "The proxy you go through reaches nobody there in time.",
        Came.NOBODY,
    ),
}
_FAILED: Final = ("The proxy you go through could not open it.", Came.NO_TUNNEL)


def http_connect(tunnel: Tunnel, host: str, port: int) -> Generator[Say, bytes, None]:
    """Ask for a connection to a host and port.

    Raises:
        TunnelFailed: the proxy did not open it, or is none.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if tunnel.user:
        login = b64encode(f"{tunnel.user}:{tunnel.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    head = yield Say("\r\n".join([*lines, "", ""]).encode(), until=b"\r\n\r\n")
    status = _LINE.match(head)
    if status is None:
        raise TunnelFailed("What answers at the proxy of your chain is no HTTP proxy.")
    if not status[1].startswith(b"2"):
        raise TunnelFailed(*_REFUSALS.get(status[1], _FAILED))
