"""A relay's port as visitors, probers and attackers find it (spec/session.md §8)."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from linnet.carriers.doorway import HEAD_SECONDS, IDLE_SECONDS, accept_key
from linnet.carriers.listener import Listener
from linnet.carriers.visit import HANDSHAKE_SECONDS
from tests.carriers.people import PAGE, SECRET_PATH, echo_relay

KEY = b64encode(bytes(16)).decode()
UPGRADE = (
    "Host: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
)
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


def visit(talk: Talk) -> bytes:
    """What a visitor of a relay's port gets."""

    async def story() -> bytes:
        async with asyncio.timeout(10), echo_relay() as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await talk(reader, writer)
            finally:
                writer.close()
                with suppress(ConnectionError):
                    await writer.wait_closed()

    return asyncio.run(story())


def say(text: str | bytes) -> bytes:
    """Everything that is answered to one thing said, until the other side closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(text.encode() if isinstance(text, str) else text)
        return await reader.read()

    return visit(talk)


def without_date(answer: bytes) -> bytes:
    lines = answer.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"Date:"))


def test_the_front_page_is_that_of_a_website() -> None:
    answer = say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(PAGE.body)


def test_requests_one_after_another_are_answered_in_order() -> None:
    answer = say(
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )

    assert [answer.count(text) for text in (b" 200 OK", b" 404 ", PAGE.body)] == [
        2,
        1,
        1,
    ]


@pytest.mark.parametrize(
    "request_line",
    [
        f"GET {SECRET_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        f"HEAD {SECRET_PATH} HTTP/1.1\r\nConnection: close\r\n" + UPGRADE,
        "GET /wrong HTTP/1.1\r\n" + UPGRADE,
        f"GET {SECRET_PATH}x HTTP/1.1\r\n" + UPGRADE,
        f"GET {SECRET_PATH[:-1]} HTTP/1.1\r\n" + UPGRADE,
        f"GET {SECRET_PATH} HTTP/1.1\r\n" + UPGRADE.replace("13", "8"),
        f"GET {SECRET_PATH} HTTP/1.1\r\n" + UPGRADE.replace(KEY, "short"),
        f"GET {SECRET_PATH} HTTP/1.1\r\n" + UPGRADE.replace("websocket", "h2c"),
        f"GET {SECRET_PATH} HTTP/1.1\r\nContent-Length: 5\r\n" + UPGRADE,
    ],
)
def test_the_secret_path_is_like_any_unknown_path_to_who_does_not_know_it(
    request_line: str,
) -> None:
    method = request_line.split(" ", maxsplit=1)[0]
    last = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    unknown = say(
        f"{method} /unknown HTTP/1.1\r\nHost: x\r\n"
        + ("Connection: close\r\n" if "close" in request_line else "")
        + ("Content-Length: 5\r\n" if "Content-Length" in request_line else "")
        + "\r\n"
        + last
    )

    assert without_date(say(request_line + last)) == without_date(unknown)
    assert b"404 Not Found" in unknown


def test_a_handshake_on_the_secret_path_is_let_in() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(f"GET {SECRET_PATH} HTTP/1.1\r\n{UPGRADE}".encode())
        return await reader.readuntil(b"\r\n\r\n")

    answer = visit(talk)

    assert answer.startswith(b"HTTP/1.1 101 ")
    assert accept_key(KEY.encode()) in answer


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("nonsense\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("\x7f\x7f\x7f", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nsome body", 405),
        ("DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        ("GET / HTTP/3.1\r\nHost: x\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: " + "a" * 9_000 + "\r\n\r\n", 431),
        ("G" * 9_000, 431),
    ],
)
def test_a_bad_request_is_answered_and_the_connection_closed(
    text: str, status: int
) -> None:
    answer = say(text)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"\r\nConnection: close\r\n" in answer


def test_a_connection_serves_a_bounded_number_of_requests() -> None:
    answer = say("GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 150)

    assert answer.count(b"200 OK") == 100


def in_virtual_time(first: bytes, seconds: float) -> bool:
    """Whether a connection that said one thing is still open after that long."""

    async def story() -> bool:
        async with asyncio.timeout(10), echo_relay() as (echo, port):
            listener: Listener = echo.listener
            listener.now = lambda: 1_000.0
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(first)
            while not waits_for_more(listener, first):  # noqa: ASYNC110 - real bytes
                await asyncio.sleep(0)
            listener.tend(1_000.0 + seconds)
            listener.tend(1_000.0 + seconds)
            try:
                async with asyncio.timeout(0.05):
                    while await reader.read(65_536):
                        pass
            except TimeoutError:
                return True
            finally:
                writer.close()
            return False

    return asyncio.run(story())


def waits_for_more(listener: Listener, first: bytes) -> bool:
    """Whether the listener has taken what was sent."""
    for stranger in listener._strangers:
        state = getattr(stranger, "_served", 1), getattr(stranger, "_buffer", b"")
        if not first or state[0] or state[1]:
            return True
    return False


@pytest.mark.parametrize(
    ("first", "seconds"),
    [
        (b"", HEAD_SECONDS),
        (b"GET / HT", HEAD_SECONDS),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", IDLE_SECONDS),
        (f"GET {SECRET_PATH} HTTP/1.1\r\n{UPGRADE}".encode(), HANDSHAKE_SECONDS),
        (b"\x00\x64", HANDSHAKE_SECONDS),
    ],
)
def test_nobody_can_hold_a_connection_for_long_without_a_session(
    first: bytes, seconds: float
) -> None:
    assert in_virtual_time(first, seconds - 1)
    assert not in_virtual_time(first, seconds)
