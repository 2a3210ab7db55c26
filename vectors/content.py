"""Writes vectors/content.json: MIMI contents and what they mean (conversations.md §7).

Run as ``python -m vectors.content``; the same bytes come out every time.
"""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from linnet.client.core import cbor
from linnet.client.core.content import Content, Expiration, message_id, mimi_id
from linnet.client.core.files import FileKey
from linnet.client.core.hints import MEDIA, MENTIONS
from linnet.client.core.meaning import (
    MISSED,
    Again,
    CardShown,
    FileRef,
    Meaning,
    Missed,
    Reacted,
    Receipts,
    Said,
    TimerSet,
    Unknown,
    Withdrawn,
    again_part,
    card_part,
    file_part,
    meaning_of,
    missed_part,
    reaction_part,
    receipts_part,
    text_part,
    timer_part,
    withdrawal_part,
)
from linnet.client.core.parts import Part, SinglePart
from linnet.client.core.shared_roads import ManifestBrought, RoadShared
from linnet.ids import AccountKey, BlobId, ConversationId, EnvelopeId

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that are the same in every run."""
    return sha256(b"content vectors " + label.encode()).digest()[:length]


SENDER = AccountKey(fixed("sender"))
ROOM = ConversationId(fixed("room", 16))
TARGET_ID = b"\x01" + fixed("target", 31)
FILE = FileRef(
    BlobId(fixed("blob")),
    FileKey(fixed("file key"), fixed("prefix", 7)),
    12_345,
    "owl.png",
    "image/png",
)


def build() -> dict[str, Json]:
    """The whole file."""
    return {
        "about": "spec/conversations.md §7 and §2. Bytes are hexadecimal.",
        "sender": SENDER.hex(),
        "conversation": ROOM.hex(),
        "contents": contents(),
        "malformed": malformed(),
        "hints": hints(),
        "cbor": cbor_forms(),
    }


def contents() -> list[Json]:
    """One content of every kind, with its id and its meaning."""
    kinds: list[tuple[str, Part, bytes | None, bytes | None]] = [
        ("text", text_part("Hello, 世界"), None, None),
        ("reply", text_part("yes"), None, TARGET_ID),
        ("edit", text_part("corrected"), TARGET_ID, None),
        ("deletion", withdrawal_part(of_reaction=False), TARGET_ID, None),
        ("reaction", reaction_part("❤"), None, TARGET_ID),
        ("reaction taken back", withdrawal_part(of_reaction=True), TARGET_ID, None),
        ("file", file_part(FILE), None, None),
        ("file with text", file_part(FILE, "look"), None, None),
        ("receipts", receipts_part([(TARGET_ID, 1), (TARGET_ID, 2)], 1.5), None, None),
        ("card", card_part(b"card"), None, None),
        ("timer", timer_part(86_400), None, None),
        ("missed", missed_part([EnvelopeId(fixed("envelope", 16))]), None, None),
        ("again", again_part(b"content"), None, None),
        ("unknown kind", SinglePart(1, "application/x-new", b"?"), None, None),
    ]
    rows = [
        row(name, Content(fixed(name, 16), part, replaces=replaces, in_reply_to=reply))
        for name, part, replaces, reply in kinds
    ]
    for relative in (True, False):
        expires = Expiration(relative=relative, time=1_800_000_000)
        content = Content(fixed("x", 16), text_part("gone soon"), expires=expires)
        rows.append(row(f"expiring, relative {relative}", content))
    return rows


def row(name: str, content: Content) -> Json:
    """One content."""
    data = content.encode()
    mimi = mimi_id(SENDER, ROOM, content=data, salt=content.salt)
    return {
        "name": name,
        "content": data.hex(),
        "mimi_id": mimi.hex(),
        "message_id": message_id(mimi).hex(),
        "meaning": described(meaning_of(content)),
    }


def described(meaning: Meaning) -> Json:  # noqa: PLR0911  one line a kind
    """A meaning as JSON."""
    match meaning:
        case Said(text, file):
            named: Json = (
                {
                    "blob": file.blob.hex(),
                    "key": file.key.key.hex(),
                    "prefix": file.key.prefix.hex(),
                    "size": file.size,
                    "name": file.name,
                    "media_type": file.media_type,
                }
                if file
                else None
            )
            return {"kind": "said", "text": text, "file": named}
        case Withdrawn():
            return {"kind": "withdrawn"}
        case Reacted(emoji):
            return {"kind": "reacted", "emoji": emoji}
        case Receipts(statuses):
            return {"kind": "receipts", "statuses": [[m.hex(), s] for m, s in statuses]}
        case CardShown(card):
            return {"kind": "card", "card": card.hex()}
        case TimerSet(seconds):
            return {"kind": "timer", "seconds": seconds}
        case Missed(envelopes):
            return {"kind": "missed", "envelopes": [one.hex() for one in envelopes]}
        case Again(again):
            return {"kind": "again", "content": again.hex()}
        case Unknown() | RoadShared() | ManifestBrought():
            return {"kind": "unknown"}  # those of roads are in shared_roads.json


def malformed() -> list[Json]:
    """Contents that are refused, each for one reason."""
    salt = fixed("salt", 16)

    def changed(place: int, value: cbor.Value) -> bytes:
        fields: list[cbor.Value] = [salt, None, b"", None, None, {}, [1, "", 0]]
        fields[place] = value
        return cbor.encode(fields)

    deep: cbor.Value = [1, "", 0]
    for _ in range(5):
        deep = [1, "", 3, 2, [deep, [1, "", 0]]]
    many: cbor.Value = [1, "", 3, 2, [[1, "", 0]] * 64]
    external: list[cbor.Value] = [6, "", 2, "image/png", "linnet:blob:AA", 0, 1, 0x8001]
    rows = {
        "salt of 15 bytes": changed(0, bytes(15)),
        "id of 31 bytes": changed(1, bytes(31)),
        "id of another hash": changed(4, b"\x02" + bytes(31)),
        "topic too long": changed(2, bytes(4097)),
        "expiry in the past of time": changed(3, [True, -1]),
        "expiry of no kind": changed(3, [1, 5]),
        "extension without a name": changed(5, {"": 1}),
        "extension too large": changed(5, {1: bytes(5000)}),
        "disposition too large": changed(6, [256, "", 0]),
        "disposition a boolean": changed(6, [True, "", 0]),
        "unknown cardinality": changed(6, [1, "", 4]),
        "one part of several": changed(6, [1, "", 3, 2, [[1, "", 0]]]),
        "unknown semantics": changed(6, [1, "", 3, 9, [[1, "", 0], [1, "", 0]]]),
        "nested too deep": changed(6, deep),
        "too many parts": changed(6, many),
        "six fields": cbor.encode([salt, None, b"", None, None, {}]),
        "too large": changed(6, [1, "", 1, "text/plain", bytes(40_000)]),
        "text that is not UTF-8": changed(6, [1, "", 1, "text/plain", b"\xff"]),
        "reaction to nothing": changed(6, [2, "", 1, "text/plain", b"+"]),
        "nothing missed": changed(6, [0, "", 1, MISSED, cbor.encode([])]),
        "missed id of 15 bytes": changed(
            6, [0, "", 1, MISSED, cbor.encode([bytes(15)])]
        ),
        "file without a key": changed(
            6, [*external, b"", b"", b"", 0, b"", "", "name"]
        ),
    }
    return [{"name": name, "content": data.hex()} for name, data in rows.items()]


def hints() -> list[Json]:
    """Messages with hints, sound and malformed; the message itself is always read.

    ``text`` and ``media_type`` say what it is: a file when there is a media type.
    """
    alice, bob = fixed("alice"), fixed("bob")
    media: dict[str, tuple[str, cbor.Value]] = {
        "picture": ("image/png", {"w": 640, "h": 480, "preview": b"tiny"}),
        "voice note": ("audio/ogg", {"duration": 7_000, "wave": bytes([0, 9, 255])}),
        "more than is known": ("image/png", {"w": 1, "h": 65_535, "x": [1]}),
        "nothing": ("image/png", {}),
        "side of 0": ("image/png", {"w": 0, "h": 1}),
        "side too long": ("image/png", {"w": 65_536, "h": 1}),
        "side a boolean": ("image/png", {"w": True, "h": 1}),
        "side null": ("image/png", {"w": None, "h": 1}),
        "empty preview": ("image/png", {"preview": b""}),
        "preview too large": ("image/png", {"preview": bytes(1_001)}),
        "preview a text": ("image/png", {"preview": "tiny"}),
        "duration too long": ("audio/ogg", {"duration": 1 << 32}),
        "wave too long": ("audio/ogg", {"wave": bytes(129)}),
        "media no map": ("image/png", [640, 480]),
    }
    mentions: dict[str, tuple[str, cbor.Value]] = {
        "two mentions": ("🦉 @Ann and @Bob", [[2, 4, alice], [11, 4, bob]]),
        "the whole text": ("@Ann", [[0, 4, alice]]),
        "past the end": ("🦉 @Ann", [[2, 5, alice]]),
        "empty mention": ("@Ann", [[0, 0, alice]]),
        "overlapping": ("@Ann", [[0, 3, alice], [2, 2, bob]]),
        "out of order": ("@Ann @Bob", [[5, 4, bob], [0, 4, alice]]),
        "key of 31 bytes": ("@Ann", [[0, 4, bytes(31)]]),
        "start a boolean": ("@Ann", [[False, 4, alice]]),
        "negative start": ("@Ann", [[-1, 4, alice]]),
        "51 mentions": ("x" * 60, [[n, 1, alice] for n in range(51)]),
        "mentions no array": ("@Ann", {}),
    }
    rows: list[Json] = []
    for name, (media_type, value) in media.items():
        part = file_part(replace(FILE, media_type=media_type))
        rows.append(hint(name, part, {MEDIA: value}))
    for name, (text, value) in mentions.items():
        rows.append(hint(name, text_part(text), {MENTIONS: value}))
    both: dict[int | str, cbor.Value] = {MEDIA: 1, MENTIONS: [[0, 4, alice]]}
    return [*rows, hint("one bad, one good", file_part(FILE, "@Ann"), both)]


def hint(name: str, part: Part, extensions: dict[int | str, cbor.Value]) -> Json:
    """One content with hints, and what is believed of them."""
    content = Content(fixed(name, 16), part, extensions=extensions)
    said = meaning_of(content)
    assert isinstance(said, Said)
    media = said.file.media if said.file else None
    shown: Json = None
    if media:
        shown = {
            "w": media.width,
            "h": media.height,
            "preview": None if media.preview is None else media.preview.hex(),
            "duration": media.duration_ms,
            "wave": None if media.wave is None else media.wave.hex(),
        }
    return {
        "name": name,
        "content": content.encode().hex(),
        "media": shown,
        "mentions": [
            [one.start, one.length, one.account.hex()] for one in said.mentions
        ],
    }


def cbor_forms() -> list[Json]:
    """Forms that another encoder might write and no reader takes."""
    rows = {
        "empty": "",
        "23 in two bytes": "1817",
        "1 in three bytes": "190001",
        "indefinite string": "5f4100ff",
        "indefinite array": "9f01ff",
        "key twice": "a201000100",
        "keys out of order": "a202000100",
        "boolean as key": "a1f400",
        "text that is not UTF-8": "61ff",
        "float": "fb3ff0000000000000",
        "undefined": "f7",
        "two values": "0000",
        "more items than bytes": "9bffffffffffffffff",
        "17 deep": "81" * 17 + "00",
    }
    return [{"name": name, "cbor": data} for name, data in rows.items()]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
