"""Whom a client asks: who was chosen, or its machine's resolvers (spec/dns.md §1)."""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit

from linnet.carriers.dns.lines import HttpsLine, Line, TcpLine, UdpLine
from linnet.carriers.egress import egress
from linnet.carriers.resolver import Form, Resolver
from linnet.wire.links import Address, Road

WELL_KNOWN: Final = (
    "https://dns.google/dns-query",
    "https://one.one.one.one/dns-query",
)
"""Asked by HTTPS where the machine's own resolvers do not answer."""

MOST_SERVERS: Final = 3
_CONFIGURATION: Final = Path("/etc/resolv.conf")


def lines_to(address: Address) -> list[Line]:
    """Return the lines by which an address's zone can be asked for, best first.

    Raises:
        ValueError: the address names a resolver that cannot be understood.
    """
    told = address.path
    if told.startswith("https:"):
        return [HttpsLine(_web_address(told, address.cover))]
    if not told and (chosen := egress().resolvers):
        return [line for one in chosen for line in _lines_of(one)]
    servers = [str(ip_address(told))] if told else _servers_here()
    lines: list[Line] = [UdpLine(one, address.port) for one in servers]
    lines += [TcpLine(one, address.port) for one in servers]
    if not told:
        lines += [HttpsLine(_web_address(one, "")) for one in WELL_KNOWN]
    return lines


def _lines_of(chosen: Resolver) -> list[Line]:
    host, port = chosen.host, chosen.port
    match chosen.form:
        case Form.HTTPS:
            return [HttpsLine(Address(Road.WSS, host, port, chosen.path))]
        case Form.UDP:
            return [UdpLine(host, port)]
        case Form.TCP:
            return [TcpLine(host, port)]
        case Form.BOTH:
            return [UdpLine(host, port), TcpLine(host, port)]


def _servers_here() -> Sequence[str]:
    # A loop may be of a network that is not this machine's.
    told = getattr(asyncio.get_running_loop(), "name_servers", None)
    if told is not None:
        return cast("Callable[[], Sequence[str]]", told)()
    try:
        text = _CONFIGURATION.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ()
    return servers_of(text)


def servers_of(text: str) -> list[str]:
    """The name servers that a ``resolv.conf`` names."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                found.append(str(ip_address(words[1])))
            except ValueError:
                continue
    return found[:MOST_SERVERS]


def _web_address(url: str, cover: str) -> Address:
    parts: SplitResult = urlsplit(url)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("This is no address of a resolver.")
    return Address(
        Road.WSS, parts.hostname, parts.port or 443, parts.path or "/", cover
    )
