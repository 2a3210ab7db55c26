"""One tunnel of a chain, and how the talk with it goes (spec/carriers.md §13); pure.

A talk is a generator: it yields what to say and how much to read, and is given what
was read. So it can be tried with any bytes, and no tunnel of this kind knows a socket.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from linnet.carriers.diagnosis import Came

LARGEST_HEAD: Final = 16 * 1024
"""Bytes that an answer without a length may have."""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A proxy or a plug-in that connections go through.

    Attributes:
        kind: what it speaks, or the method of a plug-in.
        host: where it is.
        user: with ``password``, what it asks for; or empty.
        arguments: what a plug-in is told beside the place.
    """

    kind: str
    host: str = field(repr=False)
    port: int = field(repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    arguments: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Say:
    """What to say next, and what of the answer is needed to go on.

    Attributes:
        data: to be sent.
        take: how many bytes to read.
        until: or else, with what the bytes to be read end.
    """

    data: bytes = b""
    take: int = 0
    until: bytes = b""


class TunnelFailed(OSError):
    """A tunnel did not lead where it was asked to lead.

    Attributes:
        came: what that means for the road.
    """

    def __init__(self, sentence: str, came: Came = Came.NO_TUNNEL) -> None:
        super().__init__(sentence)
        self.came = came


Talk = Callable[[Tunnel, str, int], Generator[Say, bytes, None]]
"""From a tunnel, and the host and port it is to lead to."""
