"""A real relay process and real sessions: what people do with it, and how it ends."""

import asyncio
import hashlib
import json
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from linnet.ids import BlobId, EnvelopeId, Epoch, Handle, Sequence, StreamId
from linnet.wire.codec import Reply
from linnet.wire.events import Closing, ClosingReason, Deliver, Ended, Whisper
from linnet.wire.links import Road
from linnet.wire.refusals import Refusal
from linnet.wire.replies import (
    Appended,
    BlobState,
    Chunk,
    Done,
    Opened,
    PushGrants,
    RefusedReply,
    Subscribed,
)
from linnet.wire.requests import (
    Append,
    Commit,
    Create,
    Open,
    Subscribe,
)
from linnet.wire.requests_blobs import BlobCreate, BlobGet, BlobPut
from linnet.wire.requests_pushes import Pushes
from tests.relay.processes import Caller, RelayProcess, calling, free_port, refusal

pytestmark = pytest.mark.slow

STREAM = StreamId(b"s" * 16)
APPEND, READ, CONTROL = b"a" * 32, b"r" * 32, b"c" * 32


def run(story: Callable[[Path], Awaitable[None]], folder: Path) -> None:
    asyncio.run(asyncio.wait_for(story(folder), 60))


def hashed(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def named(number: int) -> EnvelopeId:
    return EnvelopeId(number.to_bytes(16, "big"))


async def create(caller: Caller, *, is_fenced: bool = False) -> None:
    hashes = hashed(APPEND), hashed(READ), hashed(CONTROL)
    assert await caller.ask(Create(STREAM, *hashes, is_fenced=is_fenced)) == Done()


async def opened(caller: Caller, epoch: int = 0) -> Handle:
    reply = await caller.ask(Open(STREAM, Epoch(epoch), APPEND, READ, CONTROL))
    assert isinstance(reply, Opened)
    return reply.handle


def sequence(reply: Reply) -> int:
    assert isinstance(reply, Appended), reply
    return reply.receipts[0].sequence


async def gather(caller: Caller, count: int) -> list[tuple[int, bytes]]:
    """What is delivered next, as sequences and data."""
    found: list[tuple[int, bytes]] = []
    while len(found) < count:
        told = await caller.next_told()
        assert isinstance(told, Deliver), told
        found += [(one.sequence, one.data) for _, one in told.entries]
    return found


def test_what_one_appends_another_is_told_from_the_backlog_and_live(
    tmp_path: Path,
) -> None:
    async def story(folder: Path) -> None:
        relay = await RelayProcess(folder).start()
        link = await relay.pass_link()
        async with calling(link) as alice, calling(link, with_pass=False) as bob:
            await create(alice)
            hers, his = await opened(alice), await opened(bob)
            await alice.ask(Append(hers, named(1), b"one"))

            assert await bob.ask(Subscribe(his)) == Subscribed(Sequence(1), Sequence(1))
            await alice.ask(Append(hers, named(2), b"two"))
            alice.link.send(b"\x18\0\0\0\x09" + hers.to_bytes(4, "big") + b"typing")

            assert await gather(bob, 2) == [(1, b"one"), (2, b"two")]
            assert await bob.next_told() == Whisper(his, b"typing")
        assert (await relay.end())[0] == 0

    run(story, tmp_path)


def test_the_first_commit_wins_and_the_loser_is_told_the_epoch(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        relay = await RelayProcess(folder).start()
        link = await relay.pass_link()
        async with calling(link) as alice, calling(link) as bob:
            await create(alice, is_fenced=True)
            hers, his = await opened(alice), await opened(bob)
            await bob.ask(Subscribe(his))

            new = hashed(b"A" * 32), hashed(b"R" * 32)
            won, lost = await asyncio.gather(
                alice.ask(Commit(hers, named(1), *new, b"hers")),
                bob.ask(Commit(his, named(2), *new, b"his")),
            )

            verdicts = {type(won), type(lost)}
            assert verdicts == {Appended, RefusedReply}
            assert (RefusedReply(Refusal.STALE, 1)) in (won, lost)
            assert len(await gather(bob, 1)) == 1
            assert await bob.next_told() == Ended(his, Epoch(0), Sequence(1))
            assert refusal(await alice.ask(Open(STREAM, Epoch(1), APPEND))) == (
                Refusal.WRONG_TOKEN
            )
        await relay.end()

    run(story, tmp_path)


def test_a_blob_is_uploaded_in_pieces_and_read_by_whoever_knows_its_name(
    tmp_path: Path,
) -> None:
    async def story(folder: Path) -> None:
        relay = await RelayProcess(folder).start()
        link = await relay.pass_link()
        blob, data = BlobId(b"b" * 32), bytes(range(256)) * 500
        async with calling(link) as alice, calling(link, with_pass=False) as bob:
            await alice.ask(BlobCreate(blob, len(data), hashed(b"d" * 32)))
            answers = [
                alice.begin(BlobPut(blob, at, data[at : at + 40_000]))
                for at in range(0, len(data), 40_000)
            ]
            held = [await one for one in answers]
            assert held[-1] == BlobState(len(data), len(data))

            read = b""
            while len(read) < len(data):
                chunk = await bob.ask(BlobGet(blob, len(read), 1 << 20))
                assert isinstance(chunk, Chunk)
                read += chunk.data
            assert read == data
        await relay.end()

    run(story, tmp_path)


def test_stopping_stores_what_was_accepted_and_says_goodbye(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        relay = await RelayProcess(folder).start()
        async with calling(await relay.pass_link()) as alice:
            await create(alice)
            handle = await opened(alice)
            acked = [alice.begin(Append(handle, named(n), b"x")) for n in range(200)]
            await acked[-1]

            status, log = await relay.end()

            assert await alice.next_told() == Closing(ClosingReason.STOPPING)
            assert status == 0
            assert [json.loads(line)["event"] for line in log.splitlines()][-1] == (
                "stopped"
            )

    run(story, tmp_path)


def test_every_acknowledged_append_survives_kill_9(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        acknowledged: set[int] = set()
        relay = await RelayProcess(folder).start()
        link = await relay.pass_link()
        for turn in range(4):
            async with calling(link) as alice:
                if not turn:
                    await create(alice)
                handle = await opened(alice)
                await _append_until_killed(alice, handle, relay, acknowledged)
            relay = await RelayProcess(folder, port=relay.port).start()
        async with calling(link) as bob:
            handle = await opened(bob)
            reply = await bob.ask(Subscribe(handle))
            assert isinstance(reply, Subscribed)
            found = await gather(bob, reply.head)

        kept = [int.from_bytes(data, "big") for _, data in found]
        assert len(acknowledged) > 100
        assert len(kept) == len(set(kept))
        assert acknowledged <= set(kept)
        await relay.end()

    run(story, tmp_path)


async def _append_until_killed(
    alice: Caller, handle: Handle, relay: RelayProcess, acknowledged: set[int]
) -> None:
    begin = max(acknowledged, default=0) + 10_000
    window: set[asyncio.Future[Reply]] = set()

    def done(number: int, answer: "asyncio.Future[Reply]") -> None:
        window.discard(answer)
        if not answer.cancelled():
            sequence(answer.result())
            acknowledged.add(number)

    assert relay.process is not None
    killer = asyncio.get_running_loop().call_later(0.4, relay.process.kill)
    for number in range(begin, begin + 1_000_000):
        data = number.to_bytes(8, "big")
        answer = alice.begin(Append(handle, named(number), data))
        window.add(answer)
        answer.add_done_callback(partial(done, number))
        if len(window) >= 32:
            waiting = asyncio.wait(window, return_when=asyncio.FIRST_COMPLETED)
            try:
                await asyncio.wait_for(waiting, 1.0)
            except TimeoutError:
                break
    killer.cancel()
    await relay.end(signal.SIGKILL)


def test_a_session_over_websocket_is_as_good_and_the_port_shows_a_website(
    tmp_path: Path,
) -> None:
    async def story(folder: Path) -> None:
        relay = await RelayProcess(folder, ("--plain-tcp", "no")).start()
        link = await relay.pass_link()
        address = link.relay.addresses[0]
        assert (address.road, len(address.path) > 12) == (Road.WS, True)
        async with calling(link) as alice:
            await create(alice)
            handle = await opened(alice)
            assert sequence(await alice.ask(Append(handle, named(1), b"x"))) == 1
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        writer.close()
        await relay.end()

    run(story, tmp_path)


def test_a_second_relay_on_the_same_directory_is_turned_away(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        relay = await RelayProcess(folder).start()

        listen = f"127.0.0.1:{free_port()}"
        status, _, error = await relay.verb("run", "--listen", listen)

        assert status == 1
        assert "running in this directory already" in error
        assert "Traceback" not in error
        await relay.end()

    run(story, tmp_path)


@pytest.mark.parametrize("words", [(), ("--no-push",)])
def test_whether_a_relay_pushes_is_its_operator_s_to_say(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    async def story(folder: Path) -> None:
        relay = await RelayProcess(folder, words).start()
        link = await relay.pass_link()
        async with calling(link) as caller:
            reply = await caller.ask(Pushes())
        await relay.end()

        if words:
            assert refusal(reply) == Refusal.NO_PUSH
        else:
            assert isinstance(reply, PushGrants)

    run(story, tmp_path)
