"""Requests of a carrier in pieces, and what a short connection may carry."""

import asyncio
import os
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.burst_bounds import (
    ANSWER_HEAD,
    ASKING_HEAD,
    AT_ONCE,
    MOST_BYTES,
    MOST_PACKETS,
    SEGMENT,
    Opening,
    Pacer,
    largest_piece,
    with_acknowledgements,
)
from linnet.carriers.guises import CHROME, FIREFOX, Guise
from linnet.carriers.hatch import MOST_WAITING
from linnet.carriers.http import Response
from linnet.carriers.pieces import Joiner, Piece, PieceKind, read_request
from linnet.carriers.polls import LARGEST_BODY, Kind, Poll, pack_messages
from linnet.errors import Malformed
from linnet.wire.links import Address, Road
from tests.carriers.test_doorway import say
from tests.carriers.test_hatch import NAME, Room, carrier_of, posted, run
from tests.carriers.test_hatch import Asker as _Asker


class Asker(_Asker):
    """Someone in a doorway, who reads bytes."""

    @property
    def data(self) -> bytes:
        (response,) = self.got
        assert isinstance(response, Response)
        return response.body


def put(room: Room, place: int, data: bytes) -> Asker:
    asker = Asker()
    room.hatch.take(Piece(NAME, PieceKind.PUT, place, data), asker)
    return asker


def take(room: Room, place: int, most: int = 1_000) -> Asker:
    asker = Asker()
    room.hatch.take(Piece(NAME, PieceKind.TAKE, place, most=most), asker)
    return asker


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_malformed(body: bytes) -> None:
    for kind in (b"", b"\1", b"\4", b"\5"):
        whole = body[:16] + kind + body[16:]
        try:
            request = read_request(whole)
        except Malformed:
            continue
        assert request.pack() == whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        NAME + b"\4" + bytes(3),
        NAME + b"\5" + bytes(4),
        NAME + b"\5" + bytes(6),
        NAME + b"\5" + bytes(5) + b"\1\0",
        NAME + b"\6" + bytes(6),
        NAME + b"\4" + bytes(LARGEST_BODY),
    ],
)
def test_a_bad_request_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_request(body)


@given(st.lists(st.binary(max_size=90), max_size=20), st.integers(1, 70))
def test_messages_come_out_however_a_stream_is_cut(
    messages: list[bytes], size: int
) -> None:
    stream, joiner = pack_messages(messages), Joiner()
    out: list[bytes] = []
    for at in range(0, len(stream), size):
        out += joiner.feed(stream[at : at + size])

    assert out == messages


def test_a_piece_that_is_put_again_is_taken_once() -> None:
    async def story(room: Room) -> None:
        stream = pack_messages([b"abc", b"defg"])
        put(room, 0, stream[:4])
        put(room, 0, stream[:7])
        put(room, 4, stream[4:])
        assert room.heard == [b"abc", b"defg"]

    run(story)


def test_a_piece_that_was_not_received_is_handed_out_again_in_any_size() -> None:
    async def story(room: Room) -> None:
        put(room, 0, b"")
        stream = pack_messages([b"x" * 50, b"y" * 50])
        carrier_of(room).write([b"x" * 50, b"y" * 50])
        assert take(room, 0, most=30).data == stream[:30]
        assert take(room, 0, most=10).data == stream[:10]
        assert take(room, 10, most=30).data == stream[10:40]
        later = take(room, 40)
        assert later.data == stream[40:]
        waits = take(room, len(stream))
        assert waits.got == []
        carrier_of(room).write([b"z"])
        assert waits.data == pack_messages([b"z"])

    run(story)


@pytest.mark.parametrize(
    "request_",
    [
        Piece(NAME, PieceKind.PUT, 3, b"b"),
        Piece(NAME, PieceKind.TAKE, 1, most=9),
        Piece(NAME, PieceKind.TAKE, 2**32 - 1, most=9),
        Poll(NAME, Kind.SEND, 0),
        Poll(NAME, Kind.FETCH, 0),
    ],
)
def test_what_is_out_of_order_ends_the_carrier(request_: Piece | Poll) -> None:
    async def story(room: Room) -> None:
        put(room, 0, b"\0")
        asker = Asker()
        room.hatch.take(request_, asker)
        await asyncio.sleep(0)
        assert (asker.got, room.losses, len(room.hatch)) == ([], 1, 0)

    run(story)


def test_a_carrier_of_messages_is_ended_by_a_piece() -> None:
    async def story(room: Room) -> None:
        room.hatch.take(Poll(NAME, Kind.SEND, 0), Asker())
        assert put(room, 0, b"").got == []
        await asyncio.sleep(0)
        assert (room.losses, len(room.hatch)) == (1, 0)

    run(story)


def test_a_place_that_goes_back_ends_the_carrier() -> None:
    async def story(room: Room) -> None:
        put(room, 0, b"")
        carrier_of(room).write([b"abc"])
        take(room, 0)
        take(room, 2)
        assert take(room, 1).got == []
        await asyncio.sleep(0)
        assert room.losses == 1

    run(story)


def test_only_a_put_at_the_beginning_begins_a_carrier() -> None:
    async def story(room: Room) -> None:
        assert take(room, 0).got == []
        assert put(room, 1, b"").got == []
        assert not room.carriers

    run(story)


def test_what_nobody_takes_stops_the_session() -> None:
    async def story(room: Room) -> None:
        put(room, 0, b"")
        carrier = carrier_of(room)
        carrier.write([os.urandom(40_000), os.urandom(40_000)])
        assert carrier.paused
        assert MOST_WAITING < 80_000
        place = 0
        while carrier.paused:
            place += len(take(room, place, most=5_000).data)
        await asyncio.sleep(0)
        assert room.eases == 1

    run(story)


def test_the_last_words_of_a_carrier_in_pieces_can_be_taken() -> None:
    async def story(room: Room) -> None:
        put(room, 0, b"")
        carrier_of(room).write([b"bye"])
        carrier_of(room).close()
        assert take(room, 0).data == pack_messages([b"bye"])
        assert take(room, 5).got == []
        assert len(room.hatch) == 0

    run(story)


def test_a_put_on_the_secret_path_is_answered_and_elsewhere_it_is_not() -> None:
    body = Piece(NAME, PieceKind.PUT, 0).pack()

    assert say(posted(body)).startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"405" in say(posted(body, "/unknown"))


@pytest.mark.parametrize("opening", Opening)
def test_the_largest_piece_fits_into_the_budget(opening: Opening) -> None:
    size = largest_piece(opening)
    packets = -(-(size + ASKING_HEAD) // SEGMENT)
    both = with_acknowledgements(packets) + with_acknowledgements(1)

    assert opening.packets + both <= MOST_PACKETS
    assert opening.octets + ASKING_HEAD + ANSWER_HEAD + size <= MOST_BYTES


def test_the_budget_is_what_the_law_says() -> None:
    sizes = [largest_piece(opening) for opening in Opening]

    assert sizes == [8_900, 4_200, 1_200]


@pytest.mark.parametrize("guise", [CHROME, FIREFOX], ids=lambda guise: guise.name)
def test_the_head_of_a_request_is_no_longer_than_is_reckoned(guise: Guise) -> None:
    address = Address(Road.WSS, "cover.example.org", 443, "/" + "p" * 22)
    record, request = 22, 23
    head = guise.ask_with_body(address, 4_200)

    assert len(head) + record + request <= ASKING_HEAD


@given(st.lists(st.floats(0, 20), max_size=40), st.integers(0, 2**32))
def test_connections_are_paced_however_they_are_asked_for(
    gaps: list[float], seed: int
) -> None:
    pacer = Pacer(2.5, 1.5, Random(seed).random)
    now, turns = 0.0, []
    for gap in gaps:
        now += gap
        when = pacer.next(now)
        assert when >= now
        turns.append(when)

    assert all(later >= earlier for earlier, later in pairwise(turns))
    assert all(
        c - a >= 2.5 - 1e-9 for a, c in zip(turns, turns[AT_ONCE:], strict=False)
    )
