"""What the relay needs of any store (tests/conformance/ has the suite each must pass).

A store keeps what a batch of changes says, whole or not at all, and it is on disk when
``write`` returns. It knows nothing of sessions, tokens or rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from linnet.ids import StreamId
from linnet.relay.core.changes import Change
from linnet.relay.core.events import Key, Stored, Sweep, Swept, Thing
from linnet.relay.core.memory import Numbers
from linnet.relay.core.state import BlobNumber, StreamNumber

ROW_OVERHEAD = 48
"""What an envelope costs in a message beside its data."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Everything that a relay knows about one stream."""

    stream: str
    created_ms: int
    is_fenced: bool
    epoch: int
    first: int
    head: int
    retention_seconds: int
    pass_number: int
    """Which pass pays; 0 for the relay's own."""
    token_hashes: dict[str, str]
    past_epochs: list[dict[str, str | int]]
    envelopes: list[dict[str, str | int]]
    watches: list[int]
    """When each ends, in seconds since 1970; what else is kept of it is sealed."""


@dataclass(frozen=True, slots=True)
class NewPass:
    """A pass to be honoured from now on."""

    token_hash: bytes
    max_streams: int
    max_bytes: int
    expires: int
    created_ms: int


class Store(Protocol):
    """A place where streams, shelves, blobs and passes rest."""

    def numbers(self) -> Numbers:
        """The next free numbers."""

    def latest_ms(self) -> int:
        """The newest time in the log, so that time never seems to go back."""

    def fetch(self, key: Key) -> Thing | None:
        """Find a thing by its key, as it is on disk."""

    def write(self, changes: Sequence[Change]) -> None:
        """Store a batch; may run in another thread than everything else.

        Raises:
            DiskFull: there is no room; nothing of the batch is stored.
            StorageError: it could not be stored; nothing of the batch is.
        """

    def envelopes(
        self, stream: StreamNumber, after: int, *, upto: int, max_bytes: int
    ) -> list[Stored]:
        """Read what is kept after one envelope and up to another.

        At least one is read if any is kept, and no more than fit ``max_bytes``.
        """

    def piece(self, blob: BlobNumber, offset: int, length: int) -> bytes:
        """Read a piece of a blob."""

    def package(self, number: int) -> bytes:
        """Read a key package."""

    def overdue(self, sweep: Sweep) -> Swept:
        """Find what retention has ended among some of the streams and the blobs."""

    def disclose(self, stream: StreamId) -> Disclosure | None:
        """Tell everything that is known about a stream."""

    def add_pass(self, new: NewPass) -> None:
        """Honour a pass from now on."""

    def tidy(self) -> None:
        """Put what was written in order, if there is any need; in its own thread."""

    def close(self) -> None:
        """Let go of the disk."""
