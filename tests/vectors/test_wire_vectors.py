"""vectors/wire.json is what its generator writes, and the codec agrees with it."""

import json
from typing import Any

import pytest

from linnet.errors import Malformed
from linnet.wire import codec
from linnet.wire.codec import UnknownRequest
from linnet.wire.links import PassLink
from linnet.wire.requests_errands import Errand, ErrandAnswer
from linnet.wire.requests_manifests import ManifestGet, Series
from vectors import wire

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(wire.TARGET.read_text())


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(wire.build())) == VECTORS


def test_every_type_of_message_is_in_the_file() -> None:
    named = {row["type"] for row in VECTORS["requests"] + VECTORS["replies"]}

    known = [*codec.REQUESTS.values(), *codec.REPLIES.values()]
    # These are in vectors/manifests.json and bags.json, of which the web client has
    # no part.
    elsewhere = {ManifestGet, Series, Errand, ErrandAnswer}
    assert named == {one.__name__ for one in known if one not in elsewhere}


@pytest.mark.parametrize("row", VECTORS["requests"], ids=lambda row: row["type"])
def test_a_request_reads_as_the_file_says(row: Row) -> None:
    number, request = codec.decode_request(bytes.fromhex(row["message"]))

    assert (number, wire.shown(request)) == (row["number"], row["fields"])


@pytest.mark.parametrize("row", VECTORS["replies"], ids=lambda row: row["type"])
def test_a_reply_reads_as_the_file_says(row: Row) -> None:
    number, reply = codec.decode_reply(bytes.fromhex(row["message"]))

    assert (number, wire.shown(reply)) == (row["number"], row["fields"])


@pytest.mark.parametrize("row", VECTORS["bad_requests"], ids=lambda row: row["why"])
def test_a_bad_request_fails_as_the_file_says(row: Row) -> None:
    expected = UnknownRequest if row["refusal"] == 2 else Malformed

    with pytest.raises(Malformed) as caught:
        codec.decode_request(bytes.fromhex(row["message"]))

    assert type(caught.value) is expected


@pytest.mark.parametrize("row", VECTORS["pass_links"], ids=lambda row: row["link"][-9:])
def test_a_pass_link_reads_as_the_file_says(row: Row) -> None:
    assert wire.shown(PassLink.parse(row["link"])) == row["fields"]


@pytest.mark.parametrize("row", VECTORS["bad_pass_links"], ids=lambda row: row["why"])
def test_a_bad_pass_link_is_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        PassLink.parse(row["link"])
