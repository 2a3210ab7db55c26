"""WebSocket frames, honest and hostile (RFC 6455 §5, spec/session.md §8.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.frames import (
    BINARY,
    CLOSE,
    LARGEST_MESSAGE,
    PING,
    PONG,
    VIOLATION,
    Frame,
    FrameReader,
    build_frame,
    unmask,
)

MASK = b"\x01\x02\x03\x04"


def read(data: bytes, *, masked: bool = True) -> list[Frame]:
    return FrameReader(masked=masked).feed(data)


def violation(code: int) -> list[Frame]:
    return [(VIOLATION, code.to_bytes(2, "big"))]


def masked_frame(first: int, payload: bytes) -> bytes:
    assert len(payload) < 126
    return bytes((first, 0x80 | len(payload))) + MASK + unmask(payload, MASK)


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=70_000), max_size=4), st.booleans(), st.data())
def test_messages_come_out_however_the_bytes_are_cut(
    messages: list[bytes], masked: bool, data: st.DataObject
) -> None:
    messages = [message[:LARGEST_MESSAGE] for message in messages]
    mask = MASK if masked else b""
    stream = b"".join(build_frame(BINARY, message, mask) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reader, heard = FrameReader(masked=masked), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        heard += reader.feed(stream[start:end])

    assert heard == [(BINARY, message) for message in messages]


@pytest.mark.fuzz
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_frames_or_a_violation(data: bytes, masked: bool) -> None:
    for opcode, payload in read(data, masked=masked):
        assert opcode in {BINARY, CLOSE, PING, PONG, VIOLATION}
        assert len(payload) <= LARGEST_MESSAGE


def test_bytes_one_by_one_make_the_same_message() -> None:
    reader = FrameReader(masked=True)
    frames: list[Frame] = []
    for byte in build_frame(BINARY, b"slow" * 100, MASK):
        frames += reader.feed(bytes([byte]))

    assert frames == [(BINARY, b"slow" * 100)]


def test_fragments_are_joined_and_pings_pass_between_them() -> None:
    stream = (
        masked_frame(0x02, b"one ")
        + masked_frame(0x89, b"ping")
        + masked_frame(0x00, b"message")
        + masked_frame(0x80, b"")
    )

    assert read(stream) == [(PING, b"ping"), (BINARY, b"one message")]


def test_nothing_is_read_after_a_close() -> None:
    stream = masked_frame(0x88, b"\x03\xe8") + masked_frame(0x82, b"late")

    assert read(stream) == [(CLOSE, b"\x03\xe8")]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (build_frame(BINARY, b"no mask"), 1002),
        (masked_frame(0xC2, b"a reserved bit"), 1002),
        (masked_frame(0x83, b"an unknown opcode"), 1002),
        (masked_frame(0x8B, b"an unknown control opcode"), 1002),
        (masked_frame(0x80, b"the end of nothing"), 1002),
        (masked_frame(0x02, b"a") + masked_frame(0x82, b"b"), 1002),
        (masked_frame(0x09, b"a fragmented ping"), 1002),
        (b"\x89\xfe\x00\x7e" + MASK + bytes(126), 1002),
        (b"\x82\xfe\x00\x05" + MASK + bytes(5), 1002),
        (b"\x82\xff" + (1_000).to_bytes(8, "big") + MASK, 1002),
        (masked_frame(0x81, b"text"), 1003),
        (b"\x82\xff" + (65_536).to_bytes(8, "big") + MASK, 1009),
        (b"\x82\xff" + (2**63).to_bytes(8, "big") + MASK, 1009),
        (b"\x02\xfe\xff\xff" + (MASK + bytes(65_535)) + masked_frame(0x80, b"x"), 1009),
        (masked_frame(0x02, b"") + masked_frame(0x00, b"") * 64, 1009),
    ],
)
def test_what_breaks_the_protocol_ends_it_with_a_code(stream: bytes, code: int) -> None:
    assert read(stream)[-1:] == violation(code)


def test_a_server_must_not_mask() -> None:
    stream = build_frame(BINARY, b"masked", MASK)

    assert read(stream, masked=False) == violation(1002)
