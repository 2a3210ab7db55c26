"""Writes vectors/identity.json: spec/identity.md by example, failures included.

Run as ``python -m vectors.identity``; the same bytes come out every time.
"""

import json
from hashlib import sha256
from pathlib import Path

from linnet.client.core.identity import Account
from linnet.client.core.keys import InviteKeys, OwnerKeys, stream_control_token
from linnet.client.core.phrase import new_phrase
from linnet.client.core.posts import WelcomePost, seal_package, seal_post
from linnet.client.core.safety import safety_number
from linnet.ids import AccountKey, DeviceId, EnvelopeId, Sequence, StreamId
from linnet.wire.invites import InviteLink
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


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that are the same in every run."""
    return sha256(b"identity vectors " + label.encode()).digest()[:length]


ALICE, BOB = Account(fixed("alice")), Account(fixed("bob"))
DEVICE, SIGNATURE_KEY = DeviceId(fixed("device", 8)), fixed("signature key")
SECRET, OWNER = fixed("invite secret"), fixed("owner secret")
RELAY = RelayDescriptor(
    fixed("relay"),
    (
        Address(
            Road.WSS, "relay.example", 443, "0123456789abcdefABCDEF", "cdn.example"
        ),
        Address(Road.TCP, "203.0.113.7", 4433),
    ),
)
OTHER = RelayDescriptor(
    fixed("other"), (Address(Road.WS, "other.example", 80, "p" * 22),)
)
LINK = InviteLink(ALICE.key, SECRET, "Alice Тест", (RELAY, OTHER))


def build() -> dict[str, Json]:
    """The whole file."""
    return {
        "about": "spec/identity.md, version 1. Bytes are hexadecimal.",
        "account": {"seed": ALICE.seed.hex(), "key": ALICE.key.hex()},
        "credentials": credentials(),
        "names": names(),
        "invites": invites(),
        "derived": derived(),
        "safety_numbers": safety_numbers(),
        "phrases": phrases(),
        "sealed": sealed(),
    }


def credentials() -> list[Json]:
    """A device's credential, and every way in which one is refused."""
    good = ALICE.certify(DEVICE, SIGNATURE_KEY)
    stranger = good[:1] + BOB.key + good[33:]
    rows: list[tuple[str, bytes, bytes, str | None]] = [
        ("good", good, SIGNATURE_KEY, None),
        ("for another signature key", good, fixed("another key"), "Forged"),
        ("of another account", stranger, SIGNATURE_KEY, "Forged"),
        (
            "of another device",
            good[:33] + bytes(8) + good[41:],
            SIGNATURE_KEY,
            "Forged",
        ),
        ("of another version", b"\x02" + good[1:], SIGNATURE_KEY, "Malformed"),
        ("too short", good[:-1], SIGNATURE_KEY, "Malformed"),
        ("too long", good + b"\x00", SIGNATURE_KEY, "Malformed"),
        ("empty", b"", SIGNATURE_KEY, "Malformed"),
    ]
    return [
        {
            "name": name,
            "credential": data.hex(),
            "signature_key": key.hex(),
            "account": None if error else data[1:33].hex(),
            "device": None if error else data[33:41].hex(),
            "error": error,
        }
        for name, data, key, error in rows
    ]


def names() -> list[Json]:
    """Names as they travel, and those that are refused."""
    good = ["Ann", "Зоя", "愛", "o'Neill 🦉", "x" * 64]
    bad = [
        "",
        " Ann",
        "Ann ",
        "A\nn",
        "A\x7fn",
        "A\x85n",
        "\u202eevE",
        "\ufeffA",
        "x" * 65,
    ]
    rows: list[Json] = [
        {"bytes": n.encode().hex(), "name": n, "error": None} for n in good
    ]
    rows += [
        {"bytes": n.encode().hex(), "name": None, "error": "Malformed"} for n in bad
    ]
    return [*rows, {"bytes": "ff", "name": None, "error": "Malformed"}]


def invites() -> list[Json]:
    """A link with two relays, and every way in which one is refused."""
    text, body = LINK.text(), LINK.pack()
    passed = PassLink(RELAY, fixed("pass")).text()
    wrong = {
        "of another kind": passed,
        "no link": "https://relay.example/",
        "one letter changed": text[:40] + ("A" if text[40] != "A" else "B") + text[41:],
        "cut off": text[:-4],
        "no relay": encode_link(LinkKind.INVITE, body[:64] + b"\x00\x00"),
        "five relays": encode_link(
            LinkKind.INVITE, body[:64] + b"\x00\x05" + 5 * OTHER.pack()
        ),
        "more behind it": encode_link(LinkKind.INVITE, body + b"\x00"),
        "a name that is not UTF-8": encode_link(
            LinkKind.INVITE, body[:64] + b"\x01\xff\x01" + OTHER.pack()
        ),
    }
    good: Json = {
        "name": "good",
        "link": text,
        "account": ALICE.key.hex(),
        "secret": SECRET.hex(),
        "display_name": LINK.name,
        "relays": [one.pack().hex() for one in LINK.relays],
        "error": None,
    }
    spaced: Json = {"name": "with white space", "link": f" {text[:9]}\n{text[9:]} "}
    bad: list[Json] = [
        {"name": name, "link": link, "error": "Malformed"}
        for name, link in wrong.items()
    ]
    return [good, {**good, **spaced}, *bad]  # type: ignore[dict-item]  # both are objects


def derived() -> Json:
    """Everything that comes of the two secrets at one relay."""
    invite = InviteKeys.derive(SECRET, RELAY.key)
    owner = OwnerKeys.derive(OWNER, RELAY.key, invite.inbox)
    stream = StreamId(fixed("stream", 16))
    control = stream_control_token(OWNER, RELAY.key, stream)
    return {
        "relay_key": RELAY.key.hex(),
        "invite_secret": SECRET.hex(),
        "owner_secret": OWNER.hex(),
        "inbox": invite.inbox.hex(),
        "append_token": invite.append_token.hex(),
        "inbox_key": invite.inbox_key.hex(),
        "shelf": invite.shelf.hex(),
        "claim_token": invite.claim_token.hex(),
        "shelf_key": invite.shelf_key.hex(),
        "read_token": owner.read_token.hex(),
        "control_token": owner.control_token.hex(),
        "shelf_token": owner.shelf_token.hex(),
        "stream": stream.hex(),
        "stream_control_token": control.hex(),
    }


def safety_numbers() -> list[Json]:
    """Numbers of two pairs."""
    pairs = [(ALICE.key, BOB.key), (BOB.key, AccountKey(bytes(32)))]
    return [
        {"one": one.hex(), "other": other.hex(), "digits": safety_number(one, other)}
        for one, other in pairs
    ]


def phrases() -> list[Json]:
    """Phrases as they are made and typed, and slips."""
    phrase = new_phrase(lambda count: fixed("phrase", count))
    secret = phrase.replace("-", "")[:28]
    typed = phrase.lower().replace("-", " ").replace("1", "l").replace("0", "o")
    slip = phrase[:-1] + ("2" if phrase[-1] != "2" else "3")
    good: list[Json] = [
        {"typed": text, "secret": secret, "error": None} for text in (phrase, typed)
    ]
    bad: list[Json] = [
        {"typed": text, "secret": None, "error": "Malformed"}
        for text in (slip, phrase[:-1], phrase + "0", "", "!" + phrase[1:])
    ]
    first: Json = {"entropy": fixed("phrase", 18).hex(), "phrase": phrase}
    return [first, *good, *bad]


def sealed() -> list[Json]:
    """A package on the shelf and a post in the inbox, and what is refused."""
    keys = InviteKeys.derive(SECRET, RELAY.key)
    envelope = EnvelopeId(fixed("envelope", 16))
    post = WelcomePost(
        sender=BOB.key,
        note="from the choir",
        sequence=Sequence(2),
        envelope=EnvelopeId(fixed("commit", 16)),
        welcome=b"welcome",
        tree=b"tree",
    ).encode()

    def nonce(count: int) -> bytes:
        return fixed("nonce", count)

    package = seal_package(keys.shelf_key, keys.shelf, b"key package", nonce)
    posted = seal_post(
        keys.inbox_key, keys.inbox, envelope=envelope, body=post, entropy=nonce
    )
    flipped = posted[:-1] + bytes([posted[-1] ^ 1])
    rows: list[tuple[str, str, bytes, bytes, str | None]] = [
        ("package", "good", package, b"key package", None),
        ("package", "cut off", package[:-1], b"", "Forged"),
        ("package", "empty", b"", b"", "Forged"),
        ("post", "good", posted, post, None),
        ("post", "one bit flipped", flipped, b"", "Forged"),
        ("post", "empty", b"", b"", "Forged"),
    ]
    return [
        {
            "what": what,
            "name": name,
            "envelope": envelope.hex(),
            "sealed": data.hex(),
            "body": None if error else body.hex(),
            "error": error,
        }
        for what, name, data, body, error in rows
    ]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
