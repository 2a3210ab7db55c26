"""A resolver that a person has chosen for the road by names (spec/dns.md §1); pure."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, Self

from linnet.errors import Malformed

MOST_RESOLVERS: Final = 4
PORT: Final = 53
HTTPS_PORT: Final = 443

_HOST: Final = r"(?P<host>\[[\da-fA-F:.]+\]|[\w.-]+)(?::(?P<port>[1-9]\d{0,4}))?"
_PLAIN: Final = re.compile(rf"(?:(?P<form>udp|tcp):)?{_HOST}", re.ASCII)
_WEB: Final = re.compile(
    rf"(?P<form>https)://{_HOST}(?P<path>/[!$-;=@-Z_a-z~]*)?", re.ASCII
)
_BARE: Final = re.compile(r"(?:(udp|tcp):)?([\da-fA-F]*:[\da-fA-F:.]+)", re.ASCII)
_NONE: Final = (
    "A resolver is an address such as 192.0.2.53 (by UDP, then TCP), udp:192.0.2.53, "
    "tcp:[2001:db8::53]:5353, or https://dns.example/dns-query."
)


class Form(StrEnum):
    """How it is asked."""

    BOTH = ""
    UDP = "udp"
    TCP = "tcp"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Resolver:
    """Who is asked, and how.

    Attributes:
        form: by UDP, TCP, one after the other, or HTTPS (RFC 8484).
        host: an address as digits, or by HTTPS also a name.
        path: by HTTPS.
    """

    form: Form
    host: str = field(repr=False)
    port: int
    path: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a person typed.

        Raises:
            Malformed: it is no resolver.
        """
        if bare := _BARE.fullmatch(text):
            return cls(Form(bare[1] or ""), _digits(bare[2]), PORT)
        if plain := _PLAIN.fullmatch(text):
            port = _port(plain["port"], PORT)
            return cls(Form(plain["form"] or ""), _digits(plain["host"]), port)
        if web := _WEB.fullmatch(text):
            host = web["host"]
            host = _digits(host) if host.startswith("[") else host.lower()
            port = _port(web["port"], HTTPS_PORT)
            return cls(Form.HTTPS, host, port, web["path"] or "/")
        raise Malformed(_NONE)

    @property
    def text(self) -> str:
        """The resolver as it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.form is Form.HTTPS:
            port = "" if self.port == HTTPS_PORT else f":{self.port}"
            return f"https://{host}{port}{self.path}"
        form = f"{self.form}:" if self.form else ""
        return form + (host if self.port == PORT else f"{host}:{self.port}")


def _digits(host: str) -> str:
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        # By a name it could not be found: names are what it is asked for.
        raise Malformed(_NONE) from None


def _port(text: str | None, usual: int) -> int:
    port = int(text or usual)
    if port > 0xFFFF:
        raise Malformed(_NONE)
    return port
