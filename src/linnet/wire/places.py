"""Where newer editions of a manifest are found (spec/manifest.md §7). Pure."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Final, Self

from linnet.errors import Malformed
from linnet.wire.fields import Fields, u8

MOST_PLACES: Final = 4
MAX_PLACE: Final = 255
HTTPS_PORT: Final = 443

_NAME: Final = r"[a-z\d_][a-z\d_-]{0,62}(?:\.[a-z\d_-]{1,63})*"
_WEB: Final = re.compile(
    rf"https://(?:\[([\da-f:.]{{2,45}})\]|({_NAME}))(?::([1-9]\d{{0,4}}))?"
    r"(/[!$-;=?-Z_a-z~]*)",
    re.ASCII,
)
_TEXT: Final = re.compile(rf"dns:({_NAME})", re.ASCII)


class Kind(StrEnum):
    """What is asked there."""

    WEB = "https"
    NAMES = "dns"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of any website, or a name with TXT records.

    Attributes:
        host: the name, or an address as digits.
        port: of a website; 0 for a name.
        target: path and query of the page; empty for a name.
    """

    kind: Kind
    host: str = field(repr=False)
    port: int = 0
    target: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a place; only what `text` would write alike is one.

        Raises:
            Malformed: it is none.
        """
        if len(text) <= MAX_PLACE:
            if named := _TEXT.fullmatch(text):
                return cls(Kind.NAMES, named[1])
            if web := _WEB.fullmatch(text):
                host, port = web[1] or web[2], int(web[3] or HTTPS_PORT)
                found = cls(Kind.WEB, host, port, web[4])
                is_host = _is_ipv6(host) if web[1] else True
                if is_host and port <= 0xFFFF and found.text == text:
                    return found
        raise Malformed(
            "That is no place for a manifest: one is https://NAME/PATH, or dns:NAME."
        )

    @property
    def text(self) -> str:
        """The place as it is written."""
        if self.kind is Kind.NAMES:
            return f"dns:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == HTTPS_PORT else f":{self.port}"
        return f"https://{host}{port}{self.target}"


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def write_places(places: tuple[Place, ...]) -> bytes:
    """Write what an edition ends with; nothing where there are none."""
    if not places:
        return b""
    texts = [one.text.encode("ascii") for one in places]
    return u8(len(texts)) + b"".join(u8(len(one)) + one for one in texts)


def read_places(fields: Fields) -> tuple[Place, ...]:
    """Read them; one of an unknown kind is passed over.

    Raises:
        Malformed: there are too many, or one is there twice.
    """
    if fields.is_done:
        return ()
    texts = [fields.sized(1) for _ in range(fields.number(1))]
    if not 1 <= len(texts) <= MOST_PLACES or len(set(texts)) != len(texts):
        raise Malformed("A manifest names too many places, or one of them twice.")
    return tuple(found for found in map(_read, texts) if found is not None)


def _read(text: bytes) -> Place | None:
    try:
        return Place.parse(text.decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        return None
