"""From the words of a command line to a verb and what it was given.

Options may stand anywhere, also between the words of a text; ``--`` ends them. Global
options are taken before and after the verb.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from linnet.cli.grammar import GLOBALS, Form, Given, Option
from linnet.errors import UsageError


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line, understood; no form when it names no verb."""

    form: Form | None
    given: Given


@dataclass(slots=True)
class _Reading:
    options: dict[str, Option]
    found: dict[str, str]
    words: list[str]


def parse(line: Sequence[str], forms: Sequence[Form]) -> Parsed:
    """Understand a command line.

    Raises:
        UsageError: an unknown verb or option, or a word too many or too few.
    """
    reading = _Reading({option.name: option for option in GLOBALS}, {}, [])
    at = _read_options(line, 0, reading)
    if at == len(line):
        return Parsed(None, Given({}, reading.found))
    if line[at] == "help":
        return parse([*line[at + 1 :], "--help"], forms)
    form, at = _find_form(line, at, forms)
    if form is None:
        family = line[at]
        _read_options(line, at + 1, reading)
        return Parsed(None, Given({"VERB": (family,)}, reading.found))
    reading.options |= {option.name: option for option in form.options}
    _read_words(line, at, reading, form)
    if "--help" in reading.found:
        return Parsed(form, Given({}, reading.found))
    return Parsed(form, Given(_place(reading.words, form), reading.found))


def _read_options(line: Sequence[str], at: int, reading: _Reading) -> int:
    """Read the options before the verb; return where it is."""
    while at < len(line) and line[at].startswith("-"):
        at = _read_option(line, at, reading, hint="")
    return at


def _read_words(line: Sequence[str], at: int, reading: _Reading, form: Form) -> None:
    hint = (
        " If it belongs to the text, put -- before the text."
        if any(word.takes_rest for word in form.words)
        else f" Try: linnet {form.name} --help"
    )
    while at < len(line):
        if line[at] == "--":
            reading.words.extend(line[at + 1 :])
            return
        if line[at].startswith("-") and line[at] != "-":
            at = _read_option(line, at, reading, hint=hint)
        else:
            reading.words.append(line[at])
            at += 1


def _read_option(line: Sequence[str], at: int, reading: _Reading, *, hint: str) -> int:
    name, equals, value = line[at].partition("=")
    name = {"-h": "--help", "-V": "--version"}.get(name, name)
    option = reading.options.get(name)
    if option is None:
        near = get_close_matches(name, reading.options, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no option “{name}” here.{meant}{hint}")
    if not option.value:
        if equals:
            raise UsageError(f"{name} takes no value.")
        reading.found[name] = ""
        return at + 1
    if not equals:
        at += 1
        if at == len(line):
            raise UsageError(f"{name} needs a value: {option.usage} ({option.about}).")
        value = line[at]
    reading.found[name] = value
    return at + 1


def _find_form(
    line: Sequence[str], at: int, forms: Sequence[Form]
) -> tuple[Form | None, int]:
    """Find the verb, of two words if there is one; None for a bare family."""
    names = {form.name: form for form in forms}
    pair = " ".join(line[at : at + 2])
    if pair in names:
        return names[pair], at + 2
    if line[at] in names:
        return names[line[at]], at + 1
    family = [name for name in names if name.startswith(line[at] + " ")]
    if family:
        if at + 1 == len(line) or line[at + 1] in {"--help", "-h"}:
            return None, at
        raise UsageError(f"There is no “{pair}”. There is: {', '.join(family)}.")
    near = get_close_matches(line[at], names, n=1)
    meant = f" Did you mean “{near[0]}”?" if near else ""
    raise UsageError(f"There is no verb “{line[at]}”.{meant} All verbs: linnet --help")


def _place(words: list[str], form: Form) -> dict[str, tuple[str, ...]]:
    placed: dict[str, tuple[str, ...]] = {}
    left = list(words)
    for word in form.words:
        if not left:
            if word.is_needed:
                raise UsageError(
                    f"{word.name} is missing ({word.about}). Write: {form.usage}"
                )
        elif word.takes_rest:
            placed[word.name], left = tuple(left), []
        else:
            placed[word.name] = (left.pop(0),)
    if left:
        hint = " (put quotes around what belongs together)" if form.words else ""
        raise UsageError(f"“{left[0]}” is one word too many. Write: {form.usage}{hint}")
    return placed
