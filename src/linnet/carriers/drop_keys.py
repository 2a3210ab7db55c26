"""The keys of drops, as they stand in an address's ``cover`` (spec/parcels.md §4, §5).

Pure text; knows no drop.
"""

import re
from urllib.parse import quote, unquote

from linnet.errors import Malformed

THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
"""The only hosts to which a password goes without TLS."""

_FIELD = re.compile(r"[A-Za-z0-9._~%-]*")
_DAMAGED = "The key of a folder or mailbox is damaged."


def join(*fields: str) -> str:
    """Write a key."""
    return ":".join(quote(one, safe="") for one in fields)


def split(text: str) -> tuple[str, ...]:
    """Read a key.

    Raises:
        Malformed: it is none.
    """
    parts = text.split(":")
    if not all(map(_FIELD.fullmatch, parts)):
        raise Malformed(_DAMAGED)
    try:
        fields = tuple(unquote(one, errors="strict") for one in parts)
    except UnicodeDecodeError:
        raise Malformed(_DAMAGED) from None
    if not all(map(str.isprintable, fields)):
        raise Malformed(_DAMAGED)
    return fields
