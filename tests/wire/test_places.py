"""Places for manifests: what is one, and what is not (spec/manifest.md §7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.wire.fields import Fields
from linnet.wire.places import Kind, Place, read_places, write_places

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,9}(\.[a-z]{2,5}){1,2}", fullmatch=True)
WEB = st.builds(
    Place,
    st.just(Kind.WEB),
    NAMES | st.just("2001:db8::1") | st.just("192.0.2.1"),
    st.integers(1, 65_535),
    st.from_regex(r"/[a-z0-9/._~?=&%-]{0,30}", fullmatch=True),
)
PLACES = WEB | st.builds(Place, st.just(Kind.NAMES), NAMES)


@given(st.lists(PLACES, max_size=4, unique=True).map(tuple))
def test_places_are_read_as_they_were_written(places: tuple[Place, ...]) -> None:
    fields = Fields(write_places(places))

    assert read_places(fields) == places
    assert fields.is_done


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://pottery.example/list",
        "https://pottery.example",
        "https:///list",
        "https://ann@pottery.example/list",
        "https://pottery.example:0/list",
        "https://pottery.example:65536/list",
        "https://pottery.example:443/list",
        "https://[1.2.3.4]/list",
        "https://[....]/list",
        "https://[:::]/list",
        "https://pottery.example/a list",
        "https://pottery.example/list#part",
        "https://pottery.example/list\r\nX: y",
        "https://" + "a" * 250 + "/l",
        "file:///etc/passwd",
        "dns:",
        "dns:roads..example",
        "dns:" + "a" * 64 + ".example",
    ],
)
def test_what_is_no_place_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="no place"):
        Place.parse(text)


@pytest.mark.fuzz
@given(st.text(max_size=80), st.sampled_from(["", "dns:", "https://", "https://a.b/"]))
def test_any_text_is_a_place_that_is_written_alike_or_malformed(
    text: str, start: str
) -> None:
    try:
        place = Place.parse(start + text)
    except Malformed:
        return
    assert place.text == start + text
    assert not set(place.text) & set(" \r\n\t#@")
