"""Further ways to a relay, as typed and as printed."""

import asyncio
from pathlib import Path

import pytest

from linnet.wire.following import series_text
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road, RoadLink
from tests.carriers.dns.resolvers import server_of_text
from tests.cli.scene import Person, Relay
from tests.client.test_places import edition, static_host
from vectors.manifests import FIRST, ONE, TWO

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


def test_a_road_is_shared_with_a_contact_who_takes_it(
    relay: Relay, alice: Person, bob: Person
) -> None:
    key = PassLink.parse(relay.pass_link()).relay.key
    name = key.hex()[:8]
    where = Address(Road.WS, "127.0.0.1", 9, "/path-of-bob")
    link = RoadLink((RelayDescriptor(key, (where,)),)).text()

    assert "1 to 3" in alice.types("road", "share", link, "Bob", "--hops", "4").sentence
    shared = alice.does("road", "share", link, "Bob", "--hops", "2")
    assert "path-of-bob" not in shared.out + shared.err
    page = bob.does("read", "Alice").out
    (road,) = bob.does("--json", "road", "list").json
    line = bob.does("road", "list").out

    assert "Alice offers you a further way to a relay" in page
    assert "127.0.0.1" not in page
    assert (road["giver"], road["is_taken"], road["hops"]) == ("Alice", False, 1)
    assert line == (
        f"{road['id']}  to relay {name} by ws:127.0.0.1:9, from Alice, to be "
        f"passed on 1 more time, not used; to use it: linnet road take {road['id']}\n"
    )
    taken = bob.does("road", "take", road["id"][:5]).out
    assert taken.startswith(f"Taken: {road['id']}")
    assert "not used" not in taken
    assert "No single road" in bob.types("road", "take", "zz").sentence
    bob.does("road", "remove", road["id"])
    assert bob.does("--json", "road", "list").json == []


def test_a_manifest_is_followed_from_a_file_or_a_text_and_let_go(
    alice: Person, tmp_path: Path
) -> None:
    file = tmp_path / "roads.txt"
    file.write_text(series_text((ONE,)) + "\n")

    shown = alice.does("road", "follow", str(file)).out
    (known,) = alice.does("--json", "road", "followed").json
    assert f"manifest {known['id']}, edition 1: 2 roads, 0 to relays you know" in shown
    assert alice.does("road", "manifest", known["id"][:4]).out == file.read_text()
    piped = alice.does("road", "follow", "-", stdin=series_text((TWO,)).encode())
    assert "edition 2" in piped.out
    assert "older than 2" in alice.types("road", "follow", file.read_text()).sentence
    other = alice.types("road", "follow", file.read_text(), "ab" * 32)
    assert "another id" in other.sentence
    alice.does("road", "follow", series_text((TWO,)), known["id"])
    assert "no file" in alice.types("road", "follow", str(tmp_path)).sentence
    alice.does("road", "unfollow", known["id"])
    assert alice.does("road", "followed").out == "You follow no manifest.\n"


def test_a_manifest_is_followed_from_a_page_and_fetched_from_where_it_says(
    alice: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with static_host(tmp_path) as (site, folder):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "host.pem"))
        page, where = folder / "list.txt", f"{site}/list.txt"
        page.write_text(series_text((edition(1, where),)))
        assert "edition 1" in alice.does("road", "follow", where).out
        page.write_text(series_text((edition(2),)))
        monkeypatch.delenv("SSL_CERT_FILE")

        (fetched,) = alice.does("--json", "road", "fetch").json
        again = alice.does("road", "fetch").out

    assert (fetched["place"], fetched["number"], fetched["is_newer"]) == (
        where,
        2,
        True,
    )
    assert again == "No manifest that you follow names a place to ask.\n"
    assert "no place" in alice.types("road", "follow", "https://a.example").sentence
    gone = alice.types("road", "follow", where)
    alice.does("road", "unfollow", FIRST.id.hex())
    assert (gone.code, gone.sentence) == (3, "Nobody answered there.")


def test_a_manifest_is_fetched_from_a_name_by_the_resolver_that_was_chosen(
    alice: Person,
) -> None:
    where = "dns:roads.example"
    alice.does("road", "follow", series_text((edition(1, where),)))

    async def story() -> str:
        text = series_text((edition(2),))
        async with server_of_text("roads.example", text) as port:
            alice.does("road", "resolver", f"127.0.0.1:{port}")
            return await asyncio.to_thread(lambda: alice.does("road", "fetch").out)

    said = asyncio.run(story())
    alice.does("road", "resolver", "--default")
    alice.does("road", "unfollow", FIRST.id.hex())
    assert said == (
        f"{where}: A newer edition was there, and is used from now on. Edition 2.\n"
    )


def test_resolvers_are_kept_shown_and_forgotten(alice: Person) -> None:
    own = alice.does("road", "resolver").out
    typed = alice.does("road", "resolver", "192.0.2.1", "https://dns.example/q").out
    shown = alice.does("--json", "road", "resolver").json

    assert own.startswith("Where only names pass, this machine's own resolvers")
    assert "192.0.2.1, https://dns.example/q is asked." in typed
    assert shown == {"resolvers": ["192.0.2.1", "https://dns.example/q"]}
    assert "A resolver is" in alice.types("road", "resolver", "dns.example").sentence
    many = [f"192.0.2.{n}" for n in range(5)]
    assert "at most 4" in alice.types("road", "resolver", *many).sentence
    assert alice.does("road", "resolver", "--default").out == own


def test_a_chain_is_kept_and_shown_without_its_password(alice: Person) -> None:
    assert (
        alice.does("road", "through").out == "Connections go straight to the relays.\n"
    )
    typed = alice.does("road", "through", "socks5h://ann:secret@127.0.0.1:9050")
    shown = alice.does("--json", "road", "through").json

    assert typed.out == "Every connection goes through socks5:127.0.0.1:9050.\n"
    assert shown == {"through": "socks5:127.0.0.1:9050"}
    assert alice.does("road", "through", "--direct").out.startswith("Connections go st")
    assert alice.does("--json", "road", "through").json == {"through": ""}


def test_what_is_no_chain_earns_a_sentence_and_changes_nothing(alice: Person) -> None:
    alice.does("road", "through", "http://127.0.0.1:3128")

    assert "A tunnel is socks5://" in alice.types("road", "through", "tor").sentence
    plugin = alice.types("road", "through", "obfs4:cert=a@192.0.2.1:443")
    assert "a plug-in leads to one place" in plugin.sentence
    both = alice.types("road", "through", "http://127.0.0.1:1", "--direct")
    assert "not both" in both.sentence
    assert "3128" in alice.does("road", "through").out


def test_everything_goes_through_the_chain_once_it_is_set(alice: Person) -> None:
    alice.does("road", "through", "socks5://127.0.0.1:1")
    status = alice.types("--json", "status")

    assert status.code == 3
    assert "proxy that your connections go through" in status.out
