"""What a relay can tell: sizes and times, whatever code it has and however it logs."""

import asyncio
import contextlib
import json
import logging
import os
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from linnet.client.core.envelope import EpochKeys, unseal
from linnet.client.core.posts import unseal_package, unseal_post
from linnet.errors import RemoteError
from linnet.ids import EnvelopeId, ShelfId, StreamId
from linnet.wire.links import Address, Road
from tests.stories.people import Person, Town, town

pytestmark = pytest.mark.slow

SAID = "the owl flies at midnight"
TITLE = "Order of the Owl"
FILE = b"feathers " * 5000


async def live(place: Town) -> list[Person]:
    """A story with something of everything in it."""
    alice, bob, carol = await place.friends("Alicent", "Bobbins", "Carolus")
    await alice.chat("Bobbins").send(SAID)
    await bob.hears("Alicent", SAID)
    await alice.me.new_group(TITLE, ["Bobbins", "Carolus"])
    await carol.sees(lambda: carol.chat(TITLE))
    await carol.chat(TITLE).send(SAID)
    await alice.sees(lambda: alice.texts(TITLE) == [SAID])
    sent = place.folder / "plumage.txt"
    sent.write_bytes(FILE)
    await bob.chat("Alicent").send_file(sent)
    await alice.sees(lambda: alice.chat("Bobbins").history()[-1].attachment)
    await alice.chat(TITLE).remove("Carolus")
    await carol.sees(lambda: carol.chat(TITLE).state == "removed")
    for one in (alice, bob, carol):
        await one.me.settle()
    return [alice, bob, carol]


def secrets_of(person: Person) -> Iterator[bytes]:
    """Every key and token an account has, and what it knows in plaintext."""
    store = person.me._hub.store
    profile = store.profile
    yield from (profile.account.seed, profile.account.key, profile.owner_secret)
    yield from (profile.invite_secret, profile.signature_private)
    for row in store.conversations.all():
        yield bytes(row.id)
        for _, keys in store.db.rows(
            "SELECT epoch, keys FROM epochs WHERE conversation = ?", row.id
        ):
            held = EpochKeys.unpack(bytes(keys))  # type: ignore[arg-type]  # a blob
            yield from (held.append_token, held.read_token)
            yield from (held.envelope_key, held.whisper_key)
    for relay in store.account.relays():
        if relay.pass_token:
            yield relay.pass_token


def shapes(secret: bytes) -> list[bytes]:
    """A secret as it could stand in a log or a database."""
    hexed = secret.hex().encode()
    plain = [secret, hexed, hexed.upper(), repr(secret).encode()]
    return [*plain, b64encode(secret), urlsafe_b64encode(secret).rstrip(b"=")]


def everything(folder: Path) -> bytes:
    """All bytes of all files of a relay, but for its own key and its secret path."""
    own = ("relay.key", "secret-path", "path", "key")
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return b"\n".join(one.read_bytes() for one in files if one.name not in own)


def test_logs_and_database_hold_no_name_text_key_or_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> tuple[list[bytes], bytes]:
        async with town(tmp_path) as place:
            people = await live(place)
            secrets = [one for person in people for one in secrets_of(person)]
            for person in people:
                await person.go()
            _, log = await place.relay.end()
            await place.relay.start()
            return secrets, log.encode()

    with caplog.at_level(logging.DEBUG):
        secrets, log = asyncio.run(story())

    # `asyncio` names addresses when told to debug; it is no part of Linnet.
    ours = [one for one in caplog.records if one.name.startswith(("linnet", "mls"))]
    told = log + b"\n".join(one.getMessage().encode() for one in ours)
    relay = everything(tmp_path / "relay")
    for word in (SAID, TITLE, "plumage", "feathers", "Alicent", "Bobbins", "Carolus"):
        assert word.encode() not in relay + told
    for secret in secrets:
        assert not any(shape in relay + told for shape in shapes(secret))
    assert b"127.0.0.1" not in told


def test_a_reader_with_all_code_and_no_keys_lists_sizes_and_times(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            for person in await live(place):
                await person.go()
            await place.relay.end()
            await place.relay.start()

    asyncio.run(story())
    database = next((tmp_path / "relay").glob("*.db"))
    connection = sqlite3.connect(database)
    guess = EpochKeys.unpack(bytes(136))
    read, sizes = 0, set()
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    ).fetchall():
        for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
            for value in (one for one in row if isinstance(one, bytes)):
                sizes.add(len(value))
                read += opens(value, guess)
    connection.close()

    assert read == 0
    assert {16, 32} <= sizes


def opens(value: bytes, guess: EpochKeys) -> int:
    """How many of Linnet's readers make sense of bytes without a key."""
    count = 0
    for reader in (
        lambda: unseal(
            guess, StreamId(bytes(16)), envelope=EnvelopeId(bytes(16)), data=value
        ),
        lambda: unseal_post(
            bytes(32), StreamId(bytes(16)), envelope=EnvelopeId(bytes(16)), data=value
        ),
        lambda: unseal_package(bytes(32), ShelfId(bytes(16)), value),
        lambda: json.loads(value) if len(value) > 32 else _nothing(),
    ):
        try:
            reader()
        except (RemoteError, ValueError):
            continue
        count += 1
    return count


def _nothing() -> None:
    raise ValueError


class Tap:
    """Somebody on the road between people and the relay, who writes everything down."""

    def __init__(self, port: int) -> None:
        self.heard = bytearray()
        self._port = port

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._pass_on, "127.0.0.1", 0)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        further, back = await asyncio.open_connection("127.0.0.1", self._port)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._copy(reader, back))
            tasks.create_task(self._copy(further, writer))

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                self.heard += data
                writer.write(data)
                await writer.drain()
        writer.close()


def test_whoever_listens_on_the_road_hears_no_text_key_or_token(tmp_path: Path) -> None:
    async def story() -> tuple[bytes, list[bytes]]:
        async with town(tmp_path) as place:
            tap = Tap(place.relay.port)
            server = await tap.serve()
            port = server.sockets[0].getsockname()[1]
            place.detour = Address(Road.TCP, "127.0.0.1", port)
            people = await live(place)
            secrets = [one for person in people for one in secrets_of(person)]
            for person in people:
                await person.go()
            server.close()
            return bytes(tap.heard), secrets

    heard, secrets = asyncio.run(story())
    assert len(heard) > 50_000
    for word in (SAID, TITLE, "plumage", "feathers", "Alicent"):
        assert word.encode() not in heard
    assert not any(secret in heard for secret in secrets)


def test_sizes_of_what_is_typed_fall_into_few_classes(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alicent", "Bobbins")
            for length in (1, 7, 20, 33, 50):
                await alice.chat("Bobbins").send(os.urandom(length).hex()[:length])
            await alice.me.settle()
            await bob.me.settle()
            store = alice.me._hub.store
            rows = store.db.rows(
                "SELECT DISTINCT length(data) FROM envelopes WHERE NOT is_commit"
            )
            assert len(rows) <= 4

    asyncio.run(story())
