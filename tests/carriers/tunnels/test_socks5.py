"""SOCKS5 on the client's side (RFC 1928, RFC 1929)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.diagnosis import Came
from linnet.carriers.tunnels.socks5 import socks5
from linnet.carriers.tunnels.tunnel import Tunnel, TunnelFailed
from tests.carriers.tunnels.talking import say

TUNNEL = Tunnel("socks5", "127.0.0.1", 9050)
KNOWN = Tunnel("socks5", "127.0.0.1", 9050, "ann", "secret")
OPENED = b"\5\0\0\1\x7f\0\0\1\x12\x34"


def test_a_name_is_given_to_the_proxy_as_it_is() -> None:
    said, rest = say(socks5, TUNNEL, b"\5\0" + OPENED)
    assert said == b"\5\1\0" + b"\5\1\0\3\x0drelay.example\x01\xbb"
    assert rest == b""


@pytest.mark.parametrize(
    ("host", "packed"),
    [
        ("192.0.2.7", b"\1\xc0\0\2\7"),
        ("2001:db8::7", b"\4\x20\1\x0d\xb8" + bytes(11) + b"\7"),
    ],
)
def test_digits_are_given_as_an_address(host: str, packed: bytes) -> None:
    said, _ = say(socks5, TUNNEL, b"\5\0" + OPENED, (host, 443))
    assert said[3:] == b"\5\1\0" + packed + b"\x01\xbb"


def test_name_and_password_are_said_where_they_are_asked_for() -> None:
    said, _ = say(socks5, KNOWN, b"\5\2" + b"\1\0" + OPENED)
    assert said.startswith(b"\5\2\2\0" + b"\1\3ann\6secret" + b"\5\1\0\3")


def test_name_and_password_are_not_said_where_nobody_asks() -> None:
    said, _ = say(socks5, KNOWN, b"\5\0" + OPENED)
    assert b"secret" not in said


@pytest.mark.parametrize("bound", [b"\3\4name", b"\4" + bytes(16), b"\1" + bytes(4)])
def test_nothing_behind_the_answer_is_read(bound: bytes) -> None:
    answer = b"\5\0" + b"\5\0\0" + bound + b"\0\0"
    assert say(socks5, TUNNEL, answer + b"the relay's")[1] == b"the relay's"


@pytest.mark.parametrize(
    ("answer", "came", "words"),
    [
        (b"HTTP", Came.NO_TUNNEL, "does not speak SOCKS5"),
        (b"\5\xff", Came.NO_TUNNEL, "another way of logging in"),
        (b"\5\2\1\1", Came.NO_TUNNEL, "refuses that name and password"),
        (b"\5\0\5\2\0\1", Came.NO_TUNNEL, "does not allow"),
        (b"\5\0\5\3\0\1", Came.NO_WAY, "no way"),
        (b"\5\0\5\4\0\1", Came.NOBODY, "nobody"),
        (b"\5\0\5\5\0\1", Came.REFUSED, "refuses the proxy"),
        (b"\5\0\5\x63\0\1", Came.NO_TUNNEL, "could not open"),
        (b"\5\0\5\0\0\7", Came.NO_TUNNEL, "does not speak SOCKS5"),
    ],
)
def test_each_refusal_is_a_sentence(answer: bytes, came: Came, words: str) -> None:
    with pytest.raises(TunnelFailed, match=words) as caught:
        say(socks5, KNOWN, answer)
    assert caught.value.came is came


@pytest.mark.fuzz
@given(st.binary(max_size=400), st.booleans())
def test_any_answer_opens_or_is_a_named_error(answer: bytes, is_known: bool) -> None:
    with suppress(TunnelFailed):
        say(socks5, KNOWN if is_known else TUNNEL, answer)
