"""Writes vectors/conversations.json: envelopes, descriptions, files, failures.

Run as ``python -m vectors.conversations``; the same bytes come out every time.
"""

import json
from hashlib import sha256
from pathlib import Path

from linnet.client.core import cbor
from linnet.client.core.envelope import BlobRef, EpochKeys, seal
from linnet.client.core.files import FileKey, seal_file
from linnet.client.core.info import ConversationInfo
from linnet.client.core.padding import padded_size
from linnet.client.core.whispers import TypingNote, seal_note
from linnet.ids import AccountKey, BlobId, EnvelopeId, StreamId
from linnet.wire.links import Address, RelayDescriptor, Road

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that are the same in every run."""
    return sha256(b"conversation vectors " + label.encode()).digest()[:length]


def entropy(count: int) -> bytes:
    """The nonce of every envelope here."""
    return fixed("nonce", count)


KEYS = EpochKeys.derive(7, lambda label, context, length: fixed(label, length))
STREAM = StreamId(fixed("stream", 16))
ENVELOPE = EnvelopeId(fixed("envelope", 16))
ADMINS = frozenset(AccountKey(fixed(name)) for name in ("alice", "bob"))
RELAY = RelayDescriptor(fixed("relay"), (Address(Road.TCP, "203.0.113.7", 4433),))
SIZES = [0, 1, 256, 257, 300, 1_000, 4_095, 4_096, 5_000, 40_000, 1_000_000, 1 << 33]


def build() -> dict[str, Json]:
    """The whole file."""
    return {
        "about": "spec/conversations.md, version 1. Bytes are hexadecimal.",
        "size_classes": [[size, padded_size(size)] for size in SIZES],
        "epoch": epoch(),
        "envelopes": envelopes(),
        "whispers": whispers(),
        "descriptions": descriptions(),
        "files": files(),
    }


def epoch() -> Json:
    """Keys of one epoch, as its exporter gave them, and the hashes for the relay."""
    append_hash, read_hash = KEYS.hashes
    return {
        "epoch": KEYS.epoch,
        "Linnet append": KEYS.append_token.hex(),
        "Linnet read": KEYS.read_token.hex(),
        "Linnet envelope": KEYS.envelope_key.hex(),
        "Linnet whisper": KEYS.whisper_key.hex(),
        "append_hash": append_hash.hex(),
        "read_hash": read_hash.hex(),
    }


def envelopes() -> list[Json]:
    """Sealed envelopes, and every way in which one is refused."""
    ref = BlobRef(BlobId(fixed("blob")), fixed("blob key"), 70_000)

    def sealed(body: bytes | BlobRef) -> bytes:
        return seal(KEYS, STREAM, envelope=ENVELOPE, body=body, entropy=entropy)

    good = sealed(b"an MLS message")
    rows: list[tuple[str, bytes, str | None, str | None]] = [
        ("message", good, b"an MLS message".hex(), None),
        ("long message", sealed(bytes(1000)), bytes(1000).hex(), None),
        ("blob", sealed(ref), ref.pack().hex(), None),
        ("one bit flipped", good[:-1] + bytes([good[-1] ^ 1]), None, "Forged"),
        ("too short", good[:27], None, "Malformed"),
        ("nonce only", good[:28], None, "Forged"),
        ("empty", b"", None, "Malformed"),
    ]
    return [
        {
            "name": name,
            "stream": STREAM.hex(),
            "epoch": KEYS.epoch,
            "envelope": ENVELOPE.hex(),
            "sealed": data.hex(),
            "body": body,
            "error": error,
        }
        for name, data, body, error in rows
    ]


def whispers() -> list[Json]:
    """Typing notes."""
    account = AccountKey(fixed("alice"))
    notes = [TypingNote(account, is_typing=True), TypingNote(account, is_typing=False)]
    rows: list[Json] = [
        {
            "sealed": seal_note(KEYS, STREAM, note, entropy=entropy).hex(),
            "account": account.hex(),
            "is_typing": note.is_typing,
            "error": None,
        }
        for note in notes
    ]
    return [*rows, {"sealed": "00" * 40, "error": "Forged"}]


def descriptions() -> list[Json]:
    """What a conversation is, and what it cannot be."""
    direct = ConversationInfo(0, "", frozenset(), STREAM, RELAY)
    group = ConversationInfo(1, "Order of the Owl", ADMINS, STREAM, RELAY)
    devices = ConversationInfo(2, "", frozenset(), STREAM, RELAY)
    good: list[Json] = [
        {
            "data": one.encode().hex(),
            "kind": one.kind,
            "title": one.title,
            "admins": [key.hex() for key in sorted(one.admins)],
            "stream": one.stream.hex(),
            "relay": one.relay.pack().hex(),
            "error": None,
        }
        for one in (direct, group, devices)
    ]
    admins: list[cbor.Value] = [bytes(key) for key in sorted(ADMINS)]
    back = list(reversed(admins))
    relay = RELAY.pack()
    wrong: dict[str, list[cbor.Value]] = {
        "another version": [2, 0, "", [], STREAM, relay],
        "another kind": [1, 3, "", [], STREAM, relay],
        "one of devices with a title": [1, 2, "x", [], STREAM, relay],
        "a kind that is a boolean": [1, True, "x", admins, STREAM, relay],
        "a direct one with a title": [1, 0, "x", [], STREAM, relay],
        "a group without a title": [1, 1, "", admins, STREAM, relay],
        "a group without an admin": [1, 1, "x", [], STREAM, relay],
        "admins out of order": [1, 1, "x", back, STREAM, relay],
        "an admin twice": [1, 1, "x", [admins[0], admins[0]], STREAM, relay],
        "a short stream id": [1, 0, "", [], STREAM[:15], relay],
        "a title with a line break": [1, 1, "a\nb", admins, STREAM, relay],
        "a relay cut off": [1, 0, "", [], STREAM, relay[:-1]],
        "more behind the relay": [1, 0, "", [], STREAM, relay + b"\x00"],
    }
    bad: list[Json] = [
        {"name": name, "data": cbor.encode(value).hex(), "error": "Malformed"}
        for name, value in wrong.items()
    ]
    return good + bad


def files() -> list[Json]:
    """Sealed files; those of several chunks by their hash."""
    key = FileKey(fixed("file key"), fixed("prefix", 7))
    rows: list[Json] = []
    for size in (0, 5, 256, 32_768, 32_769, 100_000):
        data = (b"0123456789" * (size // 10 + 1))[:size]
        sealed = b"".join(seal_file(key, [data], size))
        rows.append(
            {
                "size": size,
                "key": key.key.hex(),
                "prefix": key.prefix.hex(),
                "sealed_size": len(sealed),
                "sealed": sealed.hex() if len(sealed) < 1000 else None,
                "sealed_sha256": sha256(sealed).hexdigest(),
            }
        )
    return rows


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
