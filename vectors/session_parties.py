"""A client and a relay whose every random byte is fixed, for vectors/session.json."""

import json
from dataclasses import dataclass, field
from hashlib import shake_256
from pathlib import Path

from linnet.wire.client_session import ClientSession
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, Pending, Reception, RelaySession
from linnet.wire.session import Session

KEM = json.loads(Path(__file__).with_name("session_kem.json").read_text())
TIME = 1_795_000_000


def fixed(name: str, length: int = 32) -> bytes:
    """Bytes that look random and that anyone can compute again."""
    return shake_256(f"Linnet vectors: {name}".encode()).digest(length)


RELAY_PRIVATE = fixed("relay key")
RELAY_PUBLIC = public_key(RELAY_PRIVATE)
PASS = fixed("pass")
KEM_SEED = bytes.fromhex(KEM["seed"])


@dataclass
class Script:
    """Entropy that gives what was laid out, in order."""

    left: list[bytes] = field(default_factory=list)

    def __call__(self, length: int) -> bytes:
        drawn = self.left.pop(0)
        assert len(drawn) == length, f"{len(drawn)} bytes laid out, {length} asked for"
        return drawn


def encapsulate(_: bytes) -> tuple[bytes, bytes]:
    return bytes.fromhex(KEM["shared_secret"]), bytes.fromhex(KEM["ciphertext"])


@dataclass
class Parties:
    """Both machines, and the scripts that feed them."""

    client_script: Script = field(default_factory=Script)
    relay_script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        self.client = ClientSession(
            RELAY_PUBLIC, entropy=self.client_script, pass_token=PASS
        )
        self.reception = Reception(
            RELAY_PRIVATE, entropy=self.relay_script, encapsulate=encapsulate
        )
        self.relay: RelaySession
        self.opening: Opening

    def hello(self) -> bytes:
        """The client's opening."""
        self.client_script.left += [b"\x07", fixed("client ephemeral"), KEM_SEED]
        return self.client.hello(0)

    def greet(self, hello: bytes) -> Pending:
        """The relay's answer to it, for the session to be confirmed."""
        self.relay_script.left += [fixed("seed"), b"\x09", fixed("relay ephemeral")]
        opening = self.reception.greet(hello, 0)
        assert isinstance(opening, Opening)
        self.opening = opening
        return self.reception.accept(opening, unix_time=TIME)

    def welcome(self, answer: bytes) -> None:
        """The client takes the answer."""
        self.client_script.left.append(b"\x80")
        self.client.welcome(answer, 0)

    def open(self) -> list[tuple[str, bytes]]:
        """Open the session and exchange a few records: (who sent it, record)."""
        pending = self.greet(self.hello())
        self.welcome(pending.answer)
        self.relay = pending.session
        first = self.client.flush(0)[0]
        self.reception.confirm(pending, first, 0)
        said = [("client", first), ("relay", self.relay.flush(0)[0])]
        self.client.receive(said[1][1], 0)
        for speaker, messages in CONVERSATION:
            said.append((speaker, self.say(speaker, messages)))
        return said

    def say(self, speaker: str, messages: list[bytes]) -> bytes:
        """One record, given and taken."""
        giver: Session = self.client
        taker: Session = self.relay
        if speaker == "relay":
            giver, taker = self.relay, self.client
        for message in messages:
            giver.send(message)
        (record,) = giver.flush(0)
        assert taker.receive(record, 0) == messages
        return record

    def resume(self) -> bytes:
        """The client's resumption."""
        self.client_script.left += [b"\x05", fixed("client ephemeral, resuming")]
        return self.client.hello(0)

    def greet_again(self, hello: bytes) -> Pending:
        """The relay's answer to it."""
        self.relay_script.left += [b"\x06", fixed("relay ephemeral, resuming")]
        pending = self.reception.greet(hello, 0)
        assert isinstance(pending, Pending)
        return pending


CONVERSATION: list[tuple[str, list[bytes]]] = [
    ("client", [b"a message"]),
    ("relay", [b"an answer", b"", bytes(range(256))]),
    ("client", [b"x" * 97]),
    ("relay", [b"y" * 5_000]),
    ("client", [bytes([number]) for number in range(40)]),
]
