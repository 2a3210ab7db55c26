"""A session through resolvers that others wrote, and how they ask."""

import asyncio
from pathlib import Path

import pytest

from linnet.carriers.egress import Egress
from linnet.carriers.link import Link
from linnet.carriers.resolver import Resolver
from linnet.carriers.surroundings import Surroundings
from tests.carriers.dns.resolvers import resolver, unbound_by_https
from tests.carriers.dns.zone import by_names, zone_of_echo
from tests.carriers.people import hear, running, until_open

pytestmark = [pytest.mark.slow, pytest.mark.interop]


async def is_echoed(link: Link) -> None:
    async with running(link, 40) as events:
        await until_open(events)
        said = [bytes([n]) * 1_000 for n in range(3)]
        for one in said:
            link.send(one)
        assert await hear(events, 3) == said


@pytest.mark.parametrize("program", ["unbound", "dnsmasq"])
def test_a_session_passes_through_a_real_resolver_that_keeps_what_it_hears(
    program: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with (
            zone_of_echo() as (_, relay),
            resolver(program, tmp_path, relay) as port,
        ):
            await is_echoed(Link(by_names(port)))

    asyncio.run(story())


@pytest.mark.parametrize("form", ["udp", "tcp"])
def test_a_session_passes_through_the_resolver_that_a_person_has_chosen(
    form: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with (
            zone_of_echo() as (_, relay),
            resolver("unbound", tmp_path, relay) as port,
        ):
            chosen = (Resolver.parse(f"{form}:127.0.0.1:{port}"),)
            around = Surroundings(egress=Egress(resolvers=chosen))
            link = Link(by_names(9, ""), surroundings=around)
            async with running(link, 40) as events:
                await until_open(events)
                link.send(b"hello")
                assert await hear(events, 1) == [b"hello"]

    asyncio.run(story())


def test_a_session_passes_by_https_through_a_real_resolver_that_speaks_only_http_2(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with (
            zone_of_echo() as (_, relay),
            unbound_by_https(tmp_path, relay) as url,
        ):
            await is_echoed(Link(by_names(53, url)))

    asyncio.run(story())
