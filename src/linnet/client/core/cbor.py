"""CBOR, the deterministic part that Linnet uses (spec/conversations.md §2).

Integers, byte and text strings, arrays, maps, booleans, null and tags; definite lengths
and shortest forms only, map keys in ascending order of their bytes (RFC 8949 §4.2.1).
A general decoder turns strangers' bytes into decimals, dates and patterns; this one
cannot: any bytes give a plain value or `Malformed`, in bounded time and memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from linnet.errors import LocalError, Malformed

DEEPEST = 16
"""Containers inside each other; MIMI content needs six."""

Value: TypeAlias = Union[
    int, bytes, str, bool, Sequence["Value"], Mapping["int | str", "Value"], "Tag", None
]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tagged value."""

    number: int
    value: Value


def encode(value: Value) -> bytes:  # noqa: PLR0911  one line a type
    """Write a value in its one deterministic form."""
    match value:
        case bool():
            return b"\xf5" if value else b"\xf4"
        case None:
            return b"\xf6"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case Tag():
            return _head(6, value.number) + encode(value.value)
        case Mapping():
            pairs = sorted((encode(key), encode(item)) for key, item in value.items())
            return _head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
        case _:
            return _head(4, len(value)) + b"".join(encode(item) for item in value)


def decode(data: bytes) -> Value:
    """Read one value that fills ``data``.

    Raises:
        Malformed: anything else, or a form that `encode` would not have written.
    """
    value, end = _item(data, 0, DEEPEST)
    if end != len(data):
        raise Malformed("Bytes follow a CBOR value.")
    return value


def has_bool(values: Sequence[Value]) -> bool:
    """Say whether a boolean is among values, where Python takes it for 0 or 1."""
    return any(isinstance(value, bool) for value in values)


def _head(major: int, number: int) -> bytes:
    first = major << 5
    if number < 24:
        return bytes([first | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([first | code]) + number.to_bytes(size)
    raise LocalError("A number is too large for CBOR.")


def _argument(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, argument, and where the item goes on."""
    if at >= len(data):
        raise Malformed("A CBOR value is cut off.")
    major, code = data[at] >> 5, data[at] & 31
    if code < 24:
        return major, code, at + 1
    if code > 27:
        raise Malformed("A CBOR value has no definite length.")
    size = 1 << (code - 24)
    end = at + 1 + size
    number = int.from_bytes(data[at + 1 : end])
    if end > len(data):
        raise Malformed("A CBOR value is cut off.")
    if number < (24 if size == 1 else 1 << (4 * size)):
        raise Malformed("A CBOR number is longer than it must be.")
    return major, number, end


def _item(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    major, number, end = _argument(data, at)
    if major in (0, 1):
        return (number if major == 0 else -1 - number), end
    if major in (2, 3):
        return _string(data, end, number, is_text=major == 3)
    if major == 7:
        return _simple(data[at], end)
    if depth == 0:
        raise Malformed("A CBOR value is nested too deep.")
    if major in (4, 5):
        return (_array if major == 4 else _map)(data, end, number, depth - 1)
    inner, end = _item(data, end, depth - 1)
    return Tag(number, inner), end


def _string(data: bytes, at: int, length: int, *, is_text: bool) -> tuple[Value, int]:
    end = at + length
    if end > len(data):
        raise Malformed("A CBOR string is cut off.")
    if not is_text:
        return data[at:end], end
    try:
        return data[at:end].decode(), end
    except UnicodeDecodeError as error:
        raise Malformed("A CBOR text is not UTF-8.") from error


def _simple(first: int, end: int) -> tuple[Value, int]:
    if first not in (0xF4, 0xF5, 0xF6):
        raise Malformed("A CBOR value is of a kind that is not used here.")
    return {0xF4: False, 0xF5: True, 0xF6: None}[first], end


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    if count > len(data) - at:
        raise Malformed("A CBOR array is cut off.")
    items: list[Value] = []
    for _ in range(count):
        item, at = _item(data, at, depth)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    if count > len(data) - at:
        raise Malformed("A CBOR map is cut off.")
    items: dict[int | str, Value] = {}
    before = b""
    for _ in range(count):
        key, end = _item(data, at, depth)
        written = data[at:end]
        if isinstance(key, bool) or not isinstance(key, int | str):
            raise Malformed("A CBOR map has a key that is no number or text.")
        if written <= before:
            raise Malformed("A CBOR map has its keys out of order.")
        before = written
        items[key], at = _item(data, end, depth)
    return items, at
