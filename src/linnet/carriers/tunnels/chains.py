"""Chains of tunnels as text: ``a|b|c``, nearest to the person first; pure.

Specified in ``spec/carriers.md`` §13.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from linnet.carriers.tunnels.kinds import TALKS
from linnet.carriers.tunnels.tunnel import Tunnel
from linnet.errors import Malformed

MOST_TUNNELS: Final = 8
LARGEST_CHAIN: Final = 4_096
LONGEST_FIELD: Final = 255
"""Bytes of a name, a password, a host: what SOCKS5 has room for."""

_TUNNEL: Final = re.compile(
    r"(?P<kind>[A-Za-z_][A-Za-z0-9_]*):(?P<slashes>//)?"
    r"(?:(?P<before>[^@]*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:@\[\]/]+):(?P<port>\d{1,5})/?"
)
_ALSO: Final = {"socks5h": "socks5"}


def read_chain(text: str) -> tuple[Tunnel, ...]:
    """Read a chain that a person typed.

    Raises:
        Malformed: it is none; the text says what is wrong, without what was typed.
    """
    if len(text) > LARGEST_CHAIN:
        raise Malformed("The chain is too long.")
    tunnels = tuple(_read_tunnel(one.strip()) for one in text.split("|"))
    if len(tunnels) > MOST_TUNNELS:
        raise Malformed(f"A chain has at most {MOST_TUNNELS} tunnels.")
    return tunnels


def write_chain(tunnels: Iterable[Tunnel]) -> str:
    """Write a chain as ``read_chain`` reads it."""
    return "|".join(map(_write_tunnel, tunnels))


def show_chain(tunnels: Iterable[Tunnel]) -> str:
    """Write a chain for eyes: without passwords and what plug-ins are told."""
    return "|".join(f"{one.kind}:{_host(one)}:{one.port}" for one in tunnels)


def _read_tunnel(text: str) -> Tunnel:
    found = _TUNNEL.fullmatch(text)
    if found is None:
        raise Malformed(
            "A tunnel is socks5://HOST:PORT, http://NAME:PASSWORD@HOST:PORT or, "
            "for a plug-in, obfs4:cert=...,iat-mode=0@HOST:PORT."
        )
    kind = _ALSO.get(found["kind"].lower(), found["kind"])
    host, port = found["host"].strip("[]"), int(found["port"])
    if not 0 < port < 65_536 or len(host) > LONGEST_FIELD or not host.isascii():
        raise Malformed("A tunnel of the chain has no host and port that can be.")
    if bool(found["slashes"]) != (kind in TALKS):
        raise Malformed(
            "Proxies of the kinds socks5:// and http:// are known; a plug-in has no //."
        )
    before = found["before"] or ""
    if kind not in TALKS:
        return Tunnel(kind, host, port, arguments=_read_arguments(before))
    user, _, password = before.partition(":")
    return Tunnel(kind, host, port, _decoded(user), _decoded(password))


def _read_arguments(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for one in text.split(",") if text else ():
        key, is_given, value = one.partition("=")
        if not (key and is_given):
            raise Malformed("What a plug-in is told has the form KEY=VALUE,KEY=VALUE.")
        pairs.append((_decoded(key), _decoded(value)))
    return tuple(pairs)


def _decoded(text: str) -> str:
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Malformed("The chain holds what is no text.") from None
    if len(decoded.encode()) > LONGEST_FIELD or not decoded.isprintable():
        raise Malformed("A part of the chain is too long, or cannot be printed.")
    return decoded


def _write_tunnel(tunnel: Tunnel) -> str:
    place = f"{_host(tunnel)}:{tunnel.port}"
    if tunnel.kind not in TALKS:
        told = ",".join(
            f"{quote(k, safe='')}={_quoted(v)}" for k, v in tunnel.arguments
        )
        return f"{tunnel.kind}:{told}@{place}" if told else f"{tunnel.kind}:{place}"
    login = f"{_quoted(tunnel.user)}:{_quoted(tunnel.password)}@" if tunnel.user else ""
    return f"{tunnel.kind}://{login}{place}"


def _quoted(text: str) -> str:
    return quote(text, safe="/+")


def _host(tunnel: Tunnel) -> str:
    return f"[{tunnel.host}]" if ":" in tunnel.host else tunnel.host
