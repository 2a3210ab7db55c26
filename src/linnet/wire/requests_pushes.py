"""What a client asks of a relay about pushes (spec/wire.md §9)."""

import re
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from linnet.errors import Malformed
from linnet.ids import Handle
from linnet.wire.fields import Bodiless, Fields, u32
from linnet.wire.limits import MAX_ENDPOINT

_ENDPOINT: Final = re.compile(rb"[!-~]+")


@dataclass(frozen=True, slots=True)
class Pushes(Bodiless):
    """Ask whether the relay pushes, and under which key."""

    TYPE: ClassVar[int] = 0x40


@dataclass(frozen=True, slots=True)
class Watch:
    """Ask for a push when something is stored in a stream while nobody follows it."""

    TYPE: ClassVar[int] = 0x41

    handle: Handle
    seconds: int
    endpoint: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + u32(self.seconds) + self.endpoint

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, seconds = Handle(fields.number(4)), fields.number(4)
        return cls(handle, seconds, _read_endpoint(fields))


@dataclass(frozen=True, slots=True)
class Unwatch:
    """Ask for no more pushes about a stream."""

    TYPE: ClassVar[int] = 0x42

    handle: Handle
    endpoint: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + self.endpoint

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Handle(fields.number(4)), _read_endpoint(fields))


def _read_endpoint(fields: Fields) -> bytes:
    endpoint = fields.rest()
    if len(endpoint) > MAX_ENDPOINT or not _ENDPOINT.fullmatch(endpoint):
        raise Malformed("An endpoint is too long, or has a character no URL has.")
    return endpoint
