"""`linnet doctor` with a real relay on loopback."""

import json
from contextlib import closing

from linnet.client.store.database import Database
from linnet.client.store.vault import open_vault
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road, RoadLink
from tests.cli.scene import PASSPHRASE, Person, Relay, born
from tests.relay.processes import free_port


def test_doctor_tries_each_road_and_says_what_works(
    alice: Person, relay: Relay
) -> None:
    done = alice.does("doctor")
    lines = done.out.splitlines()
    shown = alice.does("status").out

    assert any("Works:" in line and ", address 1, by " in line for line in lines)
    assert "nothing is blocked here" in lines[-1]
    assert lines[-1].split(":")[0] in shown
    assert str(relay.port) not in done.out
    assert "127.0.0.1" not in done.out


def test_doctor_tells_who_was_given_a_dead_road_long_ago_to_ask_for_another(
    alice: Person, relay: Relay
) -> None:
    key = PassLink.parse(relay.pass_link()).relay.key
    gone = RelayDescriptor(key, (Address(Road.WS, "127.0.0.1", free_port(), "/p"),))
    alice.does("road", "add", RoadLink((gone,)).text())
    (road,) = alice.does("--json", "road", "list").json

    today = alice.does("doctor").out.splitlines()[-1]
    long_ago(alice, gone.addresses[0])
    said = alice.does("doctor").out.splitlines()[-1]
    alice.does("road", "remove", road["id"])

    assert "Ask whoever gave them" not in today
    assert "Ask whoever gave them for others" in said
    assert said.endswith(f"linnet road remove {road['id']}")


def long_ago(person: Person, address: Address) -> None:
    """Let a home's one road be of times when nobody noted when it was added."""
    key = open_vault(person.home / "vault", PASSPHRASE)
    home = Database.open(person.home / "linnet.db", key)
    with closing(home), home.transaction():
        home.write("UPDATE meta SET value = ? WHERE key LIKE 'road/%'", address.pack())


def test_doctor_ends_with_3_where_no_road_works(relay: Relay) -> None:
    away = Relay(relay.data.parent / "away").start()
    carol = born(relay.data.parent / "carol", away)
    away.stop()

    done = carol.types("--json", "doctor")
    found = [json.loads(line) for line in done.out.splitlines()]

    assert done.code == 3
    assert found[0]["came"] == "refused"
    assert not found[0]["is_passage"]
    assert not found[-1]["is_reachable"]
    assert "linnet road add" in found[-1]["sentences"][-1]
    assert str(away.port) not in done.out
