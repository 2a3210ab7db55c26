"""Asks the places at which newer editions of a manifest are (spec/manifest.md §7).

What answers is a stranger who may say anything: all of it is only text that somebody
else verifies, and it leads nowhere further.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dns.lines import HttpsLine, Line
from linnet.carriers.dns.resolvers import lines_to
from linnet.carriers.dns.texts import texts_of
from linnet.carriers.egress import egress
from linnet.carriers.host_names import places_of
from linnet.carriers.site import Site
from linnet.errors import LocalError
from linnet.wire.global_addresses import is_global, is_inside
from linnet.wire.links import Address, Road
from linnet.wire.places import Kind, Place

MOST_ADDRESSES: Final = 3
"""Of a website, that are tried one after another."""

PAGE_SECONDS: Final = 40.0
"""How long a page may take, with every address of its host."""

LARGEST_PAGE: Final = 131_072
_FOUND: Final = 200

INSIDE: Final = "It leads into a local network, so it was not asked."
_PAST_CHAIN: Final = (
    "None of the resolvers that you chose would be asked through your chain: that goes "
    "by HTTPS only."
)
_NO_PAGE: Final = "There is no such page."
_UNPROVED: Final = (
    "What answers there cannot prove its name: somebody may stand in between. Nothing "
    "of it was taken; get the manifest in another way."
)
_NOBODY: Final = "Nobody answered there."

Lines = Callable[[Address], Sequence[Line]]


async def texts_at(
    place: Place, *, inside: bool, lines: Lines = lines_to, checks: bool = False
) -> AsyncGenerator[tuple[str, ...], None]:
    """What is said at a place; a forgery may come before the truth.

    Yields:
        One answer: what may be a manifest in it.

    Args:
        place: where.
        inside: whether it may be on this machine, or in its own network.
        lines: how resolvers are reached.
        checks: look at a website's certificate, as where nothing says yet whose
            signatures there must be.

    Raises:
        Unreachable: nobody answers there, not with a page, or not as who is asked
            for; the text says which.
    """
    if not inside and is_inside(place.host):
        raise Unopened(Came.NO_WAY, INSIDE)
    if place.kind is Kind.WEB:
        yield (await _page(place, inside=inside, checks=checks),)
        return
    try:
        found = texts_of(place.host, _allowed(lines(_zone(place))))
        async with aclosing(found):
            async for texts in found:
                yield tuple(one.decode("ascii", errors="replace") for one in texts)
    except LocalError:
        raise Unopened(Came.NO_NAME, _NOBODY) from None


def _zone(place: Place) -> Address:
    return Address(Road.DNS, place.host, 53)


def _allowed(lines: Sequence[Line]) -> list[Line]:
    """Those that leave by the person's chain, where there is one."""
    if egress().is_straight:
        return list(lines)
    by_chain: list[Line] = [one for one in lines if isinstance(one, HttpsLine)]
    if not by_chain:
        raise Unopened(Came.NO_TUNNEL, _PAST_CHAIN)
    return by_chain


async def _page(place: Place, *, inside: bool, checks: bool) -> str:
    try:
        async with asyncio.timeout(PAGE_SECONDS):
            for address in await _addresses(place, inside=inside):
                try:
                    return await _ask(address, place.target, checks=checks)
                except ssl.SSLCertVerificationError:
                    raise Unopened(Came.NO_TLS, _UNPROVED) from None
                except OSError:
                    continue
    except OSError:
        pass
    raise Unopened(Came.NOBODY, _NOBODY)


async def _ask(address: Address, target: str, *, checks: bool) -> str:
    site = Site(address, checks=checks)
    try:
        answer = await site.visit(target)
    finally:
        site.close()
    if answer.status != _FOUND or len(answer.body) > LARGEST_PAGE:
        # Also one that leads elsewhere: nobody has signed where.
        raise Unopened(Came.NO_DOOR, _NO_PAGE)
    return answer.body.decode("ascii", errors="replace")


async def _addresses(place: Place, *, inside: bool) -> list[Address]:
    """Where a website is: what was looked at is what is connected to."""
    host, port = place.host, place.port
    if not egress().is_straight:
        # The far end of the chain asks for the name, and its network is not ours.
        return [Address(Road.WSS, host, port)]
    found = await places_of(host, port)
    digits = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not inside and not all(map(is_global, digits)):
        raise Unopened(Came.NO_WAY, INSIDE)
    cover = "" if host in digits else host
    return [Address(Road.WSS, one, port, "", cover) for one in digits[:MOST_ADDRESSES]]
