"""Whoever runs a proxy gives their contacts roads inside conversations."""

from pathlib import Path

import pytest

from linnet.rendezvous import command as rendezvous
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road
from tests.proxy.processes import ProxyProcess
from tests.proxy.test_stories import Resident, blocked, descriptor, tell
from tests.relay.processes import RelayProcess, free_port
from tests.stories.people import Person, befriend, pass_link

pytestmark = pytest.mark.slow


def test_who_took_a_friends_road_goes_on_when_the_relay_is_blocked(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        relay = await RelayProcess(tmp_path / "relay").start()
        alice = Person("Alice", tmp_path / "alice", pass_link(relay).text())
        bob = Person("Bob", tmp_path / "bob", pass_link(relay).text())
        proxy = ProxyProcess(tmp_path / "proxy", ("--relay", descriptor(relay)))
        await proxy.start()
        for one in (alice, bob):
            await one.come()
            await one.me.settle()
        await befriend(alice, bob)
        await alice.me.share_road(await proxy.link("Bob"), "Bob")
        await bob.sees(bob.me.roads)
        (road,) = bob.me.roads()
        await bob.me.take_road(road.id)
        await bob.go()

        await block(bob)
        await bob.come()
        await bob.chat("Alice").send("by your proxy")
        await alice.hears("Bob", "by your proxy")
        assert bob.me.status().is_connected

        for one in (alice, bob):
            await one.go()
        await proxy.end()
        await relay.end()

    tell(story)


async def block(person: Person) -> None:
    """Have every address of the relay that this person knows lead nowhere."""
    await person.come(connect=False)
    store = person.me._hub.store
    key = PassLink.parse(person.pass_link).relay.key
    nowhere = Address(Road.WS, "127.0.0.1", free_port(), "/nowhere")
    with store.db.transaction():
        store.account.remember_relay(
            RelayDescriptor(key, (nowhere,)), pass_token=None, is_mine=True
        )
    await person.go()


def test_who_is_given_an_invitation_by_the_book_begins_where_the_relay_is_blocked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def typed(*words: str) -> str:
        assert rendezvous.main([*words, "--data", str(tmp_path / "book")]) == 0
        return capsys.readouterr().out

    async def story() -> None:
        async with blocked(tmp_path) as place:
            links = tmp_path / "links"
            links.write_text(await place.proxy.link("town", "--count", "2"))
            token = pass_link(place.relay).text()
            typed("add", str(links))
            typed("give", "A")
            words = typed("give", "B", "--invited-by", "A", "--pass", token).split()
            bob = Resident("Bob", tmp_path / "bob", words[4], road=words[6])
            place.people.append(bob)
            await bob.come()
            await bob.me.settle()

            assert bob.me.status().is_connected
            assert bob.me.roads()[0].port == place.proxy.port

    tell(story)
