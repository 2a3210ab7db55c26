"""Fronts between a person's client and a relay (spec/carriers.md §12)."""

import asyncio
import http.client
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from linnet.carriers.dial import dial
from linnet.carriers.poller import poll
from linnet.client.store import vault
from linnet.errors import Unreachable
from linnet.wire.links import Address, Road, RoadLink
from tests.deploy.fronts import (
    COMMANDS,
    INNER,
    OUTER,
    Settings,
    edge,
    front,
    require,
)
from tests.proxy.test_entrance import Nobody
from tests.proxy.test_stories import Resident
from tests.relay.processes import RelayProcess, free_port
from tests.stories.people import befriend, pass_link

pytestmark = pytest.mark.slow

KINDS = [("caddy", "alone"), ("nginx", "alone"), *(("caddy", one) for one in COMMANDS)]


@pytest.fixture(autouse=True)
def quick_vaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "MEMORY_KIB", 1024)
    monkeypatch.setattr(vault, "PASSES", 1)


@pytest.mark.parametrize(("server", "kind"), KINDS)
def test_two_people_talk_by_a_front_whose_outer_name_is_not_the_inner_host(
    server: str, kind: str, tmp_path: Path
) -> None:
    require(server)
    require("node" if kind == "worker" else server)

    async def story() -> None:
        nowhere = f"ws:127.0.0.1:{free_port()}"
        relay = await RelayProcess(tmp_path / "relay", ("--address", nowhere)).start()
        outside = free_port()
        given = {name: await road(relay, name, outside) for name in ("Alice", "Bob")}
        paths = tuple(path for path, _ in given.values())
        with ExitStack() as stack:
            behind = relay.port
            if kind in COMMANDS:
                settings = Settings(relay.port, paths)
                behind = stack.enter_context(front(kind, tmp_path, settings))
            stack.enter_context(edge(server, tmp_path, outside, behind))
            people = [
                Resident(name, tmp_path / name, pass_link(relay).text(), road=link)
                for name, (_, link) in given.items()
            ]
            for person in people:
                await person.come()
                await person.me.settle()
            alice, bob = people
            await befriend(alice, bob)
            await alice.chat("Bob").send("hello")
            await bob.hears("Alice", "hello")
            assert alice.me.roads()[0].port == outside
            await until_turned_away(outside, paths[0])
            for person in people:
                await person.go()
        await relay.end()

    asyncio.run(asyncio.wait_for(story(), 120))


async def road(relay: RelayProcess, name: str, port: int) -> tuple[str, str]:
    """A path of somebody's own, and the link that leads to it by a front."""
    where = f"wss:127.0.0.1:{port}//{INNER}#{OUTER}"
    status, out, err = await relay.verb("front", name, "--address", where)
    assert status == 0, err
    path, link = out.split()
    (address,) = RoadLink.parse(link).relays[0].addresses
    assert address == Address(Road.WSS, "127.0.0.1", port, f"//{INNER}{path}", OUTER)
    return path, link


async def until_turned_away(port: int, path: str) -> None:
    """The same path, asked of the outer name, is a page that is not there."""
    address = Address(Road.WSS, "127.0.0.1", port, path, OUTER)
    for way in (dial, poll):
        with pytest.raises(Unreachable, match="A website answered"):
            await way(address, Nobody())


class Counting(BaseHTTPRequestHandler):
    """A relay that answers everything, and how often it was asked."""

    asked = 0
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        return


@contextmanager
def counting() -> Iterator[tuple[int, type[Counting]]]:
    counted = type("Counted", (Counting,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), counted)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, counted
    server.shutdown()
    thread.join()
    server.server_close()


def ask(
    port: int, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes]:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        asked.request(method, path, body, headers)
        answer = asked.getresponse()
        return answer.status, answer.read()
    finally:
        asked.close()


FETCH = bytes(16) + b"\2" + bytes(4)
PROBES = {
    "another path": ("POST", "/secreT", FETCH),
    "a longer path": ("POST", "/secret/", FETCH),
    "another method": ("GET", "/secret", b""),
    "no body": ("POST", "/secret", b""),
    "half a request": ("POST", "/secret", FETCH[:-1]),
    "an unknown kind": ("POST", "/secret", bytes(16) + b"\6" + bytes(4)),
    "too much": ("POST", "/secret", FETCH + bytes(65_600)),
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_only_requests_of_carriers_on_known_paths_reach_the_relay(
    kind: str, tmp_path: Path
) -> None:
    require("node" if kind == "worker" else "python3")
    with counting() as (relay, counted):
        with front(kind, tmp_path, Settings(relay, ("/known", "/secret"))) as port:
            for name, (method, path, body) in PROBES.items():
                unknown = ask(port, method, "/unknown", body)
                assert unknown[0] in {404, 405}
                assert ask(port, method, path, body) == unknown, name
            assert ask(port, "GET", "/")[0] == 200
            assert counted.asked == 0
            assert ask(port, "POST", "/secret", FETCH) == (200, b"ok")
            assert counted.asked == 1
        said = (tmp_path / "front.log").read_text()
    assert "secret" not in said
    assert "127.0.0.1" not in said.replace("http://127.0.0.1", "")


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_relay_that_is_away_looks_like_a_page_that_is_not_there(
    kind: str, tmp_path: Path
) -> None:
    require("node" if kind == "worker" else "python3")
    with front(kind, tmp_path, Settings(free_port(), ("/secret",))) as port:
        away = ask(port, "POST", "/secret", FETCH)
        assert away == ask(port, "POST", "/unknown", FETCH)
