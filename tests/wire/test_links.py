"""Pass links: there and back, and a sentence for every way to damage one."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.wire.links import (
    MAX_LINK,
    Address,
    LinkKind,
    PassLink,
    RelayDescriptor,
    Road,
    RoadLink,
    decode_link,
    encode_link,
)

printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)
addresses = st.builds(
    Address,
    st.sampled_from(Road),
    printable.filter(bool),
    st.integers(1, 65535),
    printable,
    printable,
)
keys = st.binary(min_size=32, max_size=32)
relays = st.builds(
    RelayDescriptor, keys, st.lists(addresses, min_size=1, max_size=8).map(tuple)
)
RELAY = RelayDescriptor(b"k" * 32, (Address(Road.TCP, "127.0.0.1", 7000),))
LINK = PassLink(RELAY, b"t" * 32).text()


@given(relays, keys)
def test_a_pass_link_is_read_as_it_was_written(
    relay: RelayDescriptor, token: bytes
) -> None:
    link = PassLink(relay, token)

    assert PassLink.parse(link.text()) == link


@given(st.lists(relays, min_size=1, max_size=3).map(tuple))
def test_a_road_link_is_read_as_it_was_written(
    found: tuple[RelayDescriptor, ...],
) -> None:
    link = RoadLink(found)
    try:
        read = RoadLink.parse(link.text())
    except Malformed:
        assert len(link.text()) > MAX_LINK
    else:
        assert read == link


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_any_body_of_a_road_link_gives_a_link_or_malformed(body: bytes) -> None:
    text = encode_link(LinkKind.ROAD, body)
    try:
        link = RoadLink.parse(text)
    except Malformed:
        return
    assert link.text() == text


def test_a_road_link_names_one_relay_or_more_and_not_too_many() -> None:
    for count in (0, 9):
        with pytest.raises(Malformed):
            RoadLink.parse(encode_link(LinkKind.ROAD, RELAY.pack() * count))


@pytest.mark.fuzz
@given(st.text(max_size=100) | st.text(max_size=100).map("linnet:".__add__))
def test_any_text_gives_a_link_or_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        PassLink.parse(text)


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_any_body_with_a_good_checksum_gives_a_link_or_malformed(body: bytes) -> None:
    text = encode_link(LinkKind.PASS, body)
    try:
        link = PassLink.parse(text)
    except Malformed:
        return

    assert link.text() == text


def test_a_link_survives_being_broken_over_lines() -> None:
    broken = "\n ".join(LINK[at : at + 20] for at in range(0, len(LINK), 20))

    assert PassLink.parse(broken) == PassLink.parse(LINK)


@given(st.integers(7, len(LINK) - 1), st.sampled_from("AZaz09_-"))
def test_one_changed_character_is_noticed(place: int, letter: str) -> None:
    damaged = LINK[:place] + letter + LINK[place + 1 :]
    if damaged == LINK:
        return

    with pytest.raises(Malformed):
        PassLink.parse(damaged)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("https://example.org", "not a Linnet link"),
        ("linnet:!!!!", "characters no link has"),
        (LINK[:-8], "damaged"),
        (encode_link(LinkKind.INVITE, b"x" * 70), "another kind"),
        ("linnet:" + "A" * 5000, "not a Linnet link"),
        (encode_link(LinkKind.PASS, b"t" * 32 + b"k" * 32 + b"\0"), "no address"),
    ],
)
def test_a_bad_link_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        PassLink.parse(text)


def test_a_link_of_another_version_says_so() -> None:
    content = bytes((2, 1)) + b"future"
    whole = content + sha256(content).digest()[:4]
    text = "linnet:" + urlsafe_b64encode(whole).rstrip(b"=").decode()

    with pytest.raises(Malformed, match="newer version"):
        decode_link(text, LinkKind.PASS)


def test_neither_token_nor_address_shows_in_the_text_of_a_link() -> None:
    shown = repr(PassLink(RELAY, b"t" * 32))

    assert "ttt" not in shown
    assert "127.0.0.1" not in shown
