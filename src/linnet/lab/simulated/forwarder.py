"""A provider's resolver: asks the servers of zones for whoever asks it, over UDP."""

import asyncio
from collections.abc import Mapping
from functools import partial
from random import Random
from typing import Final, cast

from linnet.carriers.dns.message import PORT, Code, Message
from linnet.errors import Malformed
from linnet.lab.simulated.host import Host

ATTEMPTS: Final = 3
ANSWER_SECONDS: Final = 0.8
"""How often it asks a server, and how long it waits each time."""

Zones = Mapping[str, str]


async def serve_zones(host: Host, zones: Zones, chances: Random) -> asyncio.Transport:
    """Answer at a host's first address, until closed; zones by name, where they are.

    Raises:
        OSError: somebody answers there already.
    """
    place = str(host.addresses[0]), PORT
    with host.here():
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Forwarder(zones, chances), local_addr=place
        )
    return cast("asyncio.Transport", transport)


class _Forwarder(asyncio.DatagramProtocol):
    """Asks for others, with numbers and ports of its own; remembers nothing."""

    def __init__(self, zones: Zones, chances: Random) -> None:
        self._zones, self._chances = zones, chances
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        for task in self._tasks:
            task.cancel()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            query = Message.read(data)
        except Malformed:
            return
        if not query.is_answer and len(query.questions) == 1:
            loop = asyncio.get_running_loop()
            task = loop.create_task(self._serve(query, addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, query: Message, whom: tuple[str, int]) -> None:
        name = query.questions[0].name
        found = [at for zone, at in self._zones.items() if f".{name}".endswith(zone)]
        answer = query.answered(Code.NO_SUCH_NAME)
        if found:
            answer = await self._ask(found[0], query)
        self._transport.sendto(answer.pack(), whom)

    async def _ask(self, server: str, query: Message) -> Message:
        loop = asyncio.get_running_loop()
        for _ in range(ATTEMPTS):
            own = Message(
                self._chances.getrandbits(16), 0, query.questions, extras=query.extras
            )
            answer: asyncio.Future[Message] = loop.create_future()
            transport, _ = await loop.create_datagram_endpoint(
                partial(_Waiting, own, answer), remote_addr=(server, PORT)
            )
            try:
                transport.sendto(own.pack())
                async with asyncio.timeout(ANSWER_SECONDS):
                    found = await answer
            except TimeoutError:
                continue
            finally:
                transport.close()
            return query.answered(Code(found.code), found.answers)
        return query.answered(Code.FAILED)


class _Waiting(asyncio.DatagramProtocol):
    """Waits for the answer to one query."""

    def __init__(self, query: Message, answer: asyncio.Future[Message]) -> None:
        self._query, self._answer = query, answer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            message = Message.read(data)
        except Malformed:
            return
        if message.number == self._query.number and not self._answer.done():
            self._answer.set_result(message)
