"""What an invitation says of the addresses that its operator names."""

from pathlib import Path

import pytest

from linnet.carriers.personal_paths import PersonalPaths
from linnet.relay.folder import Folder
from linnet.relay.people import PeopleFile
from linnet.wire.links import PassLink
from tests.relay.test_command import failure, relay

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("road", ["ws", "wss"])
def test_an_address_of_the_web_that_is_named_gets_the_secret_path_and_ones_own(
    tmp_path: Path, road: str
) -> None:
    words = ("invite", "--data", tmp_path, "--address", f"{road}:relay.example:80")

    everybody = PassLink.parse(relay(*words).stdout).relay.addresses[0].path
    alone = PassLink.parse(relay(*words, "--name", "Ann").stdout).relay.addresses[0]

    assert everybody == (tmp_path / "path").read_text().strip()
    folder = Folder(tmp_path)
    whose = PersonalPaths.of_relay(folder.private_key()).whose(alone.path.encode())
    assert whose == PeopleFile(tmp_path).all()[0].person


def test_a_path_that_is_named_and_other_roads_stay_as_they_are(tmp_path: Path) -> None:
    places = ("--address", "wss:relay.example:443/own", "--address", "tcp:a:1")
    words = ("invite", "--data", tmp_path, *places)

    done = relay(*words)

    found = PassLink.parse(done.stdout).relay.addresses
    assert [one.path for one in found] == ["/own", ""]
    assert "None of these addresses" in failure(*words, "--name", "Ann")[1]
    assert PeopleFile(tmp_path).all() == []
