"""Resolvers by UDP, TCP and HTTPS on this machine, and which of them are asked."""

import asyncio
import re
import ssl
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns import carrier as asking
from linnet.carriers.dns.authority import Authority
from linnet.carriers.dns.carrier import AskingCarrier, ask_names
from linnet.carriers.dns.letters import Letters
from linnet.carriers.dns.lines import Heard, HttpsLine, Line, TcpLine, UdpLine
from linnet.carriers.dns.message import Message, split
from linnet.carriers.dns.resolvers import lines_to, servers_of
from linnet.carriers.dns.server import NameServer
from linnet.errors import Unreachable
from linnet.wire.links import Address, Road
from tests.carriers.dns.hall import ZONE, Hall, Person
from tests.carriers.dns.resolvers import free_udp_port
from tests.proxy.certificates import make_certificate

Judge = Callable[[bytes], bytes | None]
HERE = "127.0.0.1"


@asynccontextmanager
async def name_server() -> AsyncIterator[tuple[Hall, Authority, int]]:
    """A name server, who stands behind it, and its port."""
    hall = Hall()
    authority = Authority(ZONE, hall)
    server = NameServer(authority)
    port = await server.listen(HERE, 0)
    try:
        yield hall, authority, port
    finally:
        server.close()


@asynccontextmanager
async def resolver_by_https(
    folder: Path, judge: Judge, *claims: str
) -> AsyncIterator[int]:
    """A server that answers as RFC 8484 has it, by HTTP/1.1 alone; its port."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*make_certificate(folder, "dns.example"))
    tls.set_alpn_protocols([*claims, "http/1.1"])
    writers = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        taken = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        if taken != "http/1.1":
            writer.transport.abort()
            return
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (OSError, EOFError):
                return
            found = re.match(rb"GET /dns-query\?dns=([\w-]+) HTTP/1.1\r\n", head)
            assert found is not None, head
            assert b"\r\nAccept: application/dns-message\r\n" in head
            query = found[1] + b"=" * (-len(found[1]) % 4)
            answer = judge(urlsafe_b64decode(query)) or b""
            said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer)
            writer.write(said + answer)

    server = await asyncio.start_server(serve, HERE, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


async def talk(hall: Hall, lines: Sequence[Line]) -> None:
    """Say something each way over what leads to the name server."""
    me = Person()
    address = Address(Road.DNS, ZONE, 53)
    carrier = await ask_names(address, me, lambda _: lines)
    try:
        said = [bytes([n]) * 300 for n in range(3)]
        carrier.write(said)
        far, guest = await hall.first()
        assert await guest.hears(3) == said
        far.write([b"answer" * 200])
        assert await me.hears(1) == [b"answer" * 200]
    finally:
        carrier.abort()
        await asyncio.sleep(0)


def within(seconds: float, story: Callable[[], object]) -> None:
    """Run a story, not for ever."""

    async def bounded() -> None:
        async with asyncio.timeout(seconds):
            await story()  # type: ignore[misc]  # a coroutine function

    asyncio.run(bounded())


def test_words_pass_by_tcp_where_datagrams_do_not() -> None:
    async def story() -> None:
        async with name_server() as (hall, _, port):
            # Nobody is at the first.
            await talk(hall, [UdpLine(HERE, free_udp_port()), TcpLine(HERE, port)])

    within(30, story)


@pytest.mark.parametrize("claims", [(), ("h2",)], ids=["no more", "HTTP/2 as well"])
def test_words_pass_by_https_with_a_resolver_that_speaks_http_1_1_and_claims(
    claims: tuple[str, ...], tmp_path: Path
) -> None:
    async def story() -> None:
        async with name_server() as (hall, authority, _):
            now = asyncio.get_running_loop().time

            def judge(query: bytes) -> bytes | None:
                return authority.answer(query, now())

            async with resolver_by_https(tmp_path, judge, *claims) as port:
                url = f"https://{HERE}:{port}/dns-query"
                await talk(hall, lines_to(Address(Road.DNS, ZONE, 53, url)))

    within(30, story)


def test_a_resolver_that_falls_silent_is_left_and_the_carrier_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "DEAF_SECONDS", 0.5)

    async def story() -> None:
        async with name_server() as (hall, _, port):
            first, second = UdpLine(HERE, port), UdpLine(HERE, port)
            me = Person()
            address = Address(Road.DNS, ZONE, 53)
            carrier = await ask_names(address, me, lambda _: [first, second])
            first.send = lambda message: None  # type: ignore[method-assign]
            carrier.write([b"hello"])
            _, guest = await hall.first()
            assert await guest.hears(1) == [b"hello"]
            assert len(hall.carriers) == 1
            carrier.abort()
            await asyncio.sleep(0)

    within(30, story)


def test_a_road_that_is_given_up_while_it_opens_leaves_nothing_open() -> None:
    class Watched(UdpLine):
        def __init__(self, host: str, port: int) -> None:
            super().__init__(host, port)
            self.is_open, self.begun = False, asyncio.Event()

        async def open(self, heard: Heard) -> None:
            self.is_open = True
            await super().open(heard)
            self.begun.set()

        def close(self) -> None:
            self.is_open = False
            super().close()

    async def story() -> None:
        line, address = Watched(HERE, free_udp_port()), Address(Road.DNS, ZONE, 53)
        loop = asyncio.get_running_loop()
        dialling = loop.create_task(ask_names(address, Person(), lambda _: [line]))
        await line.begun.wait()
        dialling.cancel()
        await asyncio.wait([dialling])
        assert dialling.cancelled()
        assert not line.is_open

    within(30, story)


class Cutting(UdpLine):
    """A line on which every answer of any size is cut short."""

    async def open(self, heard: Heard) -> None:
        def cut(data: bytes) -> None:
            answer = Message.read(data)
            is_long = len(answer.answers[0].data) > 12 if answer.answers else False
            heard(answer.cut().pack() if is_long else data)

        await super().open(cut)


def test_an_answer_that_is_cut_is_asked_for_by_tcp_in_the_end() -> None:
    async def story() -> None:
        async with name_server() as (hall, _, port):
            await talk(hall, [Cutting(HERE, port), TcpLine(HERE, port)])

    within(30, story)


def test_a_carrier_that_the_relay_knows_no_more_is_lost() -> None:
    async def story() -> None:
        async with name_server() as (hall, authority, port):
            me = Person()
            address = Address(Road.DNS, ZONE, port, HERE)
            carrier = await ask_names(address, me)
            carrier.write([b"hello"])
            await hall.first()
            authority.close()
            await me.gone.wait()
            assert not carrier.is_open

    within(30, story)


def test_last_words_arrive_and_the_carrier_is_lost_after_them() -> None:
    async def story() -> None:
        async with name_server() as (hall, _, port):
            me = Person()
            address = Address(Road.DNS, ZONE, port, HERE)
            carrier = await ask_names(address, me)
            carrier.write([b"hello"])
            far, _ = await hall.first()
            far.write([b"bye"])
            far.close()
            await me.gone.wait()
            assert me.heard == [b"bye"]

    within(30, story)


def test_who_leaves_is_heard_to_the_end() -> None:
    async def story() -> None:
        async with name_server() as (hall, _, port):
            me = Person()
            address = Address(Road.DNS, ZONE, port, HERE)
            carrier = await ask_names(address, me)
            said = [bytes([n]) * 500 for n in range(4)]
            carrier.write(said)
            carrier.close()
            _, guest = await hall.first()
            assert await guest.hears(4) == said
            assert not me.gone.is_set()

    within(30, story)


def test_where_nobody_answers_the_road_does_not_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "OPEN_SECONDS", 0.2)

    async def story() -> None:
        address = Address(Road.DNS, ZONE, free_udp_port(), HERE)
        with pytest.raises(Unreachable) as raised:
            await ask_names(address, Person())
        assert ZONE not in str(raised.value)

    within(30, story)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("t..org", ""),
        (".".join(["a" * 60] * 4), ""),
        (".".join(["a" * 50] * 4), ""),
        (ZONE, "dns.example"),
        (ZONE, "https://"),
        (ZONE, "https://user@dns.example/"),
        (ZONE, "https://dns.example:99999/"),
    ],
)
def test_an_address_that_cannot_be_asked_for_is_no_road(zone: str, told: str) -> None:
    async def story() -> None:
        with pytest.raises(Unreachable):
            await ask_names(Address(Road.DNS, zone, 53, told), Person())

    within(30, story)


def test_the_machines_resolvers_are_asked_first_and_those_by_https_last() -> None:
    class Loop(asyncio.SelectorEventLoop):
        def name_servers(self) -> tuple[str, ...]:
            return "192.0.2.1", "192.0.2.2"

    async def story() -> list[Line]:
        return lines_to(Address(Road.DNS, ZONE, 53))

    with asyncio.Runner(loop_factory=Loop) as runner:
        lines = runner.run(story())

    kinds = [UdpLine, UdpLine, TcpLine, TcpLine, HttpsLine, HttpsLine]
    assert [type(one) for one in lines] == kinds


def test_the_name_servers_of_a_machine_are_read_from_its_file() -> None:
    text = "# nameserver 1.1.1.1\nnameserver 192.0.2.1\nsearch example\n"
    text += "nameserver nonsense\nnameserver 2001:db8::1 # here\nnameserver\n"

    assert servers_of(text) == ["192.0.2.1", "2001:db8::1"]
    assert len(servers_of("nameserver 192.0.2.1\n" * 9)) == 3


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_any_bytes_from_a_resolver_are_an_answer_or_nothing(data: bytes) -> None:
    letters = Letters(split(ZONE))
    query = letters.greet()
    answer = Message.read(query).answered().pack()
    for message in (data, query[:2] + data, answer + data, answer[:40] + data):
        letters.read(message)
        letters.read_name(message)


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_any_bytes_leave_a_carrier_as_it_was(messages: list[bytes]) -> None:
    async def story() -> None:
        line = UdpLine(HERE, 9)
        me = Person()
        carrier = AskingCarrier(me, Letters(split(ZONE)), [line])
        line.send = lambda message: None  # type: ignore[method-assign]
        await carrier.begin(line, bytes(8))
        for message in messages:
            carrier._heard(message)
        assert carrier.is_open
        assert not me.heard
        carrier.abort()
        await asyncio.sleep(0)

    asyncio.run(story())
