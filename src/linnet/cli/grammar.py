"""What a verb takes, as a table: parsing, help, completion and the guide read it.

A parser of our own, because the standard one cannot take options between the words of
a text, and because its complaints are not sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from linnet.errors import UsageError


class Kind(Enum):
    """What a word or an option's value is, for shells that complete it."""

    TEXT = auto()
    FILE = auto()
    FOLDER = auto()
    SWITCH = auto()
    """``on`` or ``off``."""
    SHELL = auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A word a verb takes, by its place."""

    name: str
    about: str
    kind: Kind = Kind.TEXT
    is_needed: bool = True
    takes_rest: bool = False

    @property
    def usage(self) -> str:
        """How the word is written in a usage line."""
        shown = self.name + (" ..." if self.takes_rest else "")
        return shown if self.is_needed else f"[{shown}]"


@dataclass(frozen=True, slots=True)
class Option:
    """An option; without ``value`` it is a plain flag."""

    name: str
    about: str
    value: str = ""
    kind: Kind = Kind.TEXT

    @property
    def usage(self) -> str:
        """How the option is written in a list of options."""
        return f"{self.name} {self.value}".rstrip()


GLOBALS = (
    Option("--home", "the folder that holds the account", "DIR", Kind.FOLDER),
    Option("--json", "print JSON: one document, or one a line for what goes on"),
    Option("--wait", "how long to wait for the relay at most (default 5)", "SECONDS"),
    Option("--debug", "tell on standard error what happens inside; holds no secrets"),
    Option("--help", "explain this and stop"),
    Option("--version", "print the version and stop"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """A verb as it is written: its words, its options and an example."""

    name: str
    about: str
    example: str
    words: tuple[Word, ...] = ()
    options: tuple[Option, ...] = ()
    more: str = ""
    prints: str = ""
    """What --json prints, in the words of docs/guide/command-line.md."""

    @property
    def usage(self) -> str:
        """The line that shows how to write it."""
        options = [f"[{option.usage}]" for option in self.options]
        return " ".join(
            ["linnet", self.name, *(word.usage for word in self.words), *options]
        )


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gave to a verb, found by the names in its form."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    def word(self, name: str) -> str:
        """Return a word, or "" when it was left out."""
        return " ".join(self.words.get(name, ()))

    def rest(self, name: str) -> tuple[str, ...]:
        """Return the words of a place that takes the rest."""
        return self.words.get(name, ())

    def option(self, name: str) -> str | None:
        """Return an option's value; None when it was not given."""
        return self.options.get(name)

    def has(self, name: str) -> bool:
        """Return whether an option was given."""
        return name in self.options

    def number(self, name: str, *, default: float, highest: float) -> float:
        """Return an option's value as a number.

        Raises:
            UsageError: it is no number between 0 and the highest.
        """
        text = self.options.get(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= highest:
            raise UsageError(
                f"{name} takes a number from 0 to {highest:g}, not “{text}”."
            )
        return value
