"""Padding to size classes, so that a length says little (spec/conversations.md §3)."""

from linnet.errors import Malformed

FLOOR = 256
"""Nothing is smaller than this, so a typed line and a receipt look alike."""


def padded_size(length: int) -> int:
    """Return the size class of a length: Padmé, at least `FLOOR`.

    Padmé (Nikitin et al., PETS 2019) keeps the top log2(log2(n)) bits of a length and
    costs at most 12 %.
    """
    if length <= FLOOR:
        return FLOOR
    exponent = length.bit_length() - 1
    loose = exponent - exponent.bit_length()
    mask = (1 << loose) - 1
    return (length + mask) & ~mask


def pad(body: bytes, *, largest: int) -> bytes:
    """Put a length before ``body`` and zeros behind it, up to a size class."""
    size = min(padded_size(len(body) + 4), largest)
    return (len(body).to_bytes(4) + body).ljust(size, b"\x00")


def unpad(data: bytes) -> bytes:
    """Return what was padded.

    Raises:
        Malformed: the length is impossible or something hides in the padding.
    """
    length = int.from_bytes(data[:4])
    if len(data) < 4 or length > len(data) - 4 or any(data[4 + length :]):
        raise Malformed("The padding of something decrypted is malformed.")
    return data[4 : 4 + length]
