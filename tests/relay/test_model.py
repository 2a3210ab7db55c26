"""The relay against a model so simple that it is plainly right.

The model: a stream is a list. Hypothesis lets several people append, commit, read,
follow, leave and come back while the disk fails, the relay is started anew, and
sessions fill and drain; what the relay says must be what the list says.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from linnet.ids import Epoch, Handle, Sequence
from linnet.relay.core.state import Guest
from linnet.wire.events import Deliver, Ended
from linnet.wire.refusals import Refusal
from linnet.wire.replies import (
    Appended,
    Done,
    Envelopes,
    Opened,
    RefusedReply,
    Subscribed,
)
from linnet.wire.requests import (
    NO_ENVELOPE,
    Append,
    Commit,
    Open,
    Read,
    Subscribe,
    Trim,
)
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import CONTROL, STREAM, Desk, hashed, named

PEOPLE = st.integers(0, 3)
NAMES = st.integers(1, 24)


def tokens(epoch: int) -> tuple[bytes, bytes]:
    if not epoch:
        return b"a" * 32, b"r" * 32
    return hashed(b"append %d" % epoch), hashed(b"read %d" % epoch)


@dataclass
class Person:
    """Somebody with a session, as the model sees them."""

    guest: Guest
    epoch: int
    handle: Handle
    follows: bool = False
    seen: list[tuple[int, int]] = field(default_factory=list)
    cursor: int = 0
    is_full: bool = False


class RelayModel(RuleBasedStateMachine):
    """One fenced stream, four people, and a disk that may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.desk = Desk(self.store)
        self.log: list[int] = []
        self.ends: list[int] = []
        self.first = 1
        self.desk.create(self.desk.join(), is_fenced=True)
        self.people = [self.arrive() for _ in range(4)]

    @property
    def epoch(self) -> int:
        return len(self.ends)

    def arrive(self) -> Person:
        guest = self.desk.join()
        opened = self.desk.ask(
            guest, Open(STREAM, Epoch(self.epoch), *tokens(self.epoch), CONTROL)
        )
        assert isinstance(opened, Opened)
        assert (opened.head, opened.epoch) == (len(self.log), self.epoch)
        return Person(guest, self.epoch, opened.handle)

    def expected(self, person: Person, name: int, *, commit: bool = False) -> object:
        """What the model says an append must get; the list grows if it succeeds."""
        kept = self.log[self.first - 1 :]
        if name in kept:
            return self.first + kept.index(name)
        if person.epoch != self.epoch:
            return Refusal.STALE, self.epoch
        if self.desk.is_disk_full:
            return Refusal.DISK_FULL, 0
        self.log.append(name)
        if commit:
            self.ends.append(len(self.log))
        return len(self.log)

    def got(self, person: Person, request: Append | Commit) -> object:
        reply = self.desk.ask(person.guest, request)
        if isinstance(reply, RefusedReply):
            return Refusal(reply.code), reply.detail
        assert isinstance(reply, Appended)
        return reply.receipts[0].sequence

    @rule(who=PEOPLE, name=NAMES)
    def append(self, who: int, name: int) -> None:
        person = self.people[who]
        request = Append(person.handle, named(name), bytes([name]))

        got = self.got(person, request)

        assert got == self.expected(person, name)

    @rule(who=PEOPLE, name=NAMES)
    def commit(self, who: int, name: int) -> None:
        person = self.people[who]
        hashes = [hashed(token) for token in tokens(self.epoch + 1)]
        request = Commit(
            person.handle, named(name), hashes[0], hashes[1], bytes([name])
        )

        got = self.got(person, request)

        assert got == self.expected(person, name, commit=True)

    @rule(who=PEOPLE, back=st.integers(0, 5))
    def follow(self, who: int, back: int) -> None:
        person = self.people[who]
        if person.follows:
            return
        limit = self.limit(person)
        after = max(0, limit - back)
        name = named(self.log[after - 1]) if after >= self.first else NO_ENVELOPE
        person.cursor, person.seen = max(after, self.first - 1), []
        person.follows = True
        reply = self.desk.ask(
            person.guest, Subscribe(person.handle, Sequence(after), name)
        )
        assert reply == Subscribed(Sequence(self.first), Sequence(len(self.log)))

    @rule(who=PEOPLE)
    def read(self, who: int) -> None:
        person = self.people[who]
        reply = self.desk.ask(person.guest, Read(person.handle))
        assert isinstance(reply, Envelopes)
        limit = self.limit(person)
        read = [(one.sequence, one.data[0]) for one in reply.envelopes]
        assert read == self.entries(self.first - 1, limit)

    @rule(who=PEOPLE)
    def leave_and_come_back(self, who: int) -> None:
        self.desk.leave(self.people[who].guest)
        self.people[who] = self.arrive()

    @rule(who=PEOPLE)
    def fill(self, who: int) -> None:
        self.people[who].is_full = True
        self.desk.fill(self.people[who].guest)

    @rule(who=PEOPLE)
    def drain(self, who: int) -> None:
        self.people[who].is_full = False
        self.desk.drain(self.people[who].guest)

    @precondition(lambda self: len(self.log) >= self.first)
    @rule(who=PEOPLE, data=st.data())
    def trim(self, who: int, data: st.DataObject) -> None:
        if self.desk.is_disk_full or any(one.follows for one in self.people):
            return
        upto = data.draw(st.integers(self.first, len(self.log)))
        person = self.people[who]
        assert (
            self.desk.ask(person.guest, Trim(person.handle, Sequence(upto))) == Done()
        )
        self.first = upto + 1

    @rule(is_full=st.booleans())
    def disk(self, is_full: bool) -> None:
        self.desk.is_disk_full = is_full

    @rule()
    def start_anew(self) -> None:
        self.desk = Desk(self.store)
        self.people = [self.arrive() for _ in range(4)]

    def limit(self, person: Person) -> int:
        if person.epoch == self.epoch:
            return len(self.log)
        return self.ends[person.epoch]

    def entries(self, after: int, upto: int) -> list[tuple[int, int]]:
        begin = max(after, self.first - 1)
        return [(at + 1, self.log[at]) for at in range(begin, upto)]

    @invariant()
    def who_follows_has_seen_everything_once_and_in_order(self) -> None:
        for person in self.people:
            if not person.follows:
                assert person.guest.number not in self.desk.told
                continue
            has_ended = self.hear(person)
            due = self.entries(person.cursor, self.limit(person))
            assert person.seen == due[: len(person.seen)]
            is_over = person.epoch != self.epoch
            if has_ended or not person.is_full:
                assert person.seen == due
                assert has_ended == is_over
            person.follows = not has_ended

    def hear(self, person: Person) -> bool:
        """Take what somebody was told; whether it ended their epoch."""
        has_ended = False
        for one in self.desk.told.pop(person.guest.number, []):
            assert not has_ended
            if isinstance(one, Deliver):
                person.seen += [(e.sequence, e.data[0]) for _, e in one.entries]
            else:
                assert isinstance(one, Ended)
                assert one.sequence == max(self.ends[person.epoch], self.first - 1)
                has_ended = True
        return has_ended


TestRelay = pytest.mark.fuzz(RelayModel.TestCase)
