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
_HEADS: Final = tuple(Struct(f">QQ{2 + count}H") for count in range(MOST_MESSAGES + 1))
"""The header and the table of lengths, by the number of messages."""

_SINGLE: Final = _HEADS[1]
_SINGLE_BYTES: Final = _SINGLE.size
_PAIR: Final = _HEADS[2]
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


_COMMON: Final = 2_048
_PADDING: Final = tuple(
    padded_length(length + TAG_BYTES) - TAG_BYTES - length for length in range(_COMMON)
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
    if count == 2:
        # What a relay most often has for a session: a receipt and a delivery.
        one, two = messages
        head = _PAIR.pack(first, received, 2, flags, len(one), len(two))
        body = head + one + two
    elif count == 1:
        (one,) = messages
        body = _SINGLE.pack(first, received, 1, flags, len(one)) + one
    else:
        head = _HEADS[count].pack(first, received, count, flags, *map(len, messages))
        body = b"".join((head, *messages))
    size = len(body)
    if size < _COMMON:
        return body + _ZEROS[_PADDING[size]]
    return body.ljust(padded_length(size + TAG_BYTES) - TAG_BYTES, b"\0")


def parse(plain: bytes) -> tuple[int, int, int, list[bytes]]:
    """Undo ``build``: (first, received, flags, messages).

    Raises:
        Malformed: flags nobody defined, lengths beyond the record, or padding that is
            not zero.
    """
    try:
        first, received, count, flags, length = _SINGLE.unpack_from(plain)
        if count == 1:
            place = _SINGLE_BYTES + length
            messages = [plain[_SINGLE_BYTES:place]]
        else:
            place, messages = _cut(
                plain, _TABLES[count].unpack_from(plain, _HEADER_BYTES)
            )
    except (struct.error, IndexError):
        raise Malformed("A record's table of messages does not fit in it.") from None
    if flags > _FLAGS:
        raise Malformed("A record carries a flag that this version does not know.")
    padding = len(plain) - place
    if padding < 0:
        raise Malformed("A record's messages are longer than the record.")
    zeros = _ZEROS[padding] if padding < 256 else bytes(padding)
    if not plain.endswith(zeros):
        raise Malformed("A record's padding is not zero.")
    return first, received, flags, messages


def portions(messages: Sequence[bytes], target: int) -> list[list[bytes]]:
    """The messages of each record where one would be too large.

    Args:
        messages: what is to be sent, in order.
        target: bytes of messages after which a record is closed.
    """
    done: list[list[bytes]] = []
    portion: list[bytes] = []
    size = 0
    for message in messages:
        cost = len(message) + 2
        if portion and (size + cost > target or len(portion) == MOST_MESSAGES):
            done.append(portion)
            portion, size = [], 0
        portion.append(message)
        size += cost
    return [*done, portion]


def _cut(plain: bytes, lengths: Sequence[int]) -> tuple[int, list[bytes]]:
    """Where the messages of these lengths end, and the messages."""
    place = _HEADER_BYTES + 2 * len(lengths)
    messages = []
    for length in lengths:
        end = place + length
        messages.append(plain[place:end])
        place = end
    return place, messages
