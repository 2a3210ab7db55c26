"""The handshakes agree with vectors that others have published (spec/session.md §3)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from linnet.errors import Forged, LocalError, Malformed
from linnet.wire.ciphers import CipherState
from linnet.wire.noise import (
    NK,
    NKHFS,
    NN,
    NNPSK0,
    HandshakeState,
    encapsulate,
    public_key,
)

Row = dict[str, Any]  # one row of the file, as JSON gives it
ROOT = Path(__file__).parents[2]
PUBLISHED = json.loads((ROOT / "vectors" / "noise.json").read_text())["vectors"]
PATTERNS = {pattern.name: pattern for pattern in (NN, NK, NNPSK0)}
STATIC = bytes(range(32))


def given(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def both_sides(row: Row) -> tuple[HandshakeState, HandshakeState]:
    pattern, prologue = PATTERNS[row["name"]], bytes.fromhex(row["prologue"])
    static, psk = given(row["responder_static"]), given(row["psk"])
    return (
        HandshakeState(
            pattern,
            initiator=True,
            prologue=prologue,
            entropy=lambda _: bytes.fromhex(row["initiator_ephemeral"]),
            remote_static=None if static is None else public_key(static),
            psk=psk,
        ),
        HandshakeState(
            pattern,
            initiator=False,
            prologue=prologue,
            entropy=lambda _: bytes.fromhex(row["responder_ephemeral"]),
            static=static,
            psk=psk,
        ),
    )


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["name"])
def test_handshake_and_transport_are_those_of_published_vectors(row: Row) -> None:
    turns = list(both_sides(row))
    written = [bytes.fromhex(step["message"]) for step in row["messages"]]
    payloads = [bytes.fromhex(step["payload"]) for step in row["messages"]]
    for turn in (0, 1):
        writer, reader = turns[turn], turns[1 - turn]
        assert writer.write(payloads[turn]) == written[turn]
        assert reader.read(written[turn]) == payloads[turn]

    ciphers = [side.split() for side in turns]
    for turn in range(2, len(written)):
        (out, _), (_, into) = ciphers[turn % 2], ciphers[1 - turn % 2]
        assert out.encrypt(payloads[turn]) == written[turn]
        assert into.decrypt(written[turn]) == payloads[turn]


def hybrid() -> tuple[HandshakeState, HandshakeState]:
    client = HandshakeState(
        NKHFS, True, b"", os.urandom, remote_static=public_key(STATIC)
    )
    return client, HandshakeState(NKHFS, False, b"", os.urandom, static=STATIC)


def test_the_hybrid_handshake_gives_both_sides_the_same_keys() -> None:
    client, relay = hybrid()

    assert relay.read(client.write(b"hello")) == b"hello"
    assert client.read(relay.write(b"welcome")) == b"welcome"

    assert client.hash == relay.hash
    assert relay.split()[1].decrypt(client.split()[0].encrypt(b"up")) == b"up"
    assert client.split()[1].decrypt(relay.split()[0].encrypt(b"down")) == b"down"


def test_a_handshake_for_another_relay_is_forged() -> None:
    client, _ = hybrid()
    other = HandshakeState(NKHFS, False, b"", os.urandom, static=bytes(32))

    with pytest.raises(Forged):
        other.read(client.write(b""))


def test_another_prologue_is_another_handshake() -> None:
    client, _ = hybrid()
    other = HandshakeState(NKHFS, False, b"1", os.urandom, static=STATIC)

    with pytest.raises(Forged):
        other.read(client.write(b""))


def test_a_key_of_small_order_is_malformed() -> None:
    client, relay = hybrid()
    message = client.write(b"")

    with pytest.raises(Malformed):
        relay.read(bytes(32) + message[32:])


@pytest.mark.parametrize("length", [0, 31, 32, 47])
def test_a_handshake_cut_short_is_malformed(length: int) -> None:
    client, relay = hybrid()

    with pytest.raises(Malformed):
        relay.read(client.write(b"")[:length])


def test_an_encapsulation_key_out_of_range_is_malformed() -> None:
    with pytest.raises(Malformed):
        encapsulate(b"\xff" * 1184)


def test_nobody_speaks_out_of_turn() -> None:
    client, relay = hybrid()

    with pytest.raises(LocalError):
        relay.write(b"")
    with pytest.raises(LocalError):
        client.read(b"")


def test_a_handshake_without_its_keys_is_our_own_mistake() -> None:
    with pytest.raises(LocalError):
        HandshakeState(NKHFS, False, b"", os.urandom)
    with pytest.raises(LocalError):
        HandshakeState(NNPSK0, True, b"", os.urandom).write(b"")


def test_a_complete_handshake_has_no_third_message() -> None:
    client, relay = hybrid()
    relay.read(client.write(b""))
    client.read(relay.write(b""))

    with pytest.raises(LocalError):
        client.write(b"")


def test_rekeyed_ciphers_understand_each_other_and_not_the_old_key() -> None:
    out, into, old = (CipherState(bytes(32)) for _ in range(3))
    out.rekey()
    into.rekey()

    assert into.decrypt(out.encrypt(b"new")) == b"new"
    with pytest.raises(InvalidTag):
        old.decrypt(out.encrypt(b"new"))


def test_keys_appear_in_no_repr() -> None:
    client, relay = hybrid()

    assert STATIC.hex() not in repr(relay)
    assert repr(STATIC) not in repr(relay)
    assert repr(public_key(STATIC)) not in repr(client)
