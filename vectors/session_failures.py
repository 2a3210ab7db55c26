"""The refusals of vectors/session.json: what is offered, to whom, what must happen.

``state`` says what has happened before, with the values of the file's other parts:

- ``fresh``: nothing; for the client, its opening was sent.
- ``greeted``: the relay has answered the file's opening.
- ``opened``: the opening and all ``records`` have passed.
- ``resuming``: as ``opened``, and the file's resumption was sent.
- ``resumed``: as ``resuming``, and the relay has answered it.

``bytes`` are followed by as many zero bytes as ``zeros`` says.
``input`` says what is offered: the ``first`` message of a new carrier, an ``answer``
or a ``record``. ``error`` names the class that is raised, or what happens instead.
"""

from collections.abc import Iterator

from linnet.wire.handshakes import (
    OPENING_PROLOGUE,
    RESUMPTION_PROLOGUE,
    OpeningRefusal,
    ResumptionKeys,
)
from linnet.wire.noise import NKHFS, NNPSK0, HandshakeState
from linnet.wire.records import build
from vectors.session_parties import (
    KEM_SEED,
    RELAY_PRIVATE,
    RELAY_PUBLIC,
    Parties,
    Script,
    encapsulate,
    fixed,
)

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
Case = tuple[str, bytes, str]

OPENING_FIELDS = {
    "ephemeral key": 0,
    "encapsulation key": 40,
    "encapsulation key's tag": 1_220,
    "payload": 1_240,
    "payload's tag": -1,
}
ANSWER_FIELDS = {
    "ephemeral key": 0,
    "ciphertext": 40,
    "ciphertext's tag": 1_125,
    "payload": 1_140,
    "payload's tag": -1,
}


def failures() -> list[Json]:
    """Every refusal."""
    parts = (
        ("relay", "fresh", "first", openings()),
        ("relay", "greeted", "first", replayed()),
        ("client", "fresh", "answer", answers()),
        ("relay", "opened", "record", records("client")),
        ("client", "opened", "record", records("relay")),
        ("relay", "opened", "first", resumptions()),
        ("client", "resuming", "answer", resumption_answers()),
        ("relay", "resumed", "first", respent()),
        ("relay", "resumed", "record", confirmations()),
    )
    return [
        {
            "name": name,
            "side": side,
            "state": state,
            "input": kind,
            "bytes": offered.rstrip(b"\0").hex(),
            "zeros": len(offered) - len(offered.rstrip(b"\0")),
            "error": error,
        }
        for side, state, kind, cases in parts
        for name, offered, error in cases
    ]


def flip(message: bytes, place: int) -> bytes:
    changed = bytearray(message)
    changed[place] ^= 1
    return bytes(changed)


def openings() -> Iterator[Case]:
    hello = Parties().hello()
    for name, place in OPENING_FIELDS.items():
        yield f"a bit of the {name} flipped", flip(hello, place), "Forged"
    yield "an opening cut short", hello[:-1], "Forged"
    yield "an opening cut inside its payload", hello[:1_248], "Forged"
    yield "a first message of 72 bytes", hello[:72], "Malformed"
    yield "an empty first message", b"", "Malformed"
    yield "an ephemeral key of small order", bytes(32) + hello[32:], "Malformed"
    yield "an opening for another relay", own_opening(key=fixed("another")), "Forged"
    pass_token = fixed("pass")
    unknown = own_opening(b"\2\0\0\0")
    yield "an opening of version 2", unknown, f"Refused {OpeningRefusal.VERSION:#x}"
    short = own_opening(b"\1\0\0\x1f" + pass_token[:31])
    yield "a pass of 31 bytes", short, "Malformed"
    loud = own_opening(b"\1\0\0\0" + b"\0" * 40 + b"\1")
    yield "an opening padded with a one", loud, "Malformed"
    yield (
        "an opening that says too little",
        own_opening(b"\1\0\0", least=3),
        "Malformed",
    )


def replayed() -> Iterator[Case]:
    yield "an opening sent again", Parties().hello(), "Replayed"


def answers() -> Iterator[Case]:
    parties = Parties()
    answer = parties.greet(parties.hello()).answer
    for name, place in ANSWER_FIELDS.items():
        yield f"a bit of the answer's {name} flipped", flip(answer, place), "Forged"
    yield "an answer cut short", answer[:-1], "Forged"
    yield "an answer of 47 bytes", answer[:47], "Malformed"
    yield "an answer cut inside its ciphertext", answer[:1_000], "Malformed"
    for code in OpeningRefusal:
        refusal = own_answer(bytes((code, 1, 0, 0)))
        yield f"a relay that refuses with {code.name}", refusal, f"Refused {code:#x}"
    yield "a refusal nobody knows", own_answer(b"\xff\1\0\0"), "Refused 0xff"
    yield "an answer of version 2", own_answer(b"\0\2\0\0"), "Malformed"
    yield (
        "an answer padded with a one",
        own_answer(bytes((0, 1)) + bytes(60) + b"\1"),
        "Malformed",
    )
    yield (
        "an answer that says too little",
        own_answer(b"\0\1\0\0", least=4),
        "Malformed",
    )


def records(speaker: str) -> Iterator[Case]:
    parties = Parties()
    said = parties.open()
    giver = parties.client if speaker == "client" else parties.relay
    giver.send(b"the next message")
    (honest,) = giver.flush(0)
    yield "a bit of a record's first byte flipped", flip(honest, 0), "Forged"
    yield "a bit of a record's middle flipped", flip(honest, 60), "Forged"
    yield "a bit of a record's tag flipped", flip(honest, -1), "Forged"
    yield "a record cut short", honest[:-1], "Forged"
    yield "a record of 127 bytes", honest[:127], "Forged"
    yield "a record of 65,536 bytes", honest.ljust(65_536, b"\0"), "Forged"
    last = [record for one, record in said if one == speaker][-1]
    yield "a record sent again", last, "Forged"
    other = [record for one, record in said if one != speaker][-1]
    yield "a record of the other direction", other, "Forged"
    giver.send(b"the one after it")
    yield "a record left out before it", giver.flush(0)[0], "Forged"
    yield from broken_records(speaker)


def broken_records(speaker: str) -> Iterator[Case]:
    """Records that the other side itself sealed against the rules."""
    parties = Parties()
    parties.open()
    giver = parties.client if speaker == "client" else parties.relay
    sent, received = giver._sent, giver.received
    good = build(sent, received, 0, [b"hi"])
    plains = {
        "padding that is not zero": good[:-1] + b"\1",
        "a count of 1,025": good[:16] + b"\x04\x01" + good[18:],
        "a table longer than the record": good[:16] + b"\x04\x00" + good[18:],
        "a message longer than the record": good[:20] + b"\xff\xff" + good[22:],
        "a flag nobody defined": good[:18] + b"\0\x04" + good[20:],
        "messages that were received already": build(sent - 1, received, 0, [b"hi"]),
        "messages left out": build(sent + 1, received, 0, [b"hi"]),
        "an acknowledgement that goes back": build(sent, 0, 0, [b"hi"]),
        "an acknowledgement of what was never sent": build(
            sent, received + 1, 0, [b"hi"]
        ),
    }
    out = giver._out
    assert out is not None
    nonce = out.counter.to_bytes(12, "big")
    for name, plain in plains.items():
        yield name, out.seal(nonce, plain, None), "Malformed"


def resumptions() -> Iterator[Case]:
    parties = Parties()
    parties.open()
    hello = parties.resume()
    yield "a bit of the id flipped", flip(hello, 0), "Forgotten"
    yield "a bit of the resumption's ephemeral key flipped", flip(hello, 16), "Forged"
    yield "a bit of the position flipped", flip(hello, 50), "Forged"
    yield "a bit of the resumption's tag flipped", flip(hello, -1), "Forged"
    yield "a resumption cut to 73 bytes", hello[:73], "Forged"
    yield "a resumption cut to 72 bytes", hello[:72], "Malformed"
    yield "a resumption of version 2", own_resumption(b"\2" + bytes(8)), "Malformed"
    yield (
        "a resumption padded with a one",
        own_resumption(b"\1" + bytes(10) + b"\1"),
        "Malformed",
    )


def resumption_answers() -> Iterator[Case]:
    parties = Parties()
    parties.open()
    answer = parties.greet_again(parties.resume()).answer
    yield "a bit of the relay's ephemeral key flipped", flip(answer, 0), "Forged"
    yield "a bit of the relay's position flipped", flip(answer, 33), "Forged"
    yield "a resumption's answer cut short", answer[:-1], "Forged"
    yield "an answer of 48 bytes", answer[:48], "Forged"
    yield "an answer shorter than 48 bytes", answer[:47], "Forgotten"
    yield "an empty answer", b"", "Forgotten"


def respent() -> Iterator[Case]:
    parties = Parties()
    parties.open()
    yield "a resumption sent again", parties.resume(), "Forgotten"


def confirmations() -> Iterator[Case]:
    parties = Parties()
    parties.open()
    pending = parties.greet_again(parties.resume())
    parties.welcome(pending.answer)
    (record,) = parties.client.flush(0)
    yield "a confirmation with a bit flipped", flip(record, 5), "Forged"
    parties.relay.detach()
    yield "a confirmation by who has not the keys", fixed("noise", 128), "Forged"


def own_opening(
    payload: bytes = b"\1\0\0\0", *, key: bytes = RELAY_PUBLIC, least: int = 40
) -> bytes:
    """An opening that says what a client would not."""
    handshake = HandshakeState(
        NKHFS,
        initiator=True,
        prologue=OPENING_PROLOGUE,
        entropy=Script([fixed("client ephemeral"), KEM_SEED]),
        remote_static=key,
    )
    return handshake.write(payload.ljust(least, b"\0"))


def own_answer(payload: bytes, *, least: int = 56) -> bytes:
    """An answer that says what a relay would not."""
    handshake = HandshakeState(
        NKHFS,
        initiator=False,
        prologue=OPENING_PROLOGUE,
        entropy=Script([fixed("relay ephemeral")]),
        static=RELAY_PRIVATE,
        encapsulate=encapsulate,
    )
    handshake.read(Parties().hello())
    return handshake.write(payload.ljust(least, b"\0"))


def own_resumption(payload: bytes) -> bytes:
    """A resumption that says what a client would not."""
    parties = Parties()
    parties.open()
    keys = parties.client._resumption
    assert isinstance(keys, ResumptionKeys)
    identifier = keys.ids(0)[0]
    handshake = HandshakeState(
        NNPSK0,
        initiator=True,
        prologue=RESUMPTION_PROLOGUE + identifier,
        entropy=Script([fixed("client ephemeral, resuming")]),
        psk=keys.psk,
    )
    return identifier + handshake.write(payload.ljust(32, b"\0"))
