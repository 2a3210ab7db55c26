"""Makes text that others wrote safe to print on a terminal.

Rules of this file. Whatever a message, name, title or sentence holds:

1. nothing in it reaches the terminal as a command (no control character survives),
2. nothing in it turns the order of the letters around it (no bidi embedding, override
   or isolate survives; the plain marks that Persian and Arabic need do),
3. it cannot look like a line of ours (line ends become line ends of *our* indenting,
   see `linnet.cli.lines`; a name is one line and bounded),
4. what was taken out is shown as `<U+202E>`, never silently dropped.
"""

import re
import unicodedata

# England, Scotland and Wales spell their flags with tag characters; elsewhere those
# hide text that no one sees.
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
_KEPT_FORMATS = frozenset("\u200c\u200d\u200e\u200f\u061c\u00ad")
_MARKS_IN_A_ROW = 8
_LONGEST_NAME = 48


def _is_unsafe(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cf":
        return character not in _KEPT_FORMATS
    return category in {"Cc", "Cs", "Zl", "Zp"}


def _show(text: str) -> str:
    out: list[str] = []
    marks = 0
    for character in text:
        is_mark = unicodedata.category(character) in {"Mn", "Me"}
        marks = marks + 1 if is_mark else 0
        if marks > _MARKS_IN_A_ROW:
            continue
        out.append(f"<U+{ord(character):04X}>" if _is_unsafe(character) else character)
    return "".join(out)


def safe_line(text: str) -> str:
    """Return text that prints as itself and stays on one line."""
    text = text.replace("\t", "    ")
    out: list[str] = []
    at = 0
    for flag in _FLAG.finditer(text):
        out += [_show(text[at : flag.start()]), flag.group()]
        at = flag.end()
    return "".join([*out, _show(text[at:])])


def safe_lines(text: str) -> list[str]:
    """Return the lines of a text, each safe to print."""
    plain = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return [safe_line(line) for line in plain.split("\n")]


def safe_name(name: str) -> str:
    """Return a name or title as one bounded line without surrounding space."""
    shown = safe_line(" ".join(name.split()))
    if len(shown) > _LONGEST_NAME:
        shown = shown[: _LONGEST_NAME - 1] + "…"
    return shown or "(no name)"


def columns(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def pad(text: str, width: int) -> str:
    """Fill a text with spaces up to a number of columns."""
    return text + " " * max(0, width - columns(text))


def wrap(text: str, width: int) -> list[str]:
    """Break a line at spaces, or anywhere if it must, to fit a number of columns."""
    lines: list[str] = []
    line = ""
    for word in re.findall(r"\S+\s*|\s+", text):
        if line and columns(line) + columns(word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        for piece in _cut(word, width):
            if line and columns(line) + columns(piece.rstrip()) > width:
                lines.append(line)
                line = ""
            line += piece
    return [*lines, line.rstrip()]


def _cut(word: str, width: int) -> list[str]:
    pieces, piece, taken = [], "", 0
    for character in word:
        wide = _width(character)
        if piece and taken + wide > width and not character.isspace():
            pieces.append(piece)
            piece, taken = "", 0
        piece += character
        taken += wide
    return [*pieces, piece]
