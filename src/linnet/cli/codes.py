"""Draws a link as a QR code: on the terminal, or as a picture in a file."""

import io
from pathlib import Path

import segno

from linnet.errors import StorageError, UsageError

_PICTURES = {".svg", ".png"}
_QUIET_ZONE = 2


_SAVE = "or save a picture: linnet invite --file code.svg"


def terminal_code(link: str, *, width: int | None, otherwise: str = _SAVE) -> list[str]:
    """Return the code as lines of half blocks, two rows of dots in each.

    Raises:
        UsageError: the terminal is too narrow to hold it.
    """
    code = segno.make(link, error="l", micro=False)
    needed = code.symbol_size(border=_QUIET_ZONE)[0]
    if width is not None and width < needed:
        raise UsageError(
            f"The code is {needed} columns wide and this terminal has {width}. Make "
            f"the window wider or its letters smaller, {otherwise}"
        )
    drawn = io.StringIO()
    code.terminal(drawn, border=_QUIET_ZONE, compact=True)
    return drawn.getvalue().splitlines()


def save_code(link: str, file: Path) -> None:
    """Write the code as a picture of the kind its name says.

    Raises:
        UsageError: it is no kind of picture that can be made.
        StorageError: the file cannot be written.
    """
    if file.suffix.lower() not in _PICTURES:
        raise UsageError("The picture's name must end in .svg or .png.")
    try:
        segno.make(link, error="l", micro=False).save(str(file), scale=6)
    except OSError as error:
        raise StorageError(f"{file} could not be written: {error.strerror}.") from None
