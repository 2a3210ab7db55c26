"""The relay as name server of one zone: a message in, a message out (spec/dns.md §5).

Nobody's carrier costs anything: who asks for one is given a name that proves itself,
and only a question that comes back with it makes a carrier.
"""

import hmac
from dataclasses import replace
from hashlib import sha256
from os import urandom
from struct import Struct
from typing import Final, Protocol

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dns.message import (
    Code,
    Kind,
    Labels,
    Message,
    Question,
    Record,
    split,
    write_name,
)
from linnet.carriers.dns.question import (
    NAME_BYTES,
    VERSION,
    Ask,
    Greeting,
    answer_room,
    beneath,
    carrier_of,
    read_question,
    write_text,
)
from linnet.carriers.dns.served import AskedCarrier, Bucket
from linnet.errors import Malformed
from linnet.wire.noise import Entropy

MOST_OCTETS: Final = 1_232
PLAIN_OCTETS: Final = 512
"""Of an answer over UDP, with EDNS and without."""

MOST_OVER_TCP: Final = 4_096
MOST_ASKED: Final = 8
"""Questions and records of a query; names in them may be written as long chains."""

MOST_GROWN: Final = 4
"""Whoever has no carrier may have forged where he is: so many times what he sent."""

EMPTY_SECONDS: Final = 60
"""How long resolvers may remember that there is nothing at a name."""

SHORT_SECONDS: Final = 300
"""How long they may remember who serves the zone."""

MOST_STRANGERS: Final = 128
"""Carriers without a session; past this the oldest goes."""

STRANGERS_RATE: Final = 100.0
STRANGERS_BURST: Final = 200.0
"""Answers a second to whoever has no carrier, all together."""

PATIENCE: Final = 40.0
"""Seconds more than elsewhere until a carrier must have a session."""

NAME_SECONDS: Final = 60.0
"""How long a name that was given out can begin a carrier, at least."""

_IN: Final = 1
_SERIAL: Final = 1
_SOA: Final = Struct(">5I")
_BAD_VERSION: Final = 1 << 24


class Hall(Protocol):
    """What is behind the name server."""

    def visitor(self, whose: bytes = b"", patience: float = 0.0) -> CarrierUser:
        """Someone to receive what a new carrier brings, which takes so much longer."""

    def entered(self, carrier: Carrier) -> None:
        """A carrier is there, and its user is a stranger yet."""

    def is_stranger(self, carrier: Carrier) -> bool:
        """Whether the carrier has no session."""


class Authority:
    """The zone of a relay.

    Args:
        zone: its name.
        hall: what is behind it.
        server: the name of the machine that the zone is delegated to; may be empty.
        entropy: for the names of carriers.

    Raises:
        LocalError: one of the names is none.
    """

    def __init__(
        self, zone: str, hall: Hall, *, server: str = "", entropy: Entropy = urandom
    ) -> None:
        self.zone = split(zone.strip(".").lower())
        self._server = split(server.strip(".").lower())
        self._hall, self._entropy = hall, entropy
        self._secret = entropy(32)
        self._carriers: dict[bytes, AskedCarrier] = {}
        self._strangers: dict[bytes, AskedCarrier] = {}
        self._ended: dict[bytes, float] = {}
        self._bucket = Bucket(STRANGERS_RATE, STRANGERS_BURST)

    def __len__(self) -> int:
        return len(self._carriers)

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        for name, carrier in list(self._carriers.items()):
            carrier.tend(now)
            if carrier.is_over:
                # As long as the name is good it must not begin another carrier.
                self._ended[name] = now + 2 * NAME_SECONDS
                del self._carriers[name]
        for name, until in list(self._ended.items()):
            if now >= until:
                del self._ended[name]
        for name, carrier in list(self._strangers.items()):
            if carrier.is_over or not self._hall.is_stranger(carrier):
                del self._strangers[name]

    def close(self) -> None:
        """End every carrier at once."""
        for carrier in self._carriers.values():
            carrier.abort()

    def answer(self, data: bytes, now: float, *, by_tcp: bool = False) -> bytes | None:
        """Answer a message; not what is no query, nor who asks too much."""
        try:
            query = Message.read(data, MOST_ASKED)
        except Malformed:
            return None
        if query.is_answer:
            return None
        if len(query.questions) != 1:
            # Read they are longer than sent: each may point at one long name.
            query = replace(query, questions=())
        limit = MOST_OVER_TCP if by_tcp else _limit(query)
        answer = self._answered(query, limit, now)
        if answer is None:
            return None
        if not by_tcp and self._known(self._inner(query)[0]) is None:
            limit = min(limit, MOST_GROWN * len(data))
        packed = answer.pack()
        return packed if len(packed) <= limit else answer.cut().pack()

    def _answered(self, query: Message, limit: int, now: float) -> Message | None:
        inner, code = self._inner(query)
        known = self._known(inner)
        if not (known.bucket if known else self._bucket).allows(now):
            return None
        extras = _extras(query)
        if extras and extras[0].seconds:
            return query.settled(Code.FINE, extras=extras)
        if inner is None:
            return query.settled(code, extras=extras)
        (asked,) = query.questions
        if not inner:
            answers = self._at_the_top(asked)
        elif asked.kind == Kind.TXT:
            room = answer_room(limit, len(write_name(asked.labels)))
            found = self._take(asked.labels, room, now)
            if found is None:
                return None
            answers = [Record(asked.labels, Kind.TXT, 0, one) for one in found]
        else:
            answers = []
        # There is something beneath every name: "no such name" would end the search
        # of a resolver that asks for one label after another (RFC 8020, RFC 9156).
        authorities = () if answers else (self._start(EMPTY_SECONDS),)
        return query.settled(Code.FINE, tuple(answers), authorities, extras)

    def _known(self, inner: Labels | None) -> AskedCarrier | None:
        return self._carriers.get(carrier_of(inner or ()) or b"")

    def _inner(self, query: Message) -> tuple[Labels | None, Code]:
        """The labels beneath the zone, or why nothing is said of them."""
        if not query.is_plain_query:
            return None, Code.NOT_DONE_HERE
        if len(query.questions) != 1:
            return None, Code.UNREADABLE
        (asked,) = query.questions
        if asked.family != _IN:
            return None, Code.REFUSED
        try:
            return beneath(asked.labels, self.zone), Code.FINE
        except Malformed:
            return None, Code.REFUSED

    def _at_the_top(self, asked: Question) -> list[Record]:
        if asked.kind == Kind.SOA:
            return [self._start(SHORT_SECONDS)]
        if asked.kind == Kind.NS and self._server:
            data = write_name(self._server)
            return [Record(asked.labels, Kind.NS, SHORT_SECONDS, data)]
        return []

    def _start(self, seconds: int) -> Record:
        """The zone's SOA (RFC 1035 §3.3.13)."""
        names = write_name(self._server or self.zone)
        names += write_name((b"nobody", *self.zone))
        times = _SOA.pack(_SERIAL, 3_600, 600, 86_400, EMPTY_SECONDS)
        return Record(self.zone, Kind.SOA, seconds, names + times)

    def _take(self, labels: Labels, room: int, now: float) -> list[bytes] | None:
        """What a TXT record says; nothing at all, or no answer."""
        try:
            question = read_question(labels, self.zone)
            if isinstance(question, Greeting):
                return [write_text(bytes((VERSION,)) + self._new_name(now))]
            carrier = self._carrier(question, now)
            if carrier is None:
                return []
            answer = carrier.answer(question, room, now)
        except Malformed:
            return []
        return None if answer is None else [write_text(answer.pack())]

    def _carrier(self, ask: Ask, now: float) -> AskedCarrier | None:
        carrier = self._carriers.get(ask.carrier)
        if carrier is not None and not carrier.is_over:
            return carrier
        is_known = carrier is not None or ask.carrier in self._ended
        if is_known or not self._is_own(ask.carrier, now):
            return None
        carrier = AskedCarrier(self._hall.visitor(patience=PATIENCE), now)
        self._carriers[ask.carrier] = self._strangers[ask.carrier] = carrier
        self._hall.entered(carrier)
        if len(self._strangers) > MOST_STRANGERS:
            oldest = self._strangers.pop(next(iter(self._strangers)))
            # It may have a session since time was last looked after.
            if self._hall.is_stranger(oldest):
                oldest.abort()
        return carrier

    def _new_name(self, now: float) -> bytes:
        random = self._entropy(NAME_BYTES // 2)
        return random + self._tag(random, int(now // NAME_SECONDS))

    def _is_own(self, name: bytes, now: float) -> bool:
        random, tag = name[: NAME_BYTES // 2], name[NAME_BYTES // 2 :]
        period = int(now // NAME_SECONDS)
        now_good = hmac.compare_digest(tag, self._tag(random, period))
        return hmac.compare_digest(tag, self._tag(random, period - 1)) or now_good

    def _tag(self, random: bytes, period: int) -> bytes:
        said = random + period.to_bytes(8, signed=True)
        return hmac.new(self._secret, said, sha256).digest()[: NAME_BYTES // 2]


def _limit(query: Message) -> int:
    sizes = [one.family for one in query.extras if one.kind == Kind.OPT]
    return min(max(sizes[0], PLAIN_OCTETS), MOST_OCTETS) if sizes else PLAIN_OCTETS


def _extras(query: Message) -> tuple[Record, ...]:
    """EDNS in answer to EDNS (RFC 6891); a newer version of it is not known here."""
    asked = [one for one in query.extras if one.kind == Kind.OPT]
    if not asked:
        return ()
    is_newer = asked[0].seconds >> 16 & 0xFF
    said = _BAD_VERSION if is_newer else 0
    return (Record((), Kind.OPT, said, b"", MOST_OCTETS),)
