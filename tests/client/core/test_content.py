"""MIMI content: the draft's own examples, round trips, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.client.core import cbor
from linnet.client.core.content import Content, Expiration, message_id, mimi_id
from linnet.client.core.files import FileKey
from linnet.client.core.meaning import (
    CardShown,
    FileRef,
    Meaning,
    Reacted,
    Receipts,
    Said,
    TimerSet,
    Unknown,
    Withdrawn,
    card_part,
    file_part,
    meaning_of,
    reaction_part,
    receipts_part,
    safe_filename,
    text_part,
    timer_part,
    withdrawal_part,
)
from linnet.client.core.parts import Part, SinglePart
from linnet.errors import Malformed
from linnet.ids import AccountKey, BlobId, ConversationId

SALT = bytes(range(16))
TARGET = b"\x01" + bytes(31)
FILE = FileRef(
    BlobId(b"b" * 32), FileKey(b"k" * 32, b"n" * 7), 5, "a.txt", "text/plain"
)

# draft-ietf-mimi-content, the example of an original message.
DRAFT_ORIGINAL = bytes.fromhex(
    "87505eed9406c2545547ab6f09f20a18b003f640f6f6a2017820"
    "6d696d693a2f2f6578616d706c652e636f6d2f752f616c6963652d736d697468"
    "0278256d696d693a2f2f6578616d706c652e636f6d2f722f656e67696e656572696e675f7465616d"
    "85016001781e746578742f6d61726b646f776e3b76617269616e743d47464d2d4d494d495839"
    "48692065766572796f6e652c207765206a757374207368697070656420"
    "72656c6561736520322e302e205f5f476f6f642020776f726b5f5f21"
)


def test_the_drafts_original_message_is_read_and_written_the_same() -> None:
    content = Content.decode(DRAFT_ORIGINAL)

    assert content.encode() == DRAFT_ORIGINAL
    said = meaning_of(content)
    assert isinstance(said, Said)
    assert said.text.startswith("Hi everyone, we just shipped")


@pytest.mark.parametrize(
    ("part", "meaning"),
    [
        (text_part("hi"), Said("hi")),
        (reaction_part("❤"), Reacted("❤")),
        (withdrawal_part(of_reaction=False), Withdrawn()),
        (card_part(b"card"), CardShown(b"card")),
        (timer_part(60), TimerSet(60)),
        (receipts_part([(TARGET, 2)], 1.0), Receipts(((TARGET, 2),))),
        (file_part(FILE), Said("", FILE)),
        (file_part(FILE, "look"), Said("look", FILE)),
        (SinglePart(1, "application/x-new", b""), Unknown()),
    ],
)
def test_each_kind_means_what_it_says(part: Part, meaning: Meaning) -> None:
    content = Content(SALT, part, replaces=TARGET, in_reply_to=TARGET)

    assert meaning_of(Content.decode(content.encode())) == meaning


@given(st.binary(max_size=300))
def test_any_bytes_give_a_content_or_are_malformed(data: bytes) -> None:
    for body in (data, b"\x87\x50" + SALT + data):
        try:
            meaning_of(Content.decode(body))
        except Malformed:
            continue


def changed(place: int, value: cbor.Value) -> bytes:
    fields: list[cbor.Value] = [SALT, None, b"", None, None, {}, [1, "", 0]]
    fields[place] = value
    return cbor.encode(fields)


@pytest.mark.parametrize(
    "data",
    [
        changed(0, bytes(15)),
        changed(1, bytes(31)),
        changed(1, b"\x02" + bytes(31)),
        changed(2, bytes(4097)),
        changed(3, [True, -1]),
        changed(3, [1, 5]),
        changed(3, [True, True]),
        changed(5, {"": 1}),
        changed(5, {1: bytes(5000)}),
        changed(6, [True, "", 0]),
        changed(6, [256, "", 0]),
        changed(6, [1, "", 4]),
        changed(6, [1, "", 3, 2, [[1, "", 0]]]),
        changed(6, [1, "", 3, 9, [[1, "", 0], [1, "", 0]]]),
        b"\x87" + bytes(50_000),
    ],
)
def test_a_content_that_breaks_a_rule_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        Content.decode(data)


def test_an_id_depends_on_sender_conversation_and_every_byte() -> None:
    def name(sender: int = 1, room: int = 2, text: str = "hi") -> bytes:
        data = Content(SALT, text_part(text)).encode()
        return mimi_id(
            AccountKey(bytes([sender]) * 32),
            ConversationId(bytes([room]) * 16),
            content=data,
            salt=SALT,
        )

    assert len({name(), name(sender=3), name(room=3), name(text="ho")}) == 4
    assert name()[0] == 1
    assert message_id(name()) == name()[1:17]


def test_expiry_is_kept() -> None:
    content = Content(SALT, text_part("x"), expires=Expiration(relative=True, time=9))

    assert Content.decode(content.encode()).expires == content.expires


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\windows\\cmd.exe", "cmd.exe"),
        ("..", "file"),
        ("", "file"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\x00b", "ab"),
    ],
)
def test_a_file_name_leads_nowhere_else(given_name: str, shown: str) -> None:
    assert safe_filename(given_name) == shown
