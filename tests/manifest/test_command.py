"""What `linnet manifest` does: a manifest from its first edition to other signers."""

import stat
from pathlib import Path

import pytest

from linnet.manifest.command import main
from linnet.wire.following import Following, parse_series
from linnet.wire.links import Address, RelayDescriptor, Road, RoadLink

ROAD = Address(Road.WSS, "pottery.example", 443, "/p")
LINK = RoadLink((RelayDescriptor(b"r" * 32, (ROAD,)),)).text()


class Desk:
    """A folder in which people type commands."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        (folder / "roads").write_text(f"{LINK}\n\n{LINK}\n")

    def types(self, *words: str) -> tuple[int, str, str]:
        verb, *rest = words
        found = [str(self.folder / w[1:]) if w.startswith("@") else w for w in rest]
        status = main([verb, *found])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def does(self, *words: str) -> str:
        status, out, err = self.types(*words)
        assert status == 0, err
        return out

    def keys(self, *names: str) -> list[str]:
        return [
            word
            for name in names
            for word in ("--signer", self.does("key", f"@{name}.key").strip())
        ]

    def followed(self, name: str) -> Following:
        return Following.begin(parse_series((self.folder / name).read_text()))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_two_of_three_sign_copies_that_are_joined(desk: Desk) -> None:
    signers = desk.keys("a", "b", "c")
    made = desk.does("make", "@one", "--roads", "@roads", *signers, "--threshold", "2")
    draft = (desk.folder / "one").read_text()
    (desk.folder / "copy").write_text(draft)
    assert "2 signatures missing" in made
    assert "by wss:pottery.example:443" in made

    assert "1 signature missing" in desk.does("sign", "@one", "--key", "@a.key")
    desk.does("sign", "@copy", "--key", "@c.key")
    assert "signed as it must be" in desk.does("join", "@one", "@copy")

    known = desk.followed("one")
    assert known.number == 1
    assert known.relays == (RelayDescriptor(b"r" * 32, (ROAD,)),)
    assert known.id.hex() in desk.does("show", "@one")


def test_where_newer_ones_are_goes_on_until_it_is_said_otherwise(desk: Desk) -> None:
    word = ("--roads", "@roads")
    page, name = "https://pottery.example/l", "dns:roads.example"
    made = desk.does(
        *("make", "@one", *word, *desk.keys("a"), "--threshold", "1"),
        *("--place", page, "--place", name),
    )
    assert f"  newer ones at {page}\n  newer ones at {name}\n" in made
    desk.does("sign", "@one", "--key", "@a.key")

    assert f"newer ones at {page}" in desk.does("make", "@2", "--after", "@one", *word)
    for given, shown in (("none", []), (name, [name])):
        words = ("make", "@2", "--after", "@one", *word, "--place", given)
        lines = desk.does(*words).splitlines()
        assert [one.split()[-1] for one in lines if "newer ones" in one] == shown
    status, _, err = desk.types("make", "@3", *word, "--place", "http://a.example/l")
    assert (status, "no place for a manifest" in err) == (2, True)


def test_the_next_edition_can_change_the_keys(desk: Desk) -> None:
    old = desk.keys("a")
    desk.does("make", "@one", "--roads", "@roads", *old, "--threshold", "1")
    desk.does("sign", "@one", "--key", "@a.key")
    first = desk.followed("one")
    new = desk.keys("b", "c")

    words = ("--after", "@one", "--roads", "@roads", *new, "--threshold", "2")
    drafted = desk.does("make", "@two", *words)
    assert "edition 2: 1 of 1 keys, from then on 2 of 2" in drafted
    for name in ("a", "b", "c"):
        desk.does("sign", "@two", "--key", f"@{name}.key")
    desk.does("make", "@three", "--after", "@two", "--roads", "@roads")
    for name in ("b", "c"):
        desk.does("sign", "@three", "--key", f"@{name}.key")

    known = first.take(desk.followed("three").series)
    assert (known.id, known.number) == (first.id, 4)
    desk.keys("stranger")
    assert "names that key" in desk.types("sign", "@three", "--key", "@stranger.key")[2]


def test_a_key_is_its_owners_alone_and_is_never_written_over(desk: Desk) -> None:
    desk.keys("a")
    file = desk.folder / "a.key"
    before = file.read_text()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status, out, err = desk.types("key", "@a.key")
    assert (status, out, file.read_text()) == (1, "", before)
    assert "cannot be kept" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("make", "@x", "--roads", "@roads"), "--signer"),
        (("make", "@x", "--signer", "abcd", "--threshold", "1"), "takes a key"),
        (("make", "@x", "--signer", "ab" * 32), "--threshold"),
        (("make", "@x", "--after", "@roads"), "no manifest"),
        (("make", "@x", "--after", "@nowhere"), "cannot be read"),
        (("show", "@roads"), "no manifest"),
        (("sign", "@roads", "--key", "@roads"), "no key"),
    ],
)
def test_what_cannot_be_earns_a_sentence(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    status, _, err = desk.types(*words)

    assert status in {1, 2}
    assert err.startswith("linnet manifest: ")
    assert said in err


def test_copies_of_different_drafts_are_not_joined(desk: Desk) -> None:
    signers = desk.keys("a")
    desk.does("make", "@one", "--roads", "@roads", *signers, "--threshold", "1")
    desk.does("make", "@two", *signers, "--threshold", "1")

    assert "no copies of one draft" in desk.types("join", "@one", "@two")[2]
