"""Programs of Python's that fetch a page, to be run in the client's namespace.

`python -m linnet.lab.real.visits KIND NAME FOLDER`; the status is 0 when all of the
page came, as often as it was asked for.
"""

import socket
import ssl
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import utls

from linnet.lab.real.places import SITE_PORT
from linnet.lab.real.world import CERTIFICATE, PAGE

SECONDS: Final = 6.0
CHROME: Final = "chrome:152"

Dress = Callable[[socket.socket, str, str], socket.socket]


def as_python(road: socket.socket, name: str, certificate: str) -> socket.socket:
    """Python's own TLS."""
    context = ssl.create_default_context(cafile=certificate)
    return context.wrap_socket(road, server_hostname=name)


def as_chrome(road: socket.socket, name: str, certificate: str) -> socket.socket:
    """The TLS of a Chrome, as utls speaks it."""
    context = utls.create_default_context(cafile=certificate)
    context.set_fingerprint(CHROME)
    dressed: socket.socket = context.wrap_socket(road, server_hostname=name)
    return dressed


def visit(dress: Dress, name: str, folder: Path) -> bool:
    """Fetch a page; whether all of it came."""
    asked = f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    heard = b""
    try:
        with (
            socket.create_connection((name, SITE_PORT), SECONDS) as bare,
            dress(bare, name, str(folder / CERTIFICATE)) as road,
        ):
            road.sendall(asked.encode())
            while not heard.endswith(PAGE) and (more := road.recv(65_536)):
                heard += more
    except OSError as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
    return heard.endswith(PAGE)


KINDS: Final[dict[str, tuple[Dress, int]]] = {
    "python": (as_python, 1),
    "chrome": (as_chrome, 1),
    "six-chromes": (as_chrome, 6),
    "six-pythons": (as_python, 6),
}
"""How it is dressed, and how many are fetched at once."""


def main(kind: str, name: str, folder: str) -> int:
    """Fetch pages and return an exit status."""
    dress, count = KINDS[kind]
    with ThreadPoolExecutor(count) as threads:
        came = [threads.submit(visit, dress, name, Path(folder)) for _ in range(count)]
    held = sum(one.result() for one in came)
    sys.stdout.write(f"{held} of {count} came whole\n")
    return 0 if held == count else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
