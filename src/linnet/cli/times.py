"""Times and sizes as people write them."""

import re
from datetime import datetime, timedelta

from linnet.errors import UsageError

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_NAMES = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}
_LONGEST = timedelta(days=366)


def duration(text: str) -> timedelta | None:
    """Read a span such as ``30s``, ``5m``, ``1h``, ``2d``, ``1w``; ``off`` is None.

    Raises:
        UsageError: it is no such span.
    """
    if text.lower() in {"off", "never", "0"}:
        return None
    found = re.fullmatch(r"([0-9]{1,6})\s*([smhdw])", text.lower())
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta(0)
    if not timedelta(0) < span <= _LONGEST:
        raise UsageError(
            f"“{text}” is no span of time. Write a number and s, m, h, d or w, such as "
            "5m or 1d, at most a year; or off."
        )
    return span


def span_in_words(span: timedelta) -> str:
    """Write a span in its largest whole unit."""
    for letter, name in _NAMES.items():
        count, rest = divmod(span, _UNITS[letter])
        if count and not rest:
            return f"{count} {name}" + ("s" if count > 1 else "")
    return f"{span.total_seconds():g} seconds"


def clock(time: float) -> str:
    """Write hours and minutes of this place."""
    return local(time).strftime("%H:%M")


def day(time: float) -> str:
    """Write the day of this place, for a line between messages."""
    return local(time).strftime("%a %d %b %Y")


def local(time: float) -> datetime:
    """Turn seconds since 1970 into this place's time, whatever a peer claims."""
    try:
        return datetime.fromtimestamp(time).astimezone()
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0).astimezone()


def size_in_words(size: int) -> str:
    """Write a number of bytes as people read it."""
    if size < 1000:
        return f"{size} bytes"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    return f"{value:.3g} {unit}"
