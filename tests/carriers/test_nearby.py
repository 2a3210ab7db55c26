"""Finding devices on the same network, and what they say, against strangers."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns.message import Message, Question
from linnet.carriers.nearby import names, talk
from linnet.carriers.nearby.lan import MOST_ANSWERS, Answering, Lan, look_around
from linnet.carriers.nearby.names import SERVICE, Instance
from linnet.errors import LinnetError, Malformed, Unreachable
from linnet.wire import xwing
from tests.relay.processes import free_port

OWN = Instance(b"0123456789abcdef", 40_000)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(bounded())


def test_a_question_is_answered_with_name_and_port() -> None:
    said = names.answer(names.question(7), OWN)

    assert said is not None
    assert names.found(said, 7) == OWN


def test_an_answer_to_another_question_is_not_taken() -> None:
    said = names.answer(names.question(7), OWN)

    assert said is not None
    assert names.found(said, 8) is None


@pytest.mark.parametrize(
    "labels", [(b"_http", b"_tcp", b"local"), (b"local",), (b"x", *SERVICE)]
)
def test_what_is_asked_about_others_is_not_answered(labels: tuple[bytes, ...]) -> None:
    asked = Message(7, 0, (Question(labels, 12),)).pack()

    assert names.answer(asked, OWN) is None


def test_an_answer_is_not_answered() -> None:
    said = names.answer(names.question(7), OWN)

    assert said is not None
    assert names.answer(said, OWN) is None


@pytest.mark.fuzz
@given(st.binary(max_size=600))
def test_any_datagram_is_a_question_an_answer_or_nothing(data: bytes) -> None:
    names.answer(data, OWN)
    names.found(data, 0)


@pytest.mark.fuzz
@given(st.data())
def test_an_answer_with_a_byte_changed_is_read_or_nothing(data: st.DataObject) -> None:
    said = bytearray(names.answer(names.question(7), OWN) or b"")
    at = data.draw(st.integers(0, len(said) - 1))
    said[at] = data.draw(st.integers(0, 255))

    names.found(bytes(said), 7)


def test_devices_on_one_network_find_each_other_and_none_elsewhere() -> None:
    async def story() -> None:
        lan = Lan(free_port(), "lo")
        answering = Answering(OWN)
        await answering.open(lan)

        found = await look_around(lan, 0.3)
        nowhere = await look_around(Lan(free_port(), "lo"), 0.1)
        answering.close()

        assert [(one.name, one.port) for one in found] == [(OWN.name, OWN.port)]
        assert nowhere == []

    run(story)


def test_where_there_is_no_network_that_is_said() -> None:
    async def story() -> None:
        with pytest.raises(Unreachable, match="no network"):
            await look_around(Lan(free_port(), "no such"), 0.1)

    run(story)


def test_browsers_of_the_network_and_who_asks_too_often_are_not_answered() -> None:
    class Transport:
        sent = 0

        def sendto(self, _data: bytes, _addr: object) -> None:
            self.sent += 1

    async def story() -> None:
        answering, transport = Answering(OWN), Transport()
        answering._transport = transport  # type: ignore[assignment]  # what it uses of one
        answering.datagram_received(names.question(1), ("127.0.0.1", 5353))
        assert transport.sent == 0
        for _ in range(2 * MOST_ANSWERS):
            answering.datagram_received(names.question(1), ("127.0.0.1", 40_001))
        assert transport.sent == MOST_ANSWERS

    run(story)


async def talking(reply: talk.Reply) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(
        lambda reader, writer: talk.answer(reader, writer, reply, os.urandom),
        "127.0.0.1",
    )
    return server, int(server.sockets[0].getsockname()[1])


def test_a_bag_is_told_and_two_come_back() -> None:
    async def reply(bag: bytes) -> tuple[bytes, bytes]:
        return b"answer to " + bag, b""

    async def story() -> None:
        server, port = await talking(reply)

        given_back = await talk.tell(Lan(), "127.0.0.1", port, b"bag", os.urandom)

        assert given_back == [b"answer to bag", b""]
        server.close()

    run(story)


def test_a_reply_that_fails_ends_the_talk_and_not_the_server() -> None:
    async def reply(bag: bytes) -> tuple[bytes, bytes]:
        if bag == b"bad":
            raise Malformed("no bag")
        return b"", b""

    async def story() -> None:
        server, port = await talking(reply)
        with pytest.raises(Unreachable):
            await talk.tell(Lan(), "127.0.0.1", port, b"bad", os.urandom)

        assert await talk.tell(Lan(), "127.0.0.1", port, b"", os.urandom) == [b"", b""]
        server.close()

    run(story)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        talk.GREETING + bytes(1_216),
        talk.GREETING + b"\xff" * 1_216,
        talk.GREETING + xwing.public_key(bytes(32)) + b"\xff" * 4,
        talk.GREETING + xwing.public_key(bytes(32)) + bytes(4),
        talk.GREETING + xwing.public_key(bytes(32)) + b"\0\0\0\x40" + bytes(64),
    ],
    ids=["nothing", "another", "no key", "not one", "too much", "empty", "not sealed"],
)
def test_whoever_answers_otherwise_gives_a_named_error(said: bytes) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1")
        port = int(server.sockets[0].getsockname()[1])

        with pytest.raises(LinnetError):
            await talk.tell(Lan(), "127.0.0.1", port, b"bag", os.urandom)
        server.close()

    run(story)
