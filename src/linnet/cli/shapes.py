"""The JSON that ``--json`` prints: the client's values under their own names.

The names are documented in docs/guide/command-line.md and stable: fields may be added,
never renamed or re-meant. Bytes are lower-case hex, times are seconds since 1970.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TypeVar

from linnet.cli.output import Output, Plain
from linnet.client import Client, Conversation, Event, Message, Status
from linnet.errors import BugError

T = TypeVar("T")


def show_all(
    out: Output, values: Sequence[T], line: Callable[[T], str], none: str
) -> None:
    """Print values: a list for programs, for people a line each, or that there is none.

    Args:
        out: where.
        values: what is listed, in its order.
        line: how one is written.
        none: what is said where the list is empty.
    """
    out.show(plain(values), [line(one) for one in values] or [none])


def plain(value: object) -> Plain:
    """Turn a value of the client into what JSON can say."""
    if isinstance(value, Enum | Path):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return _fields(value)
    return _atom(value)


def _atom(value: object) -> Plain:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise BugError(f"A {type(value).__name__} has no form in JSON.")


def _fields(value: object) -> dict[str, Plain]:
    shown = {f.name: plain(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]  # the caller has checked that it is a dataclass
    if isinstance(value, Message):
        shown["short_id"] = value.short_id
    if isinstance(value, Status):
        shown["is_connected"] = value.is_connected
    return shown


def account(me: Client, home: Path, status: Status) -> dict[str, Plain]:
    """Return the JSON of an account that has just come to a home."""
    return {
        "name": me.name,
        "account": plain(me.account),
        "home": str(home),
        "invite": me.invite(),
        "is_connected": status.is_connected,
    }


def conversation(value: Conversation) -> dict[str, Plain]:
    """Return a conversation's JSON."""
    return {
        "id": plain(value.id),
        "kind": plain(value.kind),
        "state": plain(value.state),
        "title": value.title,
        "unread": value.unread,
        "timer": plain(value.timer),
        "relay": value.relay,
        "members": plain(value.members),
        "last_message": plain(value.last_message),
    }


def event(value: Event) -> dict[str, Plain]:
    """Return the JSON of something that happened: its kind and its fields."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(value).__name__).lower()
    return {"event": name, **_fields(value)}
