"""What plug-ins say of themselves (Pluggable Transports, version 1)."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.plugins.lines import (
    LONGEST_LINE,
    MOST_LINES,
    Conversation,
    Found,
    Side,
    read_arguments,
    write_arguments,
)
from linnet.errors import Malformed


def heard(side: Side, *lines: str, is_behind_proxy: bool = False) -> Found | None:
    talk = Conversation(side, "obfs4", is_behind_proxy=is_behind_proxy)
    for line in lines:
        talk.heard(line.encode() + b"\n")
    return talk.found


CLIENT = "CMETHOD obfs4 socks5 127.0.0.1:1984"


def test_a_client_says_where_it_takes_connections() -> None:
    said = heard(Side.CLIENT, "VERSION 1", CLIENT, "CMETHODS DONE")
    assert said == Found("127.0.0.1", 1984)


def test_nothing_is_found_before_all_is_said() -> None:
    assert heard(Side.CLIENT, "VERSION 1", CLIENT) is None


def test_a_server_says_what_clients_must_be_told() -> None:
    line = r"SMETHOD obfs4 [::]:443 FUTURE ARGS:cert=a\,b+/,iat-mode=0"
    said = heard(Side.SERVER, "VERSION 1", line, "SMETHODS DONE")
    assert said == Found("::", 443, (("cert", "a,b+/"), ("iat-mode", "0")))


def test_what_it_says_beside_is_passed_over() -> None:
    beside = "LOG SEVERITY=debug MESSAGE=x", "STATUS TYPE=y", "CMETHOD meek socks5 :0"
    assert heard(Side.CLIENT, *beside, CLIENT, "CMETHODS DONE") is not None


def test_one_that_does_not_agree_to_the_proxy_is_not_used() -> None:
    lines = "VERSION 1", CLIENT, "CMETHODS DONE"
    with pytest.raises(Malformed, match="cannot go through a proxy"):
        heard(Side.CLIENT, *lines, is_behind_proxy=True)
    agreed = heard(Side.CLIENT, "PROXY DONE", *lines, is_behind_proxy=True)
    assert agreed == Found("127.0.0.1", 1984)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("VERSION 2", "another version"),
        ("VERSION-ERROR no-version", "another version"),
        ("ENV-ERROR 192.0.2.1 is no place", "how it was started"),
        ("PROXY-ERROR 192.0.2.1", "through that proxy"),
        ("CMETHOD-ERROR obfs4 192.0.2.1", "cannot begin"),
        ("CMETHODS DONE", "does not know the method"),
        ("CMETHOD obfs4 socks4 127.0.0.1:1", "does not speak SOCKS5"),
        ("CMETHOD obfs4", "does not speak SOCKS5"),
        ("CMETHOD obfs4 socks5", "says what no plug-in says"),
        ("CMETHOD obfs4 socks5 localhost:1", "says what no plug-in says"),
        ("CMETHOD obfs4 socks5 127.0.0.1:65536", "says what no plug-in says"),
        ("x" * LONGEST_LINE, "more than a plug-in has to say"),
    ],
)
def test_what_cannot_be_is_named_and_never_repeated(line: str, words: str) -> None:
    with pytest.raises(Malformed, match=re.escape(words)) as caught:
        heard(Side.CLIENT, line)
    assert "192.0.2" not in str(caught.value)


def test_one_that_talks_on_and_on_is_left() -> None:
    with pytest.raises(Malformed, match="more than"):
        heard(Side.CLIENT, *["LOG x"] * (MOST_LINES + 1))


WORDS = ["CMETHOD", "SMETHOD", "obfs4", "socks5", "127.0.0.1:1", "ARGS:", "DONE", "="]
LINE = st.lists(st.sampled_from(WORDS)).map(lambda words: " ".join(words).encode())


@pytest.mark.fuzz
@given(st.sampled_from(Side), st.lists(LINE | st.binary(max_size=80), max_size=8))
def test_any_lines_are_a_place_or_a_named_error(side: Side, lines: list[bytes]) -> None:
    talk = Conversation(side, "obfs4", is_behind_proxy=False)
    with suppress(Malformed):
        for line in lines:
            talk.heard(line)


TEXT = st.text("ab=,;\\ ", max_size=8)


@pytest.mark.fuzz
@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=4))
def test_arguments_come_back_as_they_were(pairs: list[tuple[str, str]]) -> None:
    assert read_arguments(write_arguments(pairs), ";") == tuple(pairs)


@pytest.mark.fuzz
@given(st.text("ab=,;\\", max_size=40), st.sampled_from(",;"))
def test_any_arguments_are_pairs_or_a_named_error(text: str, separator: str) -> None:
    with suppress(Malformed):
        pairs = read_arguments(text, separator)
        assert read_arguments(write_arguments(pairs), ";") == pairs
