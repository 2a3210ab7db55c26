"""Programs of Python's that fetch a page, to be run in the client's namespace.

`python -m linnet.lab.real.visits KIND COUNT NAME FOLDER`; the status is 0 when all of
the page came, as often as it was asked for.
"""

import socket
import ssl
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import utls
from curl_cffi.requests import BrowserTypeLiteral, get
from curl_cffi.requests.exceptions import RequestException

from linnet.lab.places import SITE_PORT
from linnet.lab.real.world import AUTHORITY, PAGE

SECONDS: Final = 6.0
CHROME: Final = "chrome:152"

Dress = Callable[[socket.socket, str, str], socket.socket]


def as_python(road: socket.socket, name: str, authority: str) -> socket.socket:
    """Python's own TLS."""
    context = ssl.create_default_context(cafile=authority)
    return context.wrap_socket(road, server_hostname=name)


def as_chrome(road: socket.socket, name: str, authority: str) -> socket.socket:
    """The TLS of a Chrome, as utls speaks it."""
    context = utls.create_default_context(cafile=authority)
    context.set_fingerprint(CHROME)
    dressed: socket.socket = context.wrap_socket(road, server_hostname=name)
    return dressed


def visit_as(browser: BrowserTypeLiteral, name: str, _: Path) -> bool:
    """Fetch a page with curl_cffi, which is dressed as a browser down to HTTP/2."""
    try:
        came = get(
            f"https://{name}/", impersonate=browser, verify=False, timeout=SECONDS
        )
    except RequestException as error:
        sys.stdout.write(f"{error}\n")
        return False
    return came.content == PAGE


def visit(dress: Dress, name: str, folder: Path) -> bool:
    """Fetch a page; whether all of it came."""
    asked = f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    heard = b""
    try:
        with (
            socket.create_connection((name, SITE_PORT), SECONDS) as bare,
            dress(bare, name, str(folder / AUTHORITY)) as road,
        ):
            road.sendall(asked.encode())
            while not heard.endswith(PAGE) and (more := road.recv(65_536)):
                heard += more
    except OSError as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
    return heard.endswith(PAGE)


KINDS: Final[dict[str, Callable[[str, Path], bool]]] = {
    "python": partial(visit, as_python),
    "chrome": partial(visit, as_chrome),
    "curl-chrome": partial(visit_as, "chrome"),
    "curl-firefox": partial(visit_as, "firefox"),
}
"""How a page is fetched."""


def main(kind: str, count: str, name: str, folder: str) -> int:
    """Fetch a page so many times at once, and return an exit status."""
    fetch, times = KINDS[kind], int(count)
    with ThreadPoolExecutor(times) as threads:
        came = [threads.submit(fetch, name, Path(folder)) for _ in range(times)]
    held = sum(one.result() for one in came)
    sys.stdout.write(f"{held} of {times} came whole\n")
    return 0 if held == times else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
