"""People whose relay is reached by a folder or by mail alone, and by nothing else."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from linnet.carriers import drop_keys, folder_road, mail_road
from linnet.client import LinkState, MailAccount
from linnet.wire.invites import InviteLink
from linnet.wire.links import RelayDescriptor, RoadLink
from tests.carriers.real_drops import ANN, QUICK, RELAY, USER, WORD, post_office, webdav
from tests.relay.processes import RelayProcess
from tests.stories import people
from tests.stories.people import Person, Town, befriend

pytestmark = [pytest.mark.slow, pytest.mark.interop]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_road, "FOLDER_PACE", QUICK)
    monkeypatch.setattr(mail_road, "MAIL_PACE", QUICK)
    monkeypatch.setattr(people, "PATIENCE", 90.0)


def secret(path: Path, **said: str) -> Path:
    """A file that says how a drop is opened."""
    path.write_text("".join(f"{word} {value}\n" for word, value in said.items()))
    path.chmod(0o600)
    return path


@asynccontextmanager
async def relay(folder: Path, *words: str) -> AsyncIterator[RelayProcess]:
    process = RelayProcess(folder / "relay", words, module="tests.carriers.quick")
    await process.start()
    try:
        yield process
    finally:
        await process.end()


async def road_of(process: RelayProcess, *words: str) -> RelayDescriptor:
    """What `linnet relay road` says."""
    status, out, err = await process.verb("road", *words)
    assert status == 0, err
    (found,) = RoadLink.parse(out).relays
    return found


def roads(person: Person) -> set[str]:
    """By which roads somebody is connected."""
    relays = person.me.status().relays
    return {one.road for one in relays if one.state is LinkState.CONNECTED}


async def talk(alice: Person, bob: Person, process: RelayProcess) -> None:
    """A whole acquaintance, and a relay that is killed in the middle of it."""
    await befriend(alice, bob)
    await alice.chat("Bob").send("hello Bob")
    await bob.hears("Alice", "hello Bob")
    await process.end(signal.SIGKILL)
    await bob.chat("Alice").send("while the relay is gone")
    await process.start()
    await bob.chat("Alice").send("hello Alice")
    await alice.hears("Bob", "hello Bob", "while the relay is gone", "hello Alice")


def test_two_people_talk_by_a_folder_and_lose_nothing(tmp_path: Path) -> None:
    async def story() -> set[str]:
        async with webdav(tmp_path) as address:
            url = f"http://127.0.0.1:{address.port}{address.path}"
            file = secret(tmp_path / "folder", url=url, user=USER, password=WORD)
            async with relay(tmp_path, "--folder", str(file)) as process:
                way = await road_of(process, "--folder", str(file))
                place = Town(tmp_path, process, detour=way.addresses[0])
                alice, bob = await place.person("Alice"), await place.person("Bob")
                await talk(alice, bob, process)
                found = roads(alice) | roads(bob)
                await alice.go()
                await bob.go()
                return found

    assert asyncio.run(story()) == {"a shared folder"}


async def with_mail(place: Town, name: str, account: MailAccount) -> Person:
    """Somebody new, who has named a mail account before connecting."""
    person = place.newcomer(name)
    await (await person.come(connect=False)).mail.use(account)
    await person.go()
    await person.come()
    return person


def test_two_people_talk_by_mail(tmp_path: Path) -> None:
    async def story() -> tuple[set[str], list[bytes]]:
        async with post_office() as office:
            _, _, imap, _, _, smtp, *_ = drop_keys.split(office.relay)
            at = {"imap": f"127.0.0.1:{imap}", "smtp": f"127.0.0.1:{smtp}"}
            plain = {kind: f"plain://{where}" for kind, where in at.items()}
            file = secret(tmp_path / "box", address=RELAY, password=WORD, **plain)
            async with relay(tmp_path, "--mailbox", str(file)) as process:
                way = await road_of(process, "--mailbox", str(file))
                place = Town(tmp_path, process, detour=way.addresses[0])
                account = MailAccount(ANN, WORD, **at)
                alice = await with_mail(place, "Alice", account)
                bob = await with_mail(place, "Bob", account)
                await befriend(alice, bob)
                await alice.chat("Bob").send("hello Bob")
                await bob.hears("Alice", "hello Bob")
                found = roads(alice) | roads(bob)
                # What others get names the relay's mailbox and nobody's account.
                for one in InviteLink.parse(alice.me.invite()).relays:
                    assert [address.cover for address in one.addresses] == [""]
                await alice.go()
                await bob.go()
                return found, office.delivery.mails

    found, mails = asyncio.run(story())

    assert found == {"mail"}
    assert mails
    assert not any(b"hello" in one or b"Alice" in one for one in mails)


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    async def story() -> tuple[int, str, str]:
        file = secret(tmp_path / "folder", url="https://a.example/f/", user="u")
        file.chmod(0o640)
        async with relay(tmp_path) as process:
            return await process.verb("road", "--folder", str(file))

    status, out, err = asyncio.run(story())

    assert (status, out) == (2, "")
    assert "chmod 600" in err


def test_a_file_that_says_too_little_earns_a_sentence(tmp_path: Path) -> None:
    async def story() -> list[str]:
        folder = secret(tmp_path / "folder", url="ftp://a.example/")
        box = secret(tmp_path / "box", address="nobody", imap="a", smtp="b")
        async with relay(tmp_path) as process:
            said = []
            for words in (["--folder", str(folder)], ["--mailbox", str(box)], []):
                status, _, err = await process.verb("road", *words)
                assert status == 2
                said.append(err)
            return said

    folder, box, neither = asyncio.run(story())

    assert "'url https://HOST/PATH/'" in folder
    assert "'imap'" in box
    assert "Say which" in neither
