"""vectors/devices.json is what its generator writes, and the code agrees with it."""

import json
from typing import Any

import pytest

from linnet.client.core import cbor
from linnet.client.core.bundle import AccountBundle
from linnet.client.core.devices import read_entry, write_entry
from linnet.client.core.linking import NewSide, OldSide
from linnet.client.core.records import read_piece, write_piece
from linnet.errors import Forged, Malformed
from linnet.wire.links import DeviceLink
from vectors import devices
from vectors import devices_parties as parties

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(devices.TARGET.read_text())
ERRORS = {"Forged": Forged, "Malformed": Malformed}


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(devices.build())) == VECTORS


@pytest.mark.parametrize("row", VECTORS["links"], ids=lambda row: row["name"])
def test_a_device_link_is_read_or_refused(row: Row) -> None:
    if row["error"]:
        with pytest.raises(Malformed):
            DeviceLink.parse(row["link"])
        return
    link = DeviceLink.parse(row["link"])
    assert link.relay.pack().hex() == row["relay"]
    assert (link.stream.hex(), link.secret.hex()) == (row["stream"], row["secret"])
    assert link.text() == row["link"]


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: row["name"])
def test_an_envelope_that_does_not_belong_is_refused(row: Row) -> None:
    new, old = parties.sides()
    data, error = bytes.fromhex(row["envelope"]), ERRORS[row["error"]]
    if row["place"] == 1:
        with pytest.raises(error):
            old.greeted(data)
        return
    first = new.hello("Firefox on the desk")
    if row["place"] == 2:
        with pytest.raises(error):
            new.answered(data)
        return
    new.answered(old.greeted(first))
    with pytest.raises(error):
        old.proven(data)
    assert old.code == ""


def test_each_side_makes_the_envelopes_of_the_file() -> None:
    row = VECTORS["exchange"]
    new, old = parties.sides()
    first, second, third, fourth, fifth = map(bytes.fromhex, row["envelopes"])
    assert new.hello(row["device_name"]) == first
    assert old.greeted(first) == second
    assert new.answered(second) == row["code"]
    assert new.prove(parties.NEW) == third
    assert old.proven(third).hex() == row["device"]
    assert old.code == row["code"]
    assert old.give(parties.BUNDLE_REF) == fourth
    assert new.received(fourth) == parties.BUNDLE_REF
    assert new.done() == fifth
    old.finished(fifth)


def test_two_exchanges_over_one_link_show_different_codes() -> None:
    codes = set()
    for label in "abc":
        new = NewSide(parties.LINK, parties.entropy(f"new {label}"))
        old = OldSide(parties.LINK, parties.entropy("old"))
        codes.add(new.answered(old.greeted(new.hello("x"))))
    assert len(codes) == 3


@pytest.mark.parametrize("row", VECTORS["entries"], ids=lambda row: row["name"])
def test_an_entry_is_read_and_written_alike(row: Row) -> None:
    data = bytes.fromhex(row["entry"])
    assert write_entry(read_entry(data)) == data
    assert devices.shown(cbor.decode(data)) == row["fields"]


@pytest.mark.parametrize("row", VECTORS["bad_entries"], ids=lambda row: row["name"])
def test_a_malformed_entry_is_refused(row: Row) -> None:
    with pytest.raises(Malformed):
        read_entry(bytes.fromhex(row["entry"]))


def test_an_account_is_handed_over_whole() -> None:
    data = bytes.fromhex(VECTORS["bundle"]["data"])
    assert AccountBundle.decode(data) == parties.a_bundle()
    assert AccountBundle.decode(data).encode() == data


@pytest.mark.parametrize("row", VECTORS["bad_bundles"], ids=lambda row: row["name"])
def test_a_malformed_account_is_refused(row: Row) -> None:
    with pytest.raises(Malformed):
        AccountBundle.decode(bytes.fromhex(row["data"]))


def test_a_piece_of_history_is_read_and_written_alike() -> None:
    data = bytes.fromhex(VECTORS["piece"]["data"])
    assert read_piece(data) == [parties.RECORD, parties.NOTICE]
    assert write_piece(read_piece(data)) == data


@pytest.mark.parametrize("row", VECTORS["bad_pieces"], ids=lambda row: row["name"])
def test_a_malformed_piece_is_refused(row: Row) -> None:
    with pytest.raises(Malformed):
        read_piece(bytes.fromhex(row["data"]))
