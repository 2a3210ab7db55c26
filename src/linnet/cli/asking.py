"""Asks the person: for passphrases unseen, for a yes; never without a terminal."""

import os
import sys
from getpass import getpass
from pathlib import Path

from linnet.errors import UsageError

_VARIABLE = "LINNET_PASSPHRASE"
_SHORT = 8


def is_interactive() -> bool:
    """Return whether somebody reads what is typed back and can answer."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _can_ask_unseen() -> bool:
    """Return whether a passphrase can be asked for, also when input is piped in."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return sys.stderr.isatty()


def ask_passphrase(home: Path) -> str:
    """Return the passphrase that opens a home, from the environment or the person.

    Raises:
        UsageError: nobody can be asked.
    """
    given = os.environ.get(_VARIABLE)
    if given is not None:
        return given
    if not _can_ask_unseen():
        raise UsageError(
            f"The account in {home} is locked and there is no terminal to ask for its "
            f"passphrase. Set {_VARIABLE}, or run this in a terminal."
        )
    return _ask(f"Passphrase of {home}: ")


def ask_new_passphrase() -> str:
    """Return a passphrase for a new home, asked for twice.

    Raises:
        UsageError: it is empty, the two differ, or nobody can be asked.
    """
    given = os.environ.get(_VARIABLE)
    if given is None:
        if not _can_ask_unseen():
            raise UsageError(
                "A new account needs a passphrase and there is no terminal to ask for "
                f"one. Set {_VARIABLE}, or run this in a terminal."
            )
        given = _ask(f"New passphrase (at least {_SHORT} characters): ")
        if _ask("The same again: ") != given:
            raise UsageError("The two passphrases differ; nothing was made. Try again.")
    if len(given) < _SHORT:
        raise UsageError(
            f"A passphrase needs at least {_SHORT} characters; a few words are best. "
            "Nothing was made."
        )
    return given


def ask_phrase() -> str:
    """Return the recovery phrase of a backup: LINNET_PHRASE, or asked for.

    Raises:
        UsageError: nobody can be asked.
    """
    given = os.environ.get("LINNET_PHRASE")
    if given is not None:
        return given
    if not _can_ask_unseen():
        raise UsageError(
            "A backup opens with its recovery phrase and there is no terminal to ask "
            "for it. Set LINNET_PHRASE, or run this in a terminal."
        )
    return _ask("Recovery phrase: ")


def ask_mail_password(address: str) -> str:
    """Return the password of a mail account: LINNET_MAIL_PASSWORD, or asked for.

    Raises:
        UsageError: nobody can be asked.
    """
    given = os.environ.get("LINNET_MAIL_PASSWORD")
    if given is not None:
        return given
    if not _can_ask_unseen():
        raise UsageError(
            "A mail account needs its password and there is no terminal to ask for it. "
            "Set LINNET_MAIL_PASSWORD, or run this in a terminal."
        )
    return _ask(f"Password of {address}: ")


def ask_yes(question: str) -> bool:
    """Ask a question; only a plain yes is one."""
    if not is_interactive():
        return False
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def _ask(prompt: str) -> str:
    try:
        return getpass(prompt, stream=sys.stderr)
    except EOFError:
        raise UsageError("No answer was given; nothing was done.") from None
