"""Bytes that must not be seen: a `bytes` whose representation tells nothing."""


class Secret(bytes):
    """A key or a secret from which keys are made; printing it shows only its length."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<secret of {len(self)} bytes>"

    __str__ = __repr__
