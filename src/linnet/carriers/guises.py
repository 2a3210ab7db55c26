"""What a road looks like from outside: the browser that a relay is visited as.

A guise is a browser's ClientHello, by the name that ``curl_cffi`` knows it under, and
the heads of the requests that this browser makes, in its order. A person's browser
does not change from connection to connection: the wardrobe gives one address the same
guise for weeks (spec/carriers.md). One line is left out of the heads: the offer to
compress, which somebody on the way could take up, and nothing here would understand.
"""

import getpass
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from linnet.carriers.fronted import asked_host, asked_path
from linnet.carriers.http import HEAD_END
from linnet.wire.links import Address, Road

WEARING: Final = 21 * 24 * 3600.0
"""Seconds for which one address is met in one guise."""

MOST_FAILURES: Final = 3
"""Connections that were cut before another guise is tried."""

_CHROME_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/152.0.0.0 Safari/537.36"
)
_FIREFOX_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
)
_SAFARI_AGENT: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/27.0 Safari/605.1.15"
)
_ENCODINGS: Final = "Accept-Encoding: gzip, deflate, br, zstd"
_LANGUAGES: Final = "Accept-Language: en-US,en;q=0.9"
_OF_A_POST: Final = (
    "Content-Length:",
    "Origin:",
    "Accept: ",
    "Sec-Fetch-",
    "Priority",
    "Referer:",
    "Accept-Encoding:",
)
_OF_A_PAGE: Final = (
    "Upgrade-Insecure-Requests: 1",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
    "image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
    "Sec-Fetch-Site: none",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-User: ?1",
    "Sec-Fetch-Dest: document",
)
_NO_CACHE: Final = ("Pragma: no-cache", "Cache-Control: no-cache")


@dataclass(frozen=True, slots=True)
class Guise:
    """One browser.

    Attributes:
        name: what it is called.
        preset: ``curl_cffi``'s name for its ClientHello; "" for Python's own.
        sockets: the header lines of its WebSocket handshake.
        posts: those of a page's request with a body.
        old_sockets: it opens WebSockets with HTTP/1.1 as its only protocol (ALPN).
        resumes: its resumed ClientHello can be told from the browser's by nothing.
    """

    name: str
    preset: str
    sockets: tuple[str, ...]
    posts: tuple[str, ...]
    old_sockets: bool
    resumes: bool

    def ask_for_socket(self, address: Address, key: str) -> bytes:
        """Return the head of a WebSocket handshake."""
        return self._head("GET", self.sockets, address, key=key)

    def ask_with_body(self, address: Address, size: int) -> bytes:
        """Return the head of a request with a body of ``size`` bytes."""
        return self._head("POST", self.posts, address, size=str(size))

    def visit(self, address: Address) -> list[str]:
        """Return the header lines by which a page is fetched that nothing led to.

        What a browser says of it, but not in its order: only the site sees that.
        """
        lines = [one for one in self.posts if not one.startswith(_OF_A_POST)]
        host = asked_host(address)
        return [*(one.format(host=host) for one in lines), *_OF_A_PAGE]

    def _head(
        self, method: str, lines: Sequence[str], address: Address, **values: str
    ) -> bytes:
        host = asked_host(address)
        scheme = "https" if address.road is Road.WSS else "http"
        values |= {"host": host, "origin": f"{scheme}://{host}"}
        first = f"{method} {asked_path(address)} HTTP/1.1"
        text = "\r\n".join([first, *(line.format(**values) for line in lines)])
        return text.encode("latin-1") + HEAD_END


CHROME: Final = Guise(
    name="Chrome 152",
    preset="chrome152",
    sockets=(
        "Host: {host}",
        "Connection: Upgrade",
        *_NO_CACHE,
        f"User-Agent: {_CHROME_AGENT}",
        "Upgrade: websocket",
        "Origin: {origin}",
        "Sec-WebSocket-Version: 13",
        _ENCODINGS,
        _LANGUAGES,
        "Sec-WebSocket-Key: {key}",
    ),
    posts=(
        "Host: {host}",
        "Connection: keep-alive",
        "Content-Length: {size}",
        'sec-ch-ua-platform: "Linux"',
        f"User-Agent: {_CHROME_AGENT}",
        'sec-ch-ua: "Chromium";v="152", "Not?A_Brand";v="24", "Google Chrome";v="152"',
        "sec-ch-ua-mobile: ?0",
        "Accept: */*",
        "Origin: {origin}",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Mode: cors",
        "Sec-Fetch-Dest: empty",
        "Referer: {origin}/",
        _ENCODINGS,
        _LANGUAGES,
    ),
    old_sockets=True,
    resumes=True,
)
FIREFOX: Final = Guise(
    name="Firefox 153",
    preset="firefox153",
    sockets=(
        "Host: {host}",
        f"User-Agent: {_FIREFOX_AGENT}",
        "Accept: */*",
        _LANGUAGES,
        _ENCODINGS,
        "Sec-WebSocket-Version: 13",
        "Origin: {origin}",
        "Sec-WebSocket-Key: {key}",
        "Connection: Upgrade",
        "Sec-Fetch-Dest: empty",
        "Sec-Fetch-Mode: websocket",
        "Sec-Fetch-Site: same-origin",
        *_NO_CACHE,
        "Upgrade: websocket",
    ),
    posts=(
        "Host: {host}",
        f"User-Agent: {_FIREFOX_AGENT}",
        "Accept: */*",
        _LANGUAGES,
        _ENCODINGS,
        "Referer: {origin}/",
        "Content-Length: {size}",
        "Origin: {origin}",
        "Connection: keep-alive",
        "Sec-Fetch-Dest: empty",
        "Sec-Fetch-Mode: cors",
        "Sec-Fetch-Site: same-origin",
        "Priority: u=4",
    ),
    old_sockets=False,
    resumes=False,
)
SAFARI: Final = Guise(
    name="Safari 27",
    preset="safari270",
    sockets=(
        "Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Origin: {origin}",
        "Sec-Fetch-Dest: websocket",
        "Sec-Fetch-Mode: websocket",
        "Sec-Fetch-Site: same-origin",
        f"User-Agent: {_SAFARI_AGENT}",
        *_NO_CACHE,
        _LANGUAGES,
        _ENCODINGS,
    ),
    posts=(
        "Host: {host}",
        "Accept: */*",
        "Origin: {origin}",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Mode: cors",
        "Sec-Fetch-Dest: empty",
        f"User-Agent: {_SAFARI_AGENT}",
        "Referer: {origin}/",
        "Content-Length: {size}",
        _LANGUAGES,
        _ENCODINGS,
        "Connection: keep-alive",
    ),
    old_sockets=True,
    resumes=False,
)
"""Nobody here could hold it against a Safari: its heads are put together from what is
said of them, and what a Safari says when it resumes is not known."""

PLAIN: Final = Guise(
    name="Python", preset="", sockets=FIREFOX.sockets, posts=FIREFOX.posts,
    old_sockets=True, resumes=True,
)  # fmt: skip
"""Python's own ClientHello, where nothing better is installed."""


class Wardrobe:
    """Which guise each address is met in.

    Args:
        seed: what stays with this machine, and is nobody else's.
        guises: to choose from, at least one.
        now: the time in seconds.
        spare: for an address at which each of those was cut.
    """

    def __init__(
        self,
        seed: bytes,
        guises: Sequence[Guise],
        now: Callable[[], float],
        spare: Sequence[Guise] = (),
    ) -> None:
        self._spare = tuple(spare)
        self._seed = seed
        self._guises = tuple(guises)
        self._now = now
        self._failures: dict[bytes, int] = {}
        self._old: set[bytes] = set()
        self._new: dict[bytes, bool] = {}

    def choose(self, address: Address) -> Guise:
        """Return the guise for an address."""
        digest = self._digest(address)
        # Not all addresses may change on one day.
        begins = int.from_bytes(digest[:4]) % WEARING
        period = int((self._now() + begins) // WEARING)
        chosen = sha256(digest + period.to_bytes(8, signed=True)).digest()
        first = int.from_bytes(chosen[:4]) % len(self._guises)
        order = (*self._guises[first:], *self._guises[:first], *self._spare)
        return order[self._failures.get(digest, 0) // MOST_FAILURES % len(order)]

    def fail(self, address: Address) -> None:
        """Count a connection that was cut; after a few another guise is taken."""
        digest = self._digest(address)
        self._failures[digest] = self._failures.get(digest, 0) + 1

    def speaks_old(self, address: Address) -> bool:
        """Whether an address is to be offered HTTP/1.1 and nothing newer."""
        return self._digest(address) in self._old

    def learn_old(self, address: Address) -> None:
        """Remember that it took up HTTP/2 where nothing could be said by it."""
        self._old.add(self._digest(address))

    def speaks_new(self, address: Address) -> bool | None:
        """Whether requests to an address go by HTTP/2; ``None``: it is not known."""
        return self._new.get(self._digest(address))

    def learn_new(self, address: Address, *, speaks: bool) -> None:
        """Remember that it takes up HTTP/2 where a request offers it, or cannot."""
        self._new[self._digest(address)] = speaks

    def forget(self, address: Address) -> None:
        """Forget what an address was said to speak."""
        digest = self._digest(address)
        self._new.pop(digest, None)
        self._old.discard(digest)

    def _digest(self, address: Address) -> bytes:
        place = f"{address.host} {address.port} {address.cover}".encode()
        return sha256(self._seed + b"\0" + place).digest()


def _of_this_machine() -> bytes:
    try:
        person = getpass.getuser()
    except (OSError, KeyError):
        person = ""
    return f"{platform.node()} {person} {Path.home()}".encode()


def guises_of(system: str) -> tuple[tuple[Guise, ...], tuple[Guise, ...]]:
    """The guises for an operating system, and those to fall back on.

    What TCP shows is the machine's own, and there is no Safari but on Apple's.
    """
    if system == "Darwin":
        return (CHROME, FIREFOX, SAFARI), ()
    return (CHROME, FIREFOX), (SAFARI,)


def _wardrobe() -> Wardrobe:
    guises, spare = guises_of(platform.system())
    if not find_spec("curl_cffi"):
        guises, spare = (PLAIN,), ()
    return Wardrobe(_of_this_machine(), guises, time.time, spare)


WARDROBE: Final = _wardrobe()
"""The wardrobe of this process."""
