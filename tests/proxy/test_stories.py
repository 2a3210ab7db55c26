"""People whose relay is blocked live by a proxy: real processes over loopback."""

import asyncio
import http.client
import io
import os
import signal
import ssl
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import linnet.client
from linnet.client import NewAccount, Transfer
from linnet.client.store import vault
from linnet.relay.folder import Folder
from linnet.wire.links import Address, PassLink, Road, RoadLink
from tests.proxy.certificates import make_certificate
from tests.proxy.processes import ProxyProcess
from tests.proxy.sites import PAGE, site
from tests.relay.processes import RelayProcess, free_port
from tests.stories.linked import confirmed, opened
from tests.stories.people import PASSPHRASE, Person, befriend, pass_link

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def quick_vaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "MEMORY_KIB", 1024)
    monkeypatch.setattr(vault, "PASSES", 1)


@dataclass
class Resident(Person):
    """Somebody who reaches the relay only by a proxy."""

    road: str = ""

    async def come(self, *, connect: bool = True) -> linnet.client.Client:
        if not (self.home / "vault").exists():
            new = NewAccount(self.name, self.pass_link, self.road)
            made = linnet.client.open(
                self.home, passphrase=PASSPHRASE, create=new, connect=False
            )
            async with made:
                pass
        return await super().come(connect=connect)


@dataclass
class Place:
    """A relay at an address nobody is told, and a proxy that is told it."""

    folder: Path
    relay: RelayProcess
    proxy: ProxyProcess
    people: list[Resident]

    async def person(self, name: str) -> Resident:
        road = await self.proxy.link(name)
        token = pass_link(self.relay).text()
        person = Resident(name, self.folder / name, token, road=road)
        self.people.append(person)
        await person.come()
        await person.me.settle()
        return person


def descriptor(relay: RelayProcess) -> str:
    """The relay where it really is, for the proxy alone."""
    folder = Folder(relay.data)
    where = Address(Road.WS, "127.0.0.1", relay.port, folder.secret_path())
    return urlsafe_b64encode(folder.descriptor((where,)).pack()).decode()


@asynccontextmanager
async def blocked(folder: Path, *words: str, **around: str) -> AsyncIterator[Place]:
    """A relay whose own addresses lead nowhere, and a proxy before it."""
    nowhere = f"ws:127.0.0.1:{free_port()}"
    relay = await RelayProcess(folder / "relay", ("--address", nowhere)).start()
    told = ("--relay", descriptor(relay), *words)
    proxy = ProxyProcess(folder / "proxy", told, environment=around)
    await proxy.start()
    place = Place(folder, relay, proxy, [])
    try:
        yield place
    finally:
        for person in place.people:
            await person.go()
        await place.proxy.end()
        await place.relay.end()


def tell(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 120))


def test_two_people_sign_up_talk_and_send_a_file_by_a_proxy_only(
    tmp_path: Path,
) -> None:
    sent = tmp_path / "song"
    sent.write_bytes(os.urandom(700_001))

    async def story() -> None:
        async with blocked(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")
            assert alice.me.status().is_connected
            await befriend(alice, bob)
            await alice.chat("Bob").send("hello")
            await bob.hears("Alice", "hello")
            await bob.chat("Alice").send_file(sent, text="listen")
            await alice.hears("Bob", "hello", "listen")
            message = alice.message("Bob", "listen")
            await alice.chat("Bob").save_file(message.id, tmp_path / "got")
            assert (tmp_path / "got").read_bytes() == sent.read_bytes()

            assert alice.me.roads()[0].port == place.proxy.port

    tell(story)


def test_a_road_is_in_no_invite(tmp_path: Path) -> None:
    async def story() -> None:
        async with blocked(tmp_path) as place:
            alice = await place.person("Alice")
            before = alice.me.invite()
            link = await place.proxy.link("another")
            await alice.me.add_road(link)

            assert len(alice.me.roads()) == 2
            assert alice.me.invite() == before
            await alice.me.remove_road(alice.me.roads()[0].id)
            assert len(alice.me.roads()) == 1

    tell(story)


def test_a_revoked_link_leads_nowhere_and_the_others_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with blocked(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")
            await befriend(alice, bob)
            status, _, err = await place.proxy.verb("revoke", "Alice")
            assert status == 0, err
            await alice.sees(lambda: not alice.me.status().is_connected)
            await bob.chat("Alice").send("are you there?")
            await bob.me.settle()
            assert bob.me.status().is_connected
            assert bob.me.status().queued == 0

            await alice.me.add_road(await place.proxy.link("Alice"))
            await alice.go()
            await alice.come()
            await alice.hears("Bob", "are you there?")

    tell(story)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_proxy_that_ends_in_the_middle_of_a_file_loses_nothing(
    tmp_path: Path, sign: signal.Signals
) -> None:
    sent = tmp_path / "film"
    sent.write_bytes(os.urandom(4_000_000))

    async def story() -> None:
        async with blocked(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")
            await befriend(alice, bob)
            events = alice.me.events()
            await alice.chat("Bob").send_file(sent, text="look")
            async for event in events:
                if isinstance(event, Transfer) and event.moved > 1_000_000:
                    break
            await place.proxy.end(sign)
            await alice.chat("Bob").send("and this")
            await place.proxy.start()

            # A file's message goes out once the file is there.
            await bob.sees(lambda: sorted(bob.texts("Alice")) == ["and this", "look"])
            message = bob.message("Alice", "look")
            await bob.chat("Alice").save_file(message.id, tmp_path / "got")
            assert (tmp_path / "got").read_bytes() == sent.read_bytes()

    tell(story)


def test_a_pass_link_that_a_proxy_was_given_begins_by_that_proxy(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with blocked(tmp_path) as place:
            token = pass_link(place.relay)
            link = await place.proxy.link("Alice", "--pass", token.text())
            given = PassLink.parse(link)
            assert given.token == token.token
            assert given.relay.addresses[1:] == token.relay.addresses
            alice = Person("Alice", tmp_path / "alice", link)
            await alice.come()
            await alice.me.settle()
            assert alice.me.status().is_connected
            await alice.go()

    tell(story)


def test_a_device_joins_its_account_by_a_proxy_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with blocked(tmp_path) as place:
            alice = await place.person("Alice")
            linking = await alice.me.link()
            phone = Resident("Alice", tmp_path / "phone", "")
            road = await place.proxy.link("Alice's phone")
            await asyncio.gather(
                opened(phone, linking.link, "Phone", road), confirmed(linking)
            )
            place.people.append(phone)
            await phone.come()
            await phone.me.settle()
            assert phone.me.status().is_connected
            assert phone.me.account == alice.me.account

    tell(story)


def test_behind_a_site_and_tls_of_its_own_a_proxy_is_that_site_and_carries(
    tmp_path: Path,
) -> None:
    chain, key = make_certificate(tmp_path, "pottery.example")

    async def story() -> None:
        with site("http.server", tmp_path) as (port, log):
            words = ("--upstream", f"http://127.0.0.1:{port}")
            tls = ("--cert", str(chain), "--key", str(key))
            async with blocked(tmp_path, *words, *tls) as place:
                alice = await place.person("Alice")
                assert alice.me.status().is_connected
                assert alice.me.roads()[0].road == "wss"
                shown = await asyncio.to_thread(fetched, place.proxy.port)
                assert shown == PAGE
                await alice.go()
                path = RoadLink.parse(alice.road).relays[0].addresses[0].path
                assert path[1:] not in log.read_text()
                assert "GET / " in log.read_text()

    tell(story)


def fetched(port: int) -> bytes:
    """The front page, as anybody gets it."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    asked = http.client.HTTPSConnection("127.0.0.1", port, context=trusting)
    try:
        asked.request("GET", "/")
        return asked.getresponse().read()
    finally:
        asked.close()


def test_a_proxy_logs_nothing_of_anyone(tmp_path: Path) -> None:
    async def story() -> None:
        async with blocked(tmp_path, PYTHONASYNCIODEBUG="1") as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")
            await befriend(alice, bob)
            roads = [RoadLink.parse(one.road).relays[0] for one in (alice, bob)]
            paths = [one.addresses[0].path[1:] for one in roads]
            await place.proxy.verb("revoke", "Alice")
            await alice.sees(lambda: not alice.me.status().is_connected)
            await place.proxy.end()
            log = place.proxy.log
            assert '"stopped"' in log
            said = [line for line in io.StringIO(log) if '"event"' not in line]
            assert said == []
            for secret in (*paths, "127.0.0.1", str(place.relay.port), "Alice"):
                assert secret not in log

    tell(story)
