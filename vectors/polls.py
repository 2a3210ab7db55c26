"""Writes vectors/polls.json: the bodies of spec/session.md §8.4, good and bad.

Run as ``python -m vectors.polls``; the same bytes come out every time.
"""

import json
from pathlib import Path

from linnet.carriers.pieces import Piece, PieceKind
from linnet.carriers.polls import LARGEST_BODY, Kind, Poll, pack_messages

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")
NAME = bytes(range(16))

POLLS = [
    Poll(NAME, Kind.SEND, 0),
    Poll(NAME, Kind.SEND, 0, (b"hello",)),
    Poll(NAME, Kind.SEND, 70_000, (b"a", b"", b"b" * 300)),
    Poll(NAME, Kind.FETCH, 0),
    Poll(NAME, Kind.FETCH, 2**32 - 1),
    Poll(NAME, Kind.LEAVE, 0),
]
PIECES = [
    Piece(NAME, PieceKind.PUT, 0),
    Piece(NAME, PieceKind.PUT, 70_000, b"\0\5hel"),
    Piece(NAME, PieceKind.TAKE, 0, most=1),
    Piece(NAME, PieceKind.TAKE, 2**32 - 1, most=4_200),
]
ANSWERS: list[tuple[bytes, ...]] = [(), (b"x",), (b"", b"y" * 257)]


def build() -> dict[str, Json]:
    """The whole file."""
    return {
        "about": "spec/session.md §8.4. Bytes are hexadecimal.",
        "polls": [
            {
                "carrier": one.carrier.hex(),
                "kind": int(one.kind),
                "number": one.number,
                "messages": [message.hex() for message in one.messages],
                "body": one.pack().hex(),
            }
            for one in POLLS
        ],
        "pieces": [
            {
                "carrier": one.carrier.hex(),
                "kind": int(one.kind),
                "place": one.place,
                "data": one.data.hex(),
                "most": one.most,
                "body": one.pack().hex(),
            }
            for one in PIECES
        ],
        "answers": [
            {
                "messages": [message.hex() for message in messages],
                "body": pack_messages(messages).hex(),
            }
            for messages in ANSWERS
        ],
        "bad_polls": [
            {"why": why, "body": body.hex(), "zeros": zeros}
            for why, body, zeros in bad_polls()
        ],
        "bad_answers": [
            {"why": "a length cut off", "body": "00"},
            {"why": "a message cut off", "body": "0003aabb"},
        ],
    }


def bad_polls() -> list[tuple[str, bytes, int]]:
    """Why, the body, and how many zero bytes follow it."""
    head = NAME + b"\1" + bytes(4)
    return [
        ("nothing", b"", 0),
        ("shorter than its head", head[:-1], 0),
        ("a kind that does not exist", NAME + b"\0" + bytes(4), 0),
        ("another kind that does not exist", NAME + b"\4" + bytes(4), 0),
        ("a length cut off", head + b"\0", 0),
        ("a message cut off", head + b"\0\2a", 0),
        ("a FETCH with a message", NAME + b"\2" + bytes(4) + b"\0\1a", 0),
        ("a LEAVE with a number", NAME + b"\3" + b"\0\0\0\1", 0),
        ("larger than any may be", head, LARGEST_BODY + 1 - len(head)),
    ]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1) + "\n")
    print(f"Wrote {TARGET.name}")
