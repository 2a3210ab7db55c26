"""Writes vectors/devices.json: spec/devices.md by example, failures included.

Run as ``python -m vectors.devices``; the same bytes come out every time.
"""

import json
from dataclasses import replace
from pathlib import Path

from linnet.client.core import cbor
from linnet.client.core.devices import (
    AccountNamed,
    ContactSet,
    Entry,
    HistorySent,
    PreferencesSet,
    RelayAdded,
    RequestAnswered,
    SecretsRotated,
    SeenUpTo,
    ShelfLaid,
    write_entry,
)
from linnet.client.core.keys import DeviceKeys, MailboxKeys
from linnet.client.core.linking import NewSide, commitment
from linnet.client.core.padding import pad
from linnet.client.core.records import HistoryRecord, write_piece, write_record
from linnet.ids import (
    StreamId,
)
from linnet.wire.limits import MAX_ENVELOPE
from linnet.wire.links import (
    LinkKind,
    PassLink,
    encode_link,
)
from vectors.devices_parties import (
    ALICE,
    BOB,
    BUNDLE_REF,
    CARD,
    CONTACT,
    DEVICE,
    GROUP,
    LINK,
    NEW,
    NOTICE,
    RECORD,
    RELAY,
    ROOM,
    a_bundle,
    entropy,
    fixed,
    sides,
)

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")


def build() -> dict[str, Json]:
    """The whole file."""
    return {
        "about": "spec/devices.md, version 1. Bytes are hexadecimal.",
        "links": links(),
        "mailbox": mailbox(),
        "exchange": exchange(),
        "refused": refused(),
        "device_shelf": device_shelf(),
        "entries": entries(),
        "bad_entries": bad_entries(),
        "bundle": bundle(),
        "bad_bundles": bad_bundles(),
        "piece": {
            "data": write_piece([RECORD, NOTICE]).hex(),
            "records": [record_row(RECORD), record_row(NOTICE)],
        },
        "bad_pieces": bad_pieces(),
    }


def links() -> list[Json]:
    """A link, and every way in which one is refused."""
    text = LINK.text()
    body = RELAY.pack() + LINK.stream + LINK.secret
    bad = {
        "of another kind": PassLink(RELAY, fixed("pass")).text(),
        "one letter changed": text[:40] + ("A" if text[40] != "A" else "B") + text[41:],
        "cut off": text[:-4],
        "a secret of 31 bytes": encode_link(LinkKind.DEVICE, body[:-1]),
        "more behind it": encode_link(LinkKind.DEVICE, body + b"\x00"),
        "no relay": encode_link(LinkKind.DEVICE, LINK.stream + LINK.secret),
    }
    good: Json = {
        "name": "good",
        "link": text,
        "relay": RELAY.pack().hex(),
        "stream": LINK.stream.hex(),
        "secret": LINK.secret.hex(),
        "error": None,
    }
    rows: list[Json] = [good]
    for name, link in bad.items():
        rows.append({"name": name, "link": link, "error": "Malformed"})
    return rows


def mailbox() -> Json:
    """What comes of the link's secret."""
    keys = MailboxKeys.derive(LINK.secret)
    return {
        "secret": LINK.secret.hex(),
        "psk": keys.psk.hex(),
        "append_token": keys.append_token.hex(),
        "read_token": keys.read_token.hex(),
        "control_token": keys.control_token.hex(),
        "envelopes": [keys.envelope(place).hex() for place in range(1, 6)],
    }


def exchange() -> Json:
    """All five envelopes. Each side draws its nonce, then its ephemeral key, or so."""
    new, old = sides()
    first = new.hello("Firefox on the desk")
    second = old.greeted(first)
    code = new.answered(second)
    third = new.prove(NEW)
    device = old.proven(third)
    fourth = old.give(BUNDLE_REF)
    assert new.received(fourth) == BUNDLE_REF
    fifth = new.done()
    old.finished(fifth)
    assert (device, old.code, old.name) == (NEW, code, "Firefox on the desk")
    return {
        "link": LINK.text(),
        "new_nonce": fixed("new 0").hex(),
        "new_ephemeral": fixed("new 1").hex(),
        "old_nonce": fixed("old 0").hex(),
        "old_ephemeral": fixed("old 1").hex(),
        "commitment": commitment(fixed("new 0")).hex(),
        "device_name": "Firefox on the desk",
        "device": NEW.hex(),
        "code": code,
        "bundle_reference": BUNDLE_REF.pack().hex(),
        "envelopes": [one.hex() for one in (first, second, third, fourth, fifth)],
    }


def refused() -> list[Json]:
    """Envelopes that a side refuses at their place, in the exchange above."""
    new, old = sides()
    first = new.hello("Firefox on the desk")
    second = old.greeted(first)
    new.answered(second)
    other = NewSide(replace(LINK, secret=fixed("another secret")), entropy("new"))
    elsewhere = NewSide(
        replace(LINK, stream=StreamId(fixed("elsewhere", 16))), entropy("new")
    )
    nameless = NewSide(LINK, entropy("new"))
    rows: list[tuple[str, int, bytes, str]] = [
        ("made without the link", 1, other.hello("x"), "Forged"),
        ("made for another mailbox", 1, elsewhere.hello("x"), "Forged"),
        ("cut off", 1, first[:40], "Malformed"),
        ("a device without a name", 1, nameless.hello(""), "Malformed"),
        ("one bit flipped", 2, second[:-1] + bytes([second[-1] ^ 1]), "Forged"),
        ("its own envelope", 2, first, "Forged"),
        ("another nonce than committed to", 3, _lie(), "Forged"),
        ("a device id of 7 bytes", 3, _sealed_three(NEW[:7]), "Malformed"),
    ]
    return [
        {"name": name, "place": place, "envelope": data.hex(), "error": error}
        for name, place, data, error in rows
    ]


def _lie() -> bytes:
    return _third([1, fixed("chosen later"), NEW])


def _sealed_three(device: bytes) -> bytes:
    return _third([1, fixed("new 0"), device])


def _third(payload: list[cbor.Value]) -> bytes:
    """Envelope 3 with another payload, in the same exchange."""
    new, old = sides()
    new.answered(old.greeted(new.hello("Firefox on the desk")))
    plain = pad(cbor.encode(payload), largest=MAX_ENVELOPE - 16)
    return new._sending.encrypt(plain, b"")


def device_shelf() -> Json:
    """What comes of the owner secret for one device at one relay."""
    keys = DeviceKeys.derive(fixed("owner secret"), RELAY.key, NEW)
    return {
        "owner_secret": fixed("owner secret").hex(),
        "relay_key": RELAY.key.hex(),
        "device": NEW.hex(),
        "shelf": keys.shelf.hex(),
        "claim_token": keys.claim_token.hex(),
        "owner_token": keys.owner_token.hex(),
        "key": keys.key.hex(),
    }


def entries() -> list[Json]:
    """One entry of every kind, and its fields as JSON."""
    rows: list[tuple[str, Entry]] = [
        ("device", DEVICE),
        ("name", AccountNamed("Alice Тест")),
        ("preferences", PreferencesSet(True, False, True)),
        ("contact", CONTACT),
        ("contact without a card", ContactSet(BOB.key, "Bob", 0, False)),
        ("request", RequestAnswered(ROOM, True)),
        ("seen", SeenUpTo(ROOM, RECORD.id)),
        ("secrets", SecretsRotated(fixed("invite secret"), fixed("owner secret"))),
        ("relay", RelayAdded(RELAY, fixed("pass"))),
        ("history", HistorySent(ROOM, (RECORD, NOTICE))),
        ("shelf", ShelfLaid(NEW)),
    ]
    return [
        {
            "name": name,
            "entry": write_entry(entry).hex(),
            "fields": shown(cbor.decode(write_entry(entry))),
        }
        for name, entry in rows
    ]


def shown(value: cbor.Value) -> Json:
    """CBOR as JSON: byte strings as hexadecimal after ``h:``."""
    match value:
        case bytes():
            return "h:" + value.hex()
        case list():
            return [shown(one) for one in value]
        case dict():
            return {str(key): shown(one) for key, one in value.items()}
        case None | bool() | int() | str():
            return value
        case _:
            raise AssertionError(value)


def bad_entries() -> list[Json]:
    """Entries that are skipped."""
    rows: dict[str, cbor.Value] = {
        "of an unknown kind": [99, fixed("x")],
        "no array": 1,
        "kind a boolean": [True, NEW, "a", 0],
        "device id of 7 bytes": [1, NEW[:7], "a", 0],
        "device without a name": [1, NEW, "", 0],
        "name that deceives": [2, "\u202eevE"],
        "preferences as numbers": [3, 1, 1, 1],
        "contact with another's card": [4, ALICE.key, "Alice", 2, False, CARD],
        "contact of an unknown state": [4, BOB.key, "Bob", 4, False, None],
        "owner secret of 31 bytes": [7, fixed("a"), fixed("b", 31)],
        "relay with more behind it": [8, RELAY.pack() + b"\x00", None],
        "history of another conversation": [9, GROUP, [write_record(RECORD)]],
        "history of nothing": [9, ROOM, []],
        "one field too many": [10, NEW, 0],
    }
    return [{"name": n, "entry": cbor.encode(v).hex()} for n, v in rows.items()]


def bundle() -> Json:
    """An account as it is handed over."""
    data = a_bundle().encode()
    return {"data": data.hex(), "fields": shown(cbor.decode(data))}


def bad_bundles() -> list[Json]:
    """Accounts that are refused whole."""

    def changed(place: int, value: cbor.Value) -> bytes:
        fields = cbor.decode(a_bundle().encode())
        assert isinstance(fields, list)
        return cbor.encode([*fields[:place], value, *fields[place + 1 :]])

    relay: list[cbor.Value] = [RELAY.pack(), None, 0, bytes(16)]
    rows = {
        "of another version": changed(0, 2),
        "seed of 31 bytes": changed(1, bytes(31)),
        "no name": changed(4, ""),
        "no relay": changed(6, []),
        "relay with a short pass": changed(
            6, [[RELAY.pack(), bytes(31), 0, bytes(16)]]
        ),
        "relay without a cursor": changed(6, [relay[:2]]),
        "contact of no form": changed(7, [1]),
        "nine devices": changed(8, [[NEW, "a", 0]] * 9),
        "conversation of kind 2": changed(9, [_room(1, 2)]),
        "conversation of two with a title": changed(9, [_room(3, "title")]),
        "reference of 71 bytes": changed(10, [bytes(71)]),
    }
    return [{"name": name, "data": data.hex()} for name, data in rows.items()]


def _room(place: int, value: cbor.Value) -> list[cbor.Value]:
    fields = a_bundle().conversations[0].value()
    return [*fields[:place], value, *fields[place + 1 :]]


def record_row(record: HistoryRecord) -> Json:
    """A record's fields as JSON."""
    return shown(cbor.decode(cbor.encode(write_record(record))))


def bad_pieces() -> list[Json]:
    """Pieces of a history that are refused."""

    def changed(place: int, value: cbor.Value) -> bytes:
        fields = write_record(RECORD)
        return cbor.encode([[*fields[:place], value, *fields[place + 1 :]]])

    rows = {
        "no array": cbor.encode(0),
        "message id of 15 bytes": changed(1, bytes(15)),
        "sender of 31 bytes": changed(3, bytes(31)),
        "time beyond the year 9999": changed(4, 253_402_300_800_000),
        "place a boolean": changed(5, True),
        "reply to no MIMI id": changed(8, bytes(31)),
        "file without a key": changed(
            11, [bytes(32), b"", bytes(7), 1, "a", "b", None, None]
        ),
        "reaction too long": changed(14, [[bytes(32), bytes(32), "x" * 33]]),
        "receipt of no account": changed(15, [[b"", True]]),
        "one field too many": cbor.encode([[*write_record(RECORD), 0]]),
    }
    return [{"name": name, "data": data.hex()} for name, data in rows.items()]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
