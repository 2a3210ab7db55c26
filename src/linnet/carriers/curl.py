"""Connections with a browser's TLS, made by ``curl_cffi`` and used as transports.

libcurl connects and shakes hands (its option CONNECT_ONLY), with the ClientHello of
the browser that it was told; then bytes go to and fro as over any connection. The
handshake runs in a thread of its own, everything after it on the loop.
"""

import asyncio
import errno
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from linnet.carriers.target import Target

if TYPE_CHECKING:
    from curl_cffi import Curl, CurlError

P = TypeVar("P", bound=asyncio.Protocol)

MOST_UNSENT: Final = 64 * 1024
_MOST_AT_ONCE: Final = 64 * 1024
_READS_IN_A_ROW: Final = 16
_AGAIN: Final = 81
_REFUSED, _TIMED_OUT, _TLS_FAILED, _NOT_VOUCHED_FOR = 7, 28, 35, 60
_HTTP_1_1, _HTTP_2_TLS = 2, 4
_INTERFACE: Final = """
    int curl_easy_send(void *, const void *, size_t, size_t *);
    int curl_easy_recv(void *, void *, size_t, size_t *);
    int curl_easy_setopt(void *, int, ...);
"""


_OPEN_SOCKET, _SOCKET_OPTION = 20_163, 20_148
_CONNECTED: Final = 2


_OLD_ANSWERS: Final = (
    b"ALPN: server accepted http/1.1",
    b"ALPN: server did not agree on a protocol",
)


_RESUMED: Final = b"SSL reusing session"


class SpeaksNewer(OSError):
    """The server took up HTTP/2, which a carrier does not speak."""


class _Library:
    """libcurl, with the functions that its Python side leaves out."""

    def __init__(self) -> None:
        import cffi  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import
        from curl_cffi import CurlShare, _wrapper  # noqa: PLC0415

        self.ffi: Any = cffi.FFI()
        self.ffi.cdef(_INTERFACE)
        self.calls: Any = self.ffi.dlopen(_wrapper.__file__)
        self._wrapper: Any = _wrapper
        self._sessions = CurlShare()
        self._refuses = self.ffi.callback("int(void *, int, void *)", lambda *_: -1)

    def prepare(self, target: Target) -> "Curl":
        from curl_cffi import Curl, CurlOpt  # noqa: PLC0415

        curl = Curl()
        curl.impersonate(target.preset, default_headers=False)
        curl.setopt(CurlOpt.URL, f"https://{target.authority}/".encode())
        if target.name not in target.hosts:
            places = ",".join(target.hosts)
            curl.setopt(CurlOpt.RESOLVE, [f"{target.name}:{target.port}:{places}"])
        # Nothing of the machine's settings may lead elsewhere, and no certificate
        # is looked at (spec/session.md §8) unless a password is behind it.
        curl.setopt(CurlOpt.PROXY, b"")
        curl.setopt(CurlOpt.SSL_VERIFYPEER, int(target.checks))
        curl.setopt(CurlOpt.SSL_VERIFYHOST, 2 * target.checks)
        if target.checks and (authorities := _authorities()):
            curl.setopt(CurlOpt.CAINFO, authorities.encode())
        curl.setopt(CurlOpt.CONNECT_ONLY, 1)
        curl.setopt(CurlOpt.NOSIGNAL, 1)
        curl.setopt(CurlOpt.CONNECTTIMEOUT_MS, int(target.patience * 1000))
        curl.setopt(CurlOpt.HTTP_VERSION, _HTTP_1_1 if target.old else _HTTP_2_TLS)
        curl.setopt(CurlOpt.VERBOSE, 1)
        if target.resumes:
            curl.setopt(CurlOpt.SHARE, self._sessions._curl_share)
        return curl

    def give(self, curl: "Curl", stream: socket.socket) -> tuple[Any, ...]:
        """Let it take a stream for its connection; what must live as long as it."""
        opened = self.ffi.callback(
            "int(void *, int, void *)", lambda *_: stream.detach()
        )
        settled = self.ffi.callback("int(void *, int, int)", lambda *_: _CONNECTED)
        calls = ((_OPEN_SOCKET, opened), (_SOCKET_OPTION, settled))
        for option, call in calls:
            if self.calls.curl_easy_setopt(self.handle(curl), option, call):
                raise OSError(errno.ENOTSUP, "This libcurl takes no connection.")
        return calls

    def open_nothing(self, curl: "Curl") -> None:
        """Let it have no connection but one that is open."""
        handle = self.handle(curl)
        if self.calls.curl_easy_setopt(handle, _OPEN_SOCKET, self._refuses):
            raise OSError(errno.ENOTSUP, "This libcurl opens what it likes.")

    def take_back(self, curl: "Curl") -> None:
        """Let it call nobody any more: who was to be called may be gone."""
        for option in (_OPEN_SOCKET, _SOCKET_OPTION):
            self.calls.curl_easy_setopt(self.handle(curl), option, self.ffi.NULL)

    def handle(self, curl: "Curl") -> Any:
        number = int(self._wrapper.ffi.cast("uintptr_t", curl._curl))
        return self.ffi.cast("void *", number)


_library: _Library | None = None


def _load() -> _Library:
    global _library  # noqa: PLW0603 - loaded once, when first needed
    if _library is None:
        _library = _Library()
    return _library


def is_there() -> bool:
    """Whether browsers' TLS can be had on this machine."""
    try:
        _load()
    except (ImportError, OSError, AttributeError):
        return False
    return True


def prepared(target: Target) -> "Curl":
    """What makes requests at a target by itself; whoever asks closes it."""
    from curl_cffi import CurlOpt  # noqa: PLC0415

    curl = _load().prepare(target)
    curl.setopt(CurlOpt.CONNECT_ONLY, 0)
    curl.setopt(CurlOpt.VERBOSE, 0)
    return curl


def open_nothing(curl: "Curl") -> None:
    """Let what was prepared have no connection but one that is open."""
    _load().open_nothing(curl)


async def connect(
    make: Callable[[], P], target: Target, stream: socket.socket | None = None
) -> tuple[asyncio.Transport, P]:
    """Connect, shake hands, and give the connection to a protocol.

    Args:
        make: makes the protocol.
        target: where, and as whom.
        stream: what is connected already; it is closed whatever comes of it.

    Raises:
        OSError: nobody answers there, or not with TLS.
    """
    try:
        curl, resumed = await _shake_hands(target, stream)
    finally:
        if stream is not None:
            # What libcurl took is its own by now, and this closes nothing.
            stream.close()
    protocol = make()
    return CurlTransport(curl, protocol, {"resumed": resumed}), protocol


async def _shake_hands(
    target: Target, stream: socket.socket | None
) -> tuple["Curl", bool]:
    loop = asyncio.get_running_loop()
    curl = _load().prepare(target)
    calls = _load().give(curl, stream) if stream is not None else ()
    done: asyncio.Future[bool] = loop.create_future()

    def settle(outcome: OSError | bool) -> None:
        if done.cancelled():
            curl.close()
        elif isinstance(outcome, bool):
            done.set_result(outcome)
        else:
            curl.close()
            done.set_exception(outcome)

    def work(_: tuple[Any, ...]) -> None:
        outcome = _perform(curl)
        try:
            loop.call_soon_threadsafe(settle, outcome)
        except RuntimeError:
            # The loop has ended meanwhile.
            curl.close()

    # Not one of a pool, which the end of the program would wait for.
    Thread(target=work, args=(calls,), daemon=True).start()
    return curl, await done


def _authorities() -> str:
    """Where this machine keeps whom it believes; else the library brings its own."""
    return ssl.get_default_verify_paths().cafile or ""


def _perform(curl: "Curl") -> OSError | bool:
    """Connect; why not, or whether a session of TLS was taken up."""
    from curl_cffi import CurlError, CurlOpt  # noqa: PLC0415

    said: list[bytes] = []
    curl.setopt(CurlOpt.DEBUGFUNCTION, lambda _, text: said.append(text[:64]))
    try:
        curl.perform()
    except CurlError as error:
        return explain(curl, error)
    finally:
        # From here on nobody is there to be called back.
        curl.setopt(CurlOpt.VERBOSE, 0)
        _load().take_back(curl)
    # What is not known to be HTTP/1.1 is left alone: libcurl itself would begin to
    # speak HTTP/2, and reading from that ends the process.
    if not any(text.startswith(_OLD_ANSWERS) for text in said):
        return SpeaksNewer()
    return any(text.startswith(_RESUMED) for text in said)


def explain(curl: "Curl", error: "CurlError") -> OSError:
    """Say why libcurl failed, as a socket would."""
    from curl_cffi import CurlInfo  # noqa: PLC0415

    number = curl.getinfo(CurlInfo.OS_ERRNO)
    if error.code == _TIMED_OUT:
        return TimeoutError()
    if error.code == _REFUSED and isinstance(number, int):
        return OSError(number or errno.ECONNREFUSED, "No connection.")
    if error.code == _NOT_VOUCHED_FOR:
        return ssl.SSLCertVerificationError("Nobody vouches for it.")
    if error.code == _TLS_FAILED and number not in {errno.ECONNRESET, errno.EPIPE}:
        return ssl.SSLError("No TLS.")
    return ConnectionResetError()


class CurlTransport(asyncio.Transport):
    """A connection of libcurl's, as asyncio's protocols know one."""

    def __init__(
        self, curl: "Curl", protocol: asyncio.Protocol, extra: dict[str, object]
    ) -> None:
        from curl_cffi import CurlInfo  # noqa: PLC0415

        super().__init__(extra)
        self._loop = asyncio.get_running_loop()
        self._library = _load()
        self._curl = curl
        self._handle = self._library.handle(curl)
        self._moved = self._library.ffi.new("size_t *")
        self._inbox = self._library.ffi.new("char[]", _MOST_AT_ONCE)
        self._fd = int(curl.getinfo(CurlInfo.ACTIVESOCKET))  # type: ignore[arg-type]
        self._protocol: asyncio.BaseProtocol = protocol
        self._unsent: deque[bytes] = deque()
        self._sent_of_first = 0
        self._reading = self._held_up = self._closing = self._gone = False
        protocol.connection_made(self)
        self.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Give the connection to another protocol."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return whose connection it is."""
        return self._protocol

    def is_closing(self) -> bool:
        """Whether it is closed, or will be when everything is sent."""
        return self._closing

    def is_reading(self) -> bool:
        """Whether what comes is handed over."""
        return self._reading

    def pause_reading(self) -> None:
        """Hand over nothing for now."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._fd)

    def resume_reading(self) -> None:
        """Hand over what comes."""
        if not (self._reading or self._closing):
            self._reading = True
            self._loop.add_reader(self._fd, self._read)
            # The handshake may have brought more than itself.
            self._loop.call_soon(self._read)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to be sent."""
        return sum(map(len, self._unsent)) - self._sent_of_first

    def can_write_eof(self) -> bool:
        """TLS closes both directions at once."""
        return False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes, or keep them until they can be sent."""
        if self._closing or not data:
            return
        was_empty = not self._unsent
        self._unsent.append(bytes(data))
        if was_empty:
            self._send()
        if not self._held_up and self.get_write_buffer_size() > MOST_UNSENT:
            self._held_up = True
            self._protocol.pause_writing()

    def close(self) -> None:
        """Send what was written, then close."""
        if not self._closing:
            self.pause_reading()
            self._closing = True
            if not self._unsent:
                self._end(None)

    def abort(self) -> None:
        """Close at once."""
        self._end(None)

    def _read(self) -> None:
        for _ in range(_READS_IN_A_ROW):
            if not self._reading:
                return
            result = self._library.calls.curl_easy_recv(
                self._handle, self._inbox, _MOST_AT_ONCE, self._moved
            )
            if result == _AGAIN:
                return
            if result or not self._moved[0]:
                self._end(ConnectionResetError() if result else None)
                return
            data = bytes(self._library.ffi.buffer(self._inbox, self._moved[0]))
            self._protocol.data_received(data)  # type: ignore[attr-defined]
        self._loop.call_soon(self._read)

    def _send(self) -> None:
        while self._unsent and not self._gone:
            first = self._unsent[0]
            view = self._library.ffi.from_buffer(first)
            result = self._library.calls.curl_easy_send(
                self._handle,
                view + self._sent_of_first,
                len(first) - self._sent_of_first,
                self._moved,
            )
            if result not in {0, _AGAIN}:
                self._end(ConnectionResetError())
                return
            if result or not self._moved[0]:
                # It must be tried again with the same bytes at the same place.
                self._loop.add_writer(self._fd, self._send)
                return
            self._sent_of_first += self._moved[0]
            if self._sent_of_first == len(first):
                self._unsent.popleft()
                self._sent_of_first = 0
        if not self._gone:
            self._settle()

    def _settle(self) -> None:
        self._loop.remove_writer(self._fd)
        if self._closing:
            self._end(None)
        elif self._held_up:
            self._held_up = False
            self._protocol.resume_writing()

    def _end(self, error: Exception | None) -> None:
        if self._gone:
            return
        self._gone = self._closing = True
        self._reading = False
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._unsent.clear()
        self._sent_of_first = 0
        self._curl.close()
        self._loop.call_soon(self._tell, error)

    def _tell(self, error: Exception | None) -> None:
        with suppress(ConnectionError):
            self._protocol.connection_lost(error)
