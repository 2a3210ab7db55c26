"""A connection to a proxy that stands before another website (spec/carriers.md §9.2).

Bytes that cannot begin a known path go to that site as they came, and its bytes come
back as they are, so that what a prober measures is the site. Only a carrier's request
is taken out, and it alone is parsed.
"""

import asyncio
import re
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import Enum, auto
from os import urandom
from typing import Final, Protocol, cast

from linnet.carriers import doorway
from linnet.carriers.doorway import Doorway, People
from linnet.carriers.http import HEAD_END, LARGEST_HEAD, Request, parse_head
from linnet.carriers.personal_paths import PATH_LENGTH, may_begin_path

HOLD_SECONDS: Final = 5.0
"""How long bytes are held back that may begin a known path."""

LEAVE_SECONDS: Final = 60.0
"""How long a visitor may stay whom the site has left."""

OPEN_SECONDS: Final = 10.0
_METHODS: Final = (b"GET ", b"POST ")
_ASKED: Final = re.compile(rb"[A-Z]+ (/[A-Za-z0-9_-]{%d})" % (PATH_LENGTH - 1))


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the website is that a proxy stands before."""

    host: str = field(repr=False)
    port: int = field(repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)


class Hall(doorway.Hall, Protocol):
    """What is around a passage."""

    upstream: Upstream | None

    @property
    def people(self) -> People:
        """Whose path leads where, also of those who have used up the day."""

    def run(self, task: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        """Run something in the background."""


class Look(Enum):
    """What the bytes of a connection may become."""

    UNKNOWN = auto()
    KNOWN_PATH = auto()
    OTHER = auto()


def look(begun: bytes, hall: Hall) -> Look:
    """Whether bytes are a request on a known path, may become one, or cannot."""
    for method in _METHODS:
        if len(begun) < len(method) and method.startswith(begun):
            return Look.UNKNOWN
        if begun.startswith(method):
            path, space, _ = begun[len(method) :].partition(b" ")
            if not space:
                may_become = not path or may_begin_path(path)
                return Look.UNKNOWN if may_become else Look.OTHER
            is_known = hall.front.whose(path) is not None
            return Look.KNOWN_PATH if is_known else Look.OTHER
    return Look.OTHER


class Passage(Doorway):
    """One connection until it is known to be a carrier, or goes to the site."""

    __slots__ = ("_passing_hall", "_site", "_whole")

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall)
        self._passing_hall = hall
        self._site: _Site | None = None
        self._whole = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the open connection."""
        super().connection_made(transport)
        self.deadline = self._hall.now() + HOLD_SECONDS

    def data_received(self, data: bytes) -> None:
        """Take a carrier's request out, or let everything through."""
        if self._site is not None:
            self._site.send(data)
            return
        if self._closing:
            return
        is_new = not self._buffer
        self._buffer += data
        if self._waiting is not None:
            if len(self._buffer) > LARGEST_HEAD:
                self.abort()
            return
        if is_new:
            self.deadline = self._hall.now() + HOLD_SECONDS
        self._serve()

    def eof_received(self) -> bool:
        """The visitor says no more; the site may still answer."""
        if self._waiting is not None or self._closing or self._transport is None:
            return False
        if self._site is None:
            self._pass_on()
        if self._site is not None:
            self._site.end()
        return self._transport.can_write_eof()

    def pause_writing(self) -> None:
        """The visitor fetches nothing: let the site send nothing."""
        if self._site is None:
            super().pause_writing()
        else:
            self._site.hold()

    def resume_writing(self) -> None:
        """The visitor fetches again."""
        if self._site is None:
            super().resume_writing()
        else:
            self._site.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """The visitor left, and so leaves the site."""
        super().connection_lost(exc)
        if self._site is not None:
            self._site.leave()

    def expire(self, now: float) -> None:
        """What was held back goes to the site; a carrier's connection is closed."""
        is_carriers = self._served and not self._buffer
        if self._site is not None:
            self.abort()
        elif self._transport is None or self._waiting or self._closing or is_carriers:
            super().expire(now)
        else:
            self._pass_on()

    def _serve_next(self) -> bool:
        seen = look(self._buffer, self._passing_hall)
        if seen is Look.UNKNOWN:
            return False
        if seen is Look.KNOWN_PATH:
            end = self._buffer.find(HEAD_END)
            if end < 0 and len(self._buffer) <= LARGEST_HEAD:
                return False
            if 0 <= end <= LARGEST_HEAD and self._is_carriers(self._buffer[:end]):
                self._whole = self._buffer
                return super()._serve_next()
        self._pass_on()
        return False

    def _is_carriers(self, head: bytes) -> bool:
        request = parse_head(head)
        if isinstance(request, int):
            return False
        return self._leads_to_session(request) or self._is_poll(request)

    def _answer(self, request: Request) -> None:
        # Its path is known and it looked like a carrier's, but it is none.
        self._buffer = self._whole
        self._pass_on()

    def _pass_on(self) -> None:
        """Let the site have what has come, and all that comes."""
        begun, self._buffer = self._buffer, b""
        upstream, transport = self._passing_hall.upstream, self._transport
        if upstream is None or transport is None:
            return
        self.deadline = float("inf")
        self._site = _Site(self, transport, _without_path(begun, self._passing_hall))
        transport.pause_reading()
        self._passing_hall.run(self._site.open(upstream))

    def left_by_site(self) -> None:
        """The site says no more: whoever stays is sent away after a while."""
        self.deadline = self._hall.now() + LEAVE_SECONDS


class _Site(asyncio.Protocol):
    """The connection to the site that a visitor's goes to."""

    def __init__(
        self, passage: Passage, visitor: asyncio.Transport, begun: bytes
    ) -> None:
        self._passage = passage
        self._visitor = visitor
        self._begun = begun
        self._ended = False
        self._is_gone = False
        self._transport: asyncio.Transport | None = None

    async def open(self, upstream: Upstream) -> None:
        """Open the connection; where there is no site, the visitor is let go."""
        loop = asyncio.get_running_loop()
        name = upstream.host if upstream.tls is not None else None
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await loop.create_connection(
                    lambda: self,
                    upstream.host,
                    upstream.port,
                    ssl=upstream.tls,
                    server_hostname=name,
                )
        except OSError:  # of which TimeoutError is one
            self._visitor.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._is_gone:
            self._transport.abort()
            return
        self._transport.write(self._begun)
        self._begun = b""
        self._visitor.resume_reading()
        if self._ended:
            self.end()

    def data_received(self, data: bytes) -> None:
        self._visitor.write(data)

    def eof_received(self) -> bool:
        self._passage.left_by_site()
        if not self._visitor.can_write_eof():
            self._visitor.close()
        elif not self._visitor.is_closing():
            self._visitor.write_eof()
        return self._transport is not None and self._transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if exc is None:
            self._visitor.close()
        else:
            self._visitor.abort()

    def pause_writing(self) -> None:
        self._visitor.pause_reading()

    def resume_writing(self) -> None:
        if not self._visitor.is_closing():
            self._visitor.resume_reading()

    def send(self, data: bytes) -> None:
        """Hand on what the visitor says."""
        if self._transport is None:
            self._begun += data
        else:
            self._transport.write(data)

    def end(self) -> None:
        """Hand on that the visitor says no more."""
        self._ended = True
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def hold(self) -> None:
        """Bring nothing for now."""
        if self._transport is not None:
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Bring again what comes."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def leave(self) -> None:
        """The visitor is gone."""
        self._is_gone = True
        if self._transport is not None:
            self._transport.close()


def _without_path(begun: bytes, hall: Hall) -> bytes:
    """The same bytes, with another path where a known one stands."""
    found = _ASKED.match(begun)
    if found is None or hall.people.whose(found[1]) is None:
        return begun
    other = b"/" + urlsafe_b64encode(urandom(24))
    return begun[: found.start(1)] + other + begun[found.end(1) :]
