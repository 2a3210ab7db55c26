"""Draws docs/picture.svg: the two screens of `make run`, as tmux saw them.

Run it as `python tools/picture.py`; it needs tmux. The screens are real: a relay, two
`linnet chat` processes, and keys typed into both.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path

from demo import Demo, connect

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/picture.svg"
COLUMNS, ROWS = 56, 14
SECONDS = 30.0

LETTER, LINE, EDGE, TITLE = 7.85, 18, 16, 30
PLAIN, DIM = "#d5daf0", "#8f96b8"
COLOURS = {
    "90": DIM,
    "31": "#f07178",
    "32": "#9ece6a",
    "33": "#e0af68",
    "36": "#7dcfff",
}
_CODE = re.compile(r"\x1b\[([0-9;]*)m")


class Screen:
    """One person's terminal."""

    def __init__(self, server: list[str], name: str) -> None:
        self.server, self.name = server, name

    def tmux(self, *words: str) -> str:
        command = [*self.server, *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout

    def open(self, script: Path) -> None:
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self.tmux("new-session", "-d", "-s", self.name, *size, str(script))

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-t", self.name, "-l", text)

    def enter(self) -> None:
        self.tmux("send-keys", "-t", self.name, "Enter")

    def rows(self) -> list[str]:
        shown = self.tmux("capture-pane", "-p", "-e", "-t", self.name)
        return shown.split("\n")[:ROWS]

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + SECONDS
        while text not in _CODE.sub("", "\n".join(self.rows())):
            if time.monotonic() > until:
                sys.exit(f"{self.name} never saw {text!r}:\n" + "\n".join(self.rows()))
            time.sleep(0.05)


def talk(alice: Screen, bob: Screen) -> None:
    """Type what the picture shows."""
    for screen in (alice, bob):
        screen.wait_for("connected")
    said = [
        (alice, bob, "They blocked it again this morning."),
        (bob, alice, "And yet here you are."),
        (alice, bob, "Choir at nine? Same place."),
    ]
    for writer, reader, text in said:
        writer.type(text)
        writer.enter()
        reader.wait_for(text)
    bob.type("I will bring the ")
    alice.wait_for("types ...")
    alice.wait_for("read")


def draw(screens: list[tuple[str, list[str]]]) -> str:
    """Return the screens side by side as SVG."""
    wide = COLUMNS * LETTER + 2 * EDGE
    high = TITLE + ROWS * LINE + EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * wide + 12:.0f} '
        f'{high:.0f}" font-family="ui-monospace,Menlo,Consolas,monospace" '
        'font-size="13" role="img"><title>Alice and Bob talk in two terminals</title>'
    ]
    for at, (name, rows) in enumerate(screens):
        left = at * (wide + 12)
        parts.append(
            f'<rect x="{left:.1f}" width="{wide:.1f}" height="{high:.0f}" rx="8" '
            'fill="#1a1b26"/>'
            f'<text x="{left + EDGE:.1f}" y="20" fill="#8f96b8">{name}</text>'
        )
        parts += _rows(rows, left + EDGE)
    return "\n".join([*parts, "</svg>", ""])


def _rows(rows: list[str], left: float) -> list[str]:
    parts, colour, is_dim = [], PLAIN, False
    for number, row in enumerate(rows):
        column, y = 0, TITLE + (number + 1) * LINE - 4
        for at, piece in enumerate(_CODE.split(row)):
            if at % 2 == 0:
                if piece.strip():
                    x = left + column * LETTER
                    parts.append(
                        f'<text x="{x:.1f}" y="{y}" fill="{DIM if is_dim else colour}" '
                        f'xml:space="preserve">{escape(piece.rstrip())}</text>'
                    )
                column += len(piece)
                continue
            # A style holds, also over line ends, until something takes it back.
            for code in piece.split(";"):
                is_dim = code == "2" or (is_dim and code not in {"", "0", "22"})
                if code in {"", "0", "39"}:
                    colour = PLAIN
                colour = COLOURS.get(code, colour)
    return parts


def main() -> int:
    if shutil.which("tmux") is None:
        print("The picture is taken with tmux, which is not here.\n0 held, 1 failed")
        return 1
    os.environ |= {"TERM": "xterm-256color", "TZ": "UTC"}
    os.environ.pop("TMUX", None)
    server = ["tmux", "-L", f"linnet-picture-{os.getpid()}", "-f", os.devnull]
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder))
        demo.forget_everything()
        try:
            demo.start_relay()
            for name, other in (("alice", "Bob"), ("bob", "Alice")):
                demo.must(name, "init", name.capitalize(), "--relay", demo.pass_link())
                demo.write_script(name, other)
            connect(demo, "bob", "alice")
            screens = [Screen(server, name) for name in ("alice", "bob")]
            for screen in screens:
                screen.open(demo.folder / screen.name)
            talk(*screens)
            shown = [(s.name.capitalize(), s.rows()) for s in screens]
        finally:
            subprocess.run([*server, "kill-server"], check=False, capture_output=True)
            demo.stop_relay()
    PICTURE.write_text(draw(shown))
    print(f"Drew {PICTURE.relative_to(ROOT)}.\n1 held, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
