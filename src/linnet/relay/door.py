"""Who may open a session at all: passes where the relay is closed, and a rate.

Opening one costs the relay more than the client, so that even an open relay lets in
only so many a second (spec/wire.md §3.2, spec/session.md §4.2).
"""

from hashlib import sha256

from linnet.relay.core.events import PassKey
from linnet.relay.core.state import Bucket, Pass
from linnet.relay.stores.port import Store
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.replies import Mode, PassState

OPENINGS_BURST = 2_000
OPENINGS_PER_SECOND = 200.0


class Door:
    """Decides on every opening."""

    def __init__(self, mode: Mode, store: Store) -> None:
        self._mode = mode
        self._store = store
        # A crowd of strangers must not keep out those who hold a pass.
        self._strangers = Bucket(OPENINGS_BURST, 0)
        self._members = Bucket(OPENINGS_BURST, 0)

    def admits(self, token: bytes | None, now: float) -> OpeningRefusal | None:
        """Whether a session may be opened with this pass or none.

        Raises:
            StorageError: the passes cannot be read.
        """
        now_ms = int(now * 1000)
        is_member = token is not None and self._is_valid(token, now_ms)
        bucket = self._members if is_member else self._strangers
        wait = bucket.wait_ms(
            now_ms, burst=OPENINGS_BURST, per_second=OPENINGS_PER_SECOND
        )
        if wait:
            return OpeningRefusal.FULL
        if is_member or self._mode is not Mode.CLOSED:
            return None
        if token is None:
            return OpeningRefusal.PASS_NEEDED
        return OpeningRefusal.PASS_UNKNOWN

    def _is_valid(self, token: bytes, now_ms: int) -> bool:
        found = self._store.fetch(PassKey(sha256(token).digest()))
        return isinstance(found, Pass) and found.state(now_ms) is PassState.VALID
