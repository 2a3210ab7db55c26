"""What client and relay tell each other inside handshakes (spec/session.md §4).

The payloads of the opening and of the resumption, the secret both derive from an
opening, and the constants by which the first message on a carrier is told apart.
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from typing import Final

from linnet.errors import Malformed, Refused
from linnet.wire.ciphers import derive
from linnet.wire.noise import Entropy

VERSION: Final = 1
OPENING_PROLOGUE: Final = b"Linnet session 1"
RESUMPTION_PROLOGUE: Final = b"Linnet session 1 resumption"

SMALLEST_OPENING: Final = 1_248
"""A first message of at least this length is an opening; a shorter one resumes."""

SMALLEST_RESUMPTION: Final = 73
SMALLEST_REPLY: Final = 48
"""A shorter answer is no handshake at all: the relay does not know the session."""

PASS_BYTES: Final = 32
RESUMPTION_ID_BYTES: Final = 16
IDS_PER_BLOCK: Final = 8

_OPENING: Final = Struct(">BHB")
_ANSWER: Final = Struct(">BBH")
_SEED_BYTES: Final = 32
_WELCOME: Final = Struct(">HIQ")
_POSITION: Final = Struct(">BQ")


class OpeningRefusal(IntEnum):
    """Why a relay opens no session (spec/session.md §4.2)."""

    VERSION = 0xF1
    PASS_NEEDED = 0xF2
    PASS_UNKNOWN = 0xF3
    FULL = 0xF4
    CLOSED = 0xF5


SENTENCES: Final = {
    OpeningRefusal.VERSION: "This relay speaks another version of the session; "
    "update Linnet, or use another relay.",
    OpeningRefusal.PASS_NEEDED: "This relay opens only with a pass; ask whoever "
    "runs it for a pass link.",
    OpeningRefusal.PASS_UNKNOWN: "This relay does not know the pass, or it has "
    "expired; ask whoever runs it for a new pass link.",
    OpeningRefusal.FULL: "This relay has no room for another session now; Linnet "
    "tries again later.",
    OpeningRefusal.CLOSED: "This relay takes no one new; use another relay.",
}


@dataclass(frozen=True, slots=True)
class OpeningPayload:
    """What the client says in its first message."""

    features: int
    pass_token: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class WelcomePayload:
    """What the relay answers when it opens a session.

    Attributes:
        seed: 32 random bytes from which resumption is derived.
        features: what the relay offers beyond version 1; unknown bits mean nothing.
        ping_after: seconds of silence after which the client must ask for an answer.
        keep_detached: seconds the relay keeps the session without a carrier.
        unix_time: the relay's clock, in seconds.
    """

    seed: bytes = field(repr=False)
    features: int
    ping_after: int
    keep_detached: int
    unix_time: int


def write_opening(payload: OpeningPayload) -> bytes:
    """The opening's payload, without padding."""
    token = payload.pass_token or b""
    return _OPENING.pack(VERSION, payload.features, len(token)) + token


def read_opening(raw: bytes) -> OpeningPayload | OpeningRefusal:
    """The opening's payload, or why no session can follow from it.

    Raises:
        Malformed: it is cut short, badly padded or names a pass of a wrong length.
    """
    version, features, length = _unpack(_OPENING, raw)
    if version != VERSION:
        return OpeningRefusal.VERSION
    if length not in {0, PASS_BYTES}:
        raise Malformed("An opening holds a pass of a wrong length.")
    end = _OPENING.size + length
    _check_padding(raw, end)
    return OpeningPayload(features, raw[_OPENING.size : end] or None)


def write_welcome(payload: WelcomePayload) -> bytes:
    """The answer of a relay that opens a session, without padding."""
    return b"".join(
        (
            _ANSWER.pack(0, VERSION, payload.features),
            payload.seed,
            _WELCOME.pack(payload.ping_after, payload.keep_detached, payload.unix_time),
        )
    )


def write_refusal(code: OpeningRefusal) -> bytes:
    """The answer of a relay that opens none, without padding."""
    return _ANSWER.pack(code, VERSION, 0)


def read_welcome(raw: bytes) -> WelcomePayload:
    """The relay's answer to an opening.

    Raises:
        Refused: the relay opens no session; the code is an ``OpeningRefusal``.
        Malformed: it is cut short, badly padded or of another version.
    """
    code, version, features = _unpack(_ANSWER, raw)
    if code:
        known = code in OpeningRefusal.__members__.values()
        sentence = SENTENCES[OpeningRefusal(code)] if known else "No reason is known."
        raise Refused(code, sentence)
    if version != VERSION:
        raise Malformed("A relay opened a session of a version nobody asked for.")
    place = _ANSWER.size + _SEED_BYTES
    ping_after, keep_detached, unix_time = _unpack(_WELCOME, raw[place:])
    _check_padding(raw, place + _WELCOME.size)
    seed = raw[_ANSWER.size : place]
    return WelcomePayload(seed, features, ping_after, keep_detached, unix_time)


def write_position(received: int) -> bytes:
    """The payload of either message of a resumption, without padding."""
    return _POSITION.pack(VERSION, received)


def read_position(raw: bytes) -> int:
    """How many messages the other side has received.

    Raises:
        Malformed: it is cut short, badly padded or of another version.
    """
    version, received = _unpack(_POSITION, raw)
    if version != VERSION:
        raise Malformed("A resumption is of a version this session does not have.")
    _check_padding(raw, _POSITION.size)
    return int(received)


def pad(payload: bytes, *, least: int, choices: int, entropy: Entropy) -> bytes:
    """Zero-pad to ``least`` plus a random 0 to ``choices - 1`` bytes (§4.4)."""
    return payload.ljust(least + entropy(1)[0] % choices, b"\0")


class ResumptionKeys:
    """The pre-shared key and the one-time ids of a session's resumptions (§4.3).

    Ids cannot be linked with one another or with the opening by anyone who does not
    hold the seed.
    """

    __slots__ = ("_hash", "_seed", "psk")

    def __init__(self, seed: bytes, handshake_hash: bytes) -> None:
        self._seed, self._hash = seed, handshake_hash
        self.psk = derive(
            seed, salt=handshake_hash, info=b"Linnet session 1 resumption key"
        )

    def ids(self, block: int) -> list[bytes]:
        """The ids of attempts ``8 * block`` to ``8 * block + 7``."""
        size = RESUMPTION_ID_BYTES
        raw = derive(
            self._seed,
            salt=self._hash,
            info=b"Linnet session 1 resumption ids" + block.to_bytes(4, "big"),
            length=size * IDS_PER_BLOCK,
        )
        return [raw[place : place + size] for place in range(0, len(raw), size)]


def _unpack(layout: Struct, raw: bytes) -> tuple[int, ...]:
    try:
        return layout.unpack_from(raw)
    except struct.error:
        raise Malformed("A handshake says less than it must.") from None


def _check_padding(raw: bytes, end: int) -> None:
    if raw[end:].strip(b"\0"):
        raise Malformed("A handshake's padding is not zero.")
