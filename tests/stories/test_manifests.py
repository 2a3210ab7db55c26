"""A relay brings newer editions of a manifest to those who follow it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.client.core.meaning import manifest_part
from linnet.relay.manifest_file import ManifestFile
from linnet.wire.following import series_text, write_series
from linnet.wire.links import RelayDescriptor
from linnet.wire.manifests import Edition
from linnet.wire.places import Place
from tests.client.test_places import static_host
from tests.relay.processes import free_port
from tests.stories.people import Person, town
from vectors.manifests import AFTER, CHANGE, FIRST, ONE, TWO, signed, signers

pytestmark = pytest.mark.slow


def number(person: Person) -> int:
    (known,) = person.me.followed()
    return known.number


def test_newer_editions_come_by_the_relay_and_older_ones_are_refused(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            file = tmp_path / "list.txt"
            file.write_text(series_text((CHANGE, AFTER)))
            await place.relay.end()
            status, out, err = await place.relay.verb("manifest", str(file))
            assert status == 0, err
            assert "carries edition 6" in out
            await place.relay.start()
            alice, bob = await place.person("Alice"), await place.person("Bob")
            await alice.me.follow(series_text((ONE,)))
            await again(alice)
            assert number(alice) == 6
            assert bob.me.followed() == []
            assert bob.me._hub.store.manifests.held(relay_key(bob)) == bytes(32)

            # A relay that turns gives what is older.
            await place.relay.end()
            ManifestFile(place.relay.data).path.write_bytes(write_series((TWO,)))
            await place.relay.start()
            await again(alice)
            assert number(alice) == 6
            assert alice.me.status().is_connected

    asyncio.run(story())


async def again(person: Person) -> None:
    """Close the account, open it, and wait until all is done."""
    await person.go()
    await person.come()
    await person.me.settle()


def relay_key(person: Person) -> bytes:
    (relay,) = person.me._hub.store.account.relays()
    return relay.descriptor.key


def test_a_contact_brings_what_is_newer_and_nothing_else(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            known = await alice.me.follow(series_text((CHANGE, AFTER)))
            await bob.me.follow(series_text((ONE,)))

            await alice.me.share_road(known.id[:6], "Bob")
            await bob.sees(lambda: number(bob) == 6)
            assert bob.notices("Alice")[-1].startswith("Alice brought edition 6")
            hub = alice.me._hub
            row = hub.store.conversations.row(alice.chat("Bob").id)
            assert row is not None
            stranger = signers(1, "x")
            other = signed(Edition(stranger.id, 1, stranger), "x")
            for series in (write_series((TWO,)), write_series((other,)), b"?"):
                with hub.store.db.transaction():
                    hub.compose(row, manifest_part(series))
            await alice.chat("Bob").send("after")
            await bob.hears("Alice", "after")

            assert number(bob) == 6
            old, strange = "is old or not genuine", "you do not follow"
            said = zip(bob.notices("Alice")[-3:], (old, strange, old), strict=True)
            assert all(f"roads that {why}; it was not" in one for one, why in said)

    asyncio.run(story())


def test_a_device_that_was_removed_asks_no_relay(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")
            await alice.me.follow(series_text((ONE,)))
            store = alice.me._hub.store
            with store.db.transaction():
                store.devices.keep("removed_at", 1)

            await again(alice)

            assert alice.me._hub.lines == []

    asyncio.run(story())


def test_who_is_cut_off_finds_the_relay_again_by_a_page_of_a_static_host(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            with static_host(tmp_path) as (site, folder):
                alice = await place.person("Alice")
                where = Place.parse(f"{site}/list.txt")
                relay = alice.me._hub.store.account.relays()[0].descriptor
                one = signed(replace(FIRST, relays=(), places=(where,)), "a", "b")
                await alice.me.follow(series_text((one,)))
                await alice.go()

                await place.relay.end()
                place.relay.port = free_port()
                await place.relay.start()
                ways = [replace(w, port=place.relay.port) for w in relay.addresses]
                moved = RelayDescriptor(relay.key, tuple(ways))
                two = signed(replace(FIRST, number=2, relays=(moved,)), "a", "b")
                (folder / "list.txt").write_text(series_text((two,)))
                await alice.come()
                await alice.sees(lambda: alice.me.status().is_connected)
                assert number(alice) == 2

    asyncio.run(story())
