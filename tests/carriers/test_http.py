"""Request heads, honest and hostile, and responses (spec/session.md §8.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.http import Request, Response, parse_head, write_response


def head(*lines: bytes) -> bytes:
    return b"\r\n".join(lines)


def test_a_request_is_read() -> None:
    request = parse_head(head(b"GET /a?b=c HTTP/1.1", b"Host: x", b"Accept: a, b"))

    assert isinstance(request, Request)
    assert (request.method, request.path, request.keeps) == (b"GET", b"/a", True)
    assert request.headers == {b"host": b"x", b"accept": b"a, b"}


@pytest.mark.parametrize(
    ("line", "connection", "keeps"),
    [
        (b"GET / HTTP/1.1", b"close", False),
        (b"GET / HTTP/1.1", b"Keep-Alive, Close", False),
        (b"GET / HTTP/1.1", b"upgrade", True),
        (b"GET / HTTP/1.0", b"keep-alive", True),
        (b"GET / HTTP/1.0", b"x", False),
    ],
)
def test_a_connection_is_kept_as_asked(
    line: bytes, connection: bytes, keeps: bool
) -> None:
    request = parse_head(head(line, b"Host: x", b"Connection: " + connection))

    assert isinstance(request, Request)
    assert request.keeps is keeps


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([b"GET /"], 400),
        ([b"GET  / HTTP/1.1", b"Host: x"], 400),
        ([b"GET / HTTP/1.1 ", b"Host: x"], 400),
        ([b"G\x00T / HTTP/1.1", b"Host: x"], 400),
        ([b"GET / HTTP/2.0", b"Host: x"], 505),
        ([b"GET / HTTP/1.1"], 400),
        ([b"GET / HTTP/1.1", b"Host: x", b"Host: y"], 400),
        ([b"GET / HTTP/1.1", b"Host : x"], 400),
        ([b"GET / HTTP/1.1", b"Host: x", b" folded"], 400),
        ([b"GET / HTTP/1.1", b"Host: x\nInjected: y"], 400),
        ([b"GET / HTTP/1.1", b"Host: x", b"Content-Length: -1"], 400),
        ([b"GET / HTTP/1.1", b"Host: x", b"Content-Length: 1, 2"], 400),
        ([b"GET http://x/ HTTP/1.1", b"Host: x"], 400),
        ([b"CONNECT x:443 HTTP/1.1", b"Host: x"], 400),
        ([b"GET /" + b"a" * 5_000 + b" HTTP/1.1", b"Host: x"], 400),
    ],
)  # fmt: skip
def test_a_bad_head_earns_its_status(lines: list[bytes], status: int) -> None:
    assert parse_head(head(*lines)) == status


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_a_status(data: bytes) -> None:
    for tried in (data, b"GET / HTTP/1.1\r\nHost: x\r\n" + data):
        assert isinstance(parse_head(tried), Request | int)


def test_a_response_says_how_long_it_is() -> None:
    raw = write_response(
        Response(200, b"body"), unix_time=0, keeps=True, bodiless=False
    )

    lines = raw.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert "Date: Thu, 01 Jan 1970 00:00:00 GMT" in lines
    assert {"Content-Length: 4", "Connection: keep-alive"} <= set(lines)
    assert lines[-1] == "body"


def test_an_answer_to_head_has_the_headers_and_no_body() -> None:
    with_body, without = (
        write_response(Response(200, b"body"), unix_time=0, keeps=False, bodiless=way)
        for way in (False, True)
    )

    assert with_body == without + b"body"
