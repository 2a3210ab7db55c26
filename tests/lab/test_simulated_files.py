"""A picture on a line that lets nothing but short bursts through (S8 and S9)."""

import asyncio
import os
from pathlib import Path

import pytest

from linnet.client.values import TransferState
from linnet.ids import MessageId
from linnet.wire.links import PassLink, RelayDescriptor
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY
from tests.lab.relays import FIRST, relay_in
from tests.lab.test_simulated_bursts import watched_town
from tests.stories import people
from tests.stories.people import Person, befriend

RELAY = RelayDescriptor(public_key(RELAY_KEY), (FIRST,))
PICTURE = 200_000


@pytest.mark.slow
def test_a_picture_goes_and_comes_in_bursts_and_no_road_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PATIENCE", 3_600.0)
    town = watched_town(7)
    censor, town.line.censor = town.line.censor, None
    abroad = town.network.host("203.0.113.7")
    link = PassLink(RELAY, bytes(32)).text()
    picture = tmp_path / "picture"
    picture.write_bytes(os.urandom(PICTURE))

    async def story() -> tuple[bytes, list[int], float]:
        ada, bob = (Person(name, tmp_path / name, link) for name in ("Ada", "Bob"))
        async with relay_in(town, 7):
            for person, host in ((ada, town.client), (bob, abroad)):
                with host.here():
                    await person.come()
                await person.me.settle()
            await befriend(ada, bob)
            town.line.censor = censor
            message = await ada.chat("Bob").send_file(picture, text="look")
            await ada.sees(lambda: _is_sent(ada, message.id))
            took = asyncio.get_running_loop().time()
            await bob.chat("Ada").send_file(picture, text="and you")
            await ada.sees(lambda: ada.message("Bob", "and you"))
            got = await ada.chat("Bob").save_file(
                ada.message("Bob", "and you").id, tmp_path / "got"
            )
            generations = [line.generation for line in ada.me._hub.lines]
            await ada.go()
            await bob.go()
        return got.read_bytes(), generations, took

    got, generations, took = town.run(story)

    assert got == picture.read_bytes()
    assert generations == [1]
    assert took < 600


def _is_sent(person: Person, message: MessageId) -> bool:
    shown = person.chat("Bob").message(message).attachment
    return shown is not None and shown.state is TransferState.DONE
