"""vectors/conversations.json is what its generator writes; the code agrees with it."""

import json
from hashlib import sha256
from typing import Any

import pytest

from linnet.client.core.envelope import BlobRef, EpochKeys, unseal
from linnet.client.core.files import SEALED_CHUNK, FileKey, unseal_chunk
from linnet.client.core.info import ConversationInfo
from linnet.client.core.padding import padded_size
from linnet.client.core.whispers import unseal_note
from linnet.errors import Forged, Malformed
from linnet.ids import EnvelopeId, StreamId
from vectors import conversations

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(conversations.TARGET.read_text())
ERRORS = {"Forged": Forged, "Malformed": Malformed}
EPOCH = VECTORS["epoch"]
KEYS = EpochKeys.derive(
    EPOCH["epoch"], lambda label, _, __: bytes.fromhex(EPOCH[label])
)


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(conversations.build())) == VECTORS


def test_size_classes_and_hashes_are_as_the_file_says() -> None:
    assert [[n, padded_size(n)] for n, _ in VECTORS["size_classes"]] == VECTORS[
        "size_classes"
    ]
    assert [one.hex() for one in KEYS.hashes] == [
        EPOCH["append_hash"],
        EPOCH["read_hash"],
    ]


@pytest.mark.parametrize("row", VECTORS["envelopes"], ids=lambda row: row["name"])
def test_an_envelope_is_opened_or_refused(row: Row) -> None:
    def opened() -> bytes | BlobRef:
        return unseal(
            KEYS,
            StreamId(bytes.fromhex(row["stream"])),
            envelope=EnvelopeId(bytes.fromhex(row["envelope"])),
            data=bytes.fromhex(row["sealed"]),
        )

    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            opened()
        return
    body = opened()
    assert (body.pack() if isinstance(body, BlobRef) else body).hex() == row["body"]


@pytest.mark.parametrize("row", VECTORS["whispers"])
def test_a_whisper_is_heard_or_refused(row: Row) -> None:
    stream, data = conversations.STREAM, bytes.fromhex(row["sealed"])
    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            unseal_note(KEYS, stream, data)
        return
    note = unseal_note(KEYS, stream, data)
    assert (note.account.hex(), note.is_typing) == (row["account"], row["is_typing"])


@pytest.mark.parametrize("row", VECTORS["descriptions"])
def test_a_description_is_read_or_refused(row: Row) -> None:
    data = bytes.fromhex(row["data"])
    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            ConversationInfo.decode(data)
        return
    info = ConversationInfo.decode(data)
    assert (info.kind, info.title, info.stream.hex()) == (
        row["kind"],
        row["title"],
        row["stream"],
    )
    assert [key.hex() for key in sorted(info.admins)] == row["admins"]
    assert info.encode() == data


@pytest.mark.parametrize("row", VECTORS["files"], ids=lambda row: str(row["size"]))
def test_a_sealed_file_is_opened(row: Row) -> None:
    if row["sealed"] is None:
        return
    key = FileKey(bytes.fromhex(row["key"]), bytes.fromhex(row["prefix"]))
    sealed, size = bytes.fromhex(row["sealed"]), row["size"]
    assert sha256(sealed).hexdigest() == row["sealed_sha256"]

    chunks = [
        sealed[at : at + SEALED_CHUNK] for at in range(0, len(sealed), SEALED_CHUNK)
    ]
    opened = [
        unseal_chunk(key, size, number=number, sealed=chunk)
        for number, chunk in enumerate(chunks)
    ]
    assert b"".join(opened) == (b"0123456789" * 100)[:size]
