"""A session: numbered messages, each way once and in order, over carriers that die.

Specified in spec/session.md §4 to §6. This half is the same for client and relay: it
seals and opens records, numbers, acknowledges, keeps and resends messages and changes
keys. It knows nothing of handshakes (``client_session`` and ``reception`` attach it to
carriers), of sockets or of the clock; what it makes of silence is in ``silence``.

The rules of this file:

- A message is kept until the other side says that it has received it.
- A carrier is attached with fresh ciphers and loses them when it is detached; records
  of an older carrier cannot be opened any more.
- A ``Forged`` record condemns the carrier; the session survives and can be resumed. A
  ``Malformed`` one was sealed by the other side itself and condemns the session.
"""

from collections import deque
from typing import Final

from cryptography.exceptions import InvalidTag

from linnet.errors import Forged, LocalError, Malformed
from linnet.wire.ciphers import CipherState
from linnet.wire.records import (
    ANSWER,
    END,
    LARGEST_MESSAGE,
    LARGEST_RECORD,
    MOST_MESSAGES,
    SMALLEST_RECORD,
    build,
    parse,
    portions,
)
from linnet.wire.session_limits import Limits
from linnet.wire.silence import Silence

RECORDS_PER_KEY: Final = 65_536
"""After so many records in one direction its key is replaced (spec/session.md §6)."""

_MESSAGE_COST: Final = 64
"""What keeping one message costs beside its bytes."""


class Session:
    """One side of a session; see the rules of this file.

    The driver feeds every carrier message to ``receive``. It calls ``flush`` after it
    has sent or received anything, and at ``wake_at()`` ``check_silence`` and ``flush``.
    It sends the returned records in order, each as one carrier message, on the carrier
    attached last.

    Attributes:
        silence: since when nothing has come, and what is done about it.
        ended: the other side ended the session; forget it.
        carrier: whatever the driver hangs here; the session never touches it.
        owner: whatever the session's user hangs here.
        waiting: ``send`` said to wait and ``eased`` has not yet said to go on.
    """

    __slots__ = (
        "_answer_owed", "_asking", "_ending", "_held", "_held_limit", "_in", "_kept",
        "_kept_since", "_out", "_owed_bytes", "_owed_since", "_queue", "_queued_bytes",
        "_received", "_sent", "carrier", "ended", "limits", "owner", "silence",
        "waiting",
    )  # fmt: skip

    def __init__(self, limits: Limits, *, pings: bool) -> None:
        self.limits = limits
        self.carrier: object = None
        self.owner: object = None
        self.silence = Silence(limits, asks=pings)
        self.ended = False
        self._in: CipherState | None = None
        self._out: CipherState | None = None
        self._kept: deque[bytes] = deque()
        self._kept_since = 0.0
        self._queue: list[bytes] = []
        self._queued_bytes = 0
        self._held = 0
        self._held_limit = limits.held_bytes
        self._sent = 0
        self._received = 0
        self._owed_bytes = 0
        self._owed_since = 0.0
        self._answer_owed = False
        self._ending = False
        self.waiting = False
        self._asking = False

    @property
    def attached(self) -> bool:
        """Whether there is a carrier to send on."""
        return self._out is not None

    @property
    def received(self) -> int:
        """How many messages have been received, in order, since the opening."""
        return self._received

    @property
    def progress(self) -> int:
        """How many messages have been received here or confirmed by the other side."""
        return self._received + self._sent - len(self._kept)

    @property
    def awaits_since(self) -> float:
        """Since when something sent awaits a sign of the other side; ``inf``: nothing.

        Whatever is confirmed begins the time anew: a slow road is not a dead one.
        """
        since = self._kept_since if self._kept else float("inf")
        since = min(since, self.silence.unanswered_since)
        return since if self._out is not None else float("inf")

    @property
    def unacknowledged(self) -> int:
        """How many messages are kept because the other side has not confirmed them."""
        return len(self._kept) + len(self._queue)

    @property
    def held(self) -> int:
        """Bytes of memory that unacknowledged messages take."""
        return self._held

    @property
    def roomy(self) -> bool:
        """Whether ``send`` would say that more may follow."""
        return self._held < self._held_limit

    def send(self, message: bytes) -> bool:
        """Take a message to deliver; ``flush`` puts it into records.

        Returns:
            Whether more may follow at once. After ``False`` wait until ``eased()``.

        Raises:
            LocalError: it is too large, or the caller did not wait and twice the
                allowance is full; the message was not taken.
        """
        size = len(message)
        held = self._held + size + _MESSAGE_COST
        roomy = held < self._held_limit
        if not roomy or size > LARGEST_MESSAGE:
            self._check_room(size, held)
        self._held = held
        self._queue.append(message)
        self._queued_bytes += size + 2
        return roomy

    def eased(self) -> bool:
        """Whether a caller told to wait may go on; true once for each wait."""
        if self.waiting and self._held * 2 < self._held_limit:
            self.waiting = False
            return True
        return False

    def end(self) -> None:
        """Let the next ``flush`` tell the other side to forget the session."""
        self._ending = True

    def receive(self, record: bytes, now: float) -> list[bytes]:
        """Open a record and return the new messages in it, in order.

        Raises:
            Forged: changed, replayed or out of place; drop the carrier, then resume.
            Malformed: the other side broke the protocol; forget the session.
        """
        cipher = self._in
        if cipher is None:
            raise LocalError("No carrier is attached to this session.")
        size = len(record)
        if not SMALLEST_RECORD <= size <= LARGEST_RECORD:
            raise Forged("A record is shorter or longer than a record can be.")
        counter = cipher.counter
        try:
            plain = cipher.open(counter.to_bytes(12, "big"), record, None)
        except InvalidTag:
            raise Forged(
                "A record was changed, repeated or left out on the way; nothing in it "
                "was believed."
            ) from None
        cipher.counter = counter = counter + 1
        if not counter % RECORDS_PER_KEY:
            cipher.rekey()
        first, received, flags, messages = parse(plain)
        if received != self._sent - len(self._kept):
            self._settle(received)
            self._kept_since = now
        if first != self._received:
            raise Malformed("A record does not continue where the last one ended.")
        self.silence.heard_at = now
        if flags:
            self._obey(flags)
        if messages:
            self._received += len(messages)
            if not self._owed_bytes:
                self._owed_since = now
            self._owed_bytes += size
        return messages

    def flush(self, now: float) -> list[bytes]:
        """The records that must go out now; none while no carrier is attached."""
        cipher = self._out
        if cipher is None:
            return []
        queue = self._queue
        if not queue:
            return [self._seal(cipher, [], now)] if self._must_speak(now) else []
        self._queue = []
        fits = self._queued_bytes <= self.limits.record_target
        self._queued_bytes = 0
        if fits and len(queue) <= MOST_MESSAGES:
            return [self._seal(cipher, queue, now)]
        parts = portions(queue, self.limits.record_target)
        if self._asking:
            # On a road that lets little through, it must not wait behind a file.
            parts.insert(0, [])
        return [self._seal(cipher, part, now) for part in parts]

    def wake_at(self) -> float:
        """When to look at silence and flush if nothing happens before, or ``inf``."""
        if self._out is None:
            return float("inf")
        acknowledges = self._acknowledges_at if self._owed_bytes else float("inf")
        return min(self.silence.wake_at(), acknowledges)

    def check_silence(self, now: float) -> None:
        """See whether the carrier is still alive.

        Raises:
            Unreachable: it has been silent for too long; detach it.
        """
        if self._out is not None:
            self.silence.check(now)

    def attach(
        self, *, out: CipherState, into: CipherState, received: int, now: float
    ) -> None:
        """Begin to use a carrier whose handshake is complete.

        Args:
            out: the cipher for what this side sends.
            into: the cipher for what it receives.
            received: how many messages the other side says it has received; the rest
                is sent again.
            now: the time.

        Raises:
            Malformed: the other side says it received what was never sent.
        """
        self._settle(received)
        again = list(self._kept)
        self._kept.clear()
        self._sent -= len(again)
        self._queue = again + self._queue
        self._queued_bytes += sum(map(len, again)) + 2 * len(again)
        self._out, self._in = out, into
        self.silence.heard_at = now
        self._owed_bytes = 0
        # The client speaks first on every carrier, and asks for an answer: only then
        # does it know that the road carries data both ways (spec/session.md §4.5).
        self._answer_owed = self._asking = self.silence.asks

    def detach(self) -> None:
        """Stop using the carrier; what was not acknowledged is kept."""
        self._in = self._out = None
        self.carrier = None

    def _seal(self, cipher: CipherState, messages: list[bytes], now: float) -> bytes:
        flags = 0
        if self._ending:
            flags |= END
            self._ending = False
        if self._asking or self.silence.is_due(now):
            flags |= ANSWER
            self._asking = False
            self.silence.asked_at = now
        plain = build(self._sent, self._received, flags, messages)
        if not self._kept:
            self._kept_since = now
        self._sent += len(messages)
        self._kept.extend(messages)
        self._owed_bytes = 0
        self._answer_owed = False
        counter = cipher.counter
        record = cipher.seal(counter.to_bytes(12, "big"), plain, None)
        cipher.counter = counter = counter + 1
        if not counter % RECORDS_PER_KEY:
            cipher.rekey()
        return record

    def _must_speak(self, now: float) -> bool:
        if self._answer_owed or self._ending or self.silence.is_due(now):
            return True
        owed = self._owed_bytes
        return owed > 0 and (
            owed >= self.limits.ack_after_bytes or now >= self._acknowledges_at
        )

    @property
    def _acknowledges_at(self) -> float:
        return self._owed_since + self.limits.ack_delay + self.silence.patience / 12

    def _check_room(self, size: int, held: int) -> None:
        if size > LARGEST_MESSAGE:
            raise LocalError(f"A message is at most {LARGEST_MESSAGE} bytes long.")
        if held > 2 * self._held_limit:
            raise LocalError("The session is full; wait until the other side reads.")
        self.waiting = True

    def _settle(self, received: int) -> None:
        kept = self._kept
        settled = received - (self._sent - len(kept))
        if not 0 <= settled <= len(kept):
            raise Malformed("A record acknowledges what was never sent.")
        held, pop = self._held - settled * _MESSAGE_COST, kept.popleft
        for _ in range(settled):
            held -= len(pop())
        self._held = held

    def _obey(self, flags: int) -> None:
        if flags & ANSWER:
            self._answer_owed = True
        if flags & END:
            self.ended = True
