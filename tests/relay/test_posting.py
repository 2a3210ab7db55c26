"""One post, and everything it must not be made to do (spec/wire.md §9.5)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from linnet.relay.core.endpoints import Endpoint
from linnet.relay.core.pushes import Outcome
from linnet.relay.posting import Poster, Resolver
from linnet.wire.global_addresses import is_global
from tests.relay.push_service import HOST, PushService, push_service

ENDPOINT = Endpoint(HOST, "/send/one")
AUTHORIZATION = "vapid t=a.b.c, k=d"


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await story()

    asyncio.run(bounded())


def answered(folder: Path, answer: bytes, *, patience: float = 20.0) -> Outcome:
    found: list[Outcome] = []

    async def story() -> None:
        async with push_service(folder) as service:
            service.answer = answer
            poster = service.poster(patience=patience)
            found.append(await poster.post(ENDPOINT, AUTHORIZATION))

    run(story)
    return found[0]


def test_a_post_has_the_headers_of_the_page_and_no_body(tmp_path: Path) -> None:
    async def story() -> None:
        async with push_service(tmp_path) as service:
            outcome = await service.poster().post(ENDPOINT, AUTHORIZATION)

            assert outcome is Outcome.TAKEN
            assert (await service.next_request()).decode().split("\r\n") == [
                "POST /send/one HTTP/1.1",
                "Host: push.example.org",
                "TTL: 604800",
                "Urgency: normal",
                "Topic: new",
                "Authorization: vapid t=a.b.c, k=d",
                "Content-Length: 0",
                "Connection: close",
                "",
                "",
            ]

    run(story)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200 OK", Outcome.TAKEN),
        ("201 Created", Outcome.TAKEN),
        ("404 Not Found", Outcome.GONE),
        ("410 Gone", Outcome.GONE),
        ("400 Bad Request", Outcome.REFUSED),
        ("403 Forbidden", Outcome.REFUSED),
        ("429 Too Many Requests", Outcome.BUSY),
        ("500 Internal Server Error", Outcome.BUSY),
        ("503 Service Unavailable", Outcome.BUSY),
    ],
)
def test_the_status_says_how_it_went(
    status: str, outcome: Outcome, tmp_path: Path
) -> None:
    assert answered(tmp_path, f"HTTP/1.1 {status}\r\n\r\n".encode()) is outcome


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n",
        b"HTTP/1.1 201",
        b"HTTP/2 201\r\n",
        b"HTTP/1.1 abc\r\n",
        b"SSH-2.0-OpenSSH_9.7\r\n",
        b"\xff" * 100 + b"\r\n",
        b"x" * 100_000,
    ],
    ids=lambda answer: repr(answer[:12]),
)
def test_what_is_no_answer_is_none(answer: bytes, tmp_path: Path) -> None:
    assert answered(tmp_path, answer, patience=0.3) is Outcome.SILENT


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async def story() -> None:
        async with push_service(tmp_path) as service:
            place = f"https://{HOST}:{service.port}/elsewhere"
            head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {place}\r\n\r\n"
            service.answer = head.encode()

            assert await service.poster().post(ENDPOINT, "") is Outcome.REFUSED
            assert b"/send/one" in await service.next_request()
            assert (service.connections, service.requests.qsize()) == (1, 0)

    run(story)


def test_who_never_answers_is_let_go(tmp_path: Path) -> None:
    async def story() -> None:
        async with push_service(tmp_path) as service:
            service.answer = b""
            silent = service.poster(patience=0.2)

            assert await silent.post(ENDPOINT, "") is Outcome.SILENT

    run(story)


def test_nothing_is_said_to_whom_no_authority_vouches_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            push_service(tmp_path) as mine,
            push_service(tmp_path, authority="another") as other,
            push_service(tmp_path, authority="third", name="push.example.net") as third,
        ):
            stranger = PushService(mine.trust, other.port).poster()
            misnamed = PushService(third.trust, third.port).poster()

            assert await stranger.post(ENDPOINT, "") is Outcome.SILENT
            assert await misnamed.post(ENDPOINT, "") is Outcome.SILENT
            assert other.requests.empty()
            assert third.requests.empty()

    run(story)


def test_where_nobody_listens_there_is_no_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with push_service(tmp_path) as service:
            poster = service.poster()

        assert await poster.post(ENDPOINT, "") is Outcome.SILENT

    run(story)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "::1"],
        [],
    ],
)
def test_a_name_with_an_address_of_our_own_leads_nowhere(addresses: list[str]) -> None:
    async def story() -> None:
        resolver = Resolver(lambda _: addresses)

        assert await resolver(HOST) == []
        assert await Poster(resolver).post(ENDPOINT, "") is Outcome.REFUSED

    run(story)


def test_a_name_whose_addresses_are_all_global_leads_to_them_on_port_443() -> None:
    async def story() -> None:
        resolver = Resolver(lambda _: ["8.8.8.8", "2001:4860:4860::8888"])

        places = await resolver(HOST)

        assert places == [("8.8.8.8", 443), ("2001:4860:4860::8888", 443)]

    run(story)


def test_the_machine_s_own_name_server_is_not_believed_about_this_machine() -> None:
    async def story() -> None:
        assert await Resolver()("localhost") == []

    run(story)


def test_a_name_that_has_no_address_is_a_silent_one() -> None:
    def none(_: str) -> list[str]:
        raise OSError

    async def story() -> None:
        assert await Poster(Resolver(none)).post(ENDPOINT, "") is Outcome.SILENT

    run(story)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "",
        "localhost",
    ],
)
def test_an_address_that_is_not_the_internet_s_is_none(address: str) -> None:
    assert not is_global(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "142.250.74.170", "2a00:1450:4001:82a::200a", "::ffff:8.8.8.8"],
)
def test_an_address_of_the_internet_is_one(address: str) -> None:
    assert is_global(address)
