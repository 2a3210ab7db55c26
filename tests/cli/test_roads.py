"""Further ways to a relay, as typed and as printed."""

from linnet.wire.links import Address, RelayDescriptor, Road, RoadLink
from tests.cli.scene import Person

WHERE = Address(Road.WSS, "pottery.example", 443, "/secret-of-alice")
LINK = RoadLink((RelayDescriptor(b"k" * 32, (WHERE,)),)).text()


def test_a_road_is_added_listed_without_its_path_and_removed(alice: Person) -> None:
    assert alice.does("road", "list").out.startswith("No road of your own")
    added = alice.does("road", "add", LINK)
    (road,) = alice.does("--json", "road", "list").json
    shown = alice.does("road", "list").out

    assert road["host"] == "pottery.example"
    assert shown == f"{road['id']}  to relay 6b6b6b6b by wss:pottery.example:443\n"
    assert added.out == f"Added. Your roads:\n{shown}"
    assert "secret-of-alice" not in added.out + shown + str(road)
    assert alice.does("road", "remove", road["id"][:4]).out == f"Removed: {shown}"
    assert alice.does("--json", "road", "list").json == []


def test_what_is_no_road_earns_a_sentence(alice: Person) -> None:
    invite = alice.does("invite").out.strip()

    assert "another kind" in alice.types("road", "add", invite).sentence
    assert "not a Linnet link" in alice.types("road", "add", "https://a").sentence
    assert "No single road" in alice.types("road", "remove", "ab").sentence


def test_more_roads_to_a_relay_than_are_tried_are_refused(alice: Person) -> None:
    ways = tuple(Address(Road.WSS, f"{n}.example", 443, "/p") for n in range(8))
    link = RoadLink((RelayDescriptor(b"m" * 32, ways),)).text()

    assert "never be tried" in alice.types("road", "add", link).sentence
    assert alice.does("--json", "road", "list").json == []
