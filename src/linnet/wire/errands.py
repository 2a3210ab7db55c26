"""Errands and their answers: requests sealed to a relay (spec/bags.md §2 and §3).

Bytes to values and back; entropy is an argument. Any bytes give a value or a
``RemoteError``, in time linear in their length.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linnet.errors import Forged, Malformed
from linnet.ids import RequestNumber
from linnet.wire import codec, hpke, requests
from linnet.wire.codec import Reply, Request
from linnet.wire.fields import Fields, u8, u16
from linnet.wire.limits import MAX_MESSAGE

VERSION: Final = 1
HEADER: Final = b"\x00" + hpke.SUITE
INFO: Final = b"linnet errand\x00" + HEADER
ANSWER_LABEL: Final = b"linnet errand answer"
NONCE_BYTES: Final = 32
ID_BYTES: Final = 16
LARGEST: Final = 61_376
SIZES: Final = (*(1_024 << at for at in range(6)), LARGEST)
MOST_MESSAGES: Final = 128
RESERVED: Final = 64
"""Bytes of the answer that each message may count on (§3)."""
_CHANGED: Final = (
    "An answer in the bag was changed on its way, and was left out. What waits stays "
    "queued; have a bag carried again."
)
ALLOWED: Final = (requests.Open, requests.Append, requests.Commit, requests.Read)


@dataclass(frozen=True, slots=True)
class Key:
    """What opens and seals the answer of one errand."""

    enc: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    def seal(self, content: bytes, nonce: bytes) -> bytes:
        """Seal the content of an answer; ``nonce`` is 32 random bytes."""
        key, iv = self._derive(nonce)
        return nonce + AESGCM(key).encrypt(iv, content, None)

    def open(self, answer: bytes) -> bytes:
        """Open an answer.

        Raises:
            Forged: it is no answer to this errand, or it was changed.
        """
        key, iv = self._derive(answer[:NONCE_BYTES])
        try:
            return AESGCM(key).decrypt(iv, answer[NONCE_BYTES:], None)
        except InvalidTag:
            raise Forged(_CHANGED) from None

    def _derive(self, nonce: bytes) -> tuple[bytes, bytes]:
        prk = hpke.extract(self.enc + nonce, self.secret)
        return hpke.expand(prk, b"key", 32), hpke.expand(prk, b"nonce", 12)


@dataclass(frozen=True, slots=True)
class Contents:
    """What an errand asks, in order, each message with its number."""

    messages: tuple[tuple[RequestNumber, Request], ...]
    room: int = LARGEST

    def encode(self) -> bytes:
        """Write the content, padded."""
        packed = (codec.encode(number, one) for number, one in self.messages)
        return _pad(u8(VERSION) + u16(self.room), packed)

    @classmethod
    def decode(cls, content: bytes) -> "Contents":
        """Read the content.

        Raises:
            Malformed: it is not what §3 says.
        """
        fields = _begin(content)
        room = fields.number(2)
        read = [codec.decode_request(one) for one in _messages(fields)]
        numbers = {number for number, _ in read}
        if not 1 <= len(read) <= MOST_MESSAGES or len(numbers) != len(read):
            raise Malformed("An errand holds too many requests, none, or one twice.")
        if not all(isinstance(one, ALLOWED) for _, one in read):
            raise Malformed("An errand holds a request that cannot be carried.")
        if room not in SIZES or room < RESERVED * len(read):
            raise Malformed("An errand leaves no room for its answer.")
        return cls(tuple(read), room)


def seal(contents: Contents, relay: bytes, ephemeral: bytes) -> tuple[bytes, Key]:
    """Seal an errand to a relay's key; ``ephemeral`` is 32 random bytes."""
    enc, context = hpke.send(relay, INFO, ephemeral)
    sealed = HEADER + enc + context.seal(contents.encode())
    return sealed, Key(enc, context.export(ANSWER_LABEL))


def unseal(sealed: bytes, private: bytes) -> tuple[Contents, Key]:
    """Open an errand with a relay's private key.

    Raises:
        Malformed: it is no errand of this version, or its content is not what §3 says.
        Forged: it was sealed to another key, or changed.
    """
    fields = Fields(sealed)
    if fields.take(len(HEADER)) != HEADER:
        raise Malformed("An errand is sealed in a way unknown here.")
    enc = fields.take(hpke.ENC_BYTES)
    context = hpke.receive(private, enc, INFO)
    contents = Contents.decode(context.open(fields.rest()))
    return contents, Key(enc, context.export(ANSWER_LABEL))


def name(sealed: bytes) -> bytes:
    """The id of an errand."""
    return sha256(sealed).digest()[:ID_BYTES]


def encode_answer(messages: Iterable[bytes]) -> bytes:
    """Write the content of an answer, padded."""
    return _pad(u8(VERSION), messages)


def decode_answer(content: bytes) -> list[tuple[RequestNumber, Reply]]:
    """Read the content of an answer.

    Raises:
        Malformed: it is not what §3 says.
    """
    return [codec.decode_reply(one) for one in _messages(_begin(content))]


def _pad(head: bytes, messages: Iterable[bytes]) -> bytes:
    body = head + b"".join(u16(len(one)) + one for one in messages) + u16(0)
    size = next((size for size in SIZES if size >= len(body)), None)
    if size is None:
        raise Malformed("An errand is larger than any may be.")
    return body.ljust(size, b"\x00")


def _begin(content: bytes) -> Fields:
    if len(content) not in SIZES:
        raise Malformed("An errand has a length that none has.")
    fields = Fields(content)
    if fields.number(1) != VERSION:
        raise Malformed("An errand was made by a newer version of Linnet.")
    return fields


def _messages(fields: Fields) -> list[bytes]:
    found = []
    while length := fields.number(2):
        if length > MAX_MESSAGE:
            raise Malformed("An errand holds a message larger than any may be.")
        found.append(fields.take(length))
    if any(fields.rest()):
        raise Malformed("Something hides in the padding of an errand.")
    return found
