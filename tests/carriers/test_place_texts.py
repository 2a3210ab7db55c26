"""Places that are asked for manifests, and what hostile ones answer."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from linnet.carriers import place_texts, site
from linnet.carriers.diagnosis import Unopened
from linnet.carriers.dns.lines import HttpsLine, Line, UdpLine
from linnet.carriers.egress import Egress, leaving_by
from linnet.carriers.place_texts import INSIDE, LARGEST_PAGE, texts_at
from linnet.wire.links import Address, Road
from linnet.wire.places import Place
from tests.carriers.real_drops import own_certificate
from tests.carriers.recorders import server_tls
from tests.carriers.tunnels.proxies import socks5_proxy
from tests.carriers.tunnels.test_egress import NoNames, local

NAME, HERE = "roads.example", "127.0.0.1"


@asynccontextmanager
async def website(
    answer: bytes, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A website that answers one thing to everybody; its port, and what it heard."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
            await reader.read()
        except (OSError, EOFError):
            pass
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(
        serve, HERE, 0, ssl=tls or server_tls("http/1.1")
    ) as server:
        yield server.sockets[0].getsockname()[1], heard


def page(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    size = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status + b"\r\n" + size + more + b"\r\n" + body


async def first(place: Place, *, inside: bool = True) -> str:
    async with aclosing(texts_at(place, inside=inside)) as found:
        (text,) = await anext(found)
        return text


def told(story: Callable[[], Any]) -> Any:
    """What a story comes to, or what the person is told instead."""

    async def bounded() -> Any:
        async with asyncio.timeout(30):
            try:
                return await story()
            except Unopened as error:
                return str(error)

    return asyncio.run(bounded())


def asked(answer: bytes, path: str = "/list.txt") -> tuple[str, list[bytes]]:
    """What a website leads to, and what it heard."""

    async def story() -> tuple[str, list[bytes]]:
        async with website(answer) as (port, heard):
            try:
                said = await first(Place.parse(f"https://{HERE}:{port}{path}"))
            except Unopened as error:
                said = str(error)
            return said, heard

    found: tuple[str, list[bytes]] = told(story)
    return found


def test_a_page_is_asked_for_once_and_is_what_it_is() -> None:
    said, heard = asked(page(b"linnet-manifest:abc\n"), "/l?raw=1")

    assert said == "linnet-manifest:abc\n"
    (head,) = heard
    assert head.startswith(b"GET /l?raw=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"linnet" not in head.lower()
    lines = head.lower().split(b"\r\n")
    names = [line.partition(b":")[0] for line in lines[1:-2]]
    assert b"sec-fetch-site: none" in lines
    assert any(one.startswith(b"accept: text/html,") for one in lines)
    assert len(set(names)) == len(names)
    assert not {b"content-length", b"referer", b"origin"} & set(names)


INWARDS = b"Location: https://192.168.0.1/reboot\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        page(b"", b"302 Found", INWARDS),
        page(b"linnet-manifest:abc", b"404 Not Found"),
        page(b"x" * (LARGEST_PAGE + 1)),
    ],
    ids=["leads elsewhere", "not there", "large"],
)
def test_what_is_no_page_of_a_manifest_leads_nowhere(answer: bytes) -> None:
    said, heard = asked(answer)

    assert said == "There is no such page."
    assert len(heard) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffffffff\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["no website", "huge", "endless head", "huge piece", "no length"],
)
def test_what_is_no_website_is_nobody(answer: bytes) -> None:
    assert asked(answer)[0] == "Nobody answered there."


@pytest.mark.slow
def test_whoever_answers_slowly_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "ANSWER_SECONDS", 0.3)

    assert asked(b"HTTP/1.1 200 OK\r\n")[0] == "Nobody answered there."
    monkeypatch.setattr(site, "ANSWER_SECONDS", 20.0)
    monkeypatch.setattr(place_texts, "PAGE_SECONDS", 0.3)
    assert asked(b"HTTP/1.1 200 OK\r\n")[0] == "Nobody answered there."


@pytest.mark.parametrize(
    "text",
    [
        "https://127.0.0.1/l",
        "https://192.168.0.1/l",
        "https://[::1]/l",
        "https://[::ffff:127.0.0.1]/l",
        "https://2130706433/l",
        "https://0x7f.1/l",
        "https://router.lan/l",
        "https://localhost/l",
        "https://metadata.internal/l",
        "dns:printer.local",
    ],
)
def test_a_place_inside_a_network_is_not_asked(text: str) -> None:
    async def story() -> tuple[str, list[str]]:
        names = NoNames(asyncio.get_running_loop())
        try:
            return await first(Place.parse(text), inside=False), names.asked
        except Unopened as error:
            return str(error), names.asked

    assert told(story) == (INSIDE, [])


@pytest.mark.parametrize("digits", ["127.0.0.1", "10.10.34.36", "::1", "fe80::1"])
def test_a_name_that_leads_inside_is_not_followed_there(digits: str) -> None:
    async def story() -> str:
        async def lookup(host: str, port: int, **_: object) -> list[Any]:
            every = ("93.184.215.14", digits) if host == NAME else ()
            return [(2, 1, 6, "", (one, port)) for one in every]

        loop = asyncio.get_running_loop()
        loop.getaddrinfo = lookup  # type: ignore[method-assign, assignment]
        return await first(Place.parse(f"https://{NAME}/l"), inside=False)

    assert told(story) == INSIDE


def test_a_name_is_connected_to_where_it_was_looked_at_and_asked_by_its_name() -> None:
    async def story() -> tuple[str, bytes, int]:
        async with website(page(b"said")) as (port, heard):
            times = 0

            async def lookup(host: str, port: int, **_: object) -> list[Any]:
                nonlocal times
                assert host == NAME
                times += 1
                return [(2, 1, 6, "", (HERE, port))]

            loop = asyncio.get_running_loop()
            loop.getaddrinfo = lookup  # type: ignore[method-assign, assignment]
            said = await first(Place.parse(f"https://{NAME}:{port}/l"))
            return said, heard[0], times

    said, head, times = told(story)
    assert (said, times) == ("said", 1)
    assert f"\r\nHost: {NAME}:".encode() in head


@pytest.mark.parametrize(
    ("named", "said"), [(NAME, "said"), ("other.example", place_texts._UNPROVED)]
)
def test_a_name_that_has_to_be_proved_is_the_one_that_was_asked_for(
    named: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = own_certificate(tmp_path, named)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)

    async def story() -> str:
        async with website(page(b"said"), tls) as (port, _):

            async def lookup(host: str, port: int, **_: object) -> list[Any]:
                return [(2, 1, 6, "", (HERE, port))]

            loop = asyncio.get_running_loop()
            loop.getaddrinfo = lookup  # type: ignore[method-assign, assignment]
            place = Place.parse(f"https://{NAME}:{port}/l")
            async with aclosing(texts_at(place, inside=True, checks=True)) as found:
                (text,) = await anext(found)
                return text

    assert told(story) == said


def test_beside_a_chain_no_name_is_asked_and_no_resolver_past_it() -> None:
    async def story() -> tuple[str, list[str], bool]:
        async with website(page(b"said")) as (port, _), socks5_proxy() as proxy:
            proxy.names[NAME] = HERE
            names = NoNames(asyncio.get_running_loop())
            by_https = HttpsLine(Address(Road.WSS, NAME, port, "/dns-query"))
            lines: list[Line] = [UdpLine(HERE, port), by_https]
            with leaving_by(Egress((local("socks5", proxy.port),))):
                with pytest.raises(Unopened, match="by HTTPS only"):
                    place_texts._allowed(lines[:1])
                said = await first(Place.parse(f"https://{NAME}:{port}/l"))
                allowed = place_texts._allowed(lines)
            return said, [n for n in names.asked if n != HERE], allowed == [by_https]

    assert told(story) == ("said", [], True)
