"""Chains as text (spec/carriers.md §13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.tunnels.chains import read_chain, show_chain, write_chain
from linnet.carriers.tunnels.tunnel import Tunnel
from linnet.errors import Malformed

TYPED = (
    "socks5://ann:p%40ss@127.0.0.1:9050|obfs4:cert=a/b+c,iat-mode=0@[2001:db8::1]:443"
)
TUNNELS = (
    Tunnel("socks5", "127.0.0.1", 9050, "ann", "p@ss"),
    Tunnel(
        "obfs4",
        "2001:db8::1",
        443,
        arguments=(("cert", "a/b+c"), ("iat-mode", "0")),
    ),
)


def test_a_chain_is_read_from_the_nearest_tunnel_to_the_last() -> None:
    assert read_chain(TYPED) == TUNNELS


def test_a_chain_is_written_as_it_is_read() -> None:
    assert write_chain(TUNNELS) == TYPED


def test_names_that_the_proxy_resolves_are_the_only_ones_there_are() -> None:
    assert read_chain("socks5h://localhost:9050") == read_chain(
        "socks5://localhost:9050"
    )


def test_a_chain_is_shown_without_what_is_secret() -> None:
    assert show_chain(TUNNELS) == "socks5:127.0.0.1:9050|obfs4:[2001:db8::1]:443"
    assert "p@ss" not in repr(TUNNELS)
    assert "127.0.0.1" not in repr(TUNNELS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "socks5://127.0.0.1",
        "socks5://127.0.0.1:0",
        "socks5://127.0.0.1:65536",
        "socks5:127.0.0.1:9050",
        "ftp://127.0.0.1:21",
        "obfs4:cert@192.0.2.1:443",
        "obfs4:cert=%ff@192.0.2.1:443",
        "http://a%0d%0ab:c@192.0.2.1:80",
        "socks5://" + "u" * 256 + ":p@192.0.2.1:80",
        "|".join(["socks5://127.0.0.1:1"] * 9),
        "socks5://127.0.0.1:1|" * 300,
    ],
)
def test_what_is_no_chain_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_chain(text)
    assert "192.0.2" not in str(caught.value)
    assert "127.0.0" not in str(caught.value)


WORDS = st.text("aä%@:|,=/+ ~€", max_size=20)
HOSTS = st.sampled_from(["a.example", "192.0.2.1", "2001:db8::1"])
PORTS = st.integers(1, 65_535)
PROXIES = st.builds(
    Tunnel, st.sampled_from(["socks5", "http"]), HOSTS, PORTS, WORDS.filter(bool), WORDS
)
PLUGINS = st.builds(
    lambda host, port, told: Tunnel("obfs4", host, port, arguments=tuple(told)),
    HOSTS,
    PORTS,
    st.lists(st.tuples(WORDS.filter(bool), WORDS), max_size=3),
)


@pytest.mark.fuzz
@given(st.lists(PROXIES | PLUGINS, min_size=1, max_size=3))
def test_every_chain_comes_back_as_it_was(tunnels: list[Tunnel]) -> None:
    assert read_chain(write_chain(tunnels)) == tuple(tunnels)


@pytest.mark.fuzz
@given(st.text(max_size=200) | st.from_regex(r"[a-z5]+:(//)?[^|]*(\|.*)?"))
def test_any_text_is_a_chain_or_a_named_error(text: str) -> None:
    try:
        tunnels = read_chain(text)
    except Malformed:
        return
    assert read_chain(write_chain(tunnels)) == tunnels
