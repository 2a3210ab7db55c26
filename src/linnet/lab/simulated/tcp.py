"""One end of a TCP connection as a machine: packets and wishes in, packets out.

Follows RFC 9293 as far as a censor on the line and code above can tell. Left out:
opening from both sides at once, urgent data, scaled windows, SACK.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from linnet.lab.packets import NO_FLAGS, Endpoint, Flags, Packet, Protocol
from linnet.lab.simulated.receiving import Receiving
from linnet.lab.simulated.segments import MSS, Segment, unwrap, wrap
from linnet.lab.simulated.sending import Sending

LINGER_SECONDS: Final = 60.0
"""How long an end that closed first answers, and waits for the other to close."""

_MSS_OPTION: Final = b"\x02\x04" + MSS.to_bytes(2)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A packet has come for this connection."""

    packet: Packet


@dataclass(frozen=True, slots=True)
class Wrote:
    """The application has something to send."""

    data: bytes


class Wish(Enum):
    """What else happened on this side."""

    OPENED = auto()
    """The application asked for the connection."""
    FINISHED = auto()
    """It has said everything."""
    LEFT = auto()
    """It has said everything, and reads no more."""
    ABORTED = auto()
    """It wants nothing to do with it any more."""
    HELD = auto()
    """It takes nothing for now."""
    RELEASED = auto()
    """It takes again."""
    WOKEN = auto()
    """The time of ``wake_at`` has come."""


Event = Arrived | Wrote | Wish


@dataclass(frozen=True, slots=True)
class Transmit:
    """Put a packet on the line."""

    packet: Packet


@dataclass(frozen=True, slots=True)
class Open:
    """Tell the application that the connection stands."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give the application what came."""

    data: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Tell the application that the other side has said everything."""


class Reason(Enum):
    """Why a connection broke."""

    REFUSED = "Connection refused"
    RESET = "Connection reset by peer"
    TIMED_OUT = "Connection timed out"


@dataclass(frozen=True, slots=True)
class Break:
    """Tell the application that the connection is broken."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget the connection: nothing that comes for it means anything now."""


Effect = Transmit | Open | Deliver | End | Break | Forget


class Tcp:
    """One end of a connection; begins with ``Wish.OPENED``, or a SYN that arrived.

    Attributes:
        is_open: whether both sides have agreed to it.
        is_over: whether nothing that comes changes anything any more.
    """

    def __init__(self, local: Endpoint, remote: Endpoint, first: int) -> None:
        """Begin an end whose SYN will have the sequence number `first`."""
        self.local, self.remote = local, remote
        self.is_open = self.is_over = False
        self._first, self._remote_first = first, 0
        self._asked = self._hears = False
        self._has_left = self._told_end = False
        self._was_first: bool | None = None
        self._lingers_until: float | None = None
        self._sending, self._receiving = Sending(), Receiving()

    @property
    def unacknowledged(self) -> int:
        """Octets that were written and are not known to have come."""
        return self._sending.unacknowledged

    def wake_at(self) -> float | None:
        """When ``Wish.WOKEN`` is due; None for never."""
        times = self._sending.expires, self._receiving.ack_at, self._lingers_until
        return min((time for time in times if time is not None), default=None)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take in what happened; what must be done."""
        if self.is_over:
            return []
        match event:
            case Arrived(packet):
                effects = self._arrive(packet, now)
            case Wrote(data):
                self._sending.push(data)
                effects = []
            case _:
                effects = self._follow(event, now)
        return effects + self._settle(now)

    def _follow(self, wish: Wish, now: float) -> list[Effect]:
        match wish:
            case Wish.FINISHED:
                self._sending.finish()
            case Wish.LEFT:
                return self._leave()
            case Wish.ABORTED:
                return self._abort()
            case Wish.HELD:
                self._receiving.held = True
            case Wish.RELEASED:
                self._receiving.release(now)
            case Wish.WOKEN:
                return self._wake(now)
            case Wish.OPENED:
                self._asked = True
        return []

    def _leave(self) -> list[Effect]:
        # Who leaves unread what came resets, as kernels do: it will not be read.
        if not self._receiving.is_drained:
            return self._abort()
        self._has_left = True
        self._sending.finish()
        return []

    def _abort(self) -> list[Effect]:
        self.is_over = True
        reset = Segment(self._sending.high)
        gone: list[Effect] = []
        if self._hears:
            gone.append(self._packet(reset, Flags.RST))
        return [*gone, Forget()]

    def _break(self, reason: Reason) -> list[Effect]:
        self.is_over = True
        return [Break(reason), Forget()]

    def _wake(self, now: float) -> list[Effect]:
        if self._lingers_until is not None and now >= self._lingers_until:
            self.is_over = True
            return [Forget()]
        if self._sending.expires is None or now < self._sending.expires:
            return []
        again = self._sending.expire(now)
        if again is None:
            return self._break(Reason.TIMED_OUT)
        return self._transmit(again)

    def _arrive(self, packet: Packet, now: float) -> list[Effect]:
        if not self._hears:
            return self._begin(packet, now)
        receiving = self._receiving
        position = unwrap(self._remote_first, packet.sequence, receiving.next)
        ahead = position - receiving.next
        if packet.flags & Flags.RST:
            # Only the very next number resets; one near it is answered (RFC 9293
            # §3.10.7.4), or whoever guesses a window could end a connection.
            if ahead == 0:
                return self._break(Reason.RESET)
            if 0 < ahead < receiving.window:
                receiving.ack_at = now
            return []
        if packet.flags & Flags.SYN and not self.is_open:
            return self._transmit([Segment(0, opens=True)])
        expected = packet.flags & (Flags.SYN | Flags.ACK) == Flags.ACK
        if not expected or ahead > receiving.window:
            receiving.ack_at = now
            return []
        return self._take(packet, position, now)

    def _begin(self, packet: Packet, now: float) -> list[Effect]:
        """Take the other side's first packet."""
        flags, expected = packet.flags, wrap(self._first, 1)
        answers = self._asked and bool(flags & Flags.ACK)
        answers = answers and packet.acknowledged == expected
        if flags & Flags.RST:
            return self._break(Reason.REFUSED) if answers else []
        if not flags & Flags.SYN or answers != self._asked:
            return []
        self._hears, self._remote_first = True, packet.sequence
        self._receiving.next = 1
        if not self._asked:
            return []
        self._receiving.ack_at = now
        self._sending.acknowledge(1, packet.window, now, is_pure=False)
        self.is_open = True
        return [Open()]

    def _take(self, packet: Packet, position: int, now: float) -> list[Effect]:
        sending, receiving = self._sending, self._receiving
        acknowledged = unwrap(self._first, packet.acknowledged, sending.first)
        if acknowledged > sending.high:
            receiving.ack_at = now
            return []
        ends = bool(packet.flags & Flags.FIN)
        is_pure = not packet.payload and not ends
        again = sending.acknowledge(acknowledged, packet.window, now, is_pure=is_pure)
        effects = self._transmit(again)
        if not self.is_open:
            if not sending.first:
                return effects
            self.is_open = True
            effects.append(Open())
        is_news = position + len(packet.payload) > receiving.next
        if self._has_left and packet.payload and is_news:
            return effects + self._abort()
        if not is_pure:
            receiving.take(position, packet.payload, ends=ends, now=now)
        if receiving.ended and self._was_first is None:
            self._was_first = sending.ends
        return effects

    def _settle(self, now: float) -> list[Effect]:
        """Do what any event may have made due."""
        if self.is_over or not (self._asked or self._hears):
            return []
        receiving = self._receiving
        effects = self._hand_over()
        effects += self._transmit(self._sending.segments(now))
        if receiving.ack_at is not None and now >= receiving.ack_at:
            effects += self._transmit([Segment(self._sending.high)])
        return effects + self._close(now)

    def _hand_over(self) -> list[Effect]:
        receiving = self._receiving
        effects: list[Effect] = []
        if data := receiving.read():
            effects.append(Deliver(data))
        is_read = receiving.ended and receiving.is_drained and not receiving.held
        if is_read and not self._told_end:
            self._told_end = True
            effects.append(End())
        return effects

    def _close(self, now: float) -> list[Effect]:
        """See whether both sides, or this one for long enough, are through."""
        if not self._sending.is_done:
            return []
        if self._was_first is False:
            self.is_over = True
            return [Forget()]
        if self._lingers_until is None and (self._has_left or self._receiving.ended):
            self._lingers_until = now + LINGER_SECONDS
        return []

    def _transmit(self, segments: list[Segment]) -> list[Effect]:
        return [self._packet(segment) for segment in segments]

    def _packet(self, segment: Segment, flags: Flags = NO_FLAGS) -> Transmit:
        receiving = self._receiving
        acknowledged = 0
        if self._hears:
            flags |= Flags.ACK
            acknowledged = wrap(self._remote_first, receiving.next)
            receiving.acknowledged()
        flags |= Flags.SYN if segment.opens else NO_FLAGS
        flags |= Flags.FIN if segment.ends else NO_FLAGS
        flags |= Flags.PSH if segment.is_last and segment.data else NO_FLAGS
        return Transmit(
            Packet(
                self.local,
                self.remote,
                Protocol.TCP,
                segment.data,
                flags,
                wrap(self._first, segment.position),
                acknowledged,
                _MSS_OPTION if segment.opens else b"",
                receiving.window,
            )
        )
