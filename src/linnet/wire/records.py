"""Records: the one encrypted unit of a session on a carrier (spec/session.md §5).

Turns the numbers and messages of a record into padded plaintext and back. Pure bytes;
knows nothing of keys, of what was sent before or of carriers.
"""

import struct
from collections.abc import Sequence
from struct import Struct
from typing import Final

from linnet.errors import Malformed
from linnet.wire.ciphers import TAG_BYTES

LARGEST_RECORD: Final = 65_535
"""What Noise allows one transport message to be."""

SMALLEST_RECORD: Final = 128
LARGEST_MESSAGE: Final = 65_472
MOST_MESSAGES: Final = 1_024
"""How many messages one record may carry; more would only delay the first."""

ANSWER: Final = 1
"""Flag: the sender wants any record back at once."""

END: Final = 2
"""Flag: the sender ends the session for good and forgets it."""

_FLAGS: Final = ANSWER | END
_HEADER: Final = Struct(">QQHH")
_HEADER_BYTES: Final = _HEADER.size
_SINGLE: Final = Struct(">QQHHH")
_SINGLE_BYTES: Final = _SINGLE.size
_TABLES: Final = tuple(Struct(f">{count}H") for count in range(MOST_MESSAGES + 1))
_ZEROS: Final = tuple(bytes(length) for length in range(256))


def padded_length(length: int) -> int:
    """The size class of a record of ``length`` bytes, tag included.

    Padmé: at most 12 % longer, and an observer learns O(log log) bits of the length.
    """
    if length <= SMALLEST_RECORD:
        return SMALLEST_RECORD
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return min((length + mask) & ~mask, LARGEST_RECORD)


_PADDING: Final = tuple(
    padded_length(length + TAG_BYTES) - TAG_BYTES - length for length in range(2_048)
)
"""How much padding a plaintext gets, for the lengths that are common."""


def build(first: int, received: int, flags: int, messages: Sequence[bytes]) -> bytes:
    """The padded plaintext of a record.

    Args:
        first: how many messages the sender had sent before this record.
        received: how many messages the sender has received.
        flags: any of ``ANSWER`` and ``END``.
        messages: what the record carries; the caller keeps within the limits.
    """
    count = len(messages)
    if count == 1:
        message = messages[0]
        size = len(message)
        length = size + _SINGLE_BYTES
        if length < 2_048:
            head = _SINGLE.pack(first, received, 1, flags, size)
            return b"".join((head, message, _ZEROS[_PADDING[length]]))
    head = _HEADER.pack(first, received, count, flags)
    table = _TABLES[count].pack(*map(len, messages))
    body = b"".join((head, table, *messages))
    return body.ljust(padded_length(len(body) + TAG_BYTES) - TAG_BYTES, b"\0")


def parse(plain: bytes) -> tuple[int, int, int, list[bytes]]:
    """Undo ``build``: (first, received, flags, messages).

    Raises:
        Malformed: flags nobody defined, lengths beyond the record, or padding that is
            not zero.
    """
    try:
        first, received, count, flags = _HEADER.unpack_from(plain)
        lengths = _TABLES[count].unpack_from(plain, _HEADER_BYTES)
    except (struct.error, IndexError):
        raise Malformed("A record's table of messages does not fit in it.") from None
    if flags > _FLAGS:
        raise Malformed("A record carries a flag that this version does not know.")
    messages = []
    place = _HEADER_BYTES + 2 * count
    for length in lengths:
        end = place + length
        messages.append(plain[place:end])
        place = end
    padding = len(plain) - place
    if padding < 0:
        raise Malformed("A record's messages are longer than the record.")
    zeros = _ZEROS[padding] if padding < 256 else bytes(padding)
    if not plain.endswith(zeros):
        raise Malformed("A record's padding is not zero.")
    return first, received, flags, messages
