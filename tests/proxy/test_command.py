"""What is typed to run a proxy, and what is said to words that cannot be."""

import argparse
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from linnet.carriers.http import Request
from linnet.carriers.website import Website
from linnet.proxy import command
from linnet.proxy.command import main
from linnet.proxy.folder import Folder, Known
from linnet.proxy.people import People
from linnet.proxy.words import read, relays
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road, RoadLink

RELAY = RelayDescriptor(b"k" * 32, (Address(Road.WSS, "relay.example", 443, "/s"),))
OTHER = RelayDescriptor(b"o" * 32, (Address(Road.WSS, "other.example", 443, "/o"),))
PASS = PassLink(RELAY, b"t" * 32)
LISTENS = Address(Road.WS, "127.0.0.1", 7_000)
REACHED = Address(Road.WSS, "pottery.example", 443, "", "cover.example")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A proxy that has run once."""
    made = Folder(tmp_path / "proxy")
    made.prepare()
    made.key()
    made.remember(Known((RELAY, OTHER), REACHED, LISTENS))
    return made


def say(folder: Folder, *words: str) -> int:
    return main([*words, "--data", str(folder.path)])


def link(
    folder: Folder, capsys: pytest.CaptureFixture[str], name: str, *words: str
) -> str:
    assert say(folder, "link", name, "--no-qr", *words) == 0
    return capsys.readouterr().out.strip()


def test_a_link_names_the_proxy_for_each_relay_with_a_path_of_its_own(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    roads = RoadLink.parse(link(folder, capsys, "Alice"))
    people = folder.let_in((RELAY, OTHER))

    assert [one.key for one in roads.relays] == [RELAY.key, OTHER.key]
    for road, relay in zip(roads.relays, (RELAY, OTHER), strict=True):
        (where,) = road.addresses
        assert (where.host, where.port, where.cover) == (
            "pottery.example",
            443,
            "cover.example",
        )
        whose = people.whose(where.path.encode())
        assert whose is not None
        assert people.relay(whose) == relay


def test_a_link_names_where_a_proxy_listens_when_nobody_said_more(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.remember(Known((RELAY,), None, LISTENS))
    (road,) = RoadLink.parse(link(folder, capsys, "Alice")).relays

    assert road.addresses[0].port == 7_000


def test_a_code_is_drawn_above_the_link(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(folder, "link", "Alice") == 0
    drawn = capsys.readouterr().out

    assert "█" in drawn
    RoadLink.parse(drawn.splitlines()[-1])


def test_a_pass_link_names_the_proxy_before_the_relay(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    given = PassLink.parse(link(folder, capsys, "Alice", "--pass", PASS.text()))

    assert given.token == PASS.token
    assert [one.host for one in given.relay.addresses] == [
        "pottery.example",
        "relay.example",
    ]


def test_a_name_is_given_one_link_until_that_is_revoked(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    first = link(folder, capsys, "Alice")
    assert say(folder, "link", "Alice") == 2
    assert "has a link already" in capsys.readouterr().err
    assert say(folder, "revoke", "Alice") == 0
    assert say(folder, "revoke", "Alice") == 2
    capsys.readouterr()
    second = link(folder, capsys, "Alice")
    people: People = folder.let_in((RELAY, OTHER))

    assert [
        people.whose(RoadLink.parse(one).relays[0].addresses[0].path.encode()) is None
        for one in (first, second)
    ] == [True, False]


def test_the_list_says_who_has_a_link_and_whose_was_revoked(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Alice", "Bob"):
        link(folder, capsys, name)
    say(folder, "revoke", "Alice")
    capsys.readouterr()
    assert say(folder, "links") == 0
    lines = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in lines] == ["Alice", "Bob"]
    assert [line.endswith("revoked") for line in lines] == [True, False]


def test_all_that_is_kept_is_readable_by_its_owner_only(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    link(folder, capsys, "Alice")
    modes = {file.stat().st_mode & 0o777 for file in folder.path.iterdir()}

    assert modes == {0o600}
    assert folder.path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("file", ["people", "relays", "proxy.key"])
def test_a_damaged_file_is_said_to_be_damaged(
    folder: Folder, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.path / file).write_bytes(b'[{"name": 3}]')

    assert say(folder, "link", "Alice") == 1
    assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run"], "Say with --relay"),
        (["run", "--relay", "nonsense"], "is no relay"),
        (["run", "--relay", "linnet:AAAA"], "damaged"),
        (["run", "--relay", PASS.text()], "Say with --address"),
        (["run", "--relay", PASS.text(), "--listen", "x"], "HOST:PORT"),
        (["run", "--relay", PASS.text(), "--address", "tcp:a:1"], "by ws or wss"),
        (
            ["run", "--relay", PASS.text(), "--address", "ws:a:1/p"],
            "paths are made here",
        ),
        (["run", "--relay", PASS.text(), "--joints", "0"], "at least 1"),
        (["link", "Alice"], "no proxy in this directory"),
        (["links"], "no proxy in this directory"),
    ],
)
def test_words_that_cannot_be_earn_a_sentence(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--data", str(tmp_path / "new")]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--upstream", "ftp://a"], "no website"),
        (["--upstream", "http://a:99999"], "no website"),
        (["--upstream", "http://a/path"], "no website"),
        (["--upstream", "http://a", "--site", "b"], "not both"),
        (["--cert", "a"], "both --cert and --key"),
        (["--cert", "a", "--key", "b"], "cannot be read"),
    ],
)
def test_a_site_that_cannot_be_earns_a_sentence(
    folder: Folder, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(folder, "run", *words) == 2
    assert said in capsys.readouterr().err


def test_the_site_may_be_the_browser_client_which_is_told_no_path(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "built"
    built.mkdir()
    (built / "index.html").write_bytes(b"<h1>Linnet</h1>")
    monkeypatch.setattr(command, "page_folder", lambda: built)
    site = command._site(argparse.Namespace(upstream=None, site="page"), folder)
    assert isinstance(site, Website)
    shown, told = (
        site.answer(Request(b"GET", path, {}, keeps=False))
        for path in (b"/", b"/relay.json")
    )

    assert (shown.status, shown.body) == (200, b"<h1>Linnet</h1>")
    assert told.status == 404


def test_a_pass_for_another_relay_is_not_made_a_road(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = PassLink(RelayDescriptor(b"s" * 32, RELAY.addresses), b"t" * 32)

    assert say(folder, "link", "Alice", "--pass", stranger.text()) == 2
    assert "does not lead to" in capsys.readouterr().err
    assert folder.people.all() == []


def test_several_links_are_each_a_person_s_of_its_own(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = link(folder, capsys, "town", "--count", "3").splitlines()

    paths = {RoadLink.parse(one).relays[0].addresses[0].path for one in printed}
    assert len(paths) == 3
    assert [one.name for one in folder.people.all()] == ["town 1", "town 2", "town 3"]
    for words in (("--count", "0"), ("--count", "3", "--pass", PASS.text())):
        assert say(folder, "link", "more", *words) == 2
    assert "--count takes 1 to" in capsys.readouterr().err


def test_a_descriptor_that_begins_with_a_dash_is_a_relay_and_no_option() -> None:
    relay = RelayDescriptor(b"\xfb" + RELAY.key[1:], RELAY.addresses)
    text = urlsafe_b64encode(relay.pack()).decode()
    assert text.startswith("-")

    options = read(["run", "--relay", text, "--relay", text, "--joints", "3"])

    assert (relays(options.relay), options.joints) == ((relay,), 3)
