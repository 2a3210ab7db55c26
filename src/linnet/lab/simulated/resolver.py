"""Names over the line: a name server, and a host that asks it as its system would."""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from random import Random
from typing import Final, cast

from linnet.carriers.dns.message import PORT, Code, Kind, Message, address_record
from linnet.errors import Malformed
from linnet.lab.packets import Endpoint
from linnet.lab.simulated.host import Host, Resolve

ATTEMPTS: Final = 2
ANSWER_SECONDS: Final = 5.0
"""How often a system's resolver asks, and how long it waits each time."""

_LASTS: Final = 300

Names = Mapping[str, Sequence[str]]


async def serve_names(host: Host, names: Names) -> asyncio.DatagramTransport:
    """Answer for names, over UDP at a host's first address, until closed.

    Raises:
        OSError: somebody answers there already.
    """
    place = str(host.addresses[0]), PORT
    with host.here():
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _NameServer(names), local_addr=place
        )
    return transport


def asking(server: str, chances: Random) -> Resolve:
    """Return how a host resolves that asks a name server over UDP.

    It believes the first answer that fits, as systems do, and remembers none.
    """

    async def resolve(name: str) -> list[str]:
        for _ in range(ATTEMPTS):
            query = Message.asking(name, Kind.A, chances.getrandbits(16))
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await _ask(Endpoint.at(server, PORT), query)
            except TimeoutError:
                continue
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    return resolve


async def _ask(server: Endpoint, query: Message) -> list[str]:
    loop = asyncio.get_running_loop()
    asker = _Asker(query, loop.create_future())
    transport, _ = await loop.create_datagram_endpoint(
        lambda: asker, remote_addr=(str(server.host), server.port)
    )
    try:
        transport.sendto(query.pack())
        answer = await asker.answer
    finally:
        transport.close()
    found = (record.address for record in answer.answers)
    return [str(address) for address in found if isinstance(address, IPv4Address)]


class _Asker(asyncio.DatagramProtocol):
    """Waits for the answer to one query."""

    def __init__(self, query: Message, answer: asyncio.Future[Message]) -> None:
        self.answer = answer
        self._query = query

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            message = Message.read(data)
        except Malformed:
            return
        asked = message.number, message.questions
        fits = message.is_answer and asked == (
            self._query.number,
            self._query.questions,
        )
        if fits and not self.answer.done():
            self.answer.set_result(message)


class _NameServer(asyncio.DatagramProtocol):
    """Answers for what it knows, and says of all else that it does not exist."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            query = Message.read(data)
        except Malformed:
            return
        if not query.is_answer and len(query.questions) == 1:
            self._transport.sendto(self._answer(query).pack(), addr)

    def _answer(self, query: Message) -> Message:
        (asked,) = query.questions
        known = self._names.get(asked.name)
        if known is None:
            return query.answered(Code.NO_SUCH_NAME)
        addresses = map(IPv4Address, known if asked.kind == Kind.A else ())
        return query.answered(
            answers=tuple(
                address_record(asked.labels, one, _LASTS) for one in addresses
            )
        )
