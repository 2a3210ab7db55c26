"""The help that ``--help`` prints, made from the table of verbs."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

from linnet.cli.grammar import GLOBALS, Form, Option

_HEAD = """\
Linnet: private messages that keep getting through.

usage: linnet [--home DIR] [--json] VERB ...
"""

_WIDEST = 79

_TAIL = """
Every verb explains itself: linnet VERB --help
Run a relay yourself:       linnet relay --help
Help others to reach one:   linnet proxy --help
Hand roads out to them:     linnet rendezvous --help
Publish roads, signed:      linnet manifest --help

Exit codes: 0 done, 1 failed, 2 asked for what cannot be, 3 no road to the relay (what
was written is kept and sent next time), 4 the home is in use, full or damaged, 5 a
relay or link was not believed, 70 a bug.
"""


def overview(families: Mapping[str, Sequence[Form]]) -> str:
    """Return what `linnet --help` prints: the verbs, by group."""
    width = max(len(form.name) for forms in families.values() for form in forms)
    lines = [_HEAD]
    for title, forms in families.items():
        lines.append(f"{title}:")
        lines += [f"  {form.name:<{width}}  {form.about}" for form in forms]
        lines.append("")
    lines += ["Anywhere:", *_options(GLOBALS)]
    return "\n".join(lines) + "\n" + _TAIL


def family(name: str, forms: Sequence[Form]) -> str:
    """Return what `linnet group` prints: the verbs that begin so."""
    shown = [form for form in forms if form.name.startswith(name + " ")]
    width = max(len(form.name) for form in shown)
    lines = [f"  {form.name:<{width}}  {form.about}" for form in shown]
    return "\n".join([f"usage: linnet {name} VERB ...", "", *lines, ""])


def explanation(form: Form) -> str:
    """Return what `linnet VERB --help` prints."""
    lines = [*_usage(form), "", f"{_sentence(form.about)}"]
    if form.more:
        said = form.more.splitlines()
        lines += ["", *(part for one in said for part in wrap(one, _WIDEST))]
    if form.words:
        width = max(len(word.name) for word in form.words)
        lines += ["", *(f"  {w.name:<{width}}  {w.about}" for w in form.words)]
    if form.options:
        lines += ["", *_options(form.options)]
    if form.prints:
        lines += ["", f"With --json it prints {form.prints.replace('`', '')}."]
    return "\n".join([*lines, "", "example:", f"  {form.example}", ""])


def _usage(form: Form) -> list[str]:
    """The first line, cut between options where it is too long for a terminal."""
    lines = [f"usage: {form.usage.partition(' [')[0]}"]
    for part in form.usage.split(" [")[1:]:
        if len(lines[-1]) + len(part) + 2 > _WIDEST:
            lines.append(" " * len("usage: linnet"))
        lines[-1] += f" [{part}"
    return lines


def _options(options: Sequence[Option]) -> list[str]:
    rows = [(o.usage, o.about) for o in options]
    width = max(len(usage) for usage, _ in rows)
    return [f"  {usage:<{width}}  {about}" for usage, about in rows]


def _sentence(about: str) -> str:
    return about[0].upper() + about[1:] + "."
