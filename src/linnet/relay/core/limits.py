"""How much one relay grants, all in one value (spec/wire.md §2, docs/relay.md)."""

from dataclasses import dataclass

from linnet.wire import limits as law
from linnet.wire.replies import Mode

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Limits:
    """What a relay grants; none may be above what the protocol fixes."""

    mode: Mode = Mode.INVITE
    max_envelope: int = law.MAX_ENVELOPE
    max_ephemeral: int = law.MAX_EPHEMERAL
    max_blob: int = 256 * 1024 * 1024
    max_package: int = law.MAX_PACKAGE
    max_packages: int = 256
    max_handles: int = 4_096
    max_subscriptions: int = 2_048
    retention_seconds: int = 30 * DAY_SECONDS
    max_retention_seconds: int = 90 * DAY_SECONDS
    shared_streams: int = 1_000_000
    """What everybody without a pass may create together on an open relay."""
    shared_bytes: int = 64 * 1024**3
    push_key: bytes | None = None
    """The public key under which the relay pushes; without one it does not."""
    max_watches: int = 256
    """Watches of one stream."""
    max_watch_seconds: int = 30 * DAY_SECONDS
    max_unreadable: int = 16
    """Messages of one session that cannot be read before it is closed."""
    costly_burst: int = 256
    """Creations and failed attempts a session may make at once."""
    costly_per_second: float = 10.0
    ephemeral_burst: int = 128
    ephemeral_per_second: float = 32.0
    max_batch_bytes: int = 32 * 1024 * 1024
    """What may wait for the disk before whoever appends is asked to slow down."""
    idle_streams: int = 4_096
    """Streams kept in memory though no session has them open."""
    sweep_seconds: float = 3_600.0
    """Time in which retention visits every stream once."""
    sweep_slice: int = 256
