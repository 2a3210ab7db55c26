"""Backups: what opens them, what is left of one that does not, and the former form."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import linnet.client
from linnet.client.core import files
from linnet.client.core.files import FileKey
from linnet.client.core.phrase import new_phrase, read_phrase
from linnet.client.store.home import Store
from linnet.client.store.vault import wrap
from linnet.errors import UsageError
from tests.stories.linked import is_with, two_devices
from tests.stories.people import PASSPHRASE, Person, Town, town

pytestmark = pytest.mark.slow


def former_backup(store: Store, file: Path) -> str:
    """Write a backup as Linnet did before: a copy of the store; return its phrase."""
    phrase, database_key = new_phrase(secrets.token_bytes), secrets.token_bytes(32)
    copy = store.home / "copy"
    store.db.copy_to(copy, database_key)
    key = FileKey.generate(secrets.token_bytes)
    vault = json.dumps(wrap(key.key + key.prefix, read_phrase(phrase))).encode()
    content = database_key + copy.read_bytes()
    head = b"Linnet backup 1\n" + len(vault).to_bytes(2) + vault
    sealed = b"".join(files.seal_file(key, [content], len(content)))
    file.write_bytes(head + len(content).to_bytes(8) + sealed)
    return phrase


async def back(place: Town, file: Path, phrase: str) -> Person:
    again = Person("Alice", place.folder / "again", "")
    await linnet.client.restore(file, again.home, phrase=phrase, passphrase=PASSPHRASE)
    place.people["again"] = again
    await again.come()
    return again


def test_a_backup_of_the_former_form_is_still_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.chat("Bob").send("one")
            await bob.hears("Alice", "one")
            phrase = former_backup(alice.me._store, tmp_path / "former")
            await alice.go()

            again = await back(place, tmp_path / "former", phrase)
            await again.chat("Bob").send("two")
            await bob.hears("Alice", "one", "two")
            assert again.texts("Bob") == ["one", "two"]

    asyncio.run(story())


def test_a_group_and_two_devices_come_back_as_they_were(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, bob = await two_devices(place)
            await alice.me.new_group("Birds", ["Bob"])
            await bob.sees(lambda: bob.chat("Birds").state == "active")
            await phone.sees(lambda: phone.chat("Birds").state == "active")
            await alice.chat("Birds").set_timer(timedelta(hours=1))
            await alice.chat("Birds").send("a wren")
            await bob.hears("Birds", "a wren")
            await bob.chat("Birds").react(bob.message("Birds", "a wren").id, "🐦")
            await alice.sees(lambda: alice.message("Birds", "a wren").reactions)
            await alice.me.verify("Bob")
            await alice.me.settle()
            phrase = await alice.me.backup(tmp_path / "backup")
            await alice.go()

            again = await back(place, tmp_path / "backup", phrase)
            [seen] = again.message("Birds", "a wren").reactions
            assert (seen.name, seen.emoji) == ("Bob", "🐦")
            assert again.chat("Birds").timer == timedelta(hours=1)
            assert again.me.contact("Bob").verified
            await again.sees(is_with(again, "Old", "Phone"))
            await again.chat("Birds").send("a lark")
            for one in (bob, phone):
                await one.hears("Birds", "a wren", "a lark")
            await phone.sees(is_with(phone, "Old", "Phone"))

    asyncio.run(story())


def spoiled(whole: bytes) -> Iterator[bytes]:
    """Yield a file with one thing wrong: cut, longer, and a bit turned all over it."""
    yield from (b"", whole[:20], whole[:40], whole[:-1], whole[: len(whole) // 2])
    yield whole + b"\x00"
    head = int.from_bytes(whole[16:18]) + 18
    for at in (0, 16, 17, 20, head, head + 8, len(whole) - 1):
        yield whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


@pytest.mark.parametrize("form", ["backup", "former"])
def test_nothing_is_left_of_a_backup_that_does_not_open(
    tmp_path: Path, form: str
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")
            file, home = tmp_path / form, tmp_path / "none"
            if form == "backup":
                phrase = await alice.me.backup(file)
            else:
                phrase = former_backup(alice.me._store, file)
            other = new_phrase(secrets.token_bytes)
            with pytest.raises(UsageError, match="not that of this backup"):
                await linnet.client.restore(
                    file, home, phrase=other, passphrase=PASSPHRASE
                )
            assert not home.exists()
            for bad in spoiled(file.read_bytes()):
                file.write_bytes(bad)
                with pytest.raises(UsageError):
                    await linnet.client.restore(
                        file, home, phrase=phrase, passphrase=PASSPHRASE
                    )
                assert not home.exists()

    asyncio.run(story())
