"""vectors/bags.json is what its generator writes, and the code agrees with it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from linnet.client.core import letters
from linnet.errors import Malformed, RemoteError
from linnet.ids import StreamId
from linnet.wire import bags, errands
from linnet.wire.codec import decode_reply, decode_request, encode
from linnet.wire.errands import Contents, Key
from linnet.wire.requests_errands import Errand, ErrandAnswer
from vectors import bags as vectors

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(vectors.TARGET.read_text())
ERRAND = VECTORS["errand"]


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(vectors.build())) == VECTORS


def test_a_errand_opens_as_the_file_says() -> None:
    contents, key = errands.unseal(raw(ERRAND["sealed"]), raw(ERRAND["private"]))

    content = raw(ERRAND["content"]).ljust(ERRAND["content_bytes"], b"\0")
    assert contents == Contents.decode(content)
    assert key.secret == raw(ERRAND["secret"])
    assert errands.name(raw(ERRAND["sealed"])) == raw(ERRAND["id"])


def test_a_errand_is_sealed_as_the_file_says() -> None:
    contents, _ = errands.unseal(raw(ERRAND["sealed"]), raw(ERRAND["private"]))

    sealed, key = errands.seal(
        contents, raw(ERRAND["public"]), raw(ERRAND["ephemeral"])
    )

    assert sealed == raw(ERRAND["sealed"])
    assert key.secret == raw(ERRAND["secret"])


def test_an_answer_opens_as_the_file_says() -> None:
    _, key = errands.unseal(raw(ERRAND["sealed"]), raw(ERRAND["private"]))

    answers = errands.decode_answer(key.open(raw(ERRAND["answer"])))

    assert [encode(*one).hex() for one in answers] == ERRAND["answers"]


def test_the_messages_read_as_the_file_says() -> None:
    request, reply = (raw(row["message"]) for row in VECTORS["messages"])

    assert decode_request(request) == (7, Errand(b"x"))
    assert decode_reply(reply) == (7, ErrandAnswer(b"x"))


@pytest.mark.parametrize("row", VECTORS["bags"], ids=lambda row: row["bag"][20:24])
def test_a_bag_and_its_parts_read_and_write_as_the_file_says(row: Row) -> None:
    bag = bags.decode(raw(row["bag"]))

    assert bags.encode(bag) == raw(row["bag"])
    assert bags.parts(raw(row["bag"])) == row["parts"]
    assert bags.joined("\n".join(reversed(row["parts"]))) == raw(row["bag"])


@pytest.mark.parametrize("row", VECTORS["bad_contents"], ids=lambda row: row["why"])
def test_bad_contents_are_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        Contents.decode(raw(row["content"]).ljust(1024, b"\0"))


@pytest.mark.parametrize("row", VECTORS["bad_errands"], ids=lambda row: row["why"])
def test_a_bad_errand_is_refused(row: Row) -> None:
    with pytest.raises(RemoteError):
        errands.unseal(raw(row["sealed"]), raw(ERRAND["private"]))


@pytest.mark.parametrize("row", VECTORS["bad_bags"], ids=lambda row: row["why"])
def test_a_bad_bag_is_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        bags.decode(raw(row["bag"]))


@pytest.mark.parametrize("row", VECTORS["bad_parts"], ids=lambda row: row["why"])
def test_bad_parts_are_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        bags.joined(row["text"])


def test_an_answer_of_another_errand_does_not_open() -> None:
    other = Key(raw(ERRAND["nonce"]), raw(ERRAND["secret"]))

    with pytest.raises(RemoteError):
        other.open(raw(ERRAND["answer"]))


def test_a_letter_opens_as_the_file_says() -> None:
    row = VECTORS["letter"]
    keys = replace(vectors.KEYS, envelope_key=raw(row["envelope_key"]))

    found = letters.unseal(keys, StreamId(raw(row["stream"])), raw(row["letter"]))

    assert [[name.hex(), data.hex()] for name, data in found] == row["envelopes"]
