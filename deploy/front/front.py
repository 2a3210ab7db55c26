"""A front before a relay: an ASGI application that runs wherever one does.

    LINNET_RELAY=https://relay.example LINNET_PATHS=/PATH,/PATH uvicorn front:app

People's requests (spec/session.md §8.4) on those paths go to that relay, and to nothing
else; everybody else sees an ordinary page. It keeps nothing and logs nothing; start
its server without a log of accesses. What it passes on is encrypted for the relay, so
it does not look at certificates. See docs/front.md.
"""

import asyncio
import hmac
import os
import re
import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
End = tuple[asyncio.StreamReader, asyncio.StreamWriter]

LARGEST_BODY = 65_600
LARGEST_ANSWER = 131_072
LARGEST_HEAD = 8_192
SMALLEST_BODY, KIND_AT, KINDS = 21, 16, range(1, 6)
PATIENCE_SECONDS = 45.0
"""A relay lets a request wait for 25 seconds."""
MOST_AT_ONCE = 512
MOST_RESTING = 16
PAGE = b"<!doctype html><title>Welcome</title><h1>It works!</h1>\n"


class Front:
    """One front; ``paths`` lead to the relay at ``url``, all others to a page."""

    def __init__(self, url: str, paths: list[str], page: bytes = PAGE) -> None:
        relay = urlsplit(url)
        if relay.scheme not in {"http", "https"} or not relay.hostname:
            raise ValueError("LINNET_RELAY is no URL such as https://relay.example.")
        is_secure = relay.scheme == "https"
        self._place = relay.hostname, relay.port or (443 if is_secure else 80)
        self._host = relay.netloc.rpartition("@")[2]
        self._tls = _unchecked() if is_secure else None
        self._paths = [one.encode() for one in paths]
        self._page = page
        self._resting: list[End] = []
        self._under_way = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            status, body = await self._answer(scope, receive)
            await self._say(scope, send, status, body)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "lifespan":
            await _live(receive, send)

    async def _answer(self, scope: Message, receive: Receive) -> tuple[int, bytes]:
        body = await self._body(scope, receive) if self._is_known(scope) else b""
        if len(body) >= SMALLEST_BODY and body[KIND_AT] in KINDS:
            answer = await self._pass_on(scope["path"], body)
            if answer is not None:
                return 200, answer
        if scope["method"] not in {"GET", "HEAD"}:
            return 405, b"Method Not Allowed\n"
        return (200, self._page) if scope["path"] == "/" else (404, b"Not Found\n")

    async def _say(self, scope: Message, send: Send, status: int, body: bytes) -> None:
        is_ours = status == 200 and scope["method"] == "POST"
        kind = b"application/octet-stream" if is_ours else b"text/html; charset=utf-8"
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        if is_ours:
            headers.append((b"cache-control", b"no-store"))
        shown = b"" if scope["method"] == "HEAD" else body
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": shown})

    def _is_known(self, scope: Message) -> bool:
        path = scope["path"].encode()
        known = [hmac.compare_digest(path, one) for one in self._paths]
        return scope["method"] == "POST" and any(known)

    async def _body(self, scope: Message, receive: Receive) -> bytes:
        length = dict(scope["headers"]).get(b"content-length", b"")
        if not re.fullmatch(rb"\d{1,5}", length) or int(length) > LARGEST_BODY:
            return b""
        body, more = b"", True
        while more and len(body) <= LARGEST_BODY:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body if len(body) == int(length) else b""

    async def _pass_on(self, path: str, body: bytes) -> bytes | None:
        if self._under_way >= MOST_AT_ONCE:
            return None
        self._under_way += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._ask(path, body)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            return None
        finally:
            self._under_way -= 1

    async def _ask(self, path: str, body: bytes) -> bytes | None:
        if self._resting:
            end = self._resting.pop()
            try:
                return await self._exchange(end, path, body)
            except (OSError, EOFError):
                pass  # it had rested for too long; asking again is part of the protocol
        end = await asyncio.open_connection(
            *self._place, ssl=self._tls, limit=LARGEST_HEAD
        )
        return await self._exchange(end, path, body)

    async def _exchange(self, end: End, path: str, body: bytes) -> bytes | None:
        reader, writer = end
        try:
            writer.write(self._head(path, len(body)) + body)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = re.search(rb"\r\ncontent-length: *(\d{1,6})\r\n", head)
            size = int(length[1]) if length else LARGEST_ANSWER + 1
            if not head.startswith(b"http/1.1 200 ") or size > LARGEST_ANSWER:
                writer.transport.abort()
                return None
            answer = await reader.readexactly(size)
        except BaseException:
            writer.transport.abort()
            raise
        rests = b"\r\nconnection: close\r\n" not in head
        if rests and len(self._resting) < MOST_RESTING:
            self._resting.append(end)
        else:
            writer.transport.abort()
        return answer

    def _head(self, path: str, size: int) -> bytes:
        lines = (
            f"POST {path} HTTP/1.1",
            f"Host: {self._host}",
            f"Content-Length: {size}",
        )
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


async def _live(receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _of_environment() -> Front:
    paths = [one for one in os.environ.get("LINNET_PATHS", "").split(",") if one]
    page = os.environ.get("LINNET_PAGE")
    shown = Path(page).read_bytes() if page else PAGE
    return Front(os.environ.get("LINNET_RELAY", ""), paths, shown)


app = _of_environment()
