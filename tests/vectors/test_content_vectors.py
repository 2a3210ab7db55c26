"""vectors/content.json is what its generator writes, and the code agrees with it."""

import json
from typing import Any

import pytest

from linnet.client.core import cbor
from linnet.client.core.content import Content, message_id, mimi_id
from linnet.client.core.meaning import Said, meaning_of
from linnet.errors import Malformed
from linnet.ids import AccountKey, ConversationId
from vectors import content

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(content.TARGET.read_text())


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(content.build())) == VECTORS


@pytest.mark.parametrize("row", VECTORS["contents"], ids=lambda row: row["name"])
def test_a_content_has_this_id_and_means_this(row: Row) -> None:
    data = bytes.fromhex(row["content"])
    read = Content.decode(data)
    sender = AccountKey(bytes.fromhex(VECTORS["sender"]))
    room = ConversationId(bytes.fromhex(VECTORS["conversation"]))
    mimi = mimi_id(sender, room, content=data, salt=read.salt)

    assert read.encode() == data
    assert mimi.hex() == row["mimi_id"]
    assert message_id(mimi).hex() == row["message_id"]
    assert content.described(meaning_of(read)) == row["meaning"]


@pytest.mark.parametrize("row", VECTORS["hints"], ids=lambda row: row["name"])
def test_a_hint_is_believed_or_ignored_and_the_message_read(row: Row) -> None:
    said = meaning_of(Content.decode(bytes.fromhex(row["content"])))
    assert isinstance(said, Said)
    media = said.file.media if said.file else None
    shown = media and {
        "w": media.width,
        "h": media.height,
        "preview": media.preview and media.preview.hex(),
        "duration": media.duration_ms,
        "wave": media.wave and media.wave.hex(),
    }
    assert shown == row["media"]
    mentions = [[one.start, one.length, one.account.hex()] for one in said.mentions]
    assert mentions == row["mentions"]


@pytest.mark.parametrize("row", VECTORS["malformed"], ids=lambda row: row["name"])
def test_a_malformed_content_is_refused(row: Row) -> None:
    with pytest.raises(Malformed):
        meaning_of(Content.decode(bytes.fromhex(row["content"])))


@pytest.mark.parametrize("row", VECTORS["cbor"], ids=lambda row: row["name"])
def test_another_form_of_cbor_is_refused(row: Row) -> None:
    with pytest.raises(Malformed):
        cbor.decode(bytes.fromhex(row["cbor"]))
