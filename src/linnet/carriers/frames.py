"""WebSocket frames (RFC 6455 §5) as far as a carrier needs them; pure bytes.

One binary message is one carrier message. Extensions and text are refused, messages
are at most as long as a carrier message may be. Knows nothing of HTTP or sockets.
"""

from typing import Final

LARGEST_MESSAGE: Final = 65_535

CONTINUATION: Final = 0x0
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
VIOLATION: Final = 0x100
"""Not an opcode: the peer broke the protocol; the payload is the close code."""

NORMAL: Final = 1000
_PROTOCOL_ERROR: Final = VIOLATION, (1002).to_bytes(2, "big")
_WRONG_KIND: Final = VIOLATION, (1003).to_bytes(2, "big")
_TOO_LARGE: Final = VIOLATION, (1009).to_bytes(2, "big")

_USUAL: Final = b"\x82\xfe"
"""How nearly every frame from a client begins: binary, masked, a 16-bit length."""

Frame = tuple[int, bytes]


def unmask(payload: bytes, key: bytes) -> bytes:
    """Apply a masking key; the same again undoes it (RFC 6455 §5.3)."""
    size = len(payload)
    stream = (key * ((size + 3) >> 2))[:size]
    mixed = int.from_bytes(payload, "little") ^ int.from_bytes(stream, "little")
    return mixed.to_bytes(size, "little")


def build_frame(opcode: int, payload: bytes, mask: bytes = b"") -> bytes:
    """One whole frame; ``mask`` holds four unpredictable bytes on the client's side."""
    size = len(payload)
    bit = 0x80 if mask else 0
    if size < 126:
        head = bytes((0x80 | opcode, bit | size))
    elif size < 65_536:
        head = bytes((0x80 | opcode, bit | 126, size >> 8, size & 255))
    else:
        head = bytes((0x80 | opcode, bit | 127)) + size.to_bytes(8, "big")
    return head + mask + unmask(payload, mask) if mask else head + payload


class FrameReader:
    """Turns a stream of bytes into whole messages and control frames.

    Args:
        masked: whether the peer must mask, as clients must and servers must not.
    """

    __slots__ = ("_broken", "_mask_bit", "_needed", "_parts", "_rest")

    def __init__(self, *, masked: bool) -> None:
        self._mask_bit = 0x80 if masked else 0
        self._rest = b""
        self._needed = 2
        self._parts: list[bytes] | None = None
        self._broken = False

    def feed(self, data: bytes) -> list[Frame]:
        """What the bytes complete; after a ``VIOLATION`` nothing more comes."""
        if data[:2] == _USUAL and not self._rest and self._is_usual(data):
            return [(BINARY, unmask(data[8:], data[4:8]))]
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return []
            data = self._rest
        frames: list[Frame] = []
        place = 0
        while not self._broken:
            taken = self._take(data, place, frames)
            if not taken:
                break
            place += taken
        self._rest = data[place:]
        return frames

    def _is_usual(self, data: bytes) -> bool:
        """Whether the bytes are exactly one whole masked message of medium length."""
        size = data[2] << 8 | data[3] if len(data) >= 8 else 0
        fits = len(data) == size + 8 and size >= 126 and self._mask_bit != 0
        return fits and self._parts is None and not self._broken

    def _take(self, data: bytes, place: int, frames: list[Frame]) -> int:
        """Read one frame at ``place``; how long it was, 0 if it is not whole."""
        left = len(data) - place
        head = _head_length(data, place, left)
        if left < head:
            self._needed = head
            return 0
        first, second = data[place], data[place + 1]
        if first & 0x70 or second & 0x80 != self._mask_bit:
            return self._violate(_PROTOCOL_ERROR, frames)
        size = second & 0x7F
        if head > 2:
            size = int.from_bytes(data[place + 2 : place + head], "big")
            if size < (126 if head == 4 else 65_536):
                return self._violate(_PROTOCOL_ERROR, frames)
        if size > LARGEST_MESSAGE:
            return self._violate(_TOO_LARGE, frames)
        body = head + 4 if self._mask_bit else head
        if left < body + size:
            self._needed = body + size
            return 0
        payload = data[place + body : place + body + size]
        if self._mask_bit:
            payload = unmask(payload, data[place + head : place + body])
        self._join(first, payload, frames)
        return body + size

    def _join(self, first: int, payload: bytes, frames: list[Frame]) -> None:
        """Put fragments together; control frames pass between them."""
        opcode, final = first & 0x0F, first & 0x80
        if opcode == BINARY and final and self._parts is None:
            frames.append((BINARY, payload))
        elif opcode in {CLOSE, PING, PONG}:
            fits = final and len(payload) <= 125
            frames.append((opcode, payload) if fits else _PROTOCOL_ERROR)
            self._broken = not fits or opcode == CLOSE
        elif (opcode == BINARY) is not (self._parts is None) or opcode not in {0, 2}:
            wrong = _WRONG_KIND if opcode == 1 else _PROTOCOL_ERROR
            self._violate(wrong, frames)
        else:
            self._gather(payload, final, frames)

    def _gather(self, payload: bytes, final: int, frames: list[Frame]) -> None:
        # Empty fragments count too: endless ones must not fill memory.
        parts = self._parts = [*(self._parts or []), payload]
        if sum(map(len, parts)) > LARGEST_MESSAGE or len(parts) > 64:
            self._violate(_TOO_LARGE, frames)
        elif final:
            frames.append((BINARY, b"".join(parts)))
            self._parts = None

    def _violate(self, violation: Frame, frames: list[Frame]) -> int:
        self._broken = True
        frames.append(violation)
        return 0


def _head_length(data: bytes, place: int, left: int) -> int:
    """How long the head is, as far as the bytes that are there say; mask apart."""
    if left < 2:
        return 2
    size = data[place + 1] & 0x7F
    return 2 if size < 126 else 4 if size == 126 else 10
