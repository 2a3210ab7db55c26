"""Writes vectors/session.json: a session of spec/session.md, and every way to fail.

Run as ``python -m vectors.session``; the same bytes come out every time.
"""

import json
from pathlib import Path

from linnet.wire.ciphers import CipherState
from linnet.wire.handshakes import ResumptionKeys
from linnet.wire.records import padded_length, parse
from vectors.session_failures import failures
from vectors.session_parties import (
    KEM,
    KEM_SEED,
    PASS,
    RELAY_PRIVATE,
    RELAY_PUBLIC,
    TIME,
    Parties,
    fixed,
)

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")


def build() -> dict[str, Json]:
    """The whole file."""
    return {
        "about": "spec/session.md, version 1. Bytes are hexadecimal.",
        "relay_private": RELAY_PRIVATE.hex(),
        "relay_public": RELAY_PUBLIC.hex(),
        "opening": opening(),
        "records": records(),
        "resumption": resumption(),
        "key_update": key_update(),
        "size_classes": [[size, padded_length(size)] for size in SIZES],
        "failures": failures(),
    }


SIZES = [0, 38, 127, 128, 129, 144, 145, 300, 1_000, 4_096, 5_000, 40_000, 65_535]


def opening() -> dict[str, Json]:
    """The opening and all that is derived from it."""
    parties = Parties()
    hello = parties.hello()
    pending = parties.greet(hello)
    digest = parties.opening.handshake.hash
    keys = ResumptionKeys(fixed("seed"), digest)
    return {
        "client": {
            "ephemeral": fixed("client ephemeral").hex(),
            "kem_seed": KEM_SEED.hex(),
            "padding_byte": 7,
            "features": 0,
            "pass": PASS.hex(),
        },
        "relay": {
            "ephemeral": fixed("relay ephemeral").hex(),
            "kem_ciphertext": KEM["ciphertext"],
            "kem_shared_secret": KEM["shared_secret"],
            "padding_byte": 9,
            "features": 0,
            "seed": fixed("seed").hex(),
            "ping_after": 30,
            "keep_detached": 600,
            "time": TIME,
        },
        "hello": hello.hex(),
        "answer": pending.answer.hex(),
        "handshake_hash": digest.hex(),
        "resumption_key": keys.psk.hex(),
        "resumption_ids": [one.hex() for one in keys.ids(0) + keys.ids(1)],
    }


def records() -> list[Json]:
    """Every record of the conversation, in the order in which they pass."""
    parties = Parties()
    said = parties.open()
    watcher = Parties()
    pending = watcher.greet(watcher.hello())
    ciphers = {"client": pending.into, "relay": pending.out}
    return [
        {"from": speaker, **shown(ciphers[speaker].decrypt(sent)), "record": sent.hex()}
        for speaker, sent in said
    ]


def shown(plain: bytes) -> dict[str, Json]:
    first, received, flags, messages = parse(plain)
    return {
        "first": first,
        "received": received,
        "flags": flags,
        "messages": [message.hex() for message in messages],
    }


def resumption() -> dict[str, Json]:
    """A resumption after the client's last record was lost."""
    parties = Parties()
    parties.open()
    parties.client.send(b"lost and sent again")
    parties.client.flush(0)
    hello = parties.resume()
    pending = parties.greet_again(hello)
    parties.welcome(pending.answer)
    (record,) = parties.client.flush(0)
    messages = parties.reception.confirm(pending, record, 0)
    assert messages == [b"lost and sent again"]
    return {
        "attempt": 0,
        "client": {
            "ephemeral": fixed("client ephemeral, resuming").hex(),
            "padding_byte": 5,
            "received": parties.client.received,
        },
        "relay": {
            "ephemeral": fixed("relay ephemeral, resuming").hex(),
            "padding_byte": 6,
            "received": parties.relay.received - 1,
        },
        "hello": hello.hex(),
        "answer": pending.answer.hex(),
        "record": record.hex(),
        "messages": [message.hex() for message in messages],
    }


def key_update() -> list[Json]:
    """The last record of a key and the first of the next one."""
    key, plain = fixed("record key"), b"\0" * 112
    cipher = CipherState(key)
    cipher.counter = 65_535
    last = cipher.encrypt(plain)
    cipher.rekey()
    return [
        {
            "key": key.hex(),
            "plaintext": plain.hex(),
            "counter": 65_535,
            "record": last.hex(),
            "next_record": cipher.encrypt(plain).hex(),
        }
    ]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1) + "\n")
    print(f"Wrote {TARGET.name}")
