"""Our WebSocket against one that nobody here wrote (spec/session.md §8.2)."""

import asyncio
import os
from collections.abc import Iterable

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from linnet.carriers.carrier import Carrier
from linnet.carriers.dial import dial
from linnet.errors import Unreachable
from linnet.wire.client_session import ClientSession, Standing
from linnet.wire.links import Address, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY, SECRET_PATH, echo_relay


def test_a_foreign_client_holds_a_session_with_our_listener() -> None:
    async def story() -> list[bytes]:
        session = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
        async with echo_relay() as (_, port):
            url = f"ws://127.0.0.1:{port}{SECRET_PATH}"
            async with connect(url, compression=None, ping_interval=None) as road:
                await road.send(session.hello(0))
                assert session.welcome(await heard(road), 0) is Standing.OPENED
                session.send(b"from afar" * 1_000)
                await send(road, session.flush(0))
                await (await road.ping(b"are you there"))
                while True:
                    messages = session.receive(await heard(road), 0)
                    if messages:
                        return messages

    assert asyncio.run(story()) == [b"from afar" * 1_000]


def test_our_listener_joins_the_fragments_of_a_foreign_client() -> None:
    async def story() -> Standing:
        session = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
        async with echo_relay() as (_, port):
            url = f"ws://127.0.0.1:{port}{SECRET_PATH}"
            async with connect(url, compression=None) as road:
                hello = session.hello(0)
                await road.send([hello[:10], hello[10:11], b"", hello[11:]])
                return session.welcome(await heard(road), 0)

    assert asyncio.run(story()) is Standing.OPENED


def test_our_listener_refuses_a_foreign_client_on_a_wrong_path() -> None:
    async def story() -> int:
        async with echo_relay() as (_, port):
            try:
                async with connect(f"ws://127.0.0.1:{port}/wrong"):
                    return 101
            except websockets.InvalidStatus as error:
                return error.response.status_code

    assert asyncio.run(story()) == 404


@pytest.mark.parametrize(
    ("said", "code"), [("text", 1003), (b"\0" * 70_000, 1009), (b"garbage", 1000)]
)
def test_our_listener_closes_with_a_code(said: str | bytes, code: int) -> None:
    async def story() -> int | None:
        async with echo_relay() as (_, port):
            url = f"ws://127.0.0.1:{port}{SECRET_PATH}"
            async with connect(url, compression=None) as road:
                await road.send(said)
                await road.wait_closed()
                return road.close_code

    assert asyncio.run(story()) == code


class Listening:
    """The user of a carrier, in a test."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = asyncio.Event()

    def arrived(self, message: bytes) -> None:
        self.heard.put_nowait(message)

    def lost(self) -> None:
        self.gone.set()

    def writable(self) -> None:
        pass


@pytest.mark.parametrize("size", [0, 1, 125, 126, 1_400, 65_535])
def test_a_foreign_server_understands_our_dialler(size: int) -> None:
    message = os.urandom(size)

    async def echo(road: ServerConnection) -> None:
        async for each in road:
            await road.ping()
            await road.send(each)

    async def story() -> bytes:
        listening = Listening()
        async with serve(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            carrier = await dial(Address(Road.WS, "127.0.0.1", port, "/x"), listening)
            carrier.write([message])
            answer = await listening.heard.get()
            carrier.close()
            await listening.gone.wait()
            return answer

    assert asyncio.run(story()) == message


def test_a_foreign_server_that_closes_ends_our_carrier() -> None:
    async def leave(road: ServerConnection) -> None:
        await road.close()

    async def story() -> Carrier:
        listening = Listening()
        async with serve(leave, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            carrier = await dial(Address(Road.WS, "127.0.0.1", port, "/x"), listening)
            await listening.gone.wait()
            return carrier

    assert asyncio.run(story()).transport is None


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"x" * 20_000,
        b"",
    ],
)
def test_whatever_answers_a_dial_instead_of_a_relay_is_named(answer: bytes) -> None:
    async def story() -> str:
        async def respond(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(respond, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(Unreachable) as caught:
                await dial(Address(Road.WS, "127.0.0.1", port, "/x"), Listening())
        return str(caught.value)

    sentence = asyncio.run(story())
    assert sentence.endswith(".")
    assert "127.0.0.1" not in sentence


async def heard(road: "websockets.ClientConnection") -> bytes:
    message = await road.recv()
    assert isinstance(message, bytes)
    return message


async def send(road: "websockets.ClientConnection", records: Iterable[bytes]) -> None:
    for record in records:
        await road.send(record)
