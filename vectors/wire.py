"""Writes vectors/wire.json: every message of spec/wire.md, and every way to fail.

Run as ``python -m vectors.wire``; the same bytes come out every time.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from linnet.ids import (
    BlobId,
    EnvelopeId,
    Epoch,
    Handle,
    RequestNumber,
    Sequence,
    ShelfId,
    StreamId,
)
from linnet.wire import (
    events,
    replies,
    requests,
    requests_blobs,
    requests_pushes,
    requests_shelves,
)
from linnet.wire.codec import Reply, Request, encode
from linnet.wire.links import (
    Address,
    LinkKind,
    PassLink,
    RelayDescriptor,
    Road,
    encode_link,
)

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")


def filled(length: int, start: int) -> bytes:
    return bytes((start + at) % 256 for at in range(length))


STREAM, SHELF = StreamId(filled(16, 0x10)), ShelfId(filled(16, 0x20))
BLOB, ENVELOPE = BlobId(filled(32, 0x30)), EnvelopeId(filled(16, 0x50))
HASHES = (filled(32, 0x60), filled(32, 0x80), filled(32, 0xA0))
TOKENS = (filled(32, 0xC0), filled(32, 0xD0), filled(32, 0xE0))
HANDLE = Handle(0x01020304)
ENDPOINT = b"https://push.example.org/v1/AbC-_9"
ONE = replies.Envelope(Sequence(9), Epoch(4), 1_795_000_000_123, ENVELOPE, b"data")
ERASED = replies.Envelope(Sequence(10), Epoch(4), 1_795_000_000_124, ENVELOPE, b"")

REQUESTS: list[Request] = [
    requests.About(),
    requests.Create(STREAM, *HASHES, is_fenced=True, epoch=Epoch(3)),
    requests.Create(STREAM, *HASHES, retention_seconds=86_400),
    requests.Open(STREAM, Epoch(3), TOKENS[0], TOKENS[1], TOKENS[2]),
    requests.Open(STREAM, Epoch(0), read_token=TOKENS[1]),
    requests.Close(HANDLE),
    requests.Append(HANDLE, ENVELOPE, b"data"),
    requests.Commit(HANDLE, ENVELOPE, HASHES[0], HASHES[1], b"data"),
    requests.Subscribe(HANDLE),
    requests.Subscribe(HANDLE, Sequence(9), ENVELOPE, skip_own=True),
    requests.Unsubscribe(HANDLE),
    requests.Read(HANDLE, Sequence(9), ENVELOPE, 100),
    requests.Ephemeral(HANDLE, b"data"),
    requests.Trim(HANDLE, Sequence(9)),
    requests.Erase(HANDLE, Sequence(9), ENVELOPE),
    requests.Destroy(HANDLE),
    requests_shelves.ShelfPut(SHELF, TOKENS[0], HASHES[0], (b"one", b"two"), b"last"),
    requests_shelves.ShelfPut(SHELF, TOKENS[0], HASHES[0], replace=True),
    requests_shelves.ShelfClaim(SHELF, TOKENS[1]),
    requests_shelves.ShelfCount(SHELF, TOKENS[0]),
    requests_shelves.ShelfDestroy(SHELF, TOKENS[0]),
    requests_blobs.BlobCreate(BLOB, 1_000_000, HASHES[0]),
    requests_blobs.BlobCreate(BLOB, 1_000_000, HASHES[0], HANDLE),
    requests_blobs.BlobPut(BLOB, 49_152, b"data"),
    requests_blobs.BlobStat(BLOB),
    requests_blobs.BlobGet(BLOB, 49_152, 49_152),
    requests_blobs.BlobDelete(BLOB, TOKENS[0]),
    requests_pushes.Pushes(),
    requests_pushes.Watch(HANDLE, 2_592_000, ENDPOINT),
    requests_pushes.Watch(HANDLE, 0, b"!"),
    requests_pushes.Unwatch(HANDLE, ENDPOINT),
]

REPLIES: list[Reply] = [
    replies.Done(),
    replies.RefusedReply(7, 12),
    replies.Opened(HANDLE, Epoch(4), Sequence(1), Sequence(10), Sequence(9)),
    replies.Appended((replies.Receipt(RequestNumber(7), Sequence(9), 1_795),)),
    replies.Appended(
        (
            replies.Receipt(RequestNumber(7), Sequence(9), 1_795),
            replies.Receipt(RequestNumber(8), Sequence(10), 1_796),
        )
    ),
    replies.Subscribed(Sequence(1), Sequence(10)),
    replies.Envelopes(Sequence(10), (ONE, ERASED)),
    replies.Envelopes(Sequence(10), ()),
    replies.ShelfState(2, has_last_resort=True),
    replies.Package(is_last_resort=False, package=b"one"),
    replies.BlobState(49_152, 1_000_000),
    replies.Chunk(49_152, 1_000_000, b"data"),
    replies.Grants(
        replies.Mode.INVITE,
        *(49_152, 4_096, 268_435_456, 16_384, 256, 4_096, 1_024),
        *(2_592_000, 7_776_000),
        replies.PassState.VALID,
        *(1_800_000_000, 99, 1_073_741_824),
    ),
    replies.PushGrants(b"\x04" + filled(64, 0x40), 2_592_000),
    events.Deliver(((HANDLE, ONE), (Handle(5), ERASED))),
    events.Whisper(HANDLE, b"data"),
    events.Ended(HANDLE, Epoch(3), Sequence(9)),
    events.Gone(HANDLE),
    events.Closing(events.ClosingReason.STOPPING),
]


def shown(value: object) -> Json:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [shown(one) for one in value]
    return {one.name: shown(getattr(value, one.name)) for one in fields(value)}  # type: ignore[arg-type]  # what is left are dataclasses


def row(message: Request | Reply, number: int) -> Json:
    encoded = encode(RequestNumber(number), message)
    return {
        "type": type(message).__name__,
        "number": number,
        "fields": shown(message),
        "message": encoded.hex(),
    }


def failures() -> Iterable[Json]:
    def fail(why: str, message: bytes, code: int = 1) -> Json:
        return {"why": why, "message": message.hex(), "refusal": code}

    head = bytes((0x13, 0, 0, 0, 7))
    yield fail("nothing", b"")
    yield fail("shorter than the header", head[:4])
    yield fail("a type that does not exist", bytes((0x7F, 0, 0, 0, 7)), 2)
    yield fail("a reply's type", bytes((0x80, 0, 0, 0, 7)), 2)
    yield fail("an append without data", head + bytes(20))
    yield fail("an append without its whole id", head + bytes(19))
    yield fail("more than nothing behind ABOUT", bytes((0x01, 0, 0, 0, 7, 0)))
    yield fail("an open without rights", bytes((0x11, 0, 0, 0, 7)) + bytes(25))
    yield fail(
        "an open with an unknown right",
        bytes((0x11, 0, 0, 0, 7)) + bytes(24) + b"\x08" + bytes(32),
    )
    yield fail(
        "an open with one token fewer than rights",
        bytes((0x11, 0, 0, 0, 7)) + bytes(24) + b"\x03" + bytes(32),
    )
    yield fail(
        "a stream without a fence that begins in an epoch",
        bytes((0x10, 0, 0, 0, 7)) + bytes(16) + b"\0" + bytes(7) + b"\1" + bytes(100),
    )
    yield fail(
        "a shelf with a giant count",
        bytes((0x20, 0, 0, 0, 7)) + bytes(16 + 64 + 1 + 4) + b"\xff\xff" + bytes(8),
    )
    yield fail(
        "a key package that is empty",
        bytes((0x20, 0, 0, 0, 7)) + bytes(16 + 64 + 1 + 4) + b"\0\1" + bytes(4),
    )
    watch, unwatch = bytes((0x41, 0, 0, 0, 7)), bytes((0x42, 0, 0, 0, 7))
    yield fail("more than nothing behind PUSHES", bytes((0x40, 0, 0, 0, 7, 0)))
    yield fail("a watch without its whole lifetime", watch + bytes(7))
    yield fail("a watch without an endpoint", watch + bytes(8))
    yield fail("an unwatch without an endpoint", unwatch + bytes(4))
    yield fail("an endpoint with a space", watch + bytes(8) + b"https://a.org/ b")
    yield fail("an endpoint with a new line", watch + bytes(8) + b"https://a.org/b\n")
    yield fail("an endpoint with a zero byte", unwatch + bytes(4) + b"a\0b")
    yield fail("an endpoint that is not ASCII", unwatch + bytes(4) + b"\xc3\xa9")
    yield fail("an endpoint longer than any", watch + bytes(8) + b"a" * 1_025)
    yield fail("a message longer than any", head + bytes(61_440))


def links() -> Iterable[Json]:
    token = TOKENS[0]
    tcp = RelayDescriptor(HASHES[0], (Address(Road.TCP, "127.0.0.1", 7070),))
    wss = RelayDescriptor(
        HASHES[1],
        (
            Address(Road.WSS, "relay.example", 443, "/a1b2c3", "cdn.example"),
            Address(Road.WS, "2001:db8::1", 8080, "/a1b2c3"),
        ),
    )
    for relay in (tcp, wss):
        link = PassLink(relay, token)
        yield {"link": link.text(), "fields": shown(link)}


def bad_links() -> Iterable[Json]:
    good = PassLink(
        RelayDescriptor(HASHES[0], (Address(Road.TCP, "a", 1),)), TOKENS[0]
    ).text()
    yield {"why": "another scheme", "link": "https://example.org"}
    yield {"why": "a character no link has", "link": good[:-1] + "!"}
    yield {"why": "the end is missing", "link": good[:-4]}
    yield {"why": "a wrong checksum", "link": good[:20] + "AAAA" + good[24:]}
    yield {"why": "an invite", "link": encode_link(LinkKind.INVITE, bytes(80))}
    body = TOKENS[0] + HASHES[0]
    for why, descriptor in (
        ("no address", b"\0"),
        ("an unknown road", b"\1\x09\1a\0\1\0\0"),
        ("port 0", b"\1\1\1a\0\0\0\0"),
        ("an empty host", b"\1\1\0\0\1\0\0"),
        ("a host that cannot be printed", b"\1\1\1\n\0\1\0\0"),
        ("bytes behind the last field", b"\1\1\1a\0\1\0\0x"),
    ):
        yield {"why": why, "link": encode_link(LinkKind.PASS, body + descriptor)}


def build() -> dict[str, Json]:
    """Everything the file holds."""
    return {
        "spec": "spec/wire.md version 1",
        "requests": [row(one, 7) for one in REQUESTS],
        "replies": [row(one, 0 if one.TYPE >= 0xC0 else 7) for one in REPLIES],
        "bad_requests": list(failures()),
        "pass_links": list(links()),
        "bad_pass_links": list(bad_links()),
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1) + "\n")
