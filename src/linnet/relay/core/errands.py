"""Carrying out an errand: whose turn it is, and what is answered (spec/bags.md §4).

Pure. The driver asks the rules in the name of a guest of the errand's own, and gives
back what that guest is told.
"""

from collections import deque
from typing import Final

from linnet.ids import RequestNumber
from linnet.relay.core.events import CarryOut, Effect
from linnet.relay.core.guards import spend_costly
from linnet.relay.core.memory import Memory
from linnet.relay.core.state import Guest
from linnet.wire import errands, requests
from linnet.wire.codec import Reply, decode_reply, encode
from linnet.wire.replies import Appended, Envelope, Envelopes
from linnet.wire.requests_errands import Errand

_LENGTH: Final = 2
_VERSION_AND_END: Final = 3


def carry_out(
    memory: Memory, guest: Guest, number: RequestNumber, request: Errand, now_ms: int
) -> list[Effect]:
    """Let an errand be opened and carried out, if not too many are."""
    spend_costly(memory, guest, now_ms)
    return [CarryOut(guest, number, request.sealed)]


class Course:
    """One errand under way.

    Attributes:
        guest: in whose name the rules are asked; it has no session.
    """

    def __init__(self, contents: errands.Contents, guest: Guest) -> None:
        self.guest = guest
        guest.owner = self
        self._room = contents.room - _VERSION_AND_END
        self._order = [number for number, _ in contents.messages]
        self._to_ask = deque(contents.messages)
        self._reads = {
            number
            for number, one in contents.messages
            if isinstance(one, requests.Read)
        }
        self._opens = 0
        self._unanswered: set[RequestNumber] = set(self._order)
        self._answers: dict[RequestNumber, bytes] = {}

    @property
    def is_done(self) -> bool:
        """Whether everything is answered."""
        return not self._unanswered

    def next(self) -> bytes | None:
        """The message to ask now, if one may be asked."""
        if not self._to_ask:
            return None
        number, request = self._to_ask[0]
        if number in self._reads and len(self._unanswered) > len(self._to_ask):
            return None  # a READ begins when everything before it is answered
        self._to_ask.popleft()
        if isinstance(request, requests.Open):
            self._opens += 1
            self.guest.next_handle = self._opens
        return encode(number, request)

    def hear(self, message: bytes) -> None:
        """Take what the guest is told."""
        number, reply = decode_reply(message)
        if isinstance(reply, Appended):
            for one in reply.receipts:
                self._answer(one.number, Appended((one,)))
        else:
            self._answer(number, reply)

    def content(self) -> bytes:
        """The content of the answer."""
        return errands.encode_answer(self._answers[number] for number in self._order)

    def _answer(self, number: RequestNumber, reply: Reply) -> None:
        if number not in self._unanswered:
            return  # an event, such as that a stream is gone
        if isinstance(reply, Envelopes):
            reply = self._fitting(reply)
        self._unanswered.discard(number)
        message = encode(number, reply)
        self._answers[number] = message
        self._room -= _LENGTH + len(message)

    def _fitting(self, reply: Envelopes) -> Envelopes:
        """Leave out what is more than this READ's share of the room."""
        share = self._room - errands.RESERVED * len(self._unanswered)
        share //= len(self._reads & self._unanswered)
        found: list[Envelope] = []
        for one in reply.envelopes:
            share -= len(one.pack())
            if share < 0:
                break
            found.append(one)
        return Envelopes(reply.head, tuple(found))
