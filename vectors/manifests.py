"""Writes vectors/manifests.json: spec/manifest.md by example, refusals included.

Run as ``python -m vectors.manifests``; the same bytes come out every time.
"""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from linnet.ids import RequestNumber
from linnet.wire.codec import Reply, Request, encode
from linnet.wire.fields import u8, u16, u64
from linnet.wire.following import Following, series_text, write_series
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.manifests import Edition, Signers, UnverifiedManifest
from linnet.wire.requests_manifests import ManifestGet
from linnet.wire.requests_manifests import Series as ReplySeries

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")


def secret(label: str) -> bytes:
    """A signing key that is the same in every run."""
    return sha256(b"manifest vectors " + label.encode()).digest()


def public(label: str) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(secret(label))
    return key.public_key().public_bytes_raw()


def signers(threshold: int, *labels: str) -> Signers:
    return Signers(threshold, tuple(sorted(map(public, labels))))


def signed(edition: Edition, *labels: str) -> UnverifiedManifest:
    made = UnverifiedManifest.draft(edition)
    for label in labels:
        made = made.signed(secret(label))
    return made


RELAY = sha256(b"relay").digest()
ROAD = Address(Road.WSS, "pottery.example", 443, "/path")
OLD = signers(2, "a", "b", "c")
NEW = signers(2, "c", "d")
RELAYS = (RelayDescriptor(RELAY, (ROAD, replace(ROAD, host="b.example"))),)
FIRST = Edition(OLD.id, 1, OLD, None, RELAYS)
ONE = signed(FIRST, "a", "c")
TWO = signed(replace(FIRST, number=2, relays=()), "a", "b")
CHANGE = signed(replace(FIRST, number=5, next_signers=NEW, relays=()), *"abcd")
AFTER = signed(Edition(OLD.id, 6, NEW, None, RELAYS), "c", "d")


def body(**changed: bytes) -> bytes:
    """The first edition's body, with some fields replaced."""
    fields = {
        "id": FIRST.id,
        "number": u64(1),
        "signers": OLD.pack(),
        "changes": b"\0",
        "relays": b"\1" + RELAY + b"\1" + sized(ROAD.pack()),
    } | changed
    return b"".join(fields.values())


def sized(data: bytes) -> bytes:
    return u16(len(data)) + data


SITE = b"https://pottery.example/list.txt"


def placed(*texts: bytes) -> bytes:
    """The first edition's body, with places after it."""
    return body() + u8(len(texts)) + b"".join(u8(len(one)) + one for one in texts)


def wrapped(content: bytes, *labels: str) -> bytes:
    """A manifest with any body, signed."""
    seals = sorted(
        (public(one), Ed25519PrivateKey.from_private_bytes(secret(one)))
        for one in labels
    )
    made = [
        key + private.sign(b"Linnet manifest 1\0" + content) for key, private in seals
    ]
    return b"\1" + sized(content) + u8(len(made)) + b"".join(made)


def malformed() -> dict[str, bytes]:
    """Manifests that cannot be read."""
    whole = ONE.pack()
    key, seal = ONE.signatures[0]
    keys = b"".join(OLD.keys)
    relay = RELAY + b"\1" + sized(ROAD.pack())
    return {
        "nothing": b"",
        "another version": b"\2" + whole[1:],
        "cut short": whole[:-1],
        "a byte more": whole + b"\0",
        "number 0": wrapped(body(number=u64(0))),
        "number too large": wrapped(body(number=u64(2**62))),
        "no key needed": wrapped(body(signers=b"\0\3" + keys)),
        "more keys needed than there are": wrapped(body(signers=b"\4\3" + keys)),
        "no keys": wrapped(body(signers=b"\0\0")),
        "17 keys": wrapped(
            body(signers=b"\1\x11" + b"".join(bytes([n]) * 32 for n in range(17)))
        ),
        "a key twice": wrapped(body(signers=b"\1\2" + keys[:32] * 2)),
        "keys out of order": wrapped(body(signers=b"\1\2" + keys[32:64] + keys[:32])),
        "an unknown flag": wrapped(body(changes=b"\2")),
        "keys and roads change at once": wrapped(body(changes=b"\1" + NEW.pack())),
        "a relay twice": wrapped(body(relays=b"\2" + relay * 2)),
        "33 relays": wrapped(body(relays=b"\x21" + relay * 33)),
        "a relay without roads": wrapped(body(relays=b"\1" + RELAY + b"\0")),
        "a road of nothing": wrapped(body(relays=b"\1" + RELAY + b"\1\0\0")),
        "a road with a byte more": wrapped(
            body(relays=b"\1" + RELAY + b"\1" + sized(ROAD.pack() + b"\0"))
        ),
        "a place twice": wrapped(placed(SITE, SITE)),
        "5 places": wrapped(placed(*(SITE + b"%d" % n for n in range(5)))),
        "a count of no places": wrapped(placed()),
        "a place cut short": wrapped(placed(SITE)[:-1]),
        "keys and places change at once": wrapped(
            body(changes=b"\1" + NEW.pack(), relays=b"\0") + placed(SITE)[len(body()) :]
        ),
        "signed twice by one key": whole[:-193] + b"\2" + (key + seal) * 2,
    }


def editions() -> list[Json]:
    """Manifests and what verifying them with the first signers comes to."""
    other = signers(1, "x")
    rows = {
        "two of three": ONE,
        "all three": signed(FIRST, *"abc"),
        "an unknown kind of road beside a known one": UnverifiedManifest.unpack(
            wrapped(
                body(relays=b"\1" + RELAY + b"\2\0\3\xffxy" + sized(ROAD.pack())), *"ab"
            )
        ),
        "only unknown kinds of road": UnverifiedManifest.unpack(
            wrapped(body(relays=b"\1" + RELAY + b"\1\0\3\xffxy"), *"ab")
        ),
        "a change of keys": CHANGE,
        "places": UnverifiedManifest.unpack(
            wrapped(placed(SITE, b"dns:roads.example"), *"ab")
        ),
        "a place of an unknown kind beside a known one": UnverifiedManifest.unpack(
            wrapped(placed(b"gopher://pottery.example/", b"\xff", SITE), *"ab")
        ),
    }
    bad = {
        "one of three": signed(FIRST, "a"),
        "nobody": signed(FIRST),
        "other keys": signed(Edition(other.id, 1, other), "x"),
        "by a stranger too": UnverifiedManifest.unpack(wrapped(FIRST.pack(), *"abx")),
        "a signature of another edition": replace(ONE, signatures=TWO.signatures),
        "a change without the new": signed(CHANGE.edition, "a", "b"),
        "a change without the old": signed(CHANGE.edition, "c", "d"),
    }
    return [
        *(_row(name, one, is_good=True) for name, one in rows.items()),
        *(_row(name, one, is_good=False) for name, one in bad.items()),
    ]


def _row(name: str, one: UnverifiedManifest, *, is_good: bool) -> Json:
    return {
        "name": name,
        "manifest": one.pack().hex(),
        "number": one.edition.number,
        "relays": [relay.pack().hex() for relay in one.edition.relays],
        "places": [place.text for place in one.edition.places],
        "error": None if is_good else "forged",
    }


def followed() -> list[Json]:
    """Series, what is known before, and what taking them comes to."""
    fork = signed(replace(FIRST, relays=()), "a", "b")
    strange = signers(1, "x")
    stranger = signed(Edition(strange.id, 9, strange), "x")
    unsigned = signed(replace(AFTER.edition, number=7), "c")
    misnamed = signed(Edition(strange.id, 1, OLD), "a", "b")
    rows: list[
        tuple[
            str,
            tuple[UnverifiedManifest, ...],
            tuple[UnverifiedManifest, ...],
            str | None,
        ]
    ] = [
        ("the first", (), (ONE,), None),
        ("after a change of keys", (), (CHANGE, AFTER), None),
        ("the same again", (ONE,), (ONE,), None),
        ("the next", (ONE,), (TWO,), None),
        ("across a change of keys", (ONE,), (CHANGE, AFTER), None),
        ("under the new keys alone", (CHANGE, AFTER), (AFTER,), None),
        ("rollback", (TWO,), (ONE,), "replayed"),
        ("rollback across a change of keys", (CHANGE, AFTER), (TWO,), "replayed"),
        ("two editions of one number", (ONE,), (fork,), "forged"),
        ("another manifest", (ONE,), (stranger,), "forged"),
        ("without the change of keys", (ONE,), (AFTER,), "forged"),
        ("not signed enough", (CHANGE, AFTER), (CHANGE, unsigned), "forged"),
        ("named for other keys", (), (misnamed,), "forged"),
        ("not from its beginning", (), (AFTER,), "forged"),
        ("out of order", (), (AFTER, CHANGE), "malformed"),
        ("ends in a change of keys", (), (CHANGE,), "malformed"),
        ("two that change nothing", (), (ONE, TWO), "malformed"),
    ]
    return [
        {
            "name": name,
            "known": series_text(known) if known else None,
            "series": series_text(series),
            "number": None if error else series[-1].edition.number,
            "error": error,
        }
        for name, known, series, error in rows
    ]


def messages() -> list[Json]:
    """What a client asks a relay, and what it is answered."""
    held = sha256(b"held").digest()
    rows: list[tuple[str, Request | Reply]] = [
        ("MANIFEST_GET", ManifestGet(held)),
        ("MANIFEST_GET, nothing held", ManifestGet()),
        ("SERIES", ReplySeries(write_series((ONE,)))),
        ("SERIES, nothing new", ReplySeries(b"")),
    ]
    return [
        {"name": name, "message": encode(RequestNumber(7), message).hex()}
        for name, message in rows
    ]


def build() -> dict[str, Json]:
    """The whole file."""
    text = series_text((ONE,))
    return {
        "about": "spec/manifest.md. Bytes are hexadecimal.",
        "signers": OLD.pack().hex(),
        "id": Following.begin((ONE,)).id.hex(),
        "editions": editions(),
        "malformed": [
            {"name": name, "manifest": data.hex()} for name, data in malformed().items()
        ],
        "followed": followed(),
        "messages": messages(),
        "texts": [
            {"text": text, "is_good": True},
            {"text": f'"{text[:200]}" "{text[200:]}"\n', "is_good": True},
            {"text": text[:-1], "is_good": False},
            {"text": text + "!", "is_good": False},
            {"text": text.upper(), "is_good": False},
            {"text": "linnet-manifest:", "is_good": False},
        ],
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
