"""The words of `linnet relay`, real processes, and what bad input and bad disks get."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from linnet.ids import Handle, Sequence, ShelfId
from linnet.wire.codec import Reply
from linnet.wire.events import Deliver
from linnet.wire.links import PassLink, Road
from linnet.wire.refusals import Refusal
from linnet.wire.replies import (
    Appended,
    Done,
    Envelopes,
    Package,
    RefusedReply,
    ShelfState,
)
from linnet.wire.requests import Append, Read, Subscribe, Trim
from linnet.wire.requests_shelves import ShelfClaim, ShelfPut
from tests.relay.processes import Caller, RelayProcess, calling, free_port, refusal
from tests.relay.test_serve import STREAM, create, named, opened, run, sequence

pytestmark = pytest.mark.slow


def relay(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    command = [sys.executable, "-m", "linnet", "relay", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60
    )


def failure(*words: str | Path) -> tuple[int, str]:
    """Status and sentence of a command that must fail, without a traceback."""
    done = relay(*words)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("linnet relay: ")
    return done.returncode, done.stderr


def test_a_pass_link_names_the_address_that_clients_can_reach(tmp_path: Path) -> None:
    outside = "wss:relay.example:443#cdn.example"
    done = relay("invite", "--data", tmp_path, "--address", outside)

    link = PassLink.parse(done.stdout)

    address = link.relay.addresses[0]
    assert (address.road, address.host, address.port) == (
        Road.WSS,
        "relay.example",
        443,
    )
    assert address.cover == "cdn.example"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("invite",), "not known yet where this relay can be reached"),
        (("invite", "--address", "carrier-pigeon:x:1"), "is not an address"),
        (("run", "--listen", "nowhere"), "write HOST:PORT"),
        (("run", "--listen", "127.0.0.1:99999"), "write HOST:PORT"),
        (("run", "--listen", "203.0.113.7:7000"), "Nobody can listen"),
        (("run", "--listen", "127.0.0.1:0", "--push-contact", "me"), "no contact"),
        (("disclose", "xyz"), "32 hexadecimal digits"),
        (("restore", "nothing.db"), "backup is not complete"),
    ],
)
def test_wrong_words_get_a_sentence(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    if words[0] == "disclose":
        relay("invite", "--data", tmp_path, "--address", "tcp:a:1")

    status, error = failure(*words, "--data", tmp_path)

    assert status == 2
    assert sentence in error


def test_commands_on_a_directory_without_a_relay_say_so(tmp_path: Path) -> None:
    for words in (("disclose", "0" * 32), ("backup", str(tmp_path / "b"))):
        assert "no relay in this directory" in failure(*words, "--data", tmp_path)[1]


def test_a_directory_that_cannot_be_used_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    words = ("run", "--listen", f"127.0.0.1:{free_port()}", "--data")

    status, error = failure(*words, tmp_path / "file" / "relay")

    assert status == 1
    assert "data directory cannot be used" in error


def test_a_directory_that_cannot_be_written_is_named_as_such(tmp_path: Path) -> None:
    words = ("run", "--listen", f"127.0.0.1:{free_port()}", "--data")
    with read_only(tmp_path):
        status, error = failure(*words, tmp_path / "relay")

    assert status == 1
    assert "cannot be used" in error


def test_a_database_that_cannot_be_written_is_named_as_such(tmp_path: Path) -> None:
    relay("invite", "--data", tmp_path, "--address", "tcp:a:1")
    database = tmp_path / "relay.db"
    before = database.read_bytes()
    words = ("invite", "--address", "tcp:a:1", "--data")
    with read_only(tmp_path):
        status, error = failure(*words, tmp_path)

    assert status == 1
    assert "cannot be" in error
    assert database.read_bytes() == before


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only, for the superuser too, or skip where that cannot be."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    for words in (
        ["--bind", str(folder), str(folder)],
        ["-o", "remount,ro,bind", str(folder)],
    ):
        if subprocess.run(["mount", *words], check=False).returncode:
            pytest.skip("this machine does not let a folder be made read-only")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("what", ["garbage", "damaged pages", "a short key"])
def test_damaged_data_gets_a_sentence_and_is_left_alone(
    tmp_path: Path, what: str
) -> None:
    relay("invite", "--data", tmp_path, "--address", "tcp:a:1")
    database, key = tmp_path / "relay.db", tmp_path / "relay.key"
    whole = database.read_bytes()
    if what == "garbage":
        database.write_bytes(b"this is no database " * 999)
    elif what == "damaged pages":
        database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    else:
        key.write_bytes(b"short")
    before = database.read_bytes()

    listen = f"127.0.0.1:{free_port()}"
    status, error = failure("run", "--listen", listen, "--data", tmp_path)

    assert status == 1
    assert "damaged" in error
    assert database.read_bytes() == before


def test_everything_known_of_a_stream_is_told_as_json_and_as_a_sentence(
    tmp_path: Path,
) -> None:
    async def story(folder: Path) -> None:
        process = await RelayProcess(folder).start()
        async with calling(await process.pass_link()) as alice:
            await create(alice, is_fenced=True)
            handle = await opened(alice)
            await alice.ask(Append(handle, named(1), b"ciphertext"))
            status, told, _ = await process.verb("disclose", STREAM.hex())
        await process.end()

        facts, end = json.JSONDecoder().raw_decode(told)
        assert status == 0
        assert facts["stream"] == STREAM.hex()
        assert facts["envelopes"][0]["bytes"] == 10
        assert "ciphertext" not in told
        assert "does not know who holds them" in told[end:]
        assert "holds 1 of them with 10 encrypted bytes" in told[end:]

    run(story, tmp_path)


def test_a_relay_back_from_an_older_backup_tells_that_it_was_rewound(
    tmp_path: Path,
) -> None:
    async def story(folder: Path) -> None:
        backup = folder / "night.backup"
        process = await RelayProcess(folder / "relay").start()
        link = await process.pass_link()
        async with calling(link) as alice:
            await create(alice)
            handle = await opened(alice)
            for number in range(1, 6):
                await alice.ask(Append(handle, named(number), b"%d" % number))
            status, _, error = await process.verb("backup", str(backup))
            assert (status, error) == (0, "")
            for number in range(6, 9):
                await alice.ask(Append(handle, named(number), b"%d" % number))
        busy = await process.verb("restore", str(backup))
        assert busy[0] == 1
        assert "running in this directory" in busy[2]
        await process.end()

        assert (await process.verb("restore", str(backup)))[0] == 0
        process = await RelayProcess(folder / "relay", port=process.port).start()

        async with calling(link) as alice:
            handle = await opened(alice)
            lost = await alice.ask(Subscribe(handle, Sequence(8), named(8)))
            assert (refusal(lost), getattr(lost, "detail", 0)) == (Refusal.REWOUND, 5)
            for number in range(4, 9):
                reply = await alice.ask(Append(handle, named(number), b"%d" % number))
                assert sequence(reply) == number
        await process.end()

    run(story, tmp_path)


def test_a_relay_back_from_a_backup_gives_out_no_package_for_a_second_time(
    tmp_path: Path,
) -> None:
    async def story(folder: Path) -> None:
        backup, shelf, claim = folder / "backup", ShelfId(b"s" * 16), b"k" * 32
        process = await RelayProcess(folder / "relay").start()
        link = await process.pass_link()
        hashed = sha256(claim).digest()
        async with calling(link) as alice:
            put = ShelfPut(shelf, b"o" * 32, hashed, (b"1", b"2"), b"last")
            assert await alice.ask(put) == ShelfState(2, has_last_resort=True)
            assert (await process.verb("backup", str(backup)))[0] == 0
            first = await alice.ask(ShelfClaim(shelf, claim))
            assert first == Package(is_last_resort=False, package=b"1")
        await process.end()

        assert (await process.verb("restore", str(backup)))[0] == 0
        process = await RelayProcess(folder / "relay", port=process.port).start()

        async with calling(link) as alice:
            given = await alice.ask(ShelfClaim(shelf, claim))
            assert given == Package(is_last_resort=True, package=b"last")
            put = ShelfPut(shelf, b"o" * 32, hashed, (b"3",))
            assert await alice.ask(put) == ShelfState(1, has_last_resort=True)
        await process.end()

    run(story, tmp_path)


def test_a_damaged_or_incomplete_backup_is_not_restored(tmp_path: Path) -> None:
    data, backup = tmp_path / "relay", tmp_path / "copy"
    relay("invite", "--data", data, "--address", "tcp:a:1")
    assert relay("backup", backup, "--data", data).returncode == 0
    before = (data / "relay.db").read_bytes()
    assert "exists already" in failure("backup", backup, "--data", data)[1]

    backup.write_bytes(backup.read_bytes()[:5000])
    assert "damaged" in failure("restore", backup, "--data", data)[1]
    (tmp_path / "copy.key").unlink()
    assert "not complete" in failure("restore", backup, "--data", data)[1]

    assert (data / "relay.db").read_bytes() == before


def test_figures_and_logs_name_nobody(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        port = free_port()
        words = ("--metrics", f"127.0.0.1:{port}")
        process = await RelayProcess(folder, words).start()
        link = await process.pass_link()
        async with calling(link) as alice:
            await create(alice)
            handle = await opened(alice)
            await alice.ask(Append(handle, named(1), b"ciphertext"))
            figures = await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/metrics")
            other = await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/")
        _, log = await process.end()

        assert "linnet_relay_batches_stored_total 2" in figures
        assert 'linnet_relay_commit_milliseconds_bucket{le="+Inf"} 2' in figures
        assert other == "404"
        for secret in (STREAM.hex(), link.token.hex(), link.relay.key.hex(), "127.0.0"):
            assert secret not in figures + log
        assert [json.loads(line)["event"] for line in log.splitlines()]

    run(story, tmp_path)


def fetch(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        return str(error.code)
    return body.decode()


async def append_until_refused(alice: Caller, handle: Handle) -> tuple[int, Reply]:
    """Append until the relay takes no more: what it took, and the refusal."""
    for number in range(1, 5_000):
        reply = await alice.ask(Append(handle, named(number), bytes(4_000)))
        if not isinstance(reply, Appended):
            return number - 1, reply
    raise AssertionError("the disk never filled")


def test_a_full_database_refuses_reads_on_and_recovers(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        process = await RelayProcess(folder, ("--max-size", "1")).start()
        async with calling(await process.pass_link()) as alice:
            await create(alice)
            handle = await opened(alice)
            kept, reply = await append_until_refused(alice, handle)

            assert isinstance(reply, RefusedReply)
            assert reply.code == Refusal.DISK_FULL
            read = await alice.ask(Read(handle, limit=5))
            assert isinstance(read, Envelopes)
            assert (read.head, len(read.envelopes)) == (kept, 5)
            assert await alice.ask(Trim(handle, Sequence(kept - 1))) == Done()
            again = await alice.ask(Append(handle, named(kept + 1), bytes(4_000)))
            assert sequence(again) == kept + 1
        await process.end()

    run(story, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can mount a disk")
def test_a_disk_that_fills_in_the_middle_loses_nothing_acknowledged(
    tmp_path: Path,
) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(tmp_path)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let a disk be mounted")
    try:
        run(_full_disk, tmp_path)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


async def _full_disk(folder: Path) -> None:
    process = await RelayProcess(folder / "relay").start()
    link = await process.pass_link()
    async with calling(link) as alice:
        await create(alice)
        handle = await opened(alice)
        ballast = folder / "ballast"
        ballast.write_bytes(bytes(1_500_000))
        kept, reply = await append_until_refused(alice, handle)
        assert isinstance(reply, RefusedReply)
        assert reply.code == Refusal.DISK_FULL
        read = await alice.ask(Read(handle, limit=5))
        assert isinstance(read, Envelopes)
        assert len(read.envelopes) == 5

        ballast.unlink()
        again = await alice.ask(Append(handle, named(kept + 1), bytes(4_000)))
        assert sequence(again) == kept + 1
    await process.end(signal.SIGKILL)
    process = await RelayProcess(folder / "relay", port=process.port).start()
    async with calling(link) as bob:
        handle = await opened(bob)
        await bob.ask(Subscribe(handle))
        found = 0
        while found < kept + 1:
            told = await bob.next_told()
            assert isinstance(told, Deliver)
            found = told.entries[-1][1].sequence
    await process.end()
