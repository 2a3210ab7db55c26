"""The outside of a road: TCP to an address, and TLS as the guise of the road has it.

Certificates are not checked, on purpose: TLS is only what the road looks like. A
state's own certificate, a proxy or a relay without a domain must all be able to carry
a session, and none of them can read or change it (spec/session.md §8). They are checked
only where a password goes over the connection (spec/parcels.md §4).
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final, TypeVar, cast

from linnet.carriers import curl, egress
from linnet.carriers.guises import Guise, Wardrobe
from linnet.carriers.host_names import places_of, require_name
from linnet.carriers.target import Target
from linnet.wire.links import Address, Road

P = TypeVar("P", bound=asyncio.Protocol)

PATIENCE: Final = 12.0
"""Seconds that a handshake of TLS may take."""

_MOST_TICKETS: Final = 64
_NAME: Final = re.compile(
    r"(?!.{254})[\w-]{1,63}(\.[\w-]{1,63})*\.?|[\da-fA-F:.]{2,45}", re.ASCII
)
_tickets: dict[Address, ssl.SSLSession] = {}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a connection is to look.

    Attributes:
        guise: as whom the address is met.
        wardrobe: what remembers what was learnt of the address.
        old: offer HTTP/1.1 and nothing newer.
        resumes: take up an earlier TLS session where there is one.
        checks: look at the certificate; not together with ``resumes``.
        newer: who connects can speak HTTP/2 instead, and is told ``SpeaksNewer``.
    """

    guise: Guise
    wardrobe: Wardrobe
    old: bool
    resumes: bool
    checks: bool = False
    newer: bool = False


async def connect(
    make: Callable[[], P], address: Address, manner: Manner
) -> tuple[asyncio.Transport, P]:
    """Open a connection to an address, and give it to a protocol.

    Raises:
        OSError: nobody answers there, or not with TLS.
    """
    if address.road is not Road.WSS:
        return await egress.connect(make, address.host, address.port)
    name = _name_of(address)
    if is_a_browser(manner):
        return await _as_a_browser(make, address, manner)
    session = _tickets.pop(address, None) if manner.resumes else None
    context = ssl.create_default_context() if manner.checks else unchecked()
    return await egress.connect(
        make,
        address.host,
        address.port,
        ssl=cast("ssl.SSLContext", _Resuming(context, session)),
        server_hostname=name,
    )


def is_a_browser(manner: Manner) -> bool:
    """Whether a connection with TLS can be opened as its guise opens it."""
    # A loop may be of a network that is not this machine's, where libcurl sees nothing.
    has_sockets = getattr(asyncio.get_running_loop(), "has_sockets", True)
    return bool(manner.guise.preset) and has_sockets and curl.is_there()


async def _as_a_browser(
    make: Callable[[], P], address: Address, manner: Manner
) -> tuple[asyncio.Transport, P]:
    way_out = egress.egress()
    target = await target_of(address, manner)
    try:
        return await curl.connect(make, target, await _stream(way_out, address))
    except curl.SpeaksNewer:
        if _may_be_newer(address, manner):
            manner.wardrobe.learn_new(address, speaks=True)
            raise
        # A browser too comes again with HTTP/1.1 where it finds no sockets.
        manner.wardrobe.learn_old(address)
        old = replace(target, old=True)
        return await curl.connect(make, old, await _stream(way_out, address))


async def target_of(address: Address, manner: Manner) -> Target:
    """Where libcurl is to connect for an address, and as whom.

    Raises:
        OSError: the address leads nowhere, or under a name that can be none.
    """
    name = _name_of(address)
    way_out = egress.egress()
    places = await _places(address) if way_out.is_straight else _placeholder(address)
    if ":" in name or name.rstrip(".").rpartition(".")[2][:1].isdigit():
        # libcurl would go where such a name points, and ask for no name there either.
        name = places[0]
    newer = _may_be_newer(address, manner)
    return Target(
        name=name,
        hosts=places,
        port=address.port,
        preset=manner.guise.preset,
        old=manner.old or (not newer and manner.wardrobe.speaks_old(address)),
        resumes=manner.resumes,
        patience=PATIENCE,
        checks=manner.checks,
    )


def _name_of(address: Address) -> str:
    """What TLS asks for at an address.

    Raises:
        OSError: it is no name.
    """
    name = address.cover or address.host
    if not _NAME.fullmatch(name):
        # What else a link may hold would mean something in an address of the web.
        raise OSError(-1, "This is no name.")
    require_name(name)
    return name


def _may_be_newer(address: Address, manner: Manner) -> bool:
    is_wanted = manner.newer and egress.egress().is_straight
    return is_wanted and manner.wardrobe.speaks_new(address) is not False


async def _stream(way_out: egress.Egress, address: Address) -> socket.socket | None:
    """What libcurl is to take in place of a connection of its own."""
    if way_out.is_straight:
        return None
    return await way_out.open(address.host, address.port)


def _placeholder(address: Address) -> tuple[str, ...]:
    """Digits for libcurl, which goes nowhere by them: no name is asked of anybody."""
    try:
        return (str(ip_address(address.host)),)
    except ValueError:
        return ("127.0.0.1",)


def keep_ticket(transport: asyncio.BaseTransport, address: Address) -> None:
    """Keep what takes a TLS session up again; call it once an answer has come."""
    tls = transport.get_extra_info("ssl_object")
    if tls is not None and tls.session is not None:
        _tickets[address] = tls.session
        if len(_tickets) > _MOST_TICKETS:
            del _tickets[next(iter(_tickets))]


def was_resumed(transport: asyncio.BaseTransport) -> bool:
    """Whether the connection took up an earlier session of TLS."""
    tls = transport.get_extra_info("ssl_object")
    resumed = tls.session_reused if tls else transport.get_extra_info("resumed")
    return bool(resumed)


class _Resuming:
    """A context whose next connection takes up a session, which asyncio cannot say."""

    def __init__(self, context: ssl.SSLContext, session: ssl.SSLSession | None) -> None:
        self._context, self._session = context, session

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, **options: Any
    ) -> ssl.SSLObject:
        options["session"] = self._session
        return self._context.wrap_bio(incoming, outgoing, **options)


@lru_cache(maxsize=1)
def unchecked() -> ssl.SSLContext:
    """TLS whose certificate nobody looks at; one, because sessions belong to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _places(address: Address) -> tuple[str, ...]:
    try:
        return (str(ip_address(address.host)),)
    except ValueError:
        found = await places_of(address.host, address.port)
        return tuple(dict.fromkeys(str(place[4][0]) for place in found))
