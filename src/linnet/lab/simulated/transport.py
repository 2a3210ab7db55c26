"""A TCP connection as asyncio's transports are: between a socket and a protocol."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from errno import ECONNREFUSED, ECONNRESET, ETIMEDOUT
from os import strerror
from typing import Final

from linnet.lab.simulated.sockets import News, Socket
from linnet.lab.simulated.tcp import Break, Deliver, End, Open, Reason, Wish, Wrote

KERNEL_BUFFER: Final = 64 * 1024
"""Octets that a kernel takes before a transport has to keep any."""

HIGH_WATER: Final = 64 * 1024

_ERRNO: Final = {
    Reason.REFUSED: ECONNREFUSED,
    Reason.RESET: ECONNRESET,
    Reason.TIMED_OUT: ETIMEDOUT,
}


def error_of(reason: Reason) -> OSError:
    """Return what a system call would raise."""
    return OSError(_ERRNO[reason], strerror(_ERRNO[reason]))


class TcpTransport(asyncio.Transport):
    """Does for its protocol what asyncio's own transport over a socket does.

    Its callbacks run in the given context, and so on the host where they belong.
    """

    _start_tls_compatible = True  # asyncio's loop.start_tls asks for it

    def __init__(
        self, socket: Socket, protocol: asyncio.BaseProtocol, context: Context
    ) -> None:
        names = {"sockname": socket.local, "peername": socket.remote}
        super().__init__(
            {name: (str(end.host), end.port) for name, end in names.items()}
        )
        self._loop = asyncio.get_running_loop()
        self._socket, self._protocol, self._context = socket, protocol, context
        self._low, self._high = HIGH_WATER // 4, HIGH_WATER
        self._came, self._has_ended = bytearray(), False
        self._reads_nothing = self._writes_nothing = False
        self._closing = self._lost = self._finished = False
        self._is_due = False
        socket.user = self
        self._call(self._begin)

    # What the socket says.

    def hear(self, news: News) -> None:
        """Take in what came of the connection."""
        match news:
            case Deliver(data):
                self._came += data
                self._hand_over_soon()
            case End():
                self._has_ended = True
                self._hand_over_soon()
            case Break(reason):
                self._lose(error_of(reason))
            case Open():
                pass  # it is only made of one that is

    def settled(self) -> None:
        """See whether the buffer is empty enough to go on, or to go."""
        size = self.get_write_buffer_size()
        if self._closing and not size:
            self._lose(None)
        elif self._writes_nothing and size <= self._low and not self._lost:
            self._writes_nothing = False
            self._call(self._protocol.resume_writing)

    # What the protocol says.

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who is told."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell somebody else from now on."""
        self._protocol = protocol

    def is_closing(self) -> bool:
        """Whether it is closed, or will be."""
        return self._closing or self._lost

    def is_reading(self) -> bool:
        """Whether what comes is handed over."""
        return not self._reads_nothing and not self.is_closing()

    def pause_reading(self) -> None:
        """Hand over nothing for now."""
        if self.is_reading():
            self._reads_nothing = True
            self._socket.feed(Wish.HELD)

    def resume_reading(self) -> None:
        """Hand over again what comes."""
        if self._reads_nothing and not self.is_closing():
            self._reads_nothing = False
            self._hand_over_soon()
            self._socket.feed(Wish.RELEASED)

    def get_write_buffer_size(self) -> int:
        """Octets that the kernel has not taken yet."""
        return max(0, self._socket.unacknowledged - KERNEL_BUFFER)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Where writing goes on, and where it stops."""
        return self._low, self._high

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """Set where writing goes on, and where it stops."""
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        low = high // 4 if low is None else low
        if not high >= low >= 0:
            raise ValueError("The low mark of a buffer is above its high mark.")
        self._low, self._high = low, high
        self._pause_if_full()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send octets."""
        if self._finished:
            raise RuntimeError("Cannot call write() after write_eof()")
        if data and not self.is_closing():
            self._socket.feed(Wrote(bytes(data)))
            self._pause_if_full()

    def can_write_eof(self) -> bool:
        """Return that half of a connection can be closed."""
        return True

    def write_eof(self) -> None:
        """Say that this was everything; go on reading."""
        if not self._finished and not self.is_closing():
            self._finished = True
            self._socket.feed(Wish.FINISHED)

    def close(self) -> None:
        """Send what was written, then close."""
        if not self.is_closing():
            self._closing = True
            self._socket.feed(Wish.LEFT)

    def abort(self) -> None:
        """Close at once; what the kernel has not taken is not sent.

        Then the stream would have a hole, and so the connection is reset.
        """
        self._force_close(None)

    def _force_close(self, error: Exception | None) -> None:
        """Close at once (asyncio's TLS calls this by its name)."""
        if self._lost:
            return
        is_whole = not self.get_write_buffer_size()
        self._lose(error)
        self._socket.feed(Wish.LEFT if is_whole else Wish.ABORTED)

    # What becomes of it.

    def _begin(self) -> None:
        self._protocol.connection_made(self)
        if self._socket.broken is not None:
            self._lose(error_of(self._socket.broken))
        elif self.is_reading():
            self._socket.feed(Wish.RELEASED)

    def _call(self, callback: Callable[..., object], *args: object) -> None:
        self._loop.call_soon(callback, *args, context=self._context)

    def _pause_if_full(self) -> None:
        if not self._writes_nothing and self.get_write_buffer_size() > self._high:
            self._writes_nothing = True
            self._protocol.pause_writing()

    def _hand_over_soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._call(self._hand_over)

    def _hand_over(self) -> None:
        self._is_due = False
        if not self.is_reading():
            return
        try:
            if self._came:
                data, self._came = bytes(self._came), bytearray()
                _give(self._protocol, data)
            if self._has_ended and self.is_reading():
                self._has_ended = False
                self._hear_end()
        except Exception as error:  # as asyncio does: it ends this connection alone
            message = "A protocol failed on what came."
            self._loop.call_exception_handler(
                {"message": message, "exception": error, "protocol": self._protocol}
            )
            self._force_close(error)

    def _hear_end(self) -> None:
        protocol = self._protocol
        stays = (
            isinstance(protocol, asyncio.Protocol | asyncio.BufferedProtocol)
            and protocol.eof_received()
        )
        if not stays:
            self.close()

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._socket.user = None
            self._call(self._protocol.connection_lost, error)


def _give(protocol: asyncio.BaseProtocol, data: bytes) -> None:
    """Give octets to either kind of protocol."""
    if isinstance(protocol, asyncio.Protocol):
        protocol.data_received(data)
        return
    if not isinstance(protocol, asyncio.BufferedProtocol):
        raise TypeError("This protocol takes no stream.")
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        size = min(len(buffer), len(data))
        if not size:
            raise RuntimeError("get_buffer() returned an empty buffer")
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]
