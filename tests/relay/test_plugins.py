"""Plug-ins that stand before a relay (spec/carriers.md §14)."""

import asyncio
import os
import signal
from io import StringIO
from pathlib import Path

import pytest

from linnet.errors import UsageError
from linnet.relay import plugins
from linnet.relay.logs import Log
from linnet.relay.plugins import Plugin, serve
from linnet.relay.words import plugin
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road
from linnet.wire.replies import Grants
from linnet.wire.requests import About
from tests.carriers.people import echo_relay
from tests.carriers.plugins.programs import NEEDS_OBFS4, READS_ON, pretend
from tests.relay.processes import RelayProcess, calling, free_port

READY = (
    "print('VERSION 1\\nSMETHOD obfs4 127.0.0.1:1984 ARGS:a=b\\nSMETHODS DONE')\n"
    + READS_ON
)


def test_a_plug_in_is_named_by_method_program_and_place() -> None:
    assert plugin("obfs4@relay.example:8443") == Plugin("obfs4", "relay.example", 8443)
    named = plugin("obfs4=/opt/lyrebird@[2001:db8::1]:443")
    assert named == Plugin("obfs4", "2001:db8::1", 443, Path("/opt/lyrebird"))


@pytest.mark.parametrize("text", ["obfs4", "obfs4:relay.example:1", "-@a:1", "a b@c:1"])
def test_what_is_no_plug_in_earns_a_sentence(text: str) -> None:
    with pytest.raises(UsageError):
        plugin(text)


@pytest.mark.parametrize(
    ("host", "listens_at"),
    [
        ("relay.example", "0.0.0.0"),  # noqa: S104
        ("192.0.2.1", "0.0.0.0"),  # noqa: S104
        ("2001:db8::1", "[::]"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
    ],
)
def test_it_listens_everywhere_unless_it_is_for_this_machine(
    host: str, listens_at: str
) -> None:
    assert Plugin("obfs4", host, 443).listens_at == listens_at


def test_one_that_ends_is_started_again_and_the_log_says_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    says = f"open({str(fifo)!r}, 'w').write(str(os.getpid()))\n"
    pretend(
        tmp_path,
        monkeypatch,
        READY.replace(READS_ON, "sys.stdout.flush()\n" + says + READS_ON),
    )
    monkeypatch.setattr(plugins, "REST_SECONDS", 0.0)
    said = StringIO()

    async def story() -> None:
        loop = asyncio.get_running_loop()
        async with echo_relay() as (echo, _), asyncio.timeout(20):
            where = Plugin("obfs4", "127.0.0.1", 1984)
            served = await serve(where, echo.listener, tmp_path, Log(said))
            first = int(await loop.run_in_executor(None, fifo.read_text))
            os.kill(first, signal.SIGKILL)
            second = int(await loop.run_in_executor(None, fifo.read_text))
            assert first != second
            await served.close()
            with pytest.raises(ProcessLookupError):
                os.kill(second, 0)

    asyncio.run(story())
    assert '"event": "plugin_ended"' in said.getvalue()
    assert "1984" not in said.getvalue()


def test_a_program_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def story() -> None:
        async with echo_relay() as (echo, _):
            where = Plugin("obfs4", "127.0.0.1", 1984)
            with pytest.raises(UsageError, match="has no plug-in for obfs4"):
                await serve(where, echo.listener, tmp_path, Log())

    asyncio.run(story())


@NEEDS_OBFS4
def test_a_relay_is_reached_by_the_plug_in_that_its_links_name(tmp_path: Path) -> None:
    async def story() -> Address:
        where = f"obfs4@127.0.0.1:{free_port()}"
        relay = await RelayProcess(tmp_path, ("--plugin", where)).start()
        link = await relay.pass_link()
        last = link.relay.addresses[-1]
        alone = PassLink(RelayDescriptor(link.relay.key, (last,)), link.token)
        async with calling(alone) as caller:
            assert isinstance(await caller.ask(About()), Grants)
        assert where.endswith(f":{last.port}")
        status, said = await relay.end()
        assert (status, str(last.port) in said) == (0, False)
        return last

    last = asyncio.run(story())
    assert last.road is Road.PLUGIN
    assert last.path.startswith("obfs4;cert=")
