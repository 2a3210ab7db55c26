"""What devices on one network ask and answer to find each other (spec/bags.md §9).

Multicast DNS as one-shot queries ask it (RFC 6762 §5.1 and §6.7), and DNS-based service
discovery (RFC 6763). Pure; any datagram gives a value or nothing.
"""

from dataclasses import dataclass
from typing import Final

from linnet.carriers.dns.message import Labels, Message, Question, Record, write_name
from linnet.errors import Malformed

SERVICE: Final[Labels] = (b"_linnet-bag", b"_tcp", b"local")
LARGEST: Final = 512
SECONDS: Final = 10
"""How long an answer to a one-shot query may be believed (RFC 6762 §6.7)."""
_POINTER, _SERVER = 12, 33
_INTERNET: Final = 1
_FAMILY: Final = 0x7FFF
"""Without the bit by which an asker says that it wants its answer directly."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One device that answers: its random name of this run, and its port."""

    name: bytes
    port: int


def question(number: int) -> bytes:
    """Ask who is there."""
    return Message(number, 0, (Question(SERVICE, _POINTER),)).pack()


def answer(data: bytes, own: Instance) -> bytes | None:
    """Answer a question that is for us; ``None`` for anything else."""
    try:
        asked = Message.read(data) if len(data) <= LARGEST else None
    except Malformed:
        return None
    if asked is None or asked.is_answer or not asked.is_plain_query:
        return None
    if not any(_is_for_us(one) for one in asked.questions):
        return None
    name = (own.name, *SERVICE)
    server = bytes(4) + own.port.to_bytes(2) + write_name((own.name, b"local"))
    said = (
        Record(SERVICE, _POINTER, SECONDS, write_name(name)),
        Record(name, _SERVER, SECONDS, server),
    )
    questions = (Question(SERVICE, _POINTER),)
    return Message(asked.number, 0x8400, questions, said).pack()


def found(data: bytes, number: int) -> Instance | None:
    """Read an answer to our question; ``None`` for anything else."""
    try:
        said = Message.read(data) if len(data) <= LARGEST else None
    except Malformed:
        return None
    if said is None or not said.is_answer or said.number != number:
        return None
    for one in said.answers:
        is_ours = one.kind == _SERVER and one.labels[1:] == SERVICE
        if is_ours and len(one.data) > 6 and any(one.data[4:6]):
            return Instance(one.labels[0], int.from_bytes(one.data[4:6]))
    return None


def _is_for_us(one: Question) -> bool:
    is_service = tuple(label.lower() for label in one.labels) == SERVICE
    is_kind = one.kind in (_POINTER, 255)
    return is_service and is_kind and one.family & _FAMILY == _INTERNET
