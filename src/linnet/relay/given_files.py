"""Files that an operator names in a command: text, and road links, one a line."""

from pathlib import Path
from typing import Final

from linnet.errors import Malformed, StorageError, UsageError
from linnet.wire.links import RoadLink

LARGEST: Final = 4_000_000
"""Bytes: ten thousand road links."""


def read_text(file: Path) -> str:
    """Read a file of ASCII text.

    Raises:
        StorageError: it cannot be read.
        UsageError: it is no text, or too large.
    """
    try:
        with file.open(encoding="ascii") as opened:
            text = opened.read(LARGEST + 1)
    except OSError as error:
        raise StorageError(f"{file.name} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise UsageError(f"{file.name} holds no text.") from None
    if len(text) > LARGEST:
        raise UsageError(f"{file.name} is too large.")
    return text


def read_road_links(file: Path) -> list[RoadLink]:
    """Read road links, one a line.

    Raises:
        StorageError: the file cannot be read.
        UsageError: a line is no road link.
    """
    found = []
    for line in filter(None, map(str.strip, read_text(file).splitlines())):
        try:
            found.append(RoadLink.parse(line))
        except Malformed as error:
            raise UsageError(f"A line of {file.name}: {error}") from None
    return found
