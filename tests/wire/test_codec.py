"""Messages of the relay protocol, there and back, and what garbage gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.ids import EnvelopeId, Handle, RequestNumber, StreamId
from linnet.wire import codec, limits, replies, requests
from linnet.wire.codec import Reply, Request, UnknownRequest
from linnet.wire.refusals import SENTENCES, Refusal, refused
from tests.wire.messages import all_replies, all_requests, numbers


@given(numbers, all_requests)
def test_a_request_is_read_as_it_was_written(
    number: RequestNumber, request: Request
) -> None:
    assert codec.decode_request(codec.encode(number, request)) == (number, request)


@given(numbers, all_replies)
def test_a_reply_is_read_as_it_was_written(number: RequestNumber, reply: Reply) -> None:
    if isinstance(reply, replies.Appended):
        number = reply.receipts[0].number

    assert codec.decode_reply(codec.encode(number, reply)) == (number, reply)


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_any_bytes_give_a_message_or_malformed(data: bytes) -> None:
    for decode in (codec.decode_request, codec.decode_reply):
        try:
            decode(data)
        except Malformed:
            continue


@pytest.mark.fuzz
@given(st.sampled_from(sorted(codec.REQUESTS)), st.binary(max_size=400))
def test_any_fields_of_a_known_request_give_it_or_malformed(
    kind: int, fields: bytes
) -> None:
    message = bytes((kind, 0, 0, 0, 1)) + fields
    try:
        number, request = codec.decode_request(message)
    except Malformed:
        return

    assert codec.encode(number, request) == message


@pytest.mark.fuzz
@given(numbers, all_requests, st.data())
def test_a_truncated_request_is_never_taken_for_the_whole(
    number: RequestNumber, request: Request, data: st.DataObject
) -> None:
    whole = codec.encode(number, request)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        read = codec.decode_request(cut)
    except Malformed:
        return

    assert read != (number, request)


def test_an_unknown_type_is_told_from_a_damaged_message() -> None:
    with pytest.raises(UnknownRequest):
        codec.decode_request(b"\x7f\x00\x00\x00\x01")


def test_a_message_longer_than_any_may_be_is_refused_both_ways() -> None:
    data = bytes(limits.MAX_MESSAGE)
    append = requests.Append(Handle(1), EnvelopeId(bytes(16)), data)
    with pytest.raises(Malformed):
        codec.encode(RequestNumber(1), append)
    with pytest.raises(Malformed):
        codec.decode_request(bytes((0x13, 0, 0, 0, 1)) + data)


def test_every_refusal_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Refusal)


def test_an_unknown_refusal_is_still_an_error_with_a_sentence() -> None:
    error = refused(250, 9)

    assert (error.code, error.detail) == (250, 9)
    assert "250" in str(error)


def test_no_token_shows_in_the_text_of_a_request() -> None:
    token = b"\xab" * 32

    shown = repr(requests.Open(StreamId(bytes(16)), read_token=token))

    assert "\\xab" not in shown
