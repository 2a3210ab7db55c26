"""vectors/polls.json is what its generator writes, and the code agrees with it."""

import json
from typing import Any

import pytest

from linnet.carriers.pieces import Piece, PieceKind, read_request
from linnet.carriers.polls import Kind, Poll, pack_messages, read_messages
from linnet.errors import Malformed
from vectors import polls

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(polls.TARGET.read_text())


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(polls.build())) == VECTORS


@pytest.mark.parametrize("row", VECTORS["polls"], ids=lambda row: row["body"][32:60])
def test_a_request_reads_and_writes_as_the_file_says(row: Row) -> None:
    messages = tuple(map(raw, row["messages"]))
    poll = Poll(raw(row["carrier"]), Kind(row["kind"]), row["number"], messages)

    assert Poll.read(raw(row["body"])) == poll
    assert poll.pack() == raw(row["body"])


@pytest.mark.parametrize("row", VECTORS["pieces"], ids=lambda row: row["body"][32:60])
def test_a_piece_reads_and_writes_as_the_file_says(row: Row) -> None:
    data, most = raw(row["data"]), row["most"]
    kind = PieceKind(row["kind"])
    piece = Piece(raw(row["carrier"]), kind, row["place"], data, most)

    assert read_request(raw(row["body"])) == piece
    assert piece.pack() == raw(row["body"])


@pytest.mark.parametrize("row", VECTORS["answers"], ids=lambda row: row["body"][:8])
def test_an_answer_reads_and_writes_as_the_file_says(row: Row) -> None:
    messages = tuple(map(raw, row["messages"]))

    assert read_messages(raw(row["body"])) == messages
    assert pack_messages(messages) == raw(row["body"])


@pytest.mark.parametrize("row", VECTORS["bad_polls"], ids=lambda row: row["why"])
def test_a_bad_request_is_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        Poll.read(raw(row["body"]) + bytes(row["zeros"]))


@pytest.mark.parametrize("row", VECTORS["bad_answers"], ids=lambda row: row["why"])
def test_a_bad_answer_is_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        read_messages(raw(row["body"]))
