"""HTTP/1.1 request heads and responses (RFC 9112), as a small website needs them; pure.

Strict where looseness has been abused: bare line feeds, folded lines, spaces before
colons and doubled Host headers are bad requests. Knows nothing of sockets.
"""

import re
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Final

LARGEST_HEAD: Final = 8_192
HEAD_END: Final = b"\r\n\r\n"

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE: Final = re.compile(
    rb"(" + _TOKEN + rb") ([\x21-\x7e]{1,4096}) HTTP/(\d)\.(\d)"
)
_HEADER: Final = re.compile(
    rb"(" + _TOKEN + rb"):[ \t]*([\x21-\x7e\x80-\xff\t ]*)", re.DOTALL
)
_REASONS: Final = {
    200: "OK",
    304: "Not Modified",
    400: "Bad Request",
    404: "Not Found",
    405: "Not Allowed",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    505: "HTTP Version Not Supported",
}


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request.

    Attributes:
        headers: by lower-case name; values of repeated headers joined with commas.
        keeps: whether the connection stays open after the response.
    """

    method: bytes
    path: bytes = field(repr=False)
    headers: dict[bytes, bytes] = field(repr=False)
    keeps: bool

    def lists(self, name: bytes, value: bytes) -> bool:
        """Whether a comma-separated header names a value, in any case."""
        items = self.headers.get(name, b"").lower().split(b",")
        return value in {item.strip(b" \t") for item in items}

    def accepts(self, coding: bytes) -> bool:
        """Whether ``Accept-Encoding`` names a coding and does not refuse it."""
        for item in self.headers.get(b"accept-encoding", b"").lower().split(b","):
            name, _, weight = item.replace(b" ", b"").partition(b";")
            if name == coding:
                return not weight.startswith(b"q=") or weight[2:].strip(b"0.") != b""
        return False

    @property
    def has_body(self) -> bool:
        """Whether a body follows the head."""
        length = self.headers.get(b"content-length", b"0")
        return length != b"0" or b"transfer-encoding" in self.headers


@dataclass(frozen=True, slots=True)
class Response:
    """What a website answers."""

    status: int
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


def parse_head(head: bytes) -> Request | int:
    """A request from its head, without the empty line; or the status it earns."""
    line, *lines = head.split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        return 400
    method, target, major, minor = match.groups()
    if major != b"1":
        return 505
    headers = _parse_headers(lines)
    if headers is None or (minor != b"0" and b"host" not in headers):
        return 400
    if (
        b"," in headers.get(b"host", b"")
        or not headers.get(b"content-length", b"0").isdigit()
    ):
        return 400
    if not target.startswith(b"/"):
        return 400
    request = Request(method, target.partition(b"?")[0], headers, keeps=False)
    asked = request.lists(b"connection", b"close" if minor != b"0" else b"keep-alive")
    return Request(method, request.path, headers, keeps=asked is (minor == b"0"))


def write_response(
    response: Response, *, unix_time: float, keeps: bool, bodiless: bool
) -> bytes:
    """The bytes of a response; ``bodiless`` for an answer to HEAD."""
    lines = [
        f"HTTP/1.1 {response.status} {_REASONS[response.status]}",
        f"Date: {formatdate(unix_time, usegmt=True)}",
    ]
    if response.status != 304:
        lines.append(f"Content-Type: {response.kind}")
        lines.append(f"Content-Length: {len(response.body)}")
    lines.append(f"Connection: {'keep-alive' if keeps else 'close'}")
    lines += [f"{name}: {value}" for name, value in response.headers]
    head = "\r\n".join(lines).encode("latin-1") + HEAD_END
    return head if bodiless or response.status == 304 else head + response.body


def _parse_headers(lines: list[bytes]) -> dict[bytes, bytes] | None:
    headers: dict[bytes, bytes] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            return None
        name, value = match.group(1).lower(), match.group(2).rstrip(b" \t")
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers
