"""Plug-ins as processes (spec/carriers.md §14)."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from linnet.carriers.plugins import process
from linnet.carriers.plugins.pool import Plugins
from linnet.carriers.tunnels.tunnel import TunnelFailed
from tests.carriers.plugins.programs import READS_ON, pretend

READY = (
    "print('VERSION 1\\nCMETHOD obfs4 socks5 127.0.0.1:1984\\nCMETHODS DONE')\n"
    + READS_ON
)


async def asked(*proxies: str) -> list[tuple[str, int]]:
    plugins = Plugins()
    try:
        return [await plugins.place("obfs4", one) for one in proxies]
    finally:
        await plugins.close()


def pids(started: Path) -> list[int]:
    return [int(line) for line in started.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_process_serves_all_who_go_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = pretend(tmp_path, monkeypatch, READY)

    assert asyncio.run(asked("", "")) == [("127.0.0.1", 1984)] * 2
    (pid,) = pids(started)
    assert not is_running(pid)


def test_a_plug_in_that_is_missing_is_named_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(TunnelFailed, match="no plug-in for obfs4; install one"):
        asyncio.run(asked(""))


def test_an_address_starts_no_program_but_plug_ins_that_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = pretend(tmp_path, monkeypatch, READY, name="sh")

    with pytest.raises(TunnelFailed, match="no plug-in for sh"):
        asyncio.run(Plugins().place("sh", ""))
    assert not started.exists()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("", "ended before"),
        ("print('x' * 9_000)\n" + READS_ON, "does not end"),
        ("print('x\\n' * 9_000)\n" + READS_ON, "more than"),
        (READS_ON, "begin in time"),
        (READY.replace("127.0.0.1", "192.0.2.1"), "others could use"),
        (READY.replace("socks5", "socks4"), "SOCKS5"),
    ],
)
def test_one_that_is_none_is_ended_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    started = pretend(tmp_path, monkeypatch, script)
    if script == READS_ON:
        monkeypatch.setattr(process, "READY_SECONDS", 0.5)

    with pytest.raises(TunnelFailed, match=words):
        asyncio.run(asked(""))
    assert [pid for pid in pids(started) if is_running(pid)] == []


def test_one_that_does_not_listen_to_us_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "END_SECONDS", 0.1)
    deaf = READY.replace("sys.stdin.read()", "import time; time.sleep(600)")
    started = pretend(tmp_path, monkeypatch, deaf)

    asyncio.run(asked(""))
    assert not is_running(pids(started)[0])


def test_one_that_ended_is_started_again_but_not_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = pretend(tmp_path, monkeypatch, READY)

    async def story() -> None:
        plugins = Plugins()
        await plugins.place("obfs4", "")
        (kept,) = plugins._running.values()
        os.kill(pids(started)[0], signal.SIGKILL)
        assert kept._process is not None
        await kept._process.ended()
        with pytest.raises(TunnelFailed, match="in a moment"):
            await plugins.place("obfs4", "")
        kept._rests_until = 0.0
        await plugins.place("obfs4", "")
        await plugins.close()

    asyncio.run(story())
    assert len(pids(started)) == 2


def test_a_start_that_is_given_up_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    says = f"open({str(fifo)!r}, 'w').write('here')\n"
    started = pretend(tmp_path, monkeypatch, says + READS_ON)

    async def story() -> None:
        plugins = Plugins()
        loop = asyncio.get_running_loop()
        task = loop.create_task(plugins.place("obfs4", ""))
        await loop.run_in_executor(None, fifo.read_text)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await plugins.close()

    asyncio.run(story())
    assert not is_running(pids(started)[0])


def test_plug_ins_end_with_a_client_that_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = tmp_path / "over"
    os.mkfifo(over)
    script = READY + f"\nopen({str(over)!r}, 'w').write('ended')"
    pretend(tmp_path, monkeypatch, script)
    client = (
        "import asyncio, os, signal\n"
        "from linnet.carriers.plugins.pool import Plugins\n"
        "async def main():\n"
        "    await Plugins().place('obfs4', '')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", client], check=False)

    assert done.returncode == -signal.SIGKILL
    assert over.read_text() == "ended"
