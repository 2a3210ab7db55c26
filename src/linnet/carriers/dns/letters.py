"""Questions as messages to a resolver, and which answers are to be believed.

An answer fits if it has the number of a question that was sent, and its whole name:
whoever does not see the question cannot guess either.
"""

from dataclasses import dataclass
from os import urandom
from typing import Final

from linnet.carriers.dns.message import Code, Kind, Labels, Message, Question, Record
from linnet.carriers.dns.question import (
    NAME_BYTES,
    NONCE_BYTES,
    VERSION,
    Answer,
    Ask,
    Greeting,
    read_text,
    same_name,
)
from linnet.errors import Malformed

MOST_REMEMBERED: Final = 256
EDNS_OCTETS: Final = 1_232
_DESIRED: Final = 0x0100
EDNS: Final = Record((), Kind.OPT, 0, b"", EDNS_OCTETS)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a question.

    Attributes:
        ask: the question.
        answer: what the relay says; None if nothing was said.
        is_cut: whether it was too long for the way it came.
    """

    ask: Ask
    answer: Answer | None
    is_cut: bool = False


class Letters:
    """Writes questions, remembers them, and reads what answers them."""

    def __init__(self, zone: Labels) -> None:
        self.zone = zone
        self._asked: dict[int, Ask | Greeting] = {}
        self._has_edns = True

    def greet(self) -> bytes:
        """Ask for a carrier."""
        return self.write(Greeting(urandom(NONCE_BYTES)))

    def write(self, ask: Ask | Greeting) -> bytes:
        """Write a question."""
        number = int.from_bytes(urandom(2))
        self._asked.pop(number, None)
        self._asked[number] = ask
        if len(self._asked) > MOST_REMEMBERED:
            del self._asked[next(iter(self._asked))]
        question = Question(ask.labels(self.zone), Kind.TXT)
        extras = (EDNS,) if self._has_edns else ()
        return Message(number, _DESIRED, (question,), extras=extras).pack()

    def read_name(self, data: bytes) -> bytes | None:
        """The name of a carrier that a message gives, if it gives one."""
        ask, text, _ = self._read(data)
        if not isinstance(ask, Greeting) or text is None:
            return None
        is_name = len(text) == 1 + NAME_BYTES and text[0] == VERSION
        return text[1:] if is_name else None

    def read(self, data: bytes) -> Found | None:
        """What a message answers, if it answers anything."""
        ask, text, is_cut = self._read(data)
        if not isinstance(ask, Ask):
            return None
        if text is None:
            return Found(ask, None, is_cut)
        try:
            return Found(ask, Answer.read(text))
        except Malformed:
            return None

    def _read(self, data: bytes) -> tuple[Ask | Greeting | None, bytes | None, bool]:
        try:
            message = Message.read(data)
            ask = self._asked.get(message.number)
            if ask is None or not self._fits(message, ask):
                return None, None, False
            if message.code in {Code.UNREADABLE, Code.NOT_DONE_HERE}:
                # Some servers do not know EDNS (RFC 6891 §7).
                self._has_edns = False
                return None, None, False
            if message.code not in {Code.FINE, Code.NO_SUCH_NAME}:
                return None, None, False
            if message.is_cut:
                return ask, None, True
            texts = [one.data for one in message.answers if one.kind == Kind.TXT]
            text = read_text(texts[0]) if texts else None
        except Malformed:
            return None, None, False
        is_other = text is None and message.answers
        return (None if is_other else ask), text, False

    def _fits(self, message: Message, ask: Ask | Greeting) -> bool:
        if not message.is_answer or len(message.questions) != 1:
            return False
        (asked,) = message.questions
        is_text = asked.kind == Kind.TXT
        return is_text and same_name(asked.labels, ask.labels(self.zone))
