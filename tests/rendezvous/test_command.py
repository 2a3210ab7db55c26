"""What `linnet rendezvous` does and prints."""

import json
import stat
from pathlib import Path

import pytest

from linnet.rendezvous.command import main
from linnet.wire.links import PassLink, RelayDescriptor
from tests.rendezvous.test_book import RELAY, links


class Desk:
    """A folder in which somebody types commands."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def types(self, *words: str) -> tuple[int, str, str]:
        status = main([*words, "--data", str(self.folder / "data")])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def add(self, *places: str, each: int = 3) -> tuple[int, str, str]:
        file = self.folder / "roads"
        file.write_text("\n".join(one.text() for one in links(*places, each=each)))
        return self.types("add", str(file))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_an_invitation_comes_with_a_road_and_a_fallen_one_is_replaced(
    desk: Desk,
) -> None:
    assert "2 new proxies" in desk.add("a.example", "b.example")[1]
    token = PassLink(
        RelayDescriptor(RELAY, links("relay.example")[0].relays[0].addresses), b"t" * 32
    )

    _, road, _ = desk.types("give", "Ann")
    _, line, _ = desk.types(
        "give", "Bob", "--invited-by", "Ann", "--pass", token.text()
    )
    assert road.startswith("linnet:")
    *typed, its_road = line.split()
    assert typed == ["linnet", "init", "NAME", "--relay", token.text(), "--road"]
    assert its_road != road.strip()
    assert desk.types("give", "Bob") == (0, its_road + "\n", "")

    status, said, _ = desk.types("blocked", "a.example:443")
    assert status == 1
    assert "Ann: linnet:" in said
    assert "Bob: none is free" in said
    assert desk.types("give", "Bob")[0] == 1
    assert "Bob: linnet:" in desk.add("c.example")[1]
    shown = desk.types("show")[1]
    assert "a.example:443: blocked" in shown
    assert "Bob, by Ann\n" in shown
    assert "linnet:" not in shown


def test_the_book_is_its_owners_alone(desk: Desk) -> None:
    desk.add("a.example")
    file = desk.folder / "data" / "book"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "damaged",
    [b"", b"[]", b"{}", b"\xff", b'{"proxies": [[1]]}', None],
)
def test_a_damaged_book_is_left_alone(desk: Desk, damaged: bytes | None) -> None:
    desk.add("a.example")
    desk.types("give", "Ann")
    file = desk.folder / "data" / "book"
    if damaged is None:
        told = json.loads(file.read_text())
        told["has"] = [[0, 7, 7]]
        damaged = json.dumps(told).encode()
    file.write_bytes(damaged)

    for words in (("show",), ("give", "Ann"), ("blocked", "a.example:443")):
        status, _, err = desk.types(*words)
        assert (status, "damaged" in err) == (1, True)
    assert file.read_bytes() == damaged


def test_wrong_words_earn_a_sentence(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("https://example\n")
    foreign = PassLink(
        RelayDescriptor(b"x" * 32, links("a")[0].relays[0].addresses), b"t" * 32
    )
    desk.add("a.example")
    for words, said in (
        (("add", str(tmp_path / "other")), "A line of other"),
        (("add", str(tmp_path / "nowhere")), "cannot be read"),
        (("give", "Ann", "--invited-by", "Eve"), "Nobody is called"),
        (("give", "Ann", "--pass", "linnet:x"), "damaged"),
        (("give", "Ann", "--pass", foreign.text()), "does not lead to that relay"),
        (("blocked", "b.example:443"), "No proxy"),
    ):
        status, out, err = desk.types(*words)
        assert status in {1, 2}
        assert out == ""
        assert said in err
    assert "Ann" not in desk.types("show")[1]
