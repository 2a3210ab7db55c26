"""The requests of a carrier as attackers make them, and as time passes (§8.4)."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest

from linnet.carriers.hatch import IDLE_SECONDS, LINGER_SECONDS, MOST_WAITING, Hatch
from linnet.carriers.http import Response
from linnet.carriers.link import Link
from linnet.carriers.poller import poll
from linnet.carriers.polls import (
    FIRST_ROOM,
    HANG_SECONDS,
    LARGEST_BODY,
    Kind,
    Poll,
    read_messages,
)
from linnet.carriers.strangers import MOST_STRANGERS
from linnet.wire.links import Road
from tests.carriers.people import (
    SECRET_PATH,
    descriptor,
    echo_relay,
    hear,
    running,
    until_open,
)
from tests.carriers.test_doorway import say, without_date

NAME = b"n" * 16


class Room:
    """What is around a hatch: a clock, and a user for each carrier."""

    def __init__(self) -> None:
        self.time = 0.0
        self.hatch = Hatch(self)
        self.heard: list[bytes] = []
        self.losses = 0
        self.eases = 0
        self.carriers: list[object] = []

    def now(self) -> float:
        return self.time

    def visitor(self) -> "Room":
        return self

    def entered(self, carrier: object) -> None:
        self.carriers.append(carrier)

    def arrived(self, message: bytes) -> None:
        self.heard.append(message)

    def lost(self) -> None:
        self.losses += 1

    def writable(self) -> None:
        self.eases += 1


class Asker:
    """Someone in a doorway."""

    def __init__(self) -> None:
        self.got: list[Response] = []

    def give(self, response: Response) -> None:
        self.got.append(response)

    @property
    def messages(self) -> tuple[bytes, ...]:
        (response,) = self.got
        return read_messages(response.body)


Story = Callable[[Room], Awaitable[None]]


def run(story: Story) -> None:
    async def whole() -> None:
        await story(Room())

    asyncio.run(whole())


def ask(room: Room, kind: Kind, number: int, *messages: bytes) -> Asker:
    asker = Asker()
    room.hatch.take(Poll(NAME, kind, number, messages), asker)
    return asker


def carrier_of(room: Room):  # type: ignore[no-untyped-def] # a PolledCarrier
    return room.hatch._carriers[NAME]


def test_what_is_sent_again_is_taken_once() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0, b"a", b"b")
        again = ask(room, Kind.SEND, 0, b"a", b"b")
        ask(room, Kind.SEND, 1, b"b", b"c")

        assert room.heard == [b"a", b"b", b"c"]
        assert again.messages == ()

    run(story)


def test_who_is_held_is_answered_once_more_is_wanted() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        carrier_of(room).hold()
        held = ask(room, Kind.SEND, 0, b"a")
        assert (room.heard, held.got) == ([b"a"], [])
        carrier_of(room).go_on()
        assert held.messages == ()

        carrier_of(room).hold()
        first = ask(room, Kind.SEND, 1, b"b")
        again = ask(room, Kind.SEND, 1, b"b")
        assert (first.messages, again.got) == ((), [])
        carrier_of(room).leave(again)
        carrier_of(room).go_on()
        assert again.got == []
        assert room.heard == [b"a", b"b"]

    run(story)


def test_what_was_not_received_is_handed_out_again() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        waits = ask(room, Kind.FETCH, 0)
        carrier_of(room).write([b"x", b"y"])
        assert waits.messages == (b"x", b"y")

        assert ask(room, Kind.FETCH, 0).messages == (b"x", b"y")
        later = ask(room, Kind.FETCH, 2)
        assert later.got == []
        carrier_of(room).write([b"z"])
        assert later.messages == (b"z",)

    run(story)


@pytest.mark.parametrize(
    ("kind", "number"),
    [(Kind.SEND, 2), (Kind.FETCH, 1), (Kind.FETCH, 4_000_000_000)],
)
def test_a_number_out_of_order_ends_the_carrier(kind: Kind, number: int) -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0, b"a")
        asker = ask(room, kind, number, *([b"b"] if kind is Kind.SEND else []))
        await asyncio.sleep(0)

        assert (asker.got, room.losses, len(room.hatch)) == ([], 1, 0)

    run(story)


def test_a_number_that_goes_back_ends_the_carrier() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        carrier_of(room).write([b"x"])
        ask(room, Kind.FETCH, 0)
        ask(room, Kind.FETCH, 1)
        ask(room, Kind.FETCH, 0)
        await asyncio.sleep(0)

        assert room.losses == 1

    run(story)


def test_a_name_that_is_unknown_or_ended_is_not_answered() -> None:
    async def story(room: Room) -> None:
        assert ask(room, Kind.FETCH, 0).got == []
        assert ask(room, Kind.SEND, 1, b"a").got == []
        assert ask(room, Kind.LEAVE, 0).got == []
        ask(room, Kind.SEND, 0)
        assert ask(room, Kind.LEAVE, 0).messages == ()
        assert ask(room, Kind.FETCH, 0).got == []
        assert len(room.carriers) == 1

    run(story)


def test_who_waits_is_answered_with_nothing_after_a_while() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        asker = ask(room, Kind.FETCH, 0)
        room.hatch.tend(HANG_SECONDS - 1)
        assert asker.got == []
        room.hatch.tend(HANG_SECONDS)
        assert asker.messages == ()

    run(story)


def test_who_asks_later_takes_the_place_of_who_waits() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        first, second = ask(room, Kind.FETCH, 0), ask(room, Kind.FETCH, 0)
        carrier_of(room).write([b"x"])

        assert (first.messages, second.messages) == ((), (b"x",))

    run(story)


def test_a_carrier_without_requests_ends() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        room.time = 10.0
        ask(room, Kind.SEND, 0)
        room.hatch.tend(9.0 + IDLE_SECONDS)
        assert len(room.hatch) == 1
        room.hatch.tend(10.0 + IDLE_SECONDS)
        await asyncio.sleep(0)
        assert (len(room.hatch), room.losses) == (0, 1)

    run(story)


def test_the_last_words_can_be_fetched_for_a_while() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        carrier_of(room).write([b"bye"])
        carrier_of(room).close()
        assert ask(room, Kind.FETCH, 0).messages == (b"bye",)
        assert ask(room, Kind.FETCH, 0).messages == (b"bye",)
        assert ask(room, Kind.FETCH, 1).got == []
        assert len(room.hatch) == 0

        ask(room, Kind.SEND, 0)
        carrier_of(room).write([b"bye"])
        carrier_of(room).close()
        room.hatch.tend(LINGER_SECONDS)
        assert len(room.hatch) == 0

    run(story)


def test_what_nobody_fetches_stops_the_session() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        carrier = carrier_of(room)
        parts = [os.urandom(4_000)] * (MOST_WAITING // 4_000 + 1)
        carrier.write(parts)
        assert carrier.paused
        had = 0
        while carrier.paused:
            had += len(ask(room, Kind.FETCH, had).messages)
        await asyncio.sleep(0)
        assert room.eases == 1

    run(story)


def test_answers_grow_while_they_come_and_are_small_again_after_a_loss() -> None:
    async def story(room: Room) -> None:
        ask(room, Kind.SEND, 0)
        carrier_of(room).write([bytes(1_000)] * 60)
        counts = [len(ask(room, Kind.FETCH, 0).messages)]
        counts.append(len(ask(room, Kind.FETCH, counts[0]).messages))
        lost = len(ask(room, Kind.FETCH, sum(counts)).messages)
        again = len(ask(room, Kind.FETCH, sum(counts)).messages)

        assert (*counts, lost, again) == (4, 8, 16, 4)
        assert FIRST_ROOM == 4_096

    run(story)


def posted(body: bytes, path: str = SECRET_PATH, *more: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: x", *more, "Connection: close")
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n"
    return head.encode() + body


def test_a_request_on_the_secret_path_is_answered_for_any_page() -> None:
    answer = say(posted(Poll(NAME, Kind.SEND, 0).pack()))

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nAccess-Control-Allow-Origin: *\r\n" in answer
    assert b"\r\nCache-Control: no-store\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


GOOD = Poll(NAME, Kind.SEND, 0, (b"x",)).pack()


@pytest.mark.parametrize(
    "request_bytes",
    [
        posted(GOOD[:-1]),
        posted(GOOD + b"\0"),
        posted(Poll(NAME, Kind.FETCH, 0).pack()),
        posted(Poll(NAME, Kind.LEAVE, 0).pack()),
        posted(GOOD.ljust(LARGEST_BODY + 1, b"\0")),
        posted(b""),
        posted(GOOD, SECRET_PATH, "Transfer-Encoding: chunked"),
        posted(GOOD).replace(b"POST", b"PUT"),
        posted(GOOD).replace(b"POST", b"OPTIONS"),
    ],
)
def test_what_is_no_request_of_a_carrier_is_answered_like_any_path(
    request_bytes: bytes,
) -> None:
    elsewhere = request_bytes.replace(SECRET_PATH.encode(), b"/unknown")

    assert without_date(say(request_bytes)) == without_date(say(elsewhere))
    assert b"405" in say(request_bytes)
    assert b"Access-Control" not in say(request_bytes)


def test_strangers_are_bounded_and_push_no_session_out() -> None:
    async def story() -> None:
        async with asyncio.timeout(20), echo_relay() as (echo, port):
            relay = echo.listener
            link = Link(descriptor(port, Road.WS), dial=poll, poll=None)
            async with running(link) as events:
                await until_open(events)
                link.send(b"before")
                await hear(events, 1)
                for number in range(2 * MOST_STRANGERS):
                    name = number.to_bytes(16, "big")
                    relay.hatches.of(b"").take(Poll(name, Kind.SEND, 0), Asker())
                assert len(relay._strangers) <= MOST_STRANGERS
                await asyncio.sleep(0)
                relay.tend(relay.now())
                assert len(relay.hatches) <= MOST_STRANGERS + 1
                link.send(b"after")
                assert await hear(events, 1) == [b"after"]
                assert len(echo.sessions) == 1

    asyncio.run(story())
