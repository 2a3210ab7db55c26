"""Whom a request is for, where TLS names somebody else (spec/carriers.md §12)."""

import re
from typing import Final

from linnet.wire.links import Address

_FRONTED: Final = re.compile(
    r"//([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/.*)?", re.ASCII
)


def asked_host(address: Address) -> str:
    """Whom a request is for: what the ``Host`` header says."""
    fronted = _FRONTED.fullmatch(address.path)
    if fronted:
        return fronted[1] + (fronted[2] or "")
    host = address.cover or address.host
    if ":" in host:
        host = f"[{host}]"
    return host if address.port in {80, 443} else f"{host}:{address.port}"


def asked_path(address: Address) -> str:
    """The path a request names."""
    fronted = _FRONTED.fullmatch(address.path)
    return ((fronted[3] or "") if fronted else address.path) or "/"
