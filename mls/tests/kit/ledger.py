"""Every encryption that was done, so that no key and nonce is ever used twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from mls.hpke import Aead

Seal = Callable[[Aead, bytes, bytes, bytes, bytes], bytes]


class Ledger:
    """Remembers the key and nonce of every encryption."""

    def __init__(self) -> None:
        self.used: set[tuple[bytes, bytes]] = set()

    def note(self, key: bytes, nonce: bytes) -> None:
        pair = bytes(key), bytes(nonce)
        assert pair not in self.used, "a key and a nonce were used twice"
        self.used.add(pair)


@contextmanager
def watched() -> Iterator[Ledger]:
    """Fail on the second use of a key and nonce, wherever it happens."""
    ledger, seal = Ledger(), Aead.seal

    def noted(
        aead: Aead, key: bytes, nonce: bytes, plaintext: bytes, data: bytes
    ) -> bytes:
        ledger.note(key, nonce)
        return seal(aead, key, nonce, plaintext, data)

    with mock.patch.object(Aead, "seal", noted):
        yield ledger
