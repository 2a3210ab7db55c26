"""What a plug-in says of itself, line by line; pure.

The lines of Tor's Pluggable Transport specification, version 1, on the output of a
managed process. They are bytes of a stranger: each is bounded, and gives a value or a
named error.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from typing import Final

from linnet.errors import Malformed

LONGEST_LINE: Final = 4_096
MOST_LINES: Final = 256
"""Lines that may come before all is said."""

Arguments = tuple[tuple[str, str], ...]

_MISUNDERSTOOD: Final = "The plug-in says what no plug-in says."


class Side(Enum):
    """Which side of a plug-in a process is."""

    CLIENT = "CMETHOD"
    SERVER = "SMETHOD"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a plug-in listens.

    Attributes:
        host: an address, as digits.
        arguments: what the other side must be told.
    """

    host: str = field(repr=False)
    port: int = field(repr=False)
    arguments: Arguments = field(default=(), repr=False)


class Conversation:
    """What a process has said up to now, and whether that is all.

    Args:
        side: which side it was started as.
        method: what it was asked for.
        is_behind_proxy: it was told to go through one, and must agree.

    Attributes:
        found: where it listens, once all is said.
    """

    def __init__(self, side: Side, method: str, *, is_behind_proxy: bool) -> None:
        self.found: Found | None = None
        self._side, self._method = side, method
        self._needs_proxy = is_behind_proxy
        self._said: Found | None = None
        self._lines = 0

    def heard(self, line: bytes) -> None:
        """Take a line.

        Raises:
            Malformed: it cannot be, or says that the plug-in will not work.
        """
        self._lines += 1
        if self.found is not None:
            return
        if len(line) > LONGEST_LINE or self._lines > MOST_LINES:
            raise Malformed("The plug-in says more than a plug-in has to say.")
        word, _, rest = line.decode("ascii", "replace").strip().partition(" ")
        side = self._side.value
        if word == "VERSION" and rest != "1":
            raise Malformed("The plug-in is of another version than 1.")
        if word in {"VERSION-ERROR", "ENV-ERROR", "PROXY-ERROR"}:
            raise Malformed(_REFUSALS[word])
        if word == f"{side}-ERROR" and rest.partition(" ")[0] == self._method:
            raise Malformed("The plug-in cannot begin the method it was asked for.")
        if word == "PROXY" and rest == "DONE":
            self._needs_proxy = False
        elif word == side:
            self._take(rest)
        elif word == f"{side}S" and rest == "DONE":
            self._end()

    def _take(self, rest: str) -> None:
        method, *words = rest.split(" ")
        if method != self._method:
            return
        if self._side is Side.CLIENT and words[:1] != ["socks5"]:
            raise Malformed("The plug-in does not speak SOCKS5.")
        if self._side is Side.CLIENT:
            del words[0]
        place, *options = words or [""]
        told = [one for one in options if one.startswith("ARGS:")]
        pairs = read_arguments(told[0][5:], ",") if told else ()
        self._said = Found(*_read_place(place), pairs)

    def _end(self) -> None:
        if self._said is None:
            raise Malformed("The plug-in does not know the method it was asked for.")
        if self._needs_proxy:
            # Else it would connect by itself, past the proxy.
            raise Malformed("The plug-in cannot go through a proxy.")
        self.found = self._said


_REFUSALS: Final = {
    "VERSION-ERROR": "The plug-in is of another version than 1.",
    "ENV-ERROR": "The plug-in does not understand how it was started.",
    "PROXY-ERROR": "The plug-in cannot go through that proxy.",
}


def read_arguments(text: str, separator: str) -> Arguments:
    r"""Read ``key=value`` pairs, in which ``\`` takes the meaning of what follows.

    Raises:
        Malformed: they are none.
    """
    key, value = rf"((?:[^\\={separator}]|\\.)+)", rf"((?:[^\\{separator}]|\\.)*)"
    pair = re.compile(rf"{key}={value}(?:{separator}|\Z)")
    pairs, place = [], 0
    while place < len(text):
        found = pair.match(text, place)
        if found is None:
            raise Malformed("What a plug-in is to be told has no form.")
        pairs.append((_plain(found[1]), _plain(found[2])))
        place = found.end()
    return tuple(pairs)


def write_arguments(pairs: Iterable[tuple[str, str]]) -> str:
    r"""Write pairs as they are told to a plug-in: ``key=value;key=value``."""
    return ";".join(f"{_escaped(key)}={_escaped(value)}" for key, value in pairs)


def _escaped(text: str) -> str:
    return re.sub(r"([\\=,;])", r"\\\1", text)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _read_place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        raise Malformed(_MISUNDERSTOOD) from None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
        raise Malformed(_MISUNDERSTOOD)
    return str(address), int(port)
