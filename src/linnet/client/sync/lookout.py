"""Looks which network this machine is on, and tells the lines when it is another.

Specified in ``spec/carriers.md`` §4. Sends nothing: it reads what the system knows.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from linnet.client.core.networks import Sight, read_sight
from linnet.client.sync.hub import Hub
from linnet.errors import StorageError

LOOK_SECONDS: Final = 10.0

_FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that nobody has (RFC 5737, RFC 3849): which way would lead there?"""


class Lookout:
    """The task that looks; the hub begins it before the lines, which then know it."""

    def __init__(self, hub: Hub, see: Callable[[], Sight] | None = None) -> None:
        self.trouble = ""
        self.is_settled = True
        self._hub = hub
        self._see = see or look_around
        self._key = b""
        self._sight = Sight()

    def wake(self) -> None:
        """Nothing: it looks by itself."""

    async def run(self) -> None:
        """Work until cancelled."""
        self._key = self._find_key()
        self._sight = self._see()
        self._hub.surroundings.network = self._sight.id(self._key)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Look once."""
        before, sight = self._sight, self._see()
        is_elsewhere = sight.is_elsewhere(before)
        if not sight.hardware and not is_elsewhere:
            sight = replace(sight, hardware=before.hardware)
        self._sight = sight
        self._hub.surroundings.network = sight.id(self._key)
        if is_elsewhere:
            for line in self._hub.lines:
                line.link.move()

    def _find_key(self) -> bytes:
        try:
            return self._hub.store.roads.key(self._hub.entropy)
        except StorageError:  # a disk that is full keeps nobody from being reached
            return self._hub.entropy(32)


def look_around() -> Sight:
    """Return what this machine sees of its network."""
    routes, neighbours = (_text(Path("/proc/net") / name) for name in ("route", "arp"))
    return read_sight(routes, neighbours, _own_address())


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _own_address() -> str:
    """Return the address this machine would use; a datagram socket sends nothing."""
    for family, far in _FAR:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return ""
