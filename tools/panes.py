"""Two people side by side in one terminal, with tmux."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_HINT = " Ctrl-B and an arrow change sides; Ctrl-D on both sides ends "


def is_a_person() -> bool:
    """Whether a person sits at a terminal."""
    return (
        sys.stdin is not None
        and sys.stdin.isatty()
        and sys.stdout.isatty()
        and os.environ.get("TERM", "dumb") != "dumb"
        and "CI" not in os.environ
    )


def can_show() -> bool:
    """Whether a person sits at a terminal that tmux can divide."""
    return is_a_person() and shutil.which("tmux") is not None


def show(left: Path, right: Path, page: str) -> bool:
    """Show two scripts side by side until both have ended; False if tmux will not.

    The line below them names the page for browsers, where there is one.
    """
    # A server of our own: the person's settings and sessions are not ours to touch,
    # and inside tmux a second server may still be shown.
    server = ["tmux", "-L", f"linnet-{os.getpid()}", "-f", os.devnull]
    around = {name: value for name, value in os.environ.items() if name != "TMUX"}
    size = shutil.get_terminal_size()
    shape = ["-x", str(size.columns), "-y", str(size.lines)]
    begin = ["new-session", "-d", "-s", "linnet", *shape]
    steps = [
        [*begin, str(left.resolve())],
        ["set-option", "-g", "mouse", "on"],
        ["set-option", "-g", "default-terminal", "screen-256color"],
        ["set-option", "-g", "escape-time", "50"],
        ["set-option", "-g", "status-left", ""],
        ["set-option", "-g", "status-right", f" in a browser: {page} " if page else ""],
        ["set-option", "-g", "status-right-length", "60"],
        ["set-option", "-g", "window-status-current-format", _HINT],
        ["set-option", "-g", "pane-border-status", "top"],
        ["set-option", "-g", "pane-border-format", " #{pane_title} "],
        ["select-pane", "-T", left.name.capitalize()],
        ["split-window", "-h", "-t", "linnet", str(right.resolve())],
        ["select-pane", "-T", right.name.capitalize()],
        ["select-pane", "-L"],
    ]
    for step in steps:
        if subprocess.run([*server, *step], env=around, check=False).returncode:
            subprocess.run([*server, "kill-server"], env=around, check=False)
            return False
    subprocess.run([*server, "attach-session"], env=around, check=False)
    subprocess.run(
        [*server, "kill-server"], env=around, check=False, stderr=subprocess.DEVNULL
    )
    return True
