"""Writes vectors/bags.json: errands, bags and parts of spec/bags.md, good and bad.

Run as ``python -m vectors.bags``; the same bytes come out every time.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from linnet.client.core import letters
from linnet.client.core.envelope import EpochKeys
from linnet.ids import EnvelopeId, Epoch, Handle, RequestNumber, Sequence, StreamId
from linnet.wire import bags, errands
from linnet.wire.bags import Carried, Letter, ToCarry
from linnet.wire.codec import encode
from linnet.wire.errands import Contents
from linnet.wire.fields import u8, u16
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.replies import Appended, Envelopes, Opened, Receipt
from linnet.wire.requests import Append, Close, Open, Read
from linnet.wire.requests_errands import Errand, ErrandAnswer

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")
PRIVATE, EPHEMERAL = bytes(range(32)), bytes(range(32, 64))
NONCE = bytes(range(64, 96))
PUBLIC = public_key(PRIVATE)
STREAM, ENVELOPE = StreamId(bytes(range(16))), EnvelopeId(bytes(range(16, 32)))
RELAY = RelayDescriptor(PUBLIC, (Address(Road.WSS, "relay.example", 443, "/p", ""),))
HANDLE = Handle(1)
OPEN = Open(STREAM, Epoch(3), append_token=b"a" * 32, read_token=b"r" * 32)
CONTENTS = Contents(
    (
        (RequestNumber(1), OPEN),
        (RequestNumber(2), Append(HANDLE, ENVELOPE, b"data")),
        (RequestNumber(3), Read(HANDLE, Sequence(4), ENVELOPE)),
    ),
    4_096,
)
ANSWERS = [
    encode(
        RequestNumber(1),
        Opened(HANDLE, Epoch(3), Sequence(1), Sequence(4), Sequence(0)),
    ),
    encode(RequestNumber(2), Appended((Receipt(RequestNumber(2), Sequence(5), 9),))),
    encode(RequestNumber(3), Envelopes(Sequence(5), ())),
]
SEALED, KEY = errands.seal(CONTENTS, PUBLIC, EPHEMERAL)
ANSWER = KEY.seal(errands.encode_answer(ANSWERS), NONCE)
TO_CARRY = (ToCarry(RELAY, SEALED),)
KEYS = EpochKeys(Epoch(3), b"a" * 32, b"r" * 32, b"e" * 32, b"w" * 32)
[LETTER] = letters.seal(
    KEYS, STREAM, [(ENVELOPE, b"data")], lambda count: bytes(range(count))
)
CARRIED = (Carried(errands.name(SEALED), 0, ANSWER), Carried(bytes(16), 35, b""))


def build() -> dict[str, Json]:
    """The whole file."""
    return {
        "about": "spec/bags.md. Bytes are hexadecimal.",
        "errand": {
            "private": PRIVATE.hex(),
            "public": PUBLIC.hex(),
            "ephemeral": EPHEMERAL.hex(),
            "content": CONTENTS.encode().rstrip(b"\0").hex(),
            "content_bytes": len(CONTENTS.encode()),
            "sealed": SEALED.hex(),
            "id": errands.name(SEALED).hex(),
            "secret": KEY.secret.hex(),
            "nonce": NONCE.hex(),
            "answers": [one.hex() for one in ANSWERS],
            "answer": ANSWER.hex(),
        },
        "messages": [
            {"type": "Errand", "message": encode(RequestNumber(7), Errand(b"x")).hex()},
            {
                "type": "ErrandAnswer",
                "message": encode(RequestNumber(7), ErrandAnswer(b"x")).hex(),
            },
        ],
        "letter": {
            "envelope_key": KEYS.envelope_key.hex(),
            "stream": STREAM.hex(),
            "envelopes": [[ENVELOPE.hex(), b"data".hex()]],
            "letter": LETTER.hex(),
        },
        "bags": [
            _bag(bags.encode(TO_CARRY)),
            _bag(bags.encode(CARRIED)),
            _bag(bags.encode((*TO_CARRY, Letter(LETTER)))),
        ],
        "bad_contents": [
            {"why": why, "content": content.hex()} for why, content in bad_contents()
        ],
        "bad_errands": [
            {"why": why, "sealed": sealed.hex()} for why, sealed in bad_errands()
        ],
        "bad_bags": [{"why": why, "bag": bag.hex()} for why, bag in bad_bags()],
        "bad_parts": [{"why": why, "text": text} for why, text in bad_parts()],
    }


def _bag(data: bytes) -> Json:
    texts: list[Json] = [*bags.parts(data)]
    return {"bag": data.hex(), "parts": texts}


def bad_contents() -> Iterator[tuple[str, bytes]]:
    """Why, and the content, without the zeros that fill it up to 1,024 bytes."""
    head = u8(1) + u16(1024)
    opening = _sized(encode(RequestNumber(1), OPEN))
    yield "another version", u8(2) + u16(1024) + opening
    yield "nothing asked", head
    yield "a room that none has", u8(1) + u16(1025) + opening
    yield (
        "no room for the answers",
        head
        + b"".join(
            _sized(encode(RequestNumber(n), Read(HANDLE))) for n in range(1, 18)
        ),
    )
    yield "two requests of one number", head + opening + opening
    yield (
        "a request that cannot be repeated",
        head + _sized(encode(RequestNumber(1), Close(HANDLE))),
    )
    yield "a request that is malformed", head + _sized(b"\x11\0\0\0\1")
    yield "a message cut off", head + u16(2000) + b"x"
    yield "something in the padding", head + opening + u16(0) + b"x"


def bad_errands() -> Iterator[tuple[str, bytes]]:
    """Why, and the sealed errand, for the relay of the file."""
    yield "nothing", b""
    yield "another suite", SEALED[:6] + b"\1" + SEALED[7:]
    yield (
        "a key that gives everybody the same secret",
        (SEALED[:7] + bytes(32) + SEALED[39:]),
    )
    yield "cut off", SEALED[:-1]
    yield "a bit changed", SEALED[:-1] + bytes((SEALED[-1] ^ 1,))
    yield (
        "sealed to another relay",
        errands.seal(CONTENTS, public_key(EPHEMERAL), NONCE)[0],
    )


def bad_bags() -> Iterator[tuple[str, bytes]]:
    """Why, and the bag."""
    whole = bags.encode(CARRIED)
    yield "nothing", b""
    yield "cut off", whole[:-1]
    yield "a bit changed", whole[:30] + bytes((whole[30] ^ 1,)) + whole[31:]
    head = bags.MAGIC + u8(1)
    relay = _sized(RELAY.pack())
    yield "another version", _checked(bags.MAGIC + u8(2) + whole[10:-8])
    yield "another kind", _checked(head + u8(3) + u16(1) + relay + _sized(b"x"))
    yield "no entry", _checked(head + u8(1) + u16(0))
    yield "65 entries", _checked(head + u8(1) + u16(65) + 65 * (relay + _sized(b"x")))
    yield "an entry that is not there", _checked(head + u8(2) + u16(1))
    yield "a descriptor cut off", _checked(head + u8(1) + u16(1) + _sized(b"x"))
    answer = bytes(16) + u8(35) + _sized(b"x")
    yield "an answer that is a refusal", _checked(head + u8(2) + u16(1) + answer)
    neither = bytes(16) + u8(0) + _sized(b"")
    yield "neither answer nor refusal", _checked(head + u8(2) + u16(1) + neither)
    yield "something behind it", _checked(whole[:-8] + b"x")


def bad_parts() -> Iterator[tuple[str, str]]:
    """Why, and the text."""
    first, second, *_ = texts = bags.parts(bags.encode(TO_CARRY))
    yield "no part", "linnet:"
    yield "one is missing", second
    yield "one letter changed", first.replace("A", "B", 1) + second
    yield "parts of two bags", first + " " + bags.parts(bags.encode(CARRIED))[1]
    name, half = sha256(b"").digest()[:4], bytes(bags.PIECE)
    yield "a whole that is another", bags.part(name, 0, 1, half)
    yield "a short part before the last", bags.part(name, 0, 2, b"x")
    yield "a number that is too high", bags.part(name, 1, 1, b"x")
    yield "an empty part", bags.part(name, 0, 1, b"")
    yield "more parts than a bag has", bags.part(name, 0, 2049, half)
    yield "too long", texts[0] + "A" * 700


def _sized(message: bytes) -> bytes:
    return u16(len(message)) + message


def _checked(content: bytes) -> bytes:
    return content + sha256(content).digest()[:8]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1) + "\n")
    print(f"Wrote {TARGET.name}")
