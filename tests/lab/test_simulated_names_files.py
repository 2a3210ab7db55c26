"""Files and words on a line on which nothing is left but names (S16)."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from linnet.carriers.dns.message import PORT
from linnet.client.values import TransferState
from linnet.ids import MessageId
from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint
from linnet.lab.rules.shutdown import Shutdown
from linnet.lab.simulated.forwarder import serve_zones
from linnet.lab.simulated.line import Shape
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY
from tests.lab.names import RESOLVER, ZONE
from tests.lab.relays import FIRST, relay_in
from tests.lab.town import SERVER, Town
from tests.stories import people
from tests.stories.people import Person, befriend

pytestmark = pytest.mark.slow

NAMES = Address(Road.DNS, ZONE, PORT)
LINK = PassLink(RelayDescriptor(public_key(RELAY_KEY), (FIRST, NAMES)), bytes(32))


class Shut:
    """A town in which the country can be cut off, and two people."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.town = Town(3, shape)
        self.ada, self.bob = (
            Person(name, folder / name, LINK.text()) for name in ("Ada", "Bob")
        )

    @asynccontextmanager
    async def friends(self) -> AsyncIterator[None]:
        """They know each other."""
        town, abroad = self.town, self.town.network.host("203.0.113.7")
        town.client.name_servers = (RESOLVER,)
        resolver = await serve_zones(
            town.network.host(RESOLVER), {ZONE: SERVER}, Random(3)
        )
        async with relay_in(town, 3, ZONE):
            for person, host in ((self.ada, town.client), (self.bob, abroad)):
                with host.here():
                    await person.come()
                await person.me.settle()
            await befriend(self.ada, self.bob)
            yield
            await self.ada.go()
            await self.bob.go()
        resolver.close()

    def cut_off(self) -> None:
        """From now on only names pass."""
        shutdown = Shutdown(Endpoint.at(RESOLVER, PORT), Random(3))
        self.town.line.censor = Censor([shutdown], Random(3))


def test_words_are_not_kept_waiting_by_a_file_that_was_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PATIENCE", 3_600.0)
    file = tmp_path / "file"
    file.write_bytes(os.urandom(2_000_000))
    shut = Shut(tmp_path, Shape(loss=0.005, up=1_000_000))

    async def story() -> float:
        loop = asyncio.get_running_loop()
        async with shut.friends():
            ada, bob = shut.ada, shut.bob
            await ada.chat("Bob").send_file(file, text="look")
            await asyncio.sleep(5)
            shut.cut_off()
            began = loop.time()
            await ada.chat("Bob").send("can you hear me?")
            await bob.sees(lambda: bob.message("Ada", "can you hear me?"))
            return loop.time() - began

    assert shut.town.run(story) < 60


def test_a_small_file_goes_by_names_alone_and_words_pass_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PATIENCE", 3_600.0)
    file = tmp_path / "file"
    file.write_bytes(os.urandom(40_000))
    shut = Shut(tmp_path, Shape(loss=0.005))

    async def story() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        async with shut.friends():
            ada, bob = shut.ada, shut.bob
            shut.cut_off()
            await ada.chat("Bob").send("first")
            await bob.sees(lambda: bob.message("Ada", "first"))
            sent = await ada.chat("Bob").send_file(file, text="look")
            await asyncio.sleep(10)
            began = loop.time()
            await ada.chat("Bob").send("meanwhile")
            await bob.sees(lambda: bob.message("Ada", "meanwhile"))
            word = loop.time() - began
            assert not _is_sent(ada, sent.id)
            await ada.sees(lambda: _is_sent(ada, sent.id))
            return word, loop.time() - began

    word, all_of_it = shut.town.run(story)

    assert word < 20
    assert all_of_it < 300


def _is_sent(person: Person, message: MessageId) -> bool:
    shown = person.chat("Bob").message(message).attachment
    return shown is not None and shown.state is TransferState.DONE
