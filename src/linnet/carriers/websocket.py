"""WebSocket: a carrier inside an ordinary web connection (spec/session.md §8.2).

Both sides, after the HTTP handshake: frames, pings, the closing handshake.
"""

from collections.abc import Callable, Sequence

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.frames import (
    BINARY,
    CLOSE,
    NORMAL,
    PING,
    VIOLATION,
    FrameReader,
    build_frame,
)


class WebSocketCarrier(Carrier):
    """A WebSocket connection; ``masks`` gives masking keys on the client's side."""

    __slots__ = ("_closing", "_masks", "_reader")

    def __init__(
        self, user: CarrierUser, masks: Callable[[int], bytes] | None = None
    ) -> None:
        super().__init__(user)
        self._masks = masks
        self._reader = FrameReader(masked=masks is None)
        self._closing = False

    def write(self, messages: Sequence[bytes]) -> None:
        """Send messages, each as a binary message."""
        if self.transport is not None and not self._closing:
            self.transport.write(b"".join([self._frame(BINARY, m) for m in messages]))

    def close(self) -> None:
        """Say goodbye, then close."""
        self._say_close(NORMAL.to_bytes(2, "big"))
        super().close()

    def data_received(self, data: bytes) -> None:
        """Hand over messages; answer pings and goodbyes."""
        for opcode, payload in self._reader.feed(data):
            if self.transport is None:
                return
            if opcode == BINARY:
                self.user.arrived(payload)
            elif opcode == PING and not self.paused:
                # Answers nobody fetches must not fill memory (RFC 6455 §5.5.3).
                self.transport.write(self._frame(0xA, payload))
            elif opcode in {CLOSE, VIOLATION}:
                self._say_close(payload[:2])
                super().close()
        self.note_sign()

    def _frame(self, opcode: int, payload: bytes) -> bytes:
        mask = self._masks(4) if self._masks is not None else b""
        return build_frame(opcode, payload, mask)

    def _say_close(self, code: bytes) -> None:
        if self.transport is not None and not self._closing:
            self.transport.write(self._frame(CLOSE, code))
        self._closing = True
