"""Linking, listing and removing devices; as typed and as printed."""

import json
from pathlib import Path
from subprocess import Popen
from typing import IO, Any

from tests.cli.scene import Person, Relay, born, introduced


def next_json(out: IO[str] | None) -> Any:
    assert out is not None
    return json.loads(out.readline())


def linked(old: Person, home: Path, name: str, *, slip: bool = False) -> Popen[str]:
    """Link a device as two terminals do; return how the old one ended."""
    asking = old.starts("--json", "link", "--device-name", "Desk")
    link = next_json(asking.stdout)["link"]
    new = Person(home)
    joining = new.starts("--json", "init", "--link", link, "--device-name", name)
    code = next_json(joining.stdout)["code"]
    typed = f"{(int(code) + slip) % 1_000_000:06}"
    said, why = asking.communicate(typed[:3] + " " + typed[3:] + "\n", timeout=60)
    out, err = joining.communicate(timeout=60)
    if slip:
        assert asking.returncode == 2, why
        assert joining.returncode == 2, err
        assert "not the code" in why
        assert "serves no more" in err
    else:
        assert asking.returncode == 0, why
        assert json.loads(said) == {"linked": name}
        assert joining.returncode == 0, err
        assert json.loads(out)["name"] == old.home.name.capitalize()
    return asking


def test_a_device_is_linked_used_listed_and_removed(
    relay: Relay, tmp_path: Path
) -> None:
    anna, ben = born(tmp_path / "anna", relay), born(tmp_path / "ben", relay)
    introduced(ben, anna)
    ben.sends("Anna", "before")
    anna.does("read", "Ben")
    phone = Person(tmp_path / "phone")

    linked(anna, phone.home, "Phone")

    assert phone.texts("Ben") == ["before"]
    listed = phone.does("--json", "devices").json
    assert [one["name"] for one in listed] == ["Desk", "Phone"]
    assert [one["is_this"] for one in listed] == [False, True]
    phone.sends("Ben", "from the phone")
    assert ben.texts("Anna") == ["before", "from the phone"]
    assert anna.texts("Ben") == ["before", "from the phone"]
    assert "this one" in anna.does("devices").out
    assert "in this home already" in phone.types("init", "--link", "x").sentence

    assert "not remove itself" in anna.types("devices", "remove", "Desk").sentence
    assert "No device" in anna.types("devices", "remove", "Fridge").sentence
    assert "locked out" in anna.does("devices", "remove", "phone").out
    ben.sends("Anna", "only at the desk")
    assert anna.texts("Ben")[-1] == "only at the desk"
    assert phone.texts("Ben") == ["before", "from the phone"]
    assert "was removed" in phone.does("devices").err
    assert "removed from your account" in phone.types("send", "Ben", "x").sentence


def test_a_slip_in_the_code_gives_nothing(relay: Relay, tmp_path: Path) -> None:
    cleo = born(tmp_path / "cleo", relay)

    linked(cleo, tmp_path / "phone", "Phone", slip=True)

    assert not (tmp_path / "phone" / "vault").exists()
    assert len(cleo.does("--json", "devices").json) == 1


def test_without_a_code_the_link_is_dead(relay: Relay, tmp_path: Path) -> None:
    dora = born(tmp_path / "dora", relay)
    asking = dora.starts("--json", "link")
    link = next_json(asking.stdout)["link"]
    phone = Person(tmp_path / "phone")
    joining = phone.starts("init", "--link", link)
    assert joining.stdout is not None
    assert joining.stdout.readline().strip()
    _, why = asking.communicate("\n", timeout=60)
    _, err = joining.communicate(timeout=60)

    assert "nothing was given" in why
    assert "serves no more" in err


def test_a_device_link_is_told_from_others(relay: Relay, tmp_path: Path) -> None:
    new = Person(tmp_path / "new")
    invite = relay.pass_link()

    assert "another device of yours" in new.types("init", "--link", invite).sentence
    assert "leave NAME" in new.types("init", "Eve", "--link", invite).sentence
    assert "NAME is missing" in new.types("init", "--relay", invite).sentence
    assert not new.home.exists() or not list(new.home.iterdir())
