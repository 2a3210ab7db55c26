"""Devices on the same network swap bags (spec/bags.md §9).

Only while somebody asks for it. Who has a connection hands in what others have for
relays; whoever is a member reads what is for members; nobody learns who the others are.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from linnet.carriers.nearby.lan import PORT, Answering, Lan, Neighbour, look_around
from linnet.carriers.nearby.names import Instance
from linnet.carriers.nearby.talk import answer, tell
from linnet.client.bags import Bags
from linnet.client.sync import letters
from linnet.client.sync.hub import Hub
from linnet.errors import LinnetError, UsageError
from linnet.wire import bags
from linnet.wire.bags import Letter, ToCarry

LOOK_SECONDS: Final = 2.0
MOST_TALKS: Final = 4
CARRY_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Met:
    """What came of meeting one device.

    Attributes:
        received: messages that came for this account.
        on_the_relay: messages of ours that a relay has now.
        carried: requests that were handed in for the other.
        sentences: what did not go as it should.
    """

    received: int = 0
    on_the_relay: int = 0
    carried: int = 0
    sentences: tuple[str, ...] = ()


class Nearby:
    """Swaps bags with the devices around, for one open account."""

    def __init__(self, hub: Hub, interface: str = "", port: int = PORT) -> None:
        self._hub = hub
        self._bags = Bags(hub)
        self._lan = Lan(port, interface)
        self._own = b""
        self._talks = 0
        self.met: asyncio.Queue[Met] = asyncio.Queue()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Be found, and serve whoever comes; what came of it is in ``met``.

        Raises:
            Unreachable: this machine lets nobody be found.
        """
        listening = self._lan.stream()
        listening.bind(("0.0.0.0", 0))  # noqa: S104  whoever is nearby
        server = await asyncio.start_server(self._come, sock=listening)
        port = int(server.sockets[0].getsockname()[1])
        # Another name at each run, so that a device is not known again by it.
        self._own = self._hub.entropy(8).hex().encode()
        answering = Answering(Instance(self._own, port))
        try:
            await answering.open(self._lan)
            yield
        finally:
            answering.close()
            server.close()

    async def look(self) -> list[Met]:
        """Look around once, and give whoever is there what waits here.

        Raises:
            Unreachable: there is no network to look in.
        """
        around = await look_around(self._lan, LOOK_SECONDS)
        others = [one for one in around if one.name != self._own]
        # Side by side: one that says nothing must not keep the others waiting.
        return list(await asyncio.gather(*map(self._meet, others)))

    async def _meet(self, neighbour: Neighbour) -> Met:
        try:
            packed = (await self._bags.pack(meeting=self._bags.is_connected)).data
        except UsageError:
            packed = b""  # nothing waits here; the other may have something for us
        try:
            given = await tell(
                self._lan,
                neighbour.host,
                neighbour.port,
                packed,
                self._hub.entropy,
            )
        except LinnetError as error:
            return Met(sentences=(str(error),))
        received = on_the_relay = 0
        sentences: list[str] = []
        for bag in filter(None, given):
            try:
                done = await self._bags.unpack(bag)
            except UsageError:
                continue  # it is for somebody else, or a connection was quicker
            except LinnetError as error:
                sentences.append(str(error))
                continue
            received += done.received
            on_the_relay += done.on_the_relay
            sentences += done.sentences
        return Met(received, on_the_relay, 0, tuple(sentences))

    async def _come(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._talks >= MOST_TALKS:
            writer.close()
            return
        self._talks += 1
        try:
            await answer(reader, writer, self._reply, self._hub.entropy)
        finally:
            self._talks -= 1

    async def _reply(self, bag: bytes) -> tuple[bytes, bytes]:
        """Take what is for us, hand in what is for relays, give what waits here."""
        entries = bags.decode(bag) if bag else ()
        received, answers, carried = 0, b"", 0
        if any(isinstance(one, Letter) for one in entries):
            received = await self._take_letters(bag)
        if any(isinstance(one, ToCarry) for one in entries) and self._bags.is_connected:
            # A stranger must not choose where this device dials.
            handed_in = await self._bags.carry(
                bag, wait_seconds=CARRY_SECONDS, known_only=True
            )
            answers, carried = handed_in.data, handed_in.handed_in
        written = [Letter(one) for one in letters.write(self._hub)]
        self.met.put_nowait(Met(received, 0, carried))
        given = tuple(written[: bags.MOST_ENTRIES])
        return answers, bags.encode(given) if given else b""

    async def _take_letters(self, bag: bytes) -> int:
        try:
            return (await self._bags.unpack(bag)).received
        except UsageError:
            return 0  # they are for somebody else
