"""A machine that fails: full, read-only, corrupt, or with a clock two days off."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.scene import Done, Person, Relay, born, introduced

_NO_MOUNT = "mounting a small or read-only disk needs root"


@contextmanager
def mounted(folder: Path, *words: str) -> Iterator[Path]:
    """Mount something for a while, or skip where that is not allowed."""
    folder.mkdir(exist_ok=True)
    command = ["mount", *words, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip(_NO_MOUNT)
    if done.returncode:
        pytest.skip(_NO_MOUNT)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_and_what_was_there_is_kept(
    relay: Relay, alice: Person, folder: Path
) -> None:
    with mounted(folder / "small", "-t", "tmpfs", "-o", "size=4m", "tmpfs") as small:
        gina = born(small / "gina", relay)
        introduced(gina, alice)
        gina.sends("Alice", "before")
        filler = small / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass

        done = gina.types("send", "Alice", "x" * 20_000)

        assert done.code == 4
        assert "full" in done.sentence
        filler.unlink()
        assert gina.texts("Alice")[0] == "before"
        gina.sends("Alice", "after")
        assert alice.texts("Gina") == gina.texts("Alice")


def test_a_limit_on_files_is_like_a_full_disk(alice: Person, bob: Person) -> None:
    del bob
    size = max(path.stat().st_size for path in alice.home.rglob("*"))
    done = subprocess.run(
        alice.command("send", "Bob", "x" * 30_000),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        env=alice.around,
        capture_output=True,
        text=True,
        check=False,
    )

    # What was written before the limit was met may be queued; the rest is told.
    if done.returncode:
        assert done.returncode in {3, 4}
        said = Done(done.returncode, done.stdout, done.stderr).sentence
        assert "disk is full" in said
    alice.does("send", "Bob", "it goes on")


def test_a_read_only_home_is_said(alice: Person, folder: Path) -> None:
    with mounted(folder / "frozen", "--bind", str(alice.home)) as frozen:
        subprocess.run(
            ["mount", "-o", "remount,bind,ro", str(frozen)],
            check=True,
            capture_output=True,
        )

        done = Person(frozen).types("send", "Bob", "hello")

    assert done.code == 4
    assert "read-only" in done.sentence or "written" in done.sentence
    alice.does("chats")


def test_a_home_below_a_file_is_said(relay: Relay, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = Person(tmp_path / "file" / "home").types(
        "init", "Hugo", "--relay", relay.pass_link()
    )

    assert done.code == 2
    assert done.sentence


@pytest.mark.parametrize("damage", ["middle", "cut", "zeros", "empty"])
def test_a_corrupt_database_is_said_and_not_touched(
    damage: str, relay: Relay, tmp_path: Path
) -> None:
    ida = born(tmp_path / "ida", relay)
    store = max(ida.home.rglob("*"), key=lambda path: path.stat().st_size)
    for beside in ida.home.glob(f"{store.name}-*"):
        beside.unlink()
    whole = bytearray(store.read_bytes())
    if damage == "middle":
        whole[4096:-1] = os.urandom(len(whole) - 4097)
    damaged = {
        "middle": bytes(whole),
        "cut": bytes(whole[: len(whole) // 2]),
        "zeros": bytes(len(whole)),
        "empty": b"",
    }[damage]
    store.write_bytes(damaged)

    done = ida.types("chats")

    assert done.code == 4
    assert done.sentence
    assert store.read_bytes() == damaged


_OFF = (
    "import sys, time\n"
    "real = time.time\n"
    "time.time = lambda: real() + {seconds}\n"
    "real_ns = time.time_ns\n"
    "time.time_ns = lambda: real_ns() + {seconds} * 10**9\n"
    "from linnet.__main__ import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


def types_with_clock_off(person: Person, seconds: int, *words: str) -> Done:
    """Type a command on a machine whose clock is wrong."""
    program = _OFF.format(seconds=seconds)
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", str(person.home), *words],
        capture_output=True,
        env=person.around,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("seconds", [-172_800, 172_800])
def test_a_clock_two_days_off_loses_nothing(
    seconds: int, relay: Relay, alice: Person, tmp_path: Path
) -> None:
    name = "Jo" if seconds > 0 else "Joan"
    jo = Person(tmp_path / name)
    link = relay.pass_link()

    made = types_with_clock_off(jo, seconds, "init", name, "--relay", link)
    asked = types_with_clock_off(jo, seconds, "add", alice.does("invite").out.strip())
    sent = types_with_clock_off(jo, seconds, "send", "Alice", "what day is it?")

    for done in (made, asked, sent):
        assert done.code == 0 or done.sentence
    if sent.code == 0:
        alice.does("requests")
        alice.does("accept", name)
        assert alice.texts(name) == ["what day is it?"]
    assert jo.texts("Alice") == ["what day is it?"]
