"""What a prober gets from a proxy is what the site alone gives (spec/carriers.md)."""

import asyncio
import random
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.carriers.dial import dial
from linnet.carriers.link import Link
from linnet.carriers.poller import poll
from linnet.carriers.polls import Kind, Poll
from linnet.proxy.entrance import Bounds
from linnet.proxy.passage import HOLD_SECONDS, Upstream
from linnet.wire.links import RelayDescriptor
from tests.carriers.people import SITE, hear, running, until_open
from tests.proxy.places import ALICE, BOB, Place, ask, proxy
from tests.proxy.sites import PAGE, SITES, front, is_here, site

pytestmark = pytest.mark.slow

KEY = b64encode(bytes(16)).decode()
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
)
END = "Host: x\r\nConnection: close\r\n\r\n"
NOISE = random.Random(7).randbytes(1_200)
UNKNOWN = "/" + "a" * 32
KNOWN_PROBE = f"GET KNOWN HTTP/1.1\r\n{END}"
PROBES: dict[str, str | bytes] = {
    "front page": f"GET / HTTP/1.1\r\n{END}",
    "head": f"HEAD /index.html HTTP/1.1\r\n{END}",
    "two at once": f"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /big HTTP/1.1\r\n{END}",
    "a large file": f"GET /big HTTP/1.1\r\n{END}",
    "not found": f"GET /none HTTP/1.1\r\n{END}",
    "not found at a path of that form": f"GET {UNKNOWN} HTTP/1.1\r\n{END}",
    "HTTP/1.0": "GET / HTTP/1.0\r\n\r\n",
    "HTTP/0.9": "GET /\r\n",
    "HTTP/2 by knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "another version": "GET / HTTP/9.9\r\n\r\n",
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "two hosts": "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n",
    "options": f"OPTIONS / HTTP/1.1\r\n{END}",
    "delete": f"DELETE / HTTP/1.1\r\n{END}",
    "a method of its own": f"BREW /pot HTTP/1.1\r\n{END}",
    "post": f"POST / HTTP/1.1\r\nContent-Length: 3\r\n{END}abc",
    "post at a path of that form": (
        f"POST {UNKNOWN} HTTP/1.1\r\nContent-Length: 3\r\n{END}abc"
    ),
    "chunked": (
        f"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{END}1\r\na\r\n0\r\n\r\n"
    ),
    "two lengths": (
        f"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n{END}abcd"
    ),
    "expects a word before the body": (
        f"POST {UNKNOWN} HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n{END}"
    ),
    "a body that never ends": (
        f"POST {UNKNOWN} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{END}1\r\na\r\n"
    ),
    "a body that never comes": (
        f"POST {UNKNOWN} HTTP/1.1\r\nContent-Length: 5000000\r\n{END}"
    ),
    "connect": "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
    "absolute": f"GET http://example.org/ HTTP/1.1\r\n{END}",
    "absolute to itself": f"GET http://127.0.0.1/ HTTP/1.1\r\n{END}",
    "another host": "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n",
    "climbing": f"GET /../../etc/passwd HTTP/1.1\r\n{END}",
    "handshake at /": f"GET / HTTP/1.1\r\n{UPGRADE}Host: x\r\n\r\n",
    "handshake at a path of that form": (
        f"GET {UNKNOWN} HTTP/1.1\r\n{UPGRADE}Host: x\r\n\r\n"
    ),
    "half a line": "GET /ind",
    "half a path": f"GET {UNKNOWN[:20]}",
    "half a head": f"GET {UNKNOWN} HTTP/1.1\r\nHost: x\r\nUpg",
    "one byte": "G",
    "empty lines": f"\r\n\r\nGET / HTTP/1.1\r\n{END}",
    "a TLS hello": bytes.fromhex("16030100c4010000c00303") + bytes(200),
    "a session's opening": (1_200).to_bytes(2, "big") + NOISE,
    "nothing": b"",
    "zeros": bytes(512),
    "random bytes": NOISE[:512],
    "a long line": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "a long head": b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    "a folded header": f"GET / HTTP/1.1\r\nX: a\r\n b\r\n{END}",
    "a range": f"GET /big HTTP/1.1\r\nRange: bytes=5-9\r\n{END}",
    "a socks greeting": b"\5\1\0",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.fixture(scope="module", params=sorted(SITES))
def real(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Path]]:
    """A site of each kind that this machine has: its port and its log."""
    if not is_here(request.param):
        pytest.skip(f"{request.param} is not on this machine")
    with site(request.param, tmp_path_factory.mktemp("site")) as found:
        yield found


def undated(answer: bytes) -> bytes:
    return re.sub(rb"\r\nDate: [^\r]*", b"", answer)


async def both(place: Place, port: int, said: bytes) -> tuple[bytes, bytes]:
    """What a proxy and the site behind it answer to the same."""
    answers = await asyncio.gather(ask(place.port, said), ask(port, said))
    return undated(answers[0]), undated(answers[1])


def test_every_probe_is_answered_byte_for_byte_as_by_the_site(
    real: tuple[int, Path],
) -> None:
    port, _ = real
    different = []

    async def story() -> None:
        async with proxy(Upstream("127.0.0.1", port)) as place:
            place.revoke(BOB)
            revoked = f"GET {place.path(BOB)} HTTP/1.1\r\n"
            probes = PROBES | {
                "a revoked path": revoked + END,
                "a handshake at a revoked path": revoked + UPGRADE + "Host: x\r\n\r\n",
            }
            for name, probe in probes.items():
                said = probe.encode() if isinstance(probe, str) else probe
                got, expected = await both(place, port, said)
                if got != expected:
                    different.append((name, got[:200], expected[:200]))

    asyncio.run(asyncio.wait_for(story(), 60))
    assert different == []


def test_a_known_path_is_in_no_log_of_the_site_whatever_is_asked_there(
    real: tuple[int, Path],
) -> None:
    port, log = real

    async def story() -> None:
        async with proxy(Upstream("127.0.0.1", port)) as place:
            path = place.path(ALICE)
            bad = Poll(bytes(16), Kind.FETCH, 9).pack()
            length = f"Content-Length: {len(bad)}\r\n"
            unknown = await ask(port, f"GET {UNKNOWN} HTTP/1.1\r\n{END}".encode())
            for said in (
                f"GET {path} HTTP/1.1\r\n{END}",
                f"GET {path}?a HTTP/1.1\r\n{END}",
                f"DELETE {path} HTTP/1.1\r\n{END}",
                f"POST {path} HTTP/1.1\r\n{length}{END}" + bad.decode("latin-1"),
                f"GET {path} HTTP/1.1\r\nHost: x\r\nConn",
            ):
                got = await ask(place.port, said.encode("latin-1"))
                if said.startswith("GET") and "?" not in said and END in said:
                    assert undated(got) == undated(unknown)
            assert path[1:] not in log.read_text()

    asyncio.run(asyncio.wait_for(story(), 60))


def test_nor_is_the_path_of_who_has_used_up_the_day(real: tuple[int, Path]) -> None:
    port, log = real

    async def story() -> None:
        spent = Bounds(day_bytes=0)
        async with proxy(Upstream("127.0.0.1", port), spent) as place:
            path = place.path(ALICE)
            said = f"GET {path} HTTP/1.1\r\n{UPGRADE}{END}"
            assert b" 404 " in (await ask(place.port, said.encode())).splitlines()[0]
            assert path[1:] not in log.read_text()

    asyncio.run(asyncio.wait_for(story(), 30))


@pytest.mark.parametrize("way", [dial, poll])
def test_behind_a_site_a_session_goes_through(
    real: tuple[int, Path], way: object
) -> None:
    async def story() -> None:
        async with proxy(Upstream("127.0.0.1", real[0])) as place:
            link = Link(place.road(ALICE), dial=way, poll=None)  # type: ignore[arg-type]  # it is one of two dials
            async with running(link) as events:
                await until_open(events)
                link.send(b"a" * 60_000)
                assert await hear(events, 1) == [b"a" * 60_000]

    asyncio.run(asyncio.wait_for(story(), 30))


def test_what_is_held_back_goes_to_the_site_after_a_while(
    real: tuple[int, Path],
) -> None:
    async def story() -> None:
        async with proxy(Upstream("127.0.0.1", real[0])) as place:
            half = f"GET {UNKNOWN[:20]}".encode()
            reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
            writer.write(half)
            await writer.drain()
            place.entrance.tend(place.entrance.now() + HOLD_SECONDS)
            writer.write(f" HTTP/1.1\r\n{END}".encode())
            got = await reader.read()
            writer.close()
            assert b" 404 " in got.splitlines()[0]

    asyncio.run(asyncio.wait_for(story(), 30))


def test_whatever_is_said_in_whatever_pieces_comes_to_the_site_as_it_was_said() -> None:
    chance = random.Random(7)
    parts = [b"GET ", b"POST ", b"/", UNKNOWN.encode(), b" HTTP/1.1\r\n", b"\r\n", b"G"]
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        heard.put_nowait(await reader.read())
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        where = server.sockets[0].getsockname()[1]
        async with server, proxy(Upstream("127.0.0.1", where)) as place:
            for _ in range(150):
                drawn = chance.choices([*parts, chance.randbytes(3)], k=5)
                said = b"".join(drawn)
                reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
                while said_now := said[: chance.randint(1, 9)]:
                    said = said[len(said_now) :]
                    writer.write(said_now)
                    await asyncio.sleep(0)
                writer.write_eof()
                assert await heard.get() == b"".join(drawn)
                assert await reader.read() == b""
                writer.close()

    asyncio.run(asyncio.wait_for(story(), 30))


def test_a_visitor_of_a_site_that_is_away_is_let_go() -> None:
    async def story() -> None:
        async with proxy(Upstream("127.0.0.1", 9)) as place:
            assert await ask(place.port, f"GET / HTTP/1.1\r\n{END}".encode()) == b""

    asyncio.run(asyncio.wait_for(story(), 30))


def test_a_proxy_with_pages_of_its_own_answers_a_revoked_path_as_any_other() -> None:
    async def story() -> None:
        async with proxy(SITE) as place:
            place.revoke(BOB)
            for asked in (
                "GET {} HTTP/1.1\r\n" + END,
                "HEAD {} HTTP/1.1\r\n" + UPGRADE + END,
                "POST {} HTTP/1.1\r\nContent-Length: 3\r\n" + END + "abc",
                "CONNECT {} HTTP/1.1\r\n" + END,
            ):
                revoked = await ask(place.port, asked.format(place.path(BOB)).encode())
                unknown = await ask(place.port, asked.format(UNKNOWN).encode())
                assert undated(revoked) == undated(unknown)
                assert revoked.startswith(b"HTTP/1.1 40")

    asyncio.run(asyncio.wait_for(story(), 30))


def test_behind_caddy_people_come_through_and_probers_meet_caddy(
    tmp_path: Path,
) -> None:
    if not is_here("caddy"):
        pytest.skip("caddy is not on this machine")
    different = []

    async def story() -> None:
        async with proxy(SITE) as place:
            with front(tmp_path, place.port, place.doorkeeper) as (port, alone, log):
                place.revoke(BOB)
                road = place.road(ALICE)
                (where,) = road.addresses
                relay = RelayDescriptor(road.key, (replace(where, port=port),))
                for way in (dial, poll):
                    link = Link(relay, dial=way, poll=None)
                    async with running(link) as events:
                        await until_open(events)
                        link.send(b"a" * 60_000)
                        assert await hear(events, 1) == [b"a" * 60_000]
                revoked = f"GET {place.path(BOB)} HTTP/1.1\r\n"
                probes = PROBES | {"revoked": revoked + END, "known": KNOWN_PROBE}
                for name, probe in probes.items():
                    said = probe.encode() if isinstance(probe, str) else probe
                    said = said.replace(b"KNOWN", where.path.encode())
                    if b"Connection: close" not in said:
                        continue  # caddy alone answers these, with or without a proxy
                    patience = 5 if name == "a body that never ends" else 20
                    answers = [
                        undated(await ask(one, said, ends=False, patience=patience))
                        for one in (port, alone)
                    ]
                    if answers[0] != answers[1]:
                        different.append((name, *answers))
                assert where.path[1:] not in log.read_text()

    asyncio.run(asyncio.wait_for(story(), 60))
    assert different == []


def test_the_page_of_the_site_comes_through(real: tuple[int, Path]) -> None:
    async def story() -> None:
        async with proxy(Upstream("127.0.0.1", real[0])) as place:
            got = await ask(place.port, f"GET / HTTP/1.1\r\n{END}".encode())
            assert got.endswith(PAGE)

    asyncio.run(asyncio.wait_for(story(), 30))
