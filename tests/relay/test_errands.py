"""The relay carries out errands that somebody else hands in (spec/bags.md §4)."""

import asyncio
import os
from collections.abc import Sequence as List

from linnet.ids import Epoch, Handle, RequestNumber, Sequence, StreamId
from linnet.relay.errands import Errands
from linnet.wire import errands
from linnet.wire.codec import Reply, Request
from linnet.wire.errands import LARGEST, Contents, Key
from linnet.wire.noise import public_key
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Appended, Envelopes, Opened, RefusedReply
from linnet.wire.requests import Append, Commit, Create, Open, Read
from linnet.wire.requests_errands import Errand, ErrandAnswer
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import APPEND, READ, STREAM, hashed, named
from tests.relay.test_driver import KEY, Shop, run, told

OPEN = Open(STREAM, Epoch(0), APPEND, READ)
ONE, TWO = Handle(1), Handle(2)


def sealed(*asked: Request, room: int = LARGEST) -> tuple[Errand, Key]:
    numbered = [(RequestNumber(n), one) for n, one in enumerate(asked, 10)]
    data, key = errands.seal(
        Contents(tuple(numbered), room), public_key(KEY), os.urandom(32)
    )
    return Errand(data), key


class Counter(Shop):
    """A driver that takes errands, with a stream to put into."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.driver.errands = Errands(KEY, self.driver)
        self.client, self.session_here = self.session()
        hashes = hashed(APPEND), hashed(READ), hashed(READ)
        self.ask(
            self.session_here, Create(STREAM, *hashes, is_fenced=True, epoch=Epoch(0))
        )

    async def prepared(self) -> "Counter":
        await self.driver.stored()
        told(self.client, self.session_here)
        return self

    async def answers(self, *errands_in: Errand) -> List[Reply]:
        """Hand errands in, in one session, and return what it is told."""
        self.ask(self.session_here, *errands_in)
        for _ in range(100):
            await self.driver.stored()
            await asyncio.sleep(0)
        return told(self.client, self.session_here)

    async def carried(
        self, *asked: Request, room: int = LARGEST
    ) -> List[tuple[int, Reply]]:
        """Hand one errand in and open its answer."""
        errand, key = sealed(*asked, room=room)
        [answer] = await self.answers(errand)
        assert isinstance(answer, ErrandAnswer), answer
        return errands.decode_answer(key.open(answer.answer))


def code(reply: Reply) -> int:
    assert isinstance(reply, RefusedReply), reply
    return reply.code


def test_what_a_errand_appends_is_stored_and_read_in_it() -> None:
    async def story() -> None:
        counter = await Counter().prepared()

        answers = await counter.carried(
            OPEN, Append(ONE, named(1), b"a"), Append(ONE, named(2), b"b"), Read(ONE)
        )

        assert [number for number, _ in answers] == [10, 11, 12, 13]
        opened, first, second, read = (reply for _, reply in answers)
        assert opened == Opened(ONE, Epoch(0), Sequence(1), Sequence(0), Sequence(0))
        assert isinstance(first, Appended)
        assert first.receipts[0].sequence == 1
        assert isinstance(second, Appended)
        assert isinstance(read, Envelopes)
        assert [one.data for one in read.envelopes] == [b"a", b"b"]

    run(story)


def test_a_errand_that_is_handed_in_again_changes_nothing() -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        errand, key = sealed(OPEN, Append(ONE, named(1), b"a"), Read(ONE))

        [first] = await counter.answers(errand)
        [second] = await counter.answers(errand)

        assert isinstance(first, ErrandAnswer)
        assert isinstance(second, ErrandAnswer)
        assert first.answer != second.answer
        told_first, *_ = errands.decode_answer(key.open(first.answer))[2:]
        told_again, *_ = errands.decode_answer(key.open(second.answer))[2:]
        assert told_first == told_again

    run(story)


def test_the_nth_open_has_the_handle_n_also_behind_one_that_was_refused() -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        nowhere = Open(StreamId(b"n" * 16), Epoch(0), APPEND, READ)

        answers = await counter.carried(
            nowhere, OPEN, Append(ONE, named(1), b"a"), Append(TWO, named(2), b"b")
        )

        replies = [reply for _, reply in answers]
        assert code(replies[0]) == Refusal.NO_SUCH_STREAM
        assert code(replies[2]) == Refusal.NO_SUCH_HANDLE
        assert isinstance(replies[3], Appended)

    run(story)


def test_a_commit_that_was_carried_ends_the_epoch() -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        following = hashed(b"A" * 32), hashed(b"R" * 32)

        await counter.carried(OPEN, Commit(ONE, named(1), *following, b"commit"))
        late = await counter.carried(OPEN, Append(ONE, named(2), b"late"))

        assert [code(reply) for _, reply in late[1:]] == [Refusal.STALE]

    run(story)


def test_two_reads_share_the_room_that_the_errand_gives_them() -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        appends = [Append(ONE, named(n), bytes(300)) for n in range(1, 21)]
        await counter.carried(OPEN, *appends)

        answers = await counter.carried(OPEN, Read(ONE), Read(ONE), room=4096)

        found = [len(reply.envelopes) for _, reply in answers[1:]]  # type: ignore[union-attr]  # both are Envelopes
        assert all(1 <= count < 20 for count in found)
        assert abs(found[0] - found[1]) <= 1
        assert all(reply.head == 20 for _, reply in answers[1:])  # type: ignore[union-attr]  # both are Envelopes

    run(story)


def test_a_errand_for_another_relay_is_refused_and_changes_nothing() -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        contents = Contents(((RequestNumber(1), OPEN),))
        data, _ = errands.seal(contents, public_key(bytes(32)), os.urandom(32))

        [reply] = await counter.answers(Errand(data))

        assert code(reply) == Refusal.BAD_ERRAND

    run(story)


def test_a_session_has_one_errand_under_way_at_a_time() -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        first, _ = sealed(OPEN, Append(ONE, named(1), b"a"))
        second, _ = sealed(OPEN, Append(ONE, named(2), b"b"))

        replies = await counter.answers(first, second)

        assert code(replies[0]) == Refusal.SLOW_DOWN
        assert isinstance(replies[1], ErrandAnswer)

    run(story)


def test_who_guesses_tokens_by_errand_is_slowed_down_as_in_a_session() -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        wrong = Open(STREAM, Epoch(0), b"w" * 32, READ)

        for _ in range(3):
            answers = await counter.carried(*[wrong] * 100)

        assert code(answers[-1][1]) == Refusal.SLOW_DOWN
        assert counter.driver.sessions == 1

    run(story)
