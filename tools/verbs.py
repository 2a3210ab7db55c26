"""Writes the table of verbs into docs/guide/command-line.md, from the code itself."""

import sys
from pathlib import Path

from linnet.cli.grammar import GLOBALS
from linnet.cli.table import FAMILIES

PAGE = Path(__file__).resolve().parent.parent / "docs/guide/command-line.md"
BEGIN, END = "<!-- verbs: written by tools/verbs.py -->\n", "<!-- end of verbs -->"


def table() -> str:
    lines = [
        "",
        "Before or after every verb:",
        "",
        "| option | what it does |",
        "|---|---|",
    ]
    lines += [f"| `{option.usage}` | {option.about} |" for option in GLOBALS]
    for title, verbs in FAMILIES.items():
        lines += [
            "",
            f"### {title}",
            "",
            "| write | to | `--json` prints |",
            "|---|---|---|",
        ]
        for form in (verb.form for verb in verbs):
            lines.append(f"| `{form.usage}` | {form.about} | {form.prints} |")
    return "\n".join([*lines, "", ""])


def page() -> str:
    """Return the page as it must be."""
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write("1 held, 0 failed\n")
