"""One process at a time on one home; two would use one ratchet twice."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linnet.errors import StorageError


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the home until the block ends; the system lets go if the process dies.

    Raises:
        StorageError: another process has it, or it cannot be written to.
    """
    try:
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(
            "The home folder cannot be written to; nothing was changed. "
            "Check its owner and permissions."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StorageError(
            "Another Linnet is using this home; nothing was changed. "
            "Close it, or give another --home."
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)
