"""Errands and their answers: there and back, and what anything else gets."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Forged, Malformed, RemoteError
from linnet.ids import EnvelopeId, Epoch, Handle, RequestNumber, Sequence, StreamId
from linnet.wire import errands
from linnet.wire.codec import Request, encode
from linnet.wire.errands import LARGEST, SIZES, Contents, Key
from linnet.wire.fields import u8, u16
from linnet.wire.noise import public_key
from linnet.wire.replies import Opened
from linnet.wire.requests import Append, Close, Open, Read
from tests.wire.messages import ids, opens, sequences, some
from tests.wire.messages import u16 as numbers_of_16

PRIVATE, OTHER = bytes(range(32)), bytes(range(1, 33))
RELAY = public_key(PRIVATE)
STREAM, ENVELOPE = StreamId(bytes(16)), EnvelopeId(bytes(range(16)))
OPEN = Open(STREAM, Epoch(3), append_token=bytes(32), read_token=bytes(32))
ASKED = (OPEN, Append(Handle(1), ENVELOPE, b"x"), Read(Handle(1)))


def contents(*asked: Request, room: int = LARGEST) -> Contents:
    numbered = [(RequestNumber(n), one) for n, one in enumerate(asked, 1)]
    return Contents(tuple(numbered), room)


allowed = (
    opens
    | st.builds(Append, st.just(Handle(1)), ids, some)
    | st.builds(Read, st.just(Handle(1)), sequences, ids, numbers_of_16)
)


@given(st.lists(allowed, min_size=1, max_size=6), st.sampled_from(SIZES))
def test_a_errand_is_opened_by_its_relay_as_it_was_sealed(
    asked: list[Request], room: int
) -> None:
    given_in = contents(*asked, room=room)

    sealed, key = errands.seal(given_in, RELAY, os.urandom(32))
    opened, other_key = errands.unseal(sealed, PRIVATE)

    assert (opened, other_key) == (given_in, key)


def test_a_errand_says_its_size_class_and_nothing_else() -> None:
    short, _ = errands.seal(contents(*ASKED), RELAY, os.urandom(32))
    longer = contents(*ASKED, Append(Handle(1), ENVELOPE, bytes(300)))

    assert len(errands.seal(longer, RELAY, os.urandom(32))[0]) == len(short)


def test_another_relay_cannot_open_a_errand() -> None:
    sealed, _ = errands.seal(contents(*ASKED), RELAY, os.urandom(32))

    with pytest.raises(Forged):
        errands.unseal(sealed, OTHER)


def test_an_answer_is_opened_by_the_key_of_its_errand_alone() -> None:
    _, key = errands.seal(contents(*ASKED), RELAY, os.urandom(32))
    _, another = errands.seal(contents(*ASKED), RELAY, os.urandom(32))
    place = Opened(Handle(1), Epoch(3), Sequence(1), Sequence(0), Sequence(0))
    content = errands.encode_answer([encode(RequestNumber(1), place)])

    answer = key.seal(content, os.urandom(32))

    assert errands.decode_answer(key.open(answer)) == [(1, place)]
    with pytest.raises(Forged):
        another.open(answer)


def test_the_largest_envelope_fits_a_errand() -> None:
    whole = contents(OPEN, Append(Handle(1), ENVELOPE, bytes(49_152)), Read(Handle(1)))

    assert len(whole.encode()) == LARGEST


@pytest.mark.parametrize(
    ("why", "asked", "room"),
    [
        ("nothing is asked", (), LARGEST),
        ("a request that cannot be repeated", (OPEN, Close(Handle(1))), LARGEST),
        ("no room for the answers", (OPEN,) * 17, 1024),
        ("a room that none has", (OPEN,), 1025),
        ("more than 128 requests", (OPEN,) * 129, LARGEST),
    ],
)
def test_contents_that_no_relay_carries_out_are_malformed(
    why: str, asked: tuple[Request, ...], room: int
) -> None:
    with pytest.raises(Malformed):
        Contents.decode(contents(*asked, room=room).encode())


def test_two_requests_of_one_number_are_malformed() -> None:
    twice = Contents(((RequestNumber(1), OPEN), (RequestNumber(1), OPEN)))

    with pytest.raises(Malformed):
        Contents.decode(twice.encode())


def test_something_in_the_padding_is_malformed() -> None:
    content = bytearray(contents(*ASKED).encode())
    content[-1] = 1

    with pytest.raises(Malformed):
        Contents.decode(bytes(content))


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_any_bytes_are_a_errand_or_a_named_error(data: bytes) -> None:
    for sealed in (data, errands.HEADER + data):
        with pytest.raises(RemoteError):
            errands.unseal(sealed, PRIVATE)


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=120), max_size=8), st.integers(0, 2**16 - 1))
def test_any_contents_give_a_value_or_malformed(
    messages: list[bytes], room: int
) -> None:
    body = b"".join(u16(len(one)) + one for one in messages)
    for head in (u8(1), u8(1) + u16(room)):
        content = (head + body).ljust(1024, b"\0")[:1024]
        for decode in (Contents.decode, errands.decode_answer):
            try:
                decode(content)
            except Malformed:
                continue


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_forged(data: bytes) -> None:
    with pytest.raises(Forged):
        Key(bytes(32), bytes(32)).open(data)


@pytest.mark.fuzz
@given(st.data())
def test_a_errand_with_a_bit_changed_is_refused(data: st.DataObject) -> None:
    sealed, _ = errands.seal(contents(*ASKED), RELAY, bytes(range(32)))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[at // 8] ^= 1 << at % 8

    with pytest.raises(RemoteError):
        errands.unseal(bytes(changed), PRIVATE)
