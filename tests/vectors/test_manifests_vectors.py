"""vectors/manifests.json is what its generator writes, and the code agrees with it."""

import json
from typing import Any

import pytest

from linnet.errors import Forged, Malformed, RemoteError, Replayed
from linnet.wire.codec import decode_reply, decode_request, encode
from linnet.wire.fields import Fields
from linnet.wire.following import Following, parse_series
from linnet.wire.manifests import Signers, UnverifiedManifest
from linnet.wire.requests_manifests import ManifestGet, Series
from vectors import manifests

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(manifests.TARGET.read_text())
SIGNERS = Signers.read(Fields(bytes.fromhex(VECTORS["signers"])))
ERRORS: dict[str, type[RemoteError]] = {
    "forged": Forged,
    "malformed": Malformed,
    "replayed": Replayed,
}


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(manifests.build())) == VECTORS


@pytest.mark.parametrize("row", VECTORS["editions"], ids=lambda row: row["name"])
def test_an_edition_is_verified_or_refused(row: Row) -> None:
    read = UnverifiedManifest.unpack(bytes.fromhex(row["manifest"]))

    assert read.pack().hex() == row["manifest"]
    assert read.edition.number == row["number"]
    assert [one.pack().hex() for one in read.edition.relays] == row["relays"]
    assert [one.text for one in read.edition.places] == row["places"]
    if row["error"] is None:
        assert read.verify(SIGNERS).edition == read.edition
    else:
        with pytest.raises(Forged):
            read.verify(SIGNERS)


@pytest.mark.parametrize("row", VECTORS["malformed"], ids=lambda row: row["name"])
def test_what_is_no_manifest_is_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        UnverifiedManifest.unpack(bytes.fromhex(row["manifest"]))


@pytest.mark.parametrize("row", VECTORS["followed"], ids=lambda row: row["name"])
def test_a_series_is_taken_or_refused(row: Row) -> None:
    known = Following.begin(parse_series(row["known"])) if row["known"] else None

    def take() -> Following:
        series = parse_series(row["series"])
        return known.take(series) if known else Following.begin(series)

    if row["error"] is None:
        assert take().number == row["number"]
        assert Following.begin(take().series) == take()
    else:
        with pytest.raises(ERRORS[row["error"]]):
            take()


@pytest.mark.parametrize("row", VECTORS["messages"], ids=lambda row: row["name"])
def test_a_message_is_read_as_it_was_written(row: Row) -> None:
    message = bytes.fromhex(row["message"])
    is_request = row["name"].startswith("MANIFEST_GET")

    number, read = (decode_request if is_request else decode_reply)(message)

    assert isinstance(read, ManifestGet if is_request else Series)
    assert encode(number, read) == message
    if is_request:
        for other in (message[:-1], message + b"\0"):
            with pytest.raises(Malformed):
                decode_request(other)


@pytest.mark.parametrize("row", VECTORS["texts"], ids=lambda row: row["text"][:30])
def test_a_text_is_read_however_it_was_cut(row: Row) -> None:
    if row["is_good"]:
        assert Following.begin(parse_series(row["text"])).id.hex() == VECTORS["id"]
    else:
        with pytest.raises(Malformed):
            parse_series(row["text"])
