"""CONNECT to an HTTP proxy (RFC 9110 §9.3.6)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.diagnosis import Came
from linnet.carriers.tunnels.http_connect import http_connect
from linnet.carriers.tunnels.tunnel import Tunnel, TunnelFailed
from tests.carriers.tunnels.talking import say

TUNNEL = Tunnel("http", "127.0.0.1", 3128)
KNOWN = Tunnel("http", "127.0.0.1", 3128, "ann", "a:b")


def test_a_name_is_given_to_the_proxy_as_it_is() -> None:
    said, rest = say(http_connect, TUNNEL, b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nmore")
    assert said == (
        b"CONNECT relay.example:443 HTTP/1.1\r\nHost: relay.example:443\r\n\r\n"
    )
    assert rest == b"more"


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    said, _ = say(
        http_connect, TUNNEL, b"HTTP/1.0 200 OK\r\n\r\n", ("2001:db8::7", 443)
    )
    assert said.startswith(b"CONNECT [2001:db8::7]:443 HTTP/1.1\r\n")


def test_name_and_password_go_with_the_request() -> None:
    said, _ = say(http_connect, KNOWN, b"HTTP/1.1 200 OK\r\n\r\n")
    assert b"\r\nProxy-Authorization: Basic YW5uOmE6Yg==\r\n" in said


@pytest.mark.parametrize(
    ("status", "came", "words"),
    [
        ("407 x", Came.NO_TUNNEL, "asks for a name"),
        ("403 x", Came.NO_TUNNEL, "does not allow"),
        ("502 x", Came.NOBODY, "nobody"),
        ("504 x", Came.NOBODY, "in time"),
        ("500 x", Came.NO_TUNNEL, "could not open"),
        ("20 x", Came.NO_TUNNEL, "no HTTP proxy"),
    ],
)
def test_each_refusal_is_a_sentence(status: str, came: Came, words: str) -> None:
    with pytest.raises(TunnelFailed, match=words) as caught:
        say(http_connect, TUNNEL, f"HTTP/1.1 {status}\r\n\r\n".encode())
    assert caught.value.came is came


@pytest.mark.fuzz
@given(st.binary(max_size=400), st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 "]))
def test_any_answer_opens_or_is_a_named_error(answer: bytes, start: bytes) -> None:
    with suppress(TunnelFailed):
        say(http_connect, TUNNEL, start + answer + b"\r\n\r\n")
