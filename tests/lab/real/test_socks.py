"""What a proxy is told, octet by octet (RFC 1928, RFC 1929); needs no root."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from linnet.lab.real import socks

OPENED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
ASKED = b"\x05\x01\x00\x03\x09far.world\x01\xbb"


@contextmanager
def proxy(*script: tuple[int, bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """One that hears so many octets and says something, again and again."""
    heard: list[bytes] = []

    def serve() -> None:
        with listener.accept()[0] as road:
            for length, answer in script:
                heard.append(road.recv(length, socket.MSG_WAITALL))
                road.sendall(answer)

    listener = socket.create_server(("127.0.0.1", 0))
    with listener, ThreadPoolExecutor(1) as threads:
        serving = threads.submit(serve)
        yield f"127.0.0.1:{listener.getsockname()[1]}", heard
        serving.result()


def test_what_is_said_first_goes_to_the_host_that_was_named() -> None:
    script = (3, b"\x05\x00"), (len(ASKED), OPENED + b"hello")
    with proxy(*script) as (place, heard):
        there = urlsplit(f"socks5h://{place}")
        with socks.connect(there, "far.world", 443, 5) as road:
            assert road.recv(5, socket.MSG_WAITALL) == b"hello"

    assert heard == [b"\x05\x01\x00", ASKED]


def test_a_name_and_a_password_are_said_where_there_are_any() -> None:
    secret = b"\x01\x03a=;\x01b"
    script = (3, b"\x05\x02"), (len(secret), b"\x01\x00"), (len(ASKED), OPENED)
    with proxy(*script) as (place, heard):
        there = urlsplit(f"socks5://a%3D%3B:b@{place}")
        socks.connect(there, "far.world", 443, 5).close()

    assert heard == [b"\x05\x01\x02", secret, ASKED]


def test_a_proxy_that_refuses_is_an_error_of_the_systems() -> None:
    refusal = b"\x05\x04" + OPENED[2:]
    with (
        proxy((3, b"\x05\x00"), (len(ASKED), refusal)) as (place, _),
        pytest.raises(OSError, match="does not open"),
    ):
        socks.connect(urlsplit(f"socks5h://{place}"), "far.world", 443, 5)
