"""What one side of a session allows itself and bears (spec/session.md §5 to §7)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a side allows itself; none of it needs to agree with the other side.

    Attributes:
        record_target: a record is closed once it is this large, so that a road that
            cuts after a few kilobytes still lets something through.
        held_bytes: above this much unacknowledged, ``send`` says to wait; above twice
            as much it refuses.
        ack_after_bytes: received bytes after which an acknowledgement goes alone.
        ack_delay: seconds an acknowledgement waits for something to ride on.
        ping_after: seconds of silence after which the client asks for an answer.
        silent_after: seconds of silence after which a carrier is given up.
        keep_detached: seconds a relay keeps a session without a carrier.
        held_altogether: bytes a relay holds unacknowledged for all its sessions; past
            this it forgets those that hold most, without a carrier first.
    """

    record_target: int = 4_096
    held_bytes: int = 512 * 1024
    ack_after_bytes: int = 16 * 1024
    ack_delay: float = 0.5
    ping_after: float = 30.0
    silent_after: float = 75.0
    keep_detached: float = 600.0
    held_altogether: int = 512 * 1024 * 1024
