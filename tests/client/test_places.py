"""Newer editions from places that a manifest names (spec/manifest.md §7)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.carriers.dns.message import Message
from linnet.client import manifests
from linnet.client.sync import place_reader
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line
from linnet.client.sync.place_asking import ask_all, first_at
from linnet.client.sync.place_reader import PlaceReader
from linnet.client.values import LinkState, PlaceAsked
from linnet.errors import DiskFull, Malformed, Unreachable
from linnet.wire.following import series_text
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.manifests import UnverifiedManifest
from linnet.wire.places import Place
from tests.carriers import virtual
from tests.carriers.dns.test_texts import NAME, QUERY, Spoken, record
from tests.carriers.real_drops import own_certificate
from tests.client.test_manifests import HOME, opened
from tests.deploy.fronts import require
from tests.proxy.sites import running
from tests.relay.processes import free_port
from vectors.manifests import FIRST, RELAY, signed

HERE = "127.0.0.1"
INSIDE = RelayDescriptor(RELAY, (Address(Road.WS, HERE, 1, "/r"),))
_CADDYFILE = """{{
    admin off
    auto_https off
    skip_install_trust
}}
https://:{port} {{
    bind 127.0.0.1
    tls {chain} {key}
    root * {folder}
    file_server
}}
"""


@contextmanager
def static_host(around: Path) -> Iterator[tuple[str, Path]]:
    """A static host over TLS; where it is, and the folder that it shows.

    Its certificate is in that of `around`.
    """
    require("caddy")
    folder, port = around / "shown", free_port()
    folder.mkdir()
    chain = key = own_certificate(around, HERE)
    file = around / "Caddyfile"
    told = {"port": port, "chain": chain, "key": key, "folder": folder}
    file.write_text(_CADDYFILE.format(**told))
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with running(command, port, around / "caddy.log"):
        yield f"https://{HERE}:{port}", folder


def edition(number: int, *places: str, by: str = "ab") -> UnverifiedManifest:
    found = tuple(map(Place.parse, places))
    return signed(replace(FIRST, number=number, places=found), *by)


def home(folder: Path, *places: str, number: int = 2) -> Hub:
    """A client that follows a manifest with places; its relay is on this machine."""
    folder.mkdir(exist_ok=True)
    store = opened(folder)
    with store.db.transaction():
        store.account.remember_relay(INSIDE, pass_token=None, is_mine=True)
    manifests.follow(store, series_text((edition(number, *places),)))
    return Hub(store)


@pytest.mark.slow
@pytest.mark.interop
def test_a_newer_edition_comes_from_a_static_host_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    with static_host(tmp_path) as (site, folder):
        where = f"{site}/list.txt"
        hub = home(tmp_path / "home", where)

        def put(text: str) -> PlaceAsked:
            (folder / "list.txt").write_text(text)
            (asked,) = asyncio.run(ask_all(hub))
            return asked

        refused = [
            put("<!doctype html><title>Lost</title>"),
            put(series_text((edition(1, where),))),
            put(series_text((edition(3, where, by="a"),))),
            put(series_text((edition(2, "dns:other.example"),))),
        ]
        same = put(series_text((edition(2, where),)))
        newer = put(series_text((edition(3),)))
        known = hub.store.manifests.all()
        gone = asyncio.run(ask_all(hub))
        hub.store.db.close()

    assert [one.said.partition(" ")[2] for one in refused] == [
        "is no manifest there.",
        "is there is older than what you have, which is kept.",
        "is there is not genuine; what you have is kept.",
        "is there is not genuine; what you have is kept.",
    ]
    assert {one.number for one in [*refused, same]} == {2}
    assert (newer.number, newer.is_newer, newer.place) == (3, True, where)
    assert [one.number for one in known] == [3]
    assert gone == []


@pytest.mark.slow
@pytest.mark.interop
def test_a_manifest_is_first_followed_from_a_page_that_proves_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with static_host(tmp_path) as (site, folder):
        hub = home(tmp_path / "home")
        text = series_text((edition(1),))
        (folder / "good").write_text(text + "\n")
        (folder / "bad").write_text(series_text((edition(1, by="a"),)))

        async def first(name: str, only: str = "") -> str:
            return await first_at(hub, Place.parse(f"{site}/{name}"), only)

        with pytest.raises(Unreachable, match="prove its name"):
            asyncio.run(first("good"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "host.pem"))
        assert asyncio.run(first("good")) == text
        assert asyncio.run(first("good", FIRST.id.hex())) == text
        with pytest.raises(Malformed, match="has that id"):
            asyncio.run(first("good", "ab" * 32))
        with pytest.raises(Malformed, match="none that is genuine"):
            asyncio.run(first("bad"))
        hub.store.db.close()


def test_a_relay_outside_lets_no_manifest_lead_inside(tmp_path: Path) -> None:
    hub = home(tmp_path, f"https://{HERE}:1/list.txt")
    with hub.store.db.transaction():
        hub.store.account.remember_relay(HOME, pass_token=None, is_mine=True)

    (asked,) = asyncio.run(ask_all(hub))
    hub.store.db.close()

    assert asked.said == "It leads into a local network, so it was not asked."


@pytest.mark.parametrize("host", ["192.168.1.1", "127.0.0.2", "localhost", "[::1]"])
def test_a_relay_inside_opens_none_of_the_machines_beside_it(
    host: str, tmp_path: Path
) -> None:
    hub = home(tmp_path, f"https://{host}:1/list.txt")

    (asked,) = asyncio.run(ask_all(hub))
    hub.store.db.close()

    assert asked.said == "It leads into a local network, so it was not asked."


def answered(*editions: UnverifiedManifest) -> Message:
    """An answer whose TXT records are these."""
    texts = [series_text((one,)).encode() for one in editions]
    return QUERY.answered(answers=tuple(map(record, texts)))


def found_by(folder: Path, *lines: Spoken) -> PlaceAsked:
    """What comes of it where edition 2 is known and resolvers say this."""
    hub = home(folder, f"dns:{NAME}")
    (asked,) = virtual.run(ask_all(hub, lambda _: lines))
    hub.store.db.close()
    return asked


def test_what_is_known_already_does_not_hide_what_is_newer(tmp_path: Path) -> None:
    known = answered(edition(2, f"dns:{NAME}"))
    asked = found_by(tmp_path, Spoken(known, answered(edition(3))))

    assert (asked.number, asked.said) == (
        3,
        "A newer edition was there, and is used from now on.",
    )
    same = found_by(tmp_path / "other", Spoken(known, answered(edition(1))))
    assert same.said == "What is there is what you have."


@pytest.mark.parametrize("numbers", [(3, 4), (4, 3), (2, 1, 4)])
def test_of_an_answer_with_several_editions_the_newest_is_taken(
    numbers: tuple[int, ...], tmp_path: Path
) -> None:
    every = [edition(one, *[f"dns:{NAME}"][: one == 2]) for one in numbers]

    assert found_by(tmp_path, Spoken(answered(*every))).number == 4


def test_a_forgery_with_many_texts_hides_no_other_resolver(tmp_path: Path) -> None:
    forged = answered(*[edition(number, by="a") for number in range(3, 43)])
    asked = found_by(tmp_path, Spoken(forged), Spoken(answered(edition(3))))

    assert asked.number == 3


def test_a_manifest_that_is_let_go_while_its_place_is_asked_stays_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = home(tmp_path, "dns:roads.example")
    store = hub.store

    def lines(_: Address) -> list[object]:
        with store.db.transaction():
            store.manifests.remove(FIRST.id)
        return []

    monkeypatch.setattr("linnet.carriers.dns.texts.TEXT_SECONDS", 0.01)
    (asked,) = asyncio.run(ask_all(hub, lines))  # type: ignore[arg-type]
    left = store.manifests.all()
    store.db.close()

    assert left == []
    assert not asked.is_newer


class Standing(Line):
    """A line that stands as a test says."""

    stands = LinkState.WAITING

    @property
    def state(self) -> LinkState:
        return self.stands


def asked_in(
    days: float,
    folder: Path,
    stands: tuple[LinkState, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> list[float]:
    """When a client asks its places, in hours, started anew each quarter of a day."""
    times: list[float] = []

    async def note(hub: Hub, lines: object) -> list[PlaceAsked]:
        times.append(hub.now() / 3_600)
        return []

    monkeypatch.setattr(place_reader, "ask_all", note)

    async def story() -> None:
        loop = asyncio.get_running_loop()
        hub = home(folder, "dns:roads.example")
        start = loop.time()
        hub.now = lambda: 1e9 + loop.time() - start
        hub.entropy = lambda size: b"\x80" + bytes(size - 1)
        for at, one in enumerate(stands):
            line = Standing(INSIDE, None, changed=hub.connection_changed)
            line.stands = one
            hub._lines[bytes((at,)) * 32] = line
        for _ in range(int(days * 4)):
            with suppress(TimeoutError):
                async with asyncio.timeout(21_600):
                    await PlaceReader(hub).run()
        hub.store.db.close()

    virtual.run(story())
    return [one - 1e9 / 3_600 for one in times]


@pytest.mark.parametrize(
    ("stands", "hours"),
    [
        ((LinkState.WAITING, LinkState.OFF), [0, 1, 3, 7, 15, 23, 31, 39, 47]),
        ((LinkState.WAITING, LinkState.CONNECTED), [0, 24]),
        ((LinkState.WAITING, LinkState.CONNECTING), []),
        ((LinkState.OFF,), []),
    ],
)
def test_a_client_asks_ever_more_rarely_also_when_it_is_started_again_and_again(
    stands: tuple[LinkState, ...],
    hours: list[float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = asked_in(2, tmp_path, stands, monkeypatch)

    assert [round(one) for one in times] == hours


def test_what_was_found_is_known_when_the_client_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(hub: Hub, lines: object) -> list[PlaceAsked]:
        return [PlaceAsked(FIRST.id.hex(), "dns:roads.example", 3, True, "")]

    monkeypatch.setattr(place_reader, "ask_all", found)
    hub = home(tmp_path, "dns:roads.example")
    hub.now = lambda: 1e9
    with hub.store.db.transaction():
        hub.store.manifests.note_asked(1, 4)
    hub._lines[RELAY] = Standing(INSIDE, None, changed=hub.connection_changed)

    async def story() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                await PlaceReader(hub).run()

    virtual.run(story())
    asked = hub.store.manifests.asked()
    hub.store.db.close()
    assert asked == (1e9, 0)


def test_a_disk_that_is_full_ends_no_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def full(hub: Hub, lines: object) -> list[PlaceAsked]:
        nonlocal asked
        asked += 1
        raise DiskFull

    monkeypatch.setattr(place_reader, "ask_all", full)
    hub = home(tmp_path, "dns:roads.example")
    hub._lines[RELAY] = Standing(INSIDE, None, changed=hub.connection_changed)

    async def story() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                await PlaceReader(hub).run()

    virtual.run(story())
    hub.store.db.close()
    assert asked == 1


def test_a_removed_device_asks_no_place(tmp_path: Path) -> None:
    hub = home(tmp_path, "dns:roads.example")
    with hub.store.db.transaction():
        hub.store.devices.keep("removed_at", 1)

    virtual.run(PlaceReader(hub).run())
    hub.store.db.close()
