"""What a column holds, as the type it must have; STRICT tables keep it so."""

from linnet.client.store.database import Scalar
from linnet.errors import StorageError


def blob(value: Scalar) -> bytes:
    """Return bytes."""
    if isinstance(value, bytes):
        return value
    raise _damaged()


def text(value: Scalar) -> str:
    """Return text."""
    if isinstance(value, str):
        return value
    raise _damaged()


def number(value: Scalar) -> int:
    """Return a whole number."""
    if isinstance(value, int):
        return value
    raise _damaged()


def real(value: Scalar) -> float:
    """Return a number."""
    if isinstance(value, int | float):
        return float(value)
    raise _damaged()


def maybe_blob(value: Scalar) -> bytes | None:
    """Return bytes, or None where there are none."""
    return None if value is None else blob(value)


def maybe_text(value: Scalar) -> str | None:
    """Return text, or None where there is none."""
    return None if value is None else text(value)


def maybe_real(value: Scalar) -> float | None:
    """Return a number, or None where there is none."""
    return None if value is None else real(value)


def _damaged() -> StorageError:
    return StorageError(
        "The store in this home is damaged; nothing was changed. "
        "Restore the home from a backup."
    )
