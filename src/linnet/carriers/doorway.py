"""Where connections to a relay arrive: visitors of a website, or carriers.

One port serves an ordinary website over HTTP. A WebSocket handshake on a secret path
becomes a carrier, and requests that make one up are passed through the hatch; the same
anywhere else, and anything else on the secret path, gets what the site answers to any
unknown path (spec/session.md §8.2 to §8.4). Where plain TCP is
allowed, the first byte tells it: the length of a first message begins with at most 5,
an HTTP request with a letter.
"""

import asyncio
import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha1
from typing import Final, Protocol, cast

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.hatch import Hatch, PolledCarrier
from linnet.carriers.http import (
    HEAD_END,
    LARGEST_HEAD,
    Request,
    Response,
    parse_head,
    write_response,
)
from linnet.carriers.pieces import read_request
from linnet.carriers.polls import HANG_SECONDS, LARGEST_BODY
from linnet.carriers.tcp import TcpCarrier
from linnet.carriers.website import Website
from linnet.carriers.websocket import WebSocketCarrier
from linnet.errors import Malformed

HEAD_SECONDS: Final = 20.0
"""How long a visitor may take to send the head of a request."""

IDLE_SECONDS: Final = 65.0
"""How long a connection of the website may rest between requests."""

CLOSE_SECONDS: Final = 10.0
"""How long a visitor may take to fetch the last answer."""

MOST_UNSENT: Final = 64 * 1024
"""Bytes of answers that may wait for a visitor before its next request is taken."""

HIGHEST_LENGTH_BYTE: Final = 0x05
_REQUESTS_PER_CONNECTION: Final = 100
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class People(Protocol):
    """Knows whose a path is."""

    def whose(self, asked: bytes) -> bytes | None:
        """What tells a path's person from others; ``None`` if it is nobody's."""


@dataclass(frozen=True, slots=True)
class Front:
    """What a port shows.

    Attributes:
        website: what everyone sees.
        paths: the secret paths that lead to a session, each beginning with a slash.
        plain_tcp: whether carriers without HTTP are let in too.
        people: knows secret paths of which each is one person's.
    """

    website: Website
    paths: tuple[bytes, ...] = field(default=(), repr=False)
    plain_tcp: bool = False
    people: People | None = field(default=None, repr=False)

    def whose(self, asked: bytes) -> bytes | None:
        """Whose path this is: ``None`` if it is not secret, empty if everybody's.

        Every path is compared, each in constant time, so that how long the answer
        takes says nothing about how near a guess was.
        """
        found = None if self.people is None else self.people.whose(asked)
        for path in self.paths:
            found = b"" if hmac.compare_digest(path, asked) else found
        return found


class Hall(Protocol):
    """What is behind a doorway."""

    front: Front

    def hatch_of(self, whose: bytes) -> Hatch:
        """Where the requests on a path go."""

    def now(self) -> float:
        """The time by which deadlines are kept."""

    def unix_time(self) -> float:
        """The time that answers show."""

    def visitor(self, whose: bytes) -> CarrierUser:
        """Someone to receive what a new carrier on a path brings."""

    def turned(self, doorway: "Doorway", carrier: Carrier | None) -> None:
        """A connection became a carrier, or went away without."""

    def waits(self, doorway: "Doorway", carrier: Carrier | None) -> None:
        """A request of a carrier waits in a doorway, or waits no more."""


def accept_key(key: bytes) -> bytes:
    """What a server answers to a ``Sec-WebSocket-Key`` (RFC 6455 §4.2.2)."""
    return b64encode(sha1(key + _GUID, usedforsecurity=False).digest())


class Doorway(asyncio.Protocol):
    """One connection until it is known to be a carrier.

    Attributes:
        deadline: when ``expire`` must be called.
    """

    __slots__ = (
        "_buffer",
        "_closing",
        "_hall",
        "_paused",
        "_polled",
        "_served",
        "_transport",
        "_unwanted",
        "_waiting",
        "deadline",
    )

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._buffer = b""
        self._served = 0
        self._closing = False
        self._paused = False
        self._unwanted = False
        self._waiting: Request | None = None
        self._polled: PolledCarrier | None = None
        self._transport: asyncio.Transport | None = None
        self.deadline = hall.now() + HEAD_SECONDS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the open connection."""
        self._transport = cast("asyncio.Transport", transport)
        if self._unwanted:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The visitor left."""
        if self._transport is not None:
            self._transport = None
            if self._polled is not None:
                self._polled.leave(self)
            self._hall.turned(self, None)

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole, or let a carrier in."""
        front = self._hall.front
        if front.plain_tcp and self._is_first(data) and data[0] <= HIGHEST_LENGTH_BYTE:
            self._become(TcpCarrier(self._hall.visitor(b"")), data)
            return
        if self._closing:
            return
        is_new = not self._buffer
        # An empty line before a request is to be overlooked (RFC 9112 §2.2).
        self._buffer = (self._buffer + data).lstrip(b"\r\n")
        if self._waiting is not None:
            if len(self._buffer) > LARGEST_HEAD:
                self.abort()
            return
        if is_new and self._buffer:
            self.deadline = self._hall.now() + HEAD_SECONDS
        self._serve()

    def pause_writing(self) -> None:
        """The visitor does not fetch what it asked for: take no more requests."""
        self._paused = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The visitor has fetched its answers."""
        self._paused = False
        if self._transport is not None:
            self._transport.resume_reading()
            self._serve()

    def expire(self, now: float) -> None:
        """The deadline has passed: close, and at the next one abort."""
        if self._transport is None or self._closing:
            self.abort()
        else:
            self._close(now)

    def abort(self) -> None:
        """Close at once, be it before the connection has been handed over."""
        self._unwanted = True
        if self._transport is not None:
            self._transport.abort()
        else:
            # A visitor whose TLS never begins is handed over never, and never lost.
            self._hall.turned(self, None)

    def give(self, response: Response) -> None:
        """Answer the request that waits, and go on with the next."""
        request, self._waiting, self._polled = self._waiting, None, None
        if request is None or self._transport is None:
            return
        self._hall.waits(self, None)
        self._respond(request, response, keeps=request.keeps)
        asyncio.get_running_loop().call_soon(self._serve)

    def _is_first(self, data: bytes) -> bool:
        return bool(data) and not self._buffer and not self._served

    def _serve(self) -> None:
        while self._buffer and self._is_free() and self._serve_next():
            transport = self._transport
            if (
                transport is not None
                and transport.get_write_buffer_size() > MOST_UNSENT
            ):
                # Only in the loop's next turn is it known whether the road took it.
                asyncio.get_running_loop().call_soon(self._serve)
                break

    def _is_free(self) -> bool:
        return not self._paused and self._waiting is None

    def _serve_next(self) -> bool:
        end = self._buffer.find(HEAD_END)
        if not self._buffer[:1].isalpha():
            self._fail(400)
        elif end < 0 and len(self._buffer) <= LARGEST_HEAD:
            return False
        elif not 0 <= end <= LARGEST_HEAD:
            self._fail(431)
        else:
            request = parse_head(self._buffer[:end])
            begins = end + len(HEAD_END)
            if not isinstance(request, int) and self._is_poll(request):
                return self._take_poll(request, begins)
            self._buffer = self._buffer[begins:]
            if isinstance(request, int):
                self._fail(request)
            elif self._leads_to_session(request):
                self._upgrade(request)
            else:
                self._answer(request)
        return True

    def _leads_to_session(self, request: Request) -> bool:
        """Whether this is a WebSocket handshake on a secret path."""
        is_secret = self._hall.front.whose(request.path) is not None
        return is_secret & _asks_for_websocket(request)

    def _is_poll(self, request: Request) -> bool:
        """Whether this may be a request of which a carrier is made."""
        is_secret = self._hall.front.whose(request.path) is not None
        return is_secret & _has_whole_body(request)

    def _take_poll(self, request: Request, begins: int) -> bool:
        ends = begins + int(request.headers[b"content-length"])
        if len(self._buffer) < ends:
            return False
        body, self._buffer = self._buffer[begins:ends], self._buffer[ends:]
        self._served += 1
        # It must be known who waits before anything is handed out to it.
        self._wait(request)
        try:
            hatch = self._hall.hatch_of(self._hall.front.whose(request.path) or b"")
            carrier = hatch.take(read_request(body), self)
        except Malformed:
            carrier = None
        if self._waiting is None:
            return True
        if carrier is None or carrier.is_over:
            self._waiting = None
            self._answer(request)
        else:
            self._polled = carrier
            self.deadline = self._hall.now() + HANG_SECONDS + CLOSE_SECONDS
            self._hall.waits(self, carrier)
        return True

    def _wait(self, request: Request) -> None:
        self._waiting = request

    def _answer(self, request: Request) -> None:
        self._served += 1
        response = self._hall.front.website.answer(request)
        self._respond(request, response, keeps=request.keeps and not request.has_body)

    def _respond(self, request: Request, response: Response, *, keeps: bool) -> None:
        keeps = keeps and self._served < _REQUESTS_PER_CONNECTION
        self._write(response, keeps=keeps, bodiless=request.method == b"HEAD")
        if not keeps:
            self._close(self._hall.now())
        self.deadline = self._hall.now() + (IDLE_SECONDS if keeps else CLOSE_SECONDS)

    def _fail(self, status: int) -> None:
        self._write(self._hall.front.website.failure(status), keeps=False)
        self._close(self._hall.now())

    def _write(
        self, response: Response, *, keeps: bool, bodiless: bool = False
    ) -> None:
        if self._transport is not None:
            unix_time = self._hall.unix_time()
            self._transport.write(
                write_response(
                    response, unix_time=unix_time, keeps=keeps, bodiless=bodiless
                )
            )

    def _upgrade(self, request: Request) -> None:
        if self._transport is not None:
            accept = accept_key(request.headers[b"sec-websocket-key"])
            date = formatdate(self._hall.unix_time(), usegmt=True).encode()
            self._transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nDate: " + date + b"\r\n"
                b"Connection: upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Accept: " + accept + HEAD_END
            )
            visitor = self._hall.visitor(self._hall.front.whose(request.path) or b"")
            self._become(WebSocketCarrier(visitor), self._buffer)

    def _become(self, carrier: Carrier, data: bytes) -> None:
        transport, self._transport = self._transport, None
        self._buffer = b""
        if transport is not None:
            transport.set_protocol(carrier)
            carrier.connection_made(transport)
            self._hall.turned(self, carrier)
            if data:
                carrier.data_received(data)

    def _close(self, now: float) -> None:
        self._closing = True
        self._buffer = b""
        self.deadline = now + CLOSE_SECONDS
        if self._transport is not None:
            self._transport.close()


def _has_whole_body(request: Request) -> bool:
    """Whether a body of a bounded length comes with the head, as a page sends one."""
    length = request.headers.get(b"content-length", b"")
    is_bounded = 0 < len(length) <= 5 and 0 < int(length) <= LARGEST_BODY
    is_plain = b"transfer-encoding" not in request.headers
    return request.method == b"POST" and is_bounded and is_plain


def _asks_for_websocket(request: Request) -> bool:
    headers = request.headers
    try:
        key = b64decode(headers.get(b"sec-websocket-key", b""), validate=True)
    except Base64Error:
        key = b""
    return (
        request.method == b"GET"
        and not request.has_body
        and len(key) == 16
        and headers.get(b"sec-websocket-version") == b"13"
        and request.lists(b"connection", b"upgrade")
        and request.lists(b"upgrade", b"websocket")
    )
