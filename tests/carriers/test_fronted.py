"""Whom a request is for, as an address says it (spec/carriers.md §12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.fronted import asked_host, asked_path
from linnet.carriers.guises import CHROME
from linnet.wire.links import Address, Road


@pytest.mark.parametrize(
    ("path", "host", "asked"),
    [
        ("//inner.example/secret", "inner.example", "/secret"),
        ("//inner.example:8443/a/b", "inner.example:8443", "/a/b"),
        ("//[2001:db8::1]/s", "[2001:db8::1]", "/s"),
        ("//inner.example", "inner.example", "/"),
        ("/secret", "outer.example", "/secret"),
        ("", "outer.example", "/"),
        ("//a@b/secret", "outer.example", "//a@b/secret"),
    ],
)
def test_a_path_that_begins_with_two_strokes_names_the_inner_host(
    path: str, host: str, asked: str
) -> None:
    address = Address(Road.WSS, "192.0.2.1", 443, path, "outer.example")

    assert (asked_host(address), asked_path(address)) == (host, asked)


def test_the_heads_of_requests_and_sockets_name_the_inner_host_alone() -> None:
    path = "//inner.example/secret"
    address = Address(Road.WSS, "192.0.2.1", 443, path, "outer.example")
    for head in (CHROME.ask_for_socket(address, "k"), CHROME.ask_with_body(address, 1)):
        assert b" /secret HTTP/1.1\r\nHost: inner.example\r\n" in head
        assert b"Origin: https://inner.example\r\n" in head
        assert b"outer" not in head


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60))
def test_whatever_a_link_holds_the_two_are_words_of_one_line(path: str) -> None:
    address = Address(Road.WSS, "192.0.2.1", 443, path, "outer.example")
    host, asked = asked_host(address), asked_path(address)

    assert host
    assert asked
    assert asked in {path, "/"} or path.endswith(asked)
