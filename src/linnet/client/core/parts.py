"""The body of a MIMI content: parts, nested or not (draft-ietf-mimi-content)."""

from dataclasses import dataclass, field
from enum import IntEnum

from linnet.client.core import cbor
from linnet.errors import Malformed

DEEPEST_PARTS = 4
MOST_PARTS = 64


class Disposition(IntEnum):
    """What a part is for; other numbers up to 255 are legal and unknown."""

    UNSPECIFIED = 0
    RENDER = 1
    REACTION = 2
    PROFILE = 3
    INLINE = 4
    ICON = 5
    ATTACHMENT = 6
    SESSION = 7
    PREVIEW = 8


class Semantics(IntEnum):
    """How the parts of a multipart belong together."""

    CHOOSE_ONE = 0
    SINGLE_UNIT = 1
    PROCESS_ALL = 2


@dataclass(frozen=True, slots=True)
class NullPart:
    """Nothing: the body of a deletion."""

    disposition: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class SinglePart:
    """Content inside the message."""

    disposition: int
    media_type: str
    content: bytes = field(repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True)
class ExternalPart:
    """Content elsewhere: where it is and how to decrypt it."""

    disposition: int
    media_type: str
    url: str = field(repr=False)
    expires: int
    size: int
    algorithm: int
    key: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    aad: bytes = field(repr=False)
    hash_algorithm: int
    content_hash: bytes = field(repr=False)
    description: str = field(repr=False)
    filename: str = field(repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True)
class MultiPart:
    """Two or more parts."""

    disposition: int
    semantics: Semantics
    parts: tuple["Part", ...]
    language: str = ""


Part = NullPart | SinglePart | ExternalPart | MultiPart


def write_part(part: Part) -> list[cbor.Value]:
    """Return a part as the array that CBOR holds."""
    head: list[cbor.Value] = [int(part.disposition), part.language]
    match part:
        case NullPart():
            return [*head, 0]
        case SinglePart():
            return [*head, 1, part.media_type, part.content]
        case ExternalPart():
            return [*head, 2, *_external_fields(part)]
        case MultiPart():
            inner = [write_part(one) for one in part.parts]
            return [*head, 3, int(part.semantics), inner]


def read_part(value: cbor.Value) -> Part:
    """Read a part and the parts within.

    Raises:
        Malformed: it is none, nested too deep, or there are too many.
    """
    budget = [MOST_PARTS]
    return _read(value, DEEPEST_PARTS, budget)


def _read(value: cbor.Value, depth: int, budget: list[int]) -> Part:
    budget[0] -= 1
    if depth == 0 or budget[0] < 0:
        raise Malformed("A message has too many parts.")
    match value:
        case [int(disposition), str(language), int(cardinality), *rest] if (
            0 <= disposition <= 255
            and not cbor.has_bool([disposition, cardinality, *rest])
        ):
            pass
        case _:
            raise Malformed("A part of a message is malformed.")
    match cardinality, rest:
        case 0, []:
            return NullPart(disposition, language)
        case 1, [str(media_type), bytes(content)]:
            return SinglePart(disposition, media_type, content, language)
        case 2, [*_] if len(rest) == 12:
            return _read_external(disposition, language, rest)
        case 3, [0 | 1 | 2 as semantics, [_, _, *_] as inner]:
            parts = tuple(_read(one, depth - 1, budget) for one in inner)
            return MultiPart(disposition, Semantics(semantics), parts, language)
        case _:
            pass
    raise Malformed("A part of a message is malformed.")


def _external_fields(part: ExternalPart) -> list[cbor.Value]:
    return [
        part.media_type,
        part.url,
        part.expires,
        part.size,
        part.algorithm,
        part.key,
        part.nonce,
        part.aad,
        part.hash_algorithm,
        part.content_hash,
        part.description,
        part.filename,
    ]


def _read_external(disposition: int, language: str, rest: list[cbor.Value]) -> Part:
    match rest:
        case [
            str(media_type),
            str(url),
            int(expires),
            int(size),
            int(algorithm),
            bytes(key),
            bytes(nonce),
            bytes(aad),
            int(hash_algorithm),
            bytes(content_hash),
            str(description),
            str(filename),
        ] if (
            0 <= expires < 1 << 32
            and 0 <= size < 1 << 64
            and 0 <= algorithm < 1 << 16
            and 0 <= hash_algorithm < 1 << 8
        ):
            return ExternalPart(
                disposition,
                media_type,
                url,
                expires,
                size,
                algorithm,
                key,
                nonce,
                aad,
                hash_algorithm,
                content_hash,
                description,
                filename,
                language,
            )
    raise Malformed("A part of a message that lies elsewhere is malformed.")
