"""What stands behind a name server in tests: people who write down what comes."""

import asyncio

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dns.authority import Authority
from linnet.carriers.dns.message import Kind, Labels, Message, Question, Record
from linnet.carriers.dns.question import (
    NONCE_BYTES,
    Answer,
    Ask,
    Greeting,
    read_text,
)

ZONE = "t.example.org"
EDNS = Record((), Kind.OPT, 0, b"", 1_232)


class Person:
    """The user of a carrier."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._stirred = asyncio.Event()
        self.gone = asyncio.Event()
        self.eases = 0

    def arrived(self, message: bytes) -> None:
        self.heard.append(message)
        self._stirred.set()

    async def hears(self, count: int) -> list[bytes]:
        """Wait for so many messages."""
        while len(self.heard) < count:
            self._stirred.clear()
            await self._stirred.wait()
        return self.heard

    def lost(self) -> None:
        self.gone.set()

    def writable(self) -> None:
        self.eases += 1


class Hall:
    """Everybody who came."""

    def __init__(self) -> None:
        self.carriers: list[Carrier] = []
        self.at_home: set[Carrier] = set()
        self._came = asyncio.Event()

    def visitor(self, whose: bytes = b"", patience: float = 0.0) -> CarrierUser:
        return Person()

    def entered(self, carrier: Carrier) -> None:
        self.carriers.append(carrier)
        self._came.set()

    async def first(self) -> tuple[Carrier, Person]:
        """Wait for somebody to come."""
        await self._came.wait()
        carrier = self.carriers[0]
        assert isinstance(carrier.user, Person)
        return carrier, carrier.user

    def is_stranger(self, carrier: Carrier) -> bool:
        return carrier not in self.at_home


class Desk:
    """A name server, its clock, and how it is asked."""

    def __init__(self, server: str = "") -> None:
        self.hall, self.now = Hall(), 1_000.0
        self.authority = Authority(ZONE, self.hall, server=server)

    def put(
        self, labels: Labels, kind: int = Kind.TXT, *extras: Record, family: int = 1
    ) -> Message | None:
        """Ask a question; the answer."""
        question = Question(labels, kind, family)
        query = Message(7, 0x0100, (question,), extras=extras).pack()
        found = self.authority.answer(query, self.now)
        if found is None:
            return None
        answer = Message.read(found)
        assert (answer.number, answer.questions) == (7, (question,))
        assert answer.is_answer
        return answer

    def greet(self) -> bytes:
        """Ask for a carrier; its name."""
        labels = Greeting(bytes(NONCE_BYTES)).labels(self.authority.zone)
        answer = self.put(labels, Kind.TXT, EDNS)
        assert answer is not None
        return read_text(answer.answers[0].data)[1:]

    def ask(self, ask: Ask) -> Answer | None:
        """Ask a question of a carrier; what the relay says, if it says anything."""
        answer = self.put(ask.labels(self.authority.zone), Kind.TXT, EDNS)
        if answer is None or not answer.answers:
            return None
        (record,) = answer.answers
        assert record.seconds == 0
        return Answer.read(read_text(record.data))
