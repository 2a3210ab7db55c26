"""Where a command prints: sentences for people, or JSON for programs, never both.

With ``--json`` standard output holds one document, or one per line for streams; what
is said aside goes to standard error either way.
"""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import TextIO

from linnet.cli.safe import safe_line

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "loud": "1;31",
}

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


@dataclass(slots=True)
class Output:
    """Prints for one command."""

    out: TextIO
    err: TextIO
    as_json: bool = False
    has_colour: bool = False
    width: int | None = None
    """Columns of the terminal; None when the output is no terminal."""

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at standard output."""
        return self.width is not None

    def show(self, document: Plain, lines: Iterable[str]) -> None:
        """Print a result: the document for programs or the lines for people."""
        if self.as_json:
            self.document(document)
        else:
            self.lines(lines)

    def lines(self, lines: Iterable[str]) -> None:
        """Print lines that are already safe."""
        for line in lines:
            self.out.write(line + "\n")
        self.out.flush()

    def document(self, document: Plain) -> None:
        """Print one JSON document on one line, in ASCII, so nothing in it acts."""
        self.out.write(json.dumps(document) + "\n")
        self.out.flush()

    def aside(self, sentence: str) -> None:
        """Say something beside the result, on standard error."""
        self.err.write(safe_line(sentence) + "\n")
        self.err.flush()

    def style(self, name: str, text: str) -> str:
        """Colour a text when colours are wanted."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.has_colour else text


def standard_output(*, as_json: bool) -> Output:
    """Print to this process's own streams, as far as it has any."""
    _open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        # What the terminal cannot spell is shown as an escape, and is no crash.
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # TextIO lacks it, the real ones have it
    is_terminal = sys.stdout.isatty() and not as_json
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return Output(
        out=sys.stdout,
        err=sys.stderr,
        as_json=as_json,
        has_colour=is_terminal and not plain,
        width=max(20, get_terminal_size().columns) if is_terminal else None,
    )


def _open_missing_streams() -> None:
    """Give a process that was started with closed streams somewhere to write."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  lives as long as the process
