"""Roads that look like a browser's, beside what real browsers send.

The fingerprints were taken on loopback from Chromium 156 and Firefox ESR 153 that
opened a WebSocket and made a request: `tools/real_browsers.py`.
"""

import asyncio
import os
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.carrier import Carrier
from linnet.carriers.curl import connect
from linnet.carriers.dial import dial
from linnet.carriers.guises import (
    CHROME,
    FIREFOX,
    MOST_FAILURES,
    PLAIN,
    SAFARI,
    WEARING,
    Guise,
    Wardrobe,
    guises_of,
)
from linnet.carriers.link import Link
from linnet.carriers.poller import poll
from linnet.carriers.target import Target
from linnet.errors import Unreachable
from linnet.lab.hellos import Extension
from linnet.wire.links import Address, Road
from tests.carriers.people import SECRET_PATH, hear, running, until_open
from tests.carriers.recorders import COVER, named, server_tls, wearing, web_relay
from tests.carriers.test_polling import Listening

CHROMIUM_SOCKET = "t13d1516h1_8daaf6152771_5b37b36a67c0"
CHROMIUM_SOCKET_AGAIN = "t13d1517h1_8daaf6152771_c4a234726a38"
CHROMIUM_REQUEST = "t13d1517h2_8daaf6152771_cb7bf5808d99"
FIREFOX_EITHER = "t13d1617h2_86a278354501_3cbfd9057e0d"
SAFARI_REQUEST = "t13d2013h2_a09f3c656075_7f0f34a4126d"
"""As others took it from Safari 26.0 of an iPhone and from macOS 26.6."""

OLD_SERVER = ("http/1.1",)
Run = Callable[[Coroutine[None, None, list[bytes]]], list[bytes]]
Opens = Callable[..., Coroutine[Any, Any, Carrier]]


def dialled(guise: Guise, times: int = 1, *, by: str = "dial") -> list[str]:
    """The fingerprints of carriers that were opened one after another."""

    async def story() -> list[str]:
        wardrobe = wearing(guise)
        tls = server_tls(*OLD_SERVER)
        async with asyncio.timeout(20), web_relay(tls) as (_, address, hellos):
            for _ in range(times):
                opens: Opens = dial if by == "dial" else poll
                carrier = await opens(address, Listening(), wardrobe)
                carrier.abort()
            assert {hello.name for hello in hellos} == {COVER}
            return [hello.ja4() for hello in hellos[:times]]

    return asyncio.run(story())


def test_a_websocket_of_chrome_begins_like_chromiums() -> None:
    assert dialled(CHROME) == [CHROMIUM_SOCKET]


def test_a_websocket_of_chrome_is_resumed_like_chromiums() -> None:
    assert dialled(CHROME, times=2) == [CHROMIUM_SOCKET, CHROMIUM_SOCKET_AGAIN]


def test_a_request_of_chrome_begins_like_chromiums() -> None:
    assert dialled(CHROME, by="poll") == [CHROMIUM_REQUEST]


def test_a_websocket_of_firefox_begins_like_firefoxes() -> None:
    assert dialled(FIREFOX, times=2) == [FIREFOX_EITHER] * 2


def test_a_request_of_firefox_begins_like_firefoxes() -> None:
    assert dialled(FIREFOX, by="poll") == [FIREFOX_EITHER]


def test_a_request_of_safari_begins_as_others_heard_safari_begin() -> None:
    assert dialled(SAFARI, by="poll") == [SAFARI_REQUEST]
    assert dialled(SAFARI) == [SAFARI_REQUEST.replace("h2", "h1", 1)]


def test_safari_is_met_on_apples_machines_and_elsewhere_only_when_others_are_cut() -> (
    None
):
    assert guises_of("Darwin") == ((CHROME, FIREFOX, SAFARI), ())
    guises, spare = guises_of("Linux")
    wardrobe = Wardrobe(b"seed", guises, lambda: 0.0, spare)
    address = Address(Road.WSS, "192.0.2.1", 443)
    worn = []
    for number in range(4 * MOST_FAILURES):
        if not number % MOST_FAILURES:
            worn.append(wardrobe.choose(address))
        wardrobe.fail(address)

    assert set(worn[:2]) == {CHROME, FIREFOX}
    assert worn[2:] == [SAFARI, worn[0]]


@pytest.mark.parametrize("guise", [CHROME, FIREFOX], ids=lambda guise: guise.name)
def test_both_browsers_send_an_ech_that_says_nothing(guise: Guise) -> None:
    async def story() -> bool:
        async with web_relay(server_tls(*OLD_SERVER)) as (_, address, hellos):
            (await dial(address, Listening(), wearing(guise))).abort()
            return hellos[0].extension(Extension.ECH) is not None

    assert asyncio.run(story())


def test_no_browser_begins_like_python() -> None:
    real = {CHROMIUM_SOCKET, CHROMIUM_REQUEST, FIREFOX_EITHER}

    assert not real & set(dialled(PLAIN))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize(
    "guise", [CHROME, FIREFOX, SAFARI, PLAIN], ids=lambda guise: guise.name
)
@pytest.mark.parametrize("opens", [dial, poll])
def test_messages_go_there_and_back_in_order_in_every_guise(
    run: Run, guise: Guise, opens: Opens
) -> None:
    sent = [bytes([number]) * number * 60 for number in range(200)]

    async def story() -> list[bytes]:
        async with web_relay(server_tls(*OLD_SERVER)) as (_, address, _hellos):
            way = partial(opens, wardrobe=wearing(guise))
            link = Link(named(address), dial=way, poll=None)
            async with running(link) as events:
                await until_open(events)
                for message in sent:
                    if not link.send(message):
                        await link.room()
                return await hear(events, len(sent))

    assert run(story()) == sent


@pytest.mark.parametrize("guise", [CHROME, FIREFOX], ids=lambda guise: guise.name)
@pytest.mark.parametrize("opens", [dial, poll])
def test_a_server_that_prefers_http_2_is_met_again_with_http_1(
    guise: Guise, opens: Opens
) -> None:
    async def story() -> tuple[list[bytes], list[tuple[str, ...]]]:
        tls = server_tls("h2", "http/1.1")
        async with web_relay(tls) as (_, address, hellos):
            way = partial(opens, wardrobe=wearing(guise))
            link = Link(named(address), dial=way, poll=None)
            async with running(link) as events:
                await until_open(events)
                link.send(b"old words")
                heard = await hear(events, 1)
            return heard, [hello.protocols for hello in hellos]

    heard, offers = asyncio.run(story())

    assert heard == [b"old words"]
    assert offers[-1] == ("http/1.1",)
    assert sum(offer != ("http/1.1",) for offer in offers) <= 2


def test_a_reader_that_reads_nothing_holds_the_writer_up_and_nothing_is_lost() -> None:
    message = os.urandom(60_000)

    async def story() -> tuple[bool, list[bytes]]:
        async with web_relay(server_tls(*OLD_SERVER)) as (_, address, _hellos):
            way = partial(dial, wardrobe=wearing(FIREFOX))
            link = Link(named(address), dial=way, poll=None)
            async with running(link) as events:
                await until_open(events)
                waited = False
                for _ in range(40):
                    if not link.send(message):
                        waited = True
                        await link.room()
                return waited, await hear(events, 40)

    waited, heard = asyncio.run(story())

    assert waited
    assert heard == [message] * 40


@pytest.mark.parametrize("guise", [CHROME, PLAIN], ids=lambda guise: guise.name)
def test_why_nobody_is_reached_is_said_in_every_guise(guise: Guise) -> None:
    async def story(port: int) -> str:
        address = Address(Road.WSS, "127.0.0.1", port, SECRET_PATH)
        with pytest.raises(Unreachable) as caught:
            await dial(address, Listening(), wearing(guise))
        return str(caught.value)

    assert "refuses" in asyncio.run(story(1))


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    st.sampled_from(["127.0.0.1", "127.0.0.1:1/@x", "::1", "[::1]", "a@127.0.0.1"]),
)
def test_whatever_a_link_names_is_reached_or_unreachable(cover: str, host: str) -> None:
    async def story() -> None:
        address = Address(Road.WSS, host, 1, SECRET_PATH, cover)
        for guise in (CHROME, PLAIN):
            with pytest.raises(Unreachable):
                await dial(address, Listening(), wearing(guise))

    asyncio.run(story())


@pytest.mark.parametrize("cover", ["1.2", "127.1", "0x7f000009", "192.0.2.1", "::9"])
def test_a_cover_of_numbers_leads_nowhere_else(cover: str) -> None:
    async def story() -> list[str]:
        async with web_relay(server_tls(*OLD_SERVER)) as (_, address, hellos):
            covered = replace(address, cover=cover)
            (await dial(covered, Listening(), wearing(CHROME))).abort()
            return [hello.name for hello in hellos]

    assert asyncio.run(story()) == [""]


def test_a_relay_that_goes_away_is_lost_once() -> None:
    async def story() -> None:
        async with web_relay(server_tls(*OLD_SERVER)) as (echo, address, _):
            user = Listening()
            carrier = await dial(address, user, wearing(CHROME))
            await echo.listener.close()
            await user.gone.wait()
            assert not carrier.is_open

    async def bounded() -> None:
        async with asyncio.timeout(10):
            await story()

    asyncio.run(bounded())


def test_a_dial_that_is_given_up_leaves_nothing_open() -> None:
    async def story() -> None:
        arrived, left = asyncio.Event(), asyncio.Event()

        async def silent(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.read(1)
            arrived.set()
            await reader.read()
            writer.close()
            left.set()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        target = Target(COVER, ("127.0.0.1",), port, "chrome152", True, True, 0.3)
        async with asyncio.timeout(20), server, asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(connect(asyncio.Protocol, target))
            await arrived.wait()
            opening.cancel()
            await left.wait()

    asyncio.run(story())


def test_an_address_is_met_in_one_guise_for_weeks_and_addresses_differ() -> None:
    now = [1_000_000.0]
    wardrobe = Wardrobe(b"seed", (CHROME, FIREFOX), lambda: now[0])
    addresses = [Address(Road.WSS, f"r{n}.example", 443) for n in range(40)]
    first = [wardrobe.choose(address).name for address in addresses]
    now[0] += WEARING / 1_000
    soon = [wardrobe.choose(address).name for address in addresses]
    now[0] += WEARING
    later = [wardrobe.choose(address).name for address in addresses]

    assert len({*first}) == 2
    assert sum(a != b for a, b in zip(first, soon, strict=True)) <= 1
    assert 5 < sum(a != b for a, b in zip(first, later, strict=True)) < 35


def test_two_machines_do_not_choose_alike() -> None:
    addresses = [Address(Road.WSS, f"r{n}.example", 443) for n in range(40)]
    one, other = (
        Wardrobe(seed, (CHROME, FIREFOX), lambda: 0.0) for seed in (b"1", b"2")
    )

    assert any(one.choose(each) is not other.choose(each) for each in addresses)


def test_a_guise_that_is_cut_again_and_again_is_changed() -> None:
    wardrobe = wearing(CHROME, FIREFOX)
    address = Address(Road.WSS, "relay.example", 443)
    first = wardrobe.choose(address)
    for _ in range(MOST_FAILURES - 1):
        wardrobe.fail(address)
    assert wardrobe.choose(address) is first
    wardrobe.fail(address)

    assert wardrobe.choose(address) is not first


def test_a_listener_with_tls_takes_sessions_up_again() -> None:
    async def story() -> list[bool]:
        tls = server_tls(*OLD_SERVER)
        reused: list[bool] = []
        async with web_relay(tls) as (_echo, address, hellos):
            for _ in range(3):
                (await poll(address, Listening(), wearing(PLAIN))).abort()
            reused += [hello.resumes for hello in hellos]
            assert tls.session_stats()["hits"] == 2
        return reused

    assert asyncio.run(story()) == [False, True, True]
    assert ssl.HAS_TLSv1_3
