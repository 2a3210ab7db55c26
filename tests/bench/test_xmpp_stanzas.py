"""The stanza cutter finds every stanza however the network cuts the bytes."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from bench.xmpp_stanzas import Stanzas, header, message, plain, stanza_id

OPENING = header("localhost")
PARTS = [
    b"<presence/>",
    b"<iq id='bind' type=\"result\"><jid>a@b/c</jid></iq>",
    b"<message id='7'><body>5 > 4, it's \"so\" &lt;3</body></message>",
    b"<message note='a > b' id='8'><body/><x><message id='9'/></x></message>",
]

stanzas = st.lists(st.sampled_from(PARTS), max_size=6)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(bounds)]


@given(stanzas, st.lists(st.integers(0, 2000)))
def test_stanzas_come_out_whole_however_they_are_cut(
    sent: list[bytes], places: list[int]
) -> None:
    cutter = Stanzas()
    pieces = cut(OPENING + b"\n".join(sent), places)

    came = [stanza for piece in pieces for stanza in cutter.feed(piece)]

    assert came == sent
    assert not cutter.closed


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_list_of_stanzas(data: bytes) -> None:
    assert all(stanza in data for stanza in Stanzas().feed(data))


def test_the_end_of_the_stream_is_noticed() -> None:
    cutter = Stanzas()

    came = cutter.feed(OPENING + PARTS[0] + b"</stream:stream>")

    assert (came, cutter.closed) == ([PARTS[0]], True)


def test_a_restarted_stream_begins_with_a_header_again() -> None:
    cutter = Stanzas()
    cutter.feed(OPENING + b"<success/><left-over")

    cutter.restart()

    assert cutter.feed(OPENING + PARTS[1]) == [PARTS[1]]


def test_the_id_of_a_stanza_is_its_own() -> None:
    head, tail = message("a@b", "hello")

    assert stanza_id(head + b"41" + tail) == b"41"
    assert stanza_id(PARTS[3]) == b"8"
    assert stanza_id(b"<message><stanza-id xid='3'/></message>") == b""


def test_plain_login_carries_name_and_password() -> None:
    assert b">AHRpbQB0YW5zdGFhZnRhbmRlcnN0YW5k<" in plain("tim", "tanstaaftanderstand")
