"""vectors/shared_roads.json is what its generator writes, and the code agrees."""

import json
from typing import Any

import pytest

from linnet.client.core.content import Content
from linnet.client.core.meaning import meaning_of
from linnet.client.core.shared_roads import ManifestBrought, RoadShared, admitted
from linnet.errors import Malformed
from linnet.wire.fields import Fields
from linnet.wire.links import Address, RelayDescriptor, RoadLink
from vectors import shared_roads

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(shared_roads.TARGET.read_text())
RELAY = bytes.fromhex(VECTORS["relay"])
HOME = Address.read(Fields(bytes.fromhex(VECTORS["relay's address"])))


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(shared_roads.build())) == VECTORS


@pytest.mark.parametrize("row", VECTORS["contents"], ids=lambda row: row["name"])
def test_a_shared_road_means_this(row: Row) -> None:
    meaning = meaning_of(Content.decode(bytes.fromhex(row["content"])))

    assert isinstance(meaning, RoadShared)
    assert f"{meaning.hops} more" == row["name"]
    assert meaning.link.pack().hex() == row["road"]


def test_a_manifest_is_brought_in_this_form() -> None:
    content = Content.decode(bytes.fromhex(VECTORS["manifest"]))

    assert meaning_of(content) == ManifestBrought(b"series")


@pytest.mark.parametrize("row", VECTORS["malformed"], ids=lambda row: row["name"])
def test_a_malformed_road_is_refused(row: Row) -> None:
    with pytest.raises(Malformed):
        meaning_of(Content.decode(bytes.fromhex(row["content"])))


@pytest.mark.parametrize("row", VECTORS["admitted"], ids=lambda row: row["name"])
def test_a_road_is_kept_or_ignored(row: Row) -> None:
    address = Address.read(Fields(bytes.fromhex(row["address"])))
    shared = RoadShared(0, RoadLink((RelayDescriptor(RELAY, (address,)),)))

    kept = admitted(shared, shared_roads.GIVER, relays={RELAY: [HOME]}, known=[])

    assert [one.address for one in kept] == [address] * row["is_kept"]
