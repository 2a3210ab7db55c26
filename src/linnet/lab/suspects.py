"""What a prober has asked one server, what that answered, and what follows from it."""

from dataclasses import dataclass, field

from linnet.lab.censor import Answered
from linnet.lab.certificates import complaint
from linnet.lab.impressions import Impression, Manner
from linnet.lab.packets import Endpoint
from linnet.lab.probes import Kind, Question

_REPLAYS = (Kind.REPLAY, Kind.FIRST_CHANGED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its place among all, and whether the cover site was asked it."""

    question: Question
    place: int
    of_cover: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is enough to hold against a server.

    Attributes:
        patience: seconds after which a prober goes; who closes later did not close.
        silences: questions that must all meet silence before the sizes at which a
            server closes are compared: most servers answer one of eight.
    """

    patience: float = 10.0
    silences: int = 8


@dataclass(slots=True)
class Suspect:
    """One server under suspicion.

    Attributes:
        heard: what a client said first, which is replayed.
        began: when the suspicion began, in seconds.
        name: the name that a client asked for in TLS, once that is known.
        knows_hello: whether it was asked about a ClientHello.
        answers_replays: whether it answered what a client had said before.
        asked_more: whether that was followed up.
    """

    server: Endpoint
    heard: bytes
    began: float
    judgement: Judgement
    name: str = ""
    knows_hello: bool = False
    answers_replays: bool = False
    asked_more: bool = False
    _asked: dict[int, Asked] = field(default_factory=dict)
    _places: int = 0
    _met: dict[tuple[int, bool], Impression] = field(default_factory=dict)
    _open: list[int] = field(default_factory=list)
    _closed: list[int] = field(default_factory=list)

    def ask(self, question: Question, number: int, cover: int | None) -> None:
        """Take note that probes with these numbers ask the server, and the cover."""
        self._asked[number] = Asked(question, self._places, of_cover=False)
        if cover is not None:
            self._asked[cover] = Asked(question, self._places, of_cover=True)
        self._places += 1

    def hear(self, answer: Answered) -> str:
        """Take an answer in; say what is now held against the server, or ""."""
        asked = self._asked.pop(answer.number, None)
        if asked is None:
            return ""
        closes = answer.closed and answer.seconds < self.judgement.patience
        impression = Impression.read(answer.data, closes=closes)
        self._met[asked.place, asked.of_cover] = impression
        kind, payload = asked.question
        twin = self._met.get((asked.place, not asked.of_cover), impression)
        if twin != impression:
            return f"it answers {kind} otherwise than its cover site"
        if asked.of_cover:
            return ""
        (self._closed if closes else self._open).append(len(payload))
        return self._against(kind, impression, answer) or self._threshold()

    def _against(self, kind: Kind, impression: Impression, answer: Answered) -> str:
        if kind in _REPLAYS and impression.manner is not Manner.SILENT:
            self.answers_replays = True
            if impression.manner is Manner.STRANGE:
                return f"it answers {kind} as no protocol that everyone knows"
        if not answer.certificate:
            return ""
        name = self.name if kind is Kind.SAME_NAME else ""
        return complaint(answer.certificate, name)

    def _threshold(self) -> str:
        """Whether it says nothing, and closes from some number of octets on."""
        own = [met for (_, of_cover), met in self._met.items() if not of_cover]
        is_silent = all(met.manner is Manner.SILENT for met in own)
        if not is_silent or len(own) < self.judgement.silences:
            return ""
        if not self._open or not self._closed or max(self._open) >= min(self._closed):
            return ""
        return "it says nothing, and closes from a certain length on"
