"""Resolvers that a person chooses for the road by names (spec/dns.md §1)."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns.lines import HttpsLine, Line, TcpLine, UdpLine
from linnet.carriers.dns.resolvers import lines_to
from linnet.carriers.egress import Egress, leaving_by
from linnet.carriers.resolver import Form, Resolver
from linnet.errors import Malformed
from linnet.wire.links import Address, Road

DIGITS = st.ip_addresses().map(str)
PORTS = st.integers(1, 65_535)
PLAIN = st.builds(
    Resolver, st.sampled_from([Form.BOTH, Form.UDP, Form.TCP]), DIGITS, PORTS
)
WEB = st.builds(
    Resolver,
    st.just(Form.HTTPS),
    DIGITS | st.from_regex(r"[a-z][a-z0-9-]{0,9}\.[a-z]{2,5}", fullmatch=True),
    PORTS,
    st.from_regex(r"/[a-z0-9/._-]{0,20}", fullmatch=True),
)


@given(PLAIN | WEB)
def test_a_resolver_is_read_as_it_was_written(one: Resolver) -> None:
    assert Resolver.parse(one.text) == one
    assert " " not in one.text


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("192.0.2.53:53", "192.0.2.53"),
        ("2001:db8::53", "[2001:db8::53]"),
        ("udp:2001:db8::53", "udp:[2001:db8::53]"),
        ("tcp:[2001:db8::53]:5353", "tcp:[2001:db8::53]:5353"),
        ("https://DNS.example", "https://dns.example/"),
        ("https://dns.example:443/dns-query", "https://dns.example/dns-query"),
    ],
)
def test_what_a_person_types_is_written_in_one_way(typed: str, written: str) -> None:
    assert Resolver.parse(typed).text == written


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "dns.example",
        "tcp:dns.example",
        "tls:192.0.2.53",
        "192.0.2.53:0",
        "192.0.2.53:65536",
        "192.0.2.553",
        "http://dns.example/dns-query",
        "https://ann@dns.example/dns-query",
        "https://dns.example/dns-query?x",
        "https://dns.example/dns query",
        "https://",
    ],
)
def test_what_is_no_resolver_is_refused_with_how_one_is_written(typed: str) -> None:
    with pytest.raises(Malformed, match="A resolver is an address such as"):
        Resolver.parse(typed)


@pytest.mark.fuzz
@given(st.text(max_size=60), st.sampled_from(["", "udp:", "https://", "tcp:["]))
def test_any_text_is_a_resolver_or_refused(text: str, start: str) -> None:
    try:
        found = Resolver.parse(start + text)
    except Malformed:
        return
    assert Resolver.parse(found.text) == found


def test_those_that_were_chosen_are_asked_and_no_others() -> None:
    told = ("https://192.0.2.1/q", "192.0.2.2", "tcp:192.0.2.3", "udp:192.0.2.4")
    chosen = tuple(map(Resolver.parse, told))

    async def story(path: str) -> list[type[Line]]:
        with leaving_by(Egress(resolvers=chosen)):
            lines = lines_to(Address(Road.DNS, "t.example.org", 53, path))
        return [type(one) for one in lines]

    assert asyncio.run(story("")) == [HttpsLine, UdpLine, TcpLine, TcpLine, UdpLine]
    # A link that names its own keeps it.
    assert asyncio.run(story("192.0.2.9")) == [UdpLine, TcpLine]
