"""What the answers of a bag bring is held against the cursor as it is now."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.client.sync.unpacking import OLD, Unpacked, sorted_by_stream, take_read
from linnet.client.sync.wishes import Wish
from linnet.errors import Malformed
from linnet.ids import EnvelopeId, Epoch, Handle, RequestNumber, Sequence, StreamId
from linnet.wire.codec import Reply
from linnet.wire.errands import Contents
from linnet.wire.replies import Envelope
from linnet.wire.requests import NO_ENVELOPE, Append, Open, Read
from tests.wire.messages import all_replies, numbers


def name(number: int) -> EnvelopeId:
    return EnvelopeId(number.to_bytes(16)) if number else NO_ENVELOPE


def came(*places: int) -> tuple[Envelope, ...]:
    return tuple(Envelope(Sequence(n), Epoch(1), 9, name(n), b"x") for n in places)


@dataclass
class Place:
    """A stream of which something was taken already."""

    at: int
    envelope: EnvelopeId | None = None
    taken: list[int] = field(default_factory=list)

    @property
    def cursor(self) -> tuple[Sequence, EnvelopeId]:
        return Sequence(self.at), self.envelope or name(self.at)

    def wish(self) -> Wish | None:
        return None

    def take_carried(self, envelopes: Iterable[Envelope]) -> bool:
        self.taken += [one.sequence for one in envelopes]
        return True

    def on_the_relay(self, envelope: EnvelopeId) -> bool:
        return bool(envelope)


def read_from(place: Place, after: int, *places: int) -> Unpacked:
    done = Unpacked()
    read = Read(Handle(1), Sequence(after), name(after))
    take_read(place, read, came(*places), done)
    return done


@pytest.mark.parametrize(
    ("why", "at", "after", "places", "taken"),
    [
        ("nothing has come meanwhile", 4, 4, (5, 6), [5, 6]),
        ("some has come meanwhile", 5, 4, (5, 6), [6]),
        ("all has come meanwhile", 9, 4, (5, 6), []),
        ("it is the first", 0, 0, (1, 2), [1, 2]),
        ("the oldest were forgotten by the relay", 4, 4, (7, 8), [7, 8]),
    ],
)
def test_envelopes_are_taken_from_the_cursor_on(
    why: str, at: int, after: int, places: tuple[int, ...], taken: list[int]
) -> None:
    place = Place(at)

    done = read_from(place, after, *places)

    assert (place.taken, list(done.sentences)) == (taken, [])


@pytest.mark.parametrize(
    ("why", "place", "after", "places"),
    [
        ("this device went back since", Place(3), 4, (5, 6)),
        ("it begins beyond what came since", Place(5), 4, (7, 8)),
        ("another envelope stands at the cursor", Place(5, name(99)), 4, (5, 6)),
    ],
)
def test_what_does_not_follow_the_cursor_is_left_out_and_said(
    why: str, place: Place, after: int, places: tuple[int, ...]
) -> None:
    done = read_from(place, after, *places)

    assert (place.taken, list(done.sentences)) == ([], [OLD])


@pytest.mark.parametrize("places", [(5, 7), (5, 5), (6, 5), (5, 1 << 63)])
def test_envelopes_that_no_relay_gives_are_malformed(places: tuple[int, ...]) -> None:
    with pytest.raises(Malformed):
        read_from(Place(4), 4, *places)


ASKED = Contents(
    (
        (RequestNumber(1), Open(StreamId(bytes(16)), read_token=bytes(32))),
        (RequestNumber(2), Append(Handle(1), name(7), b"-")),
        (RequestNumber(3), Read(Handle(1))),
    )
)


@pytest.mark.fuzz
@given(st.lists(all_replies, min_size=3, max_size=3))
def test_any_replies_to_what_was_asked_are_taken_or_malformed(
    replies: list[Reply],
) -> None:
    answers = [(RequestNumber(n), one) for n, one in enumerate(replies, 1)]
    try:
        streams = sorted_by_stream(ASKED, answers, Unpacked())
    except Malformed:
        return

    assert len(streams) == 1


@given(st.lists(st.tuples(numbers, all_replies), max_size=4))
def test_replies_to_something_else_are_malformed(
    answers: list[tuple[RequestNumber, Reply]],
) -> None:
    if [number for number, _ in answers] != [1, 2, 3]:
        with pytest.raises(Malformed):
            sorted_by_stream(ASKED, answers, Unpacked())
