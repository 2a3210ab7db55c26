"""What questions of this road carry, and their answers, as bytes (spec/dns.md §2, §3).

Pure bytes, for both sides; knows nothing of servers or time.
"""

from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

from linnet.carriers.dns.message import Labels, write_name
from linnet.errors import Malformed
from linnet.wire.fields import Fields

VERSION: Final = 1
NAME_BYTES: Final = 8
NONCE_BYTES: Final = 9
LAST_PLACE: Final = 2**32 - 1

_LONGEST_NAME, _LONGEST_LABEL = 255, 63
_NAME_LETTERS: Final = 16
"""As many as hold the name of a carrier, and end with a byte."""

_ASK: Final = Struct(">8sHIIHH")
_ANSWER: Final = Struct(">BII")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a carrier.

    Attributes:
        carrier: which, as the relay named it.
        number: makes each question another name, so that no cache answers it.
        place: bytes of the client's stream that come before `data`.
        received: bytes of the relay's stream that have come, without a gap.
        beyond: how far behind those what is asked for begins.
        most: how many bytes are asked for; none are with 0.
    """

    carrier: bytes = field(repr=False)
    number: int
    place: int = 0
    data: bytes = field(default=b"", repr=False)
    received: int = 0
    beyond: int = 0
    most: int = 0

    def labels(self, zone: Labels) -> Labels:
        """Write the name that is asked for."""
        numbers = self.number, self.place, self.received, self.beyond, self.most
        text = _letters(_ASK.pack(self.carrier, *numbers) + self.data)
        parts = range(0, len(text), _LONGEST_LABEL)
        # The first stands next to the zone: a resolver that asks for one label after
        # another names the carrier each time.
        return (*[text[at : at + _LONGEST_LABEL] for at in reversed(parts)], *zone)


@dataclass(frozen=True, slots=True)
class Greeting:
    """A question that asks for a carrier; `nonce` is random."""

    nonce: bytes = field(repr=False)

    def labels(self, zone: Labels) -> Labels:
        """Write the name that is asked for."""
        return (_letters(bytes((VERSION,)) + self.nonce), *zone)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the relay answers to an `Ask`.

    Attributes:
        taken: bytes of the client's stream that it has, without a gap.
        end: bytes of its own stream that there are.
        data: those that were asked for, as many as there are.
        is_last: whether nothing will come after `end`.
    """

    taken: int
    end: int
    data: bytes = field(default=b"", repr=False)
    is_last: bool = False

    def pack(self) -> bytes:
        """Write what a TXT record holds, before it is put into strings."""
        return _ANSWER.pack(self.is_last, self.taken, self.end) + self.data

    @classmethod
    def read(cls, text: bytes) -> "Answer":
        """Read what a TXT record held.

        Raises:
            Malformed: it is no answer.
        """
        fields = Fields(text)
        state, taken, end = fields.number(1), fields.number(4), fields.number(4)
        if state > 1:
            raise Malformed("An answer to a question is of no known kind.")
        return cls(taken, end, fields.rest(), bool(state))


def read_question(labels: Labels, zone: Labels) -> Ask | Greeting:
    """Read a name that somebody asks for.

    Raises:
        Malformed: it is in another zone, or no question of this road.
    """
    inner = beneath(labels, zone)
    data = _octets(b"".join(reversed(inner)))
    if len(data) == 1 + NONCE_BYTES and data[0] == VERSION:
        return Greeting(data[1:])
    fields = Fields(data)
    head = _ASK.unpack(fields.take(_ASK.size))
    carrier, number, place, received, beyond, most = head
    return Ask(carrier, number, place, fields.rest(), received, beyond, most)


def carrier_of(inner: Labels) -> bytes | None:
    """The carrier that a name within the zone is of, if it is of any."""
    try:
        return _octets(inner[-1][:_NAME_LETTERS])[:NAME_BYTES] if inner else None
    except Malformed:
        return None


def beneath(labels: Labels, zone: Labels) -> Labels:
    """The labels of a name that are not the zone's; resolvers may change their case.

    Raises:
        Malformed: the name is in another zone.
    """
    split = len(labels) - len(zone)
    if split < 0 or not same_name(labels[split:], zone):
        raise Malformed("A question is about another zone.")
    return labels[:split]


def same_name(one: Labels, other: Labels) -> bool:
    """Whether two names are the same but for their case."""
    return [part.lower() for part in one] == [part.lower() for part in other]


def data_room(zone: Labels) -> int:
    """How many bytes one question can carry; 0 where the zone is too long."""
    left = _LONGEST_NAME - len(write_name(zone))
    letters = left - -(-left // (_LONGEST_LABEL + 1))
    return max(0, letters * 5 // 8 - _ASK.size)


def answer_room(limit: int, question_octets: int) -> int:
    """How many bytes an answer can carry in a message of at most so many octets."""
    fixed = 12 + question_octets + 4 + 12 + 11
    left = limit - fixed
    return max(0, left - -(-left // 256) - _ANSWER.size)


def write_text(data: bytes) -> bytes:
    """Put bytes into the strings of a TXT record."""
    parts = [data[at : at + 255] for at in range(0, len(data), 255)] or [b""]
    return b"".join(bytes((len(part),)) + part for part in parts)


def read_text(record: bytes) -> bytes:
    """Take bytes out of the strings of a TXT record.

    Raises:
        Malformed: a string is longer than the record.
    """
    fields, parts = Fields(record), []
    while not fields.is_done:
        parts.append(fields.sized(1))
    return b"".join(parts)


def _letters(data: bytes) -> bytes:
    return b32encode(data).rstrip(b"=").lower()


def _octets(letters: bytes) -> bytes:
    if not letters.isalnum() or len(letters) % 8 in {1, 3, 6}:
        raise Malformed("A name is not in base32.")
    try:
        return b32decode(letters + b"=" * (-len(letters) % 8), casefold=True)
    except ValueError:
        raise Malformed("A name is not in base32.") from None
