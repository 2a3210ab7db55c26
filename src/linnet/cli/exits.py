"""Exit codes that scripts can use (docs/guide/command-line.md)."""

from enum import IntEnum

from linnet.errors import (
    LinnetError,
    RemoteError,
    StorageError,
    Unreachable,
    UsageError,
)


class Exit(IntEnum):
    """How a command ended; the numbers never change their meaning."""

    OK = 0
    FAILED = 1
    """Tried and refused, or a message failed."""
    USAGE = 2
    """What was asked cannot be; the sentence says what to do."""
    WAITING = 3
    """No road to the relay: what was written is kept and sent next time."""
    STORAGE = 4
    """The home is in use, full, read-only or damaged."""
    REMOTE = 5
    """A relay, link or contact sent something that was not believed."""
    BUG = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


_KINDS: tuple[tuple[type[LinnetError], Exit, str], ...] = (
    (UsageError, Exit.USAGE, "usage"),
    (Unreachable, Exit.WAITING, "unreachable"),
    (StorageError, Exit.STORAGE, "storage"),
    (RemoteError, Exit.REMOTE, "remote"),
)


def exit_of(error: LinnetError) -> Exit:
    """Return the exit code an error ends a command with."""
    return next((code for kind, code, _ in _KINDS if isinstance(error, kind)), Exit.BUG)


def kind_of(error: LinnetError) -> str:
    """Return the word that names an error in JSON."""
    return next((word for kind, _, word in _KINDS if isinstance(error, kind)), "bug")
