"""The codec is strict: one encoding for one value (RFC 9420 §2.1)."""

import pytest
from kit.scenes import refused

from mls import MalformedMessage, UsageError
from mls.codec import Reader, decode, length, opaque, optional, uint16, vector


@pytest.mark.parametrize(
    "encoded", [b"\x40\x00", b"\x40\x3f", b"\x80\x00\x00\x00", b"\x80\x00\x3f\xff"]
)
def test_a_length_longer_than_it_need_be_is_refused(encoded: bytes) -> None:
    with refused(MalformedMessage, "shortest form"):
        decode(encoded + bytes(1 << 14), Reader.opaque)


def test_a_length_with_the_reserved_prefix_is_refused() -> None:
    with refused(MalformedMessage, "reserved prefix"):
        decode(b"\xc0\x00\x00\x00", Reader.opaque)


@pytest.mark.parametrize("value", [0, 63, 64, 16383, 16384, 2**30 - 1])
def test_a_length_reads_back_at_every_border(value: int) -> None:
    assert decode(length(value), Reader.length) == value


def test_a_vector_longer_than_mls_knows_is_not_written() -> None:
    with refused(UsageError, "shorter than"):
        length(2**30)


@pytest.mark.parametrize("presence", [2, 0xFF])
def test_a_presence_byte_that_is_neither_is_refused(presence: int) -> None:
    with refused(MalformedMessage, "presence byte"):
        decode(bytes((presence, 7)), lambda reader: reader.optional(Reader.uint8))


def test_an_optional_reads_back() -> None:
    for encoded, value in ((optional(None), None), (optional(b"\x07"), 7)):
        assert decode(encoded, lambda reader: reader.optional(Reader.uint8)) == value


def test_an_element_that_crosses_the_end_of_its_vector_is_refused() -> None:
    """Its last byte is there, but belongs to what follows."""
    crossing = opaque(uint16(1) + b"\x02") + b"\x03"

    with refused(MalformedMessage, "ends too early"):
        decode(crossing, lambda reader: (reader.vector(Reader.uint16), reader.uint8()))


def test_a_vector_that_promises_more_than_there_is_is_refused() -> None:
    with refused(MalformedMessage, "ends too early"):
        decode(b"\x04\x00\x01", lambda reader: reader.vector(Reader.uint16))
    with refused(MalformedMessage, "ends too early"):
        decode(b"\x04", lambda reader: reader.vector(Reader.uint16))


def test_what_follows_a_value_is_refused() -> None:
    with refused(MalformedMessage, "bytes follow"):
        decode(
            vector([uint16(1)]) + b"\x00", lambda reader: reader.vector(Reader.uint16)
        )


@pytest.mark.parametrize(
    "read", [Reader.uint8, Reader.uint16, Reader.uint32, Reader.uint64]
)
def test_a_number_cut_short_is_refused(read: object) -> None:
    assert callable(read)
    with refused(MalformedMessage, "ends too early"):
        decode(b"", read)
