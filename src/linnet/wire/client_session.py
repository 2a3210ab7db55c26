"""The client's side of a session: opens it, resumes it on another carrier.

Specified in spec/session.md §4. The driver's part for each carrier, in this order:
send ``hello(now)``; give the relay's answer to ``welcome(answer, now)``; then use
``receive``, ``send``, ``flush``, ``wake`` of ``Session``, with a ``flush`` at once,
because the relay believes a carrier only when the client has spoken on it; when the
carrier dies, ``detach()``. After ``Standing.FORGOTTEN`` make a new session and send
its ``hello`` on the same carrier; whatever awaited an answer must be asked again.
"""

from dataclasses import replace
from enum import Enum
from typing import Final

from linnet.errors import LocalError, Malformed
from linnet.wire.handshakes import (
    IDS_PER_BLOCK,
    OPENING_PROLOGUE,
    RESUMPTION_PROLOGUE,
    SMALLEST_REPLY,
    OpeningPayload,
    ResumptionKeys,
    WelcomePayload,
    pad,
    read_position,
    read_welcome,
    write_opening,
    write_position,
)
from linnet.wire.noise import NKHFS, NNPSK0, Entropy, HandshakeState
from linnet.wire.session import Session
from linnet.wire.session_limits import Limits

RESUMPTION_ATTEMPTS: Final = IDS_PER_BLOCK
"""Resumptions sent without an answer, after which the relay knows no later id."""

_DEFAULT_LIMITS: Final = Limits()


class Standing(Enum):
    """What the relay's answer to a ``hello`` means."""

    OPENED = "opened"
    RESUMED = "resumed"
    FORGOTTEN = "forgotten"


class ClientSession(Session):
    """A session as the client has it; see this file for what the driver must call.

    Attributes:
        welcomed: what the relay said when it opened the session; ``None`` before.
    """

    __slots__ = (
        "_attempt", "_entropy", "_features", "_handshake", "_limits", "_pass_token",
        "_relay_key", "_relay_pings", "_resumption", "_unanswered", "welcomed",
    )  # fmt: skip

    def __init__(
        self,
        relay_key: bytes,
        *,
        entropy: Entropy,
        pass_token: bytes | None = None,
        features: int = 0,
        limits: Limits = _DEFAULT_LIMITS,
    ) -> None:
        super().__init__(limits, pings=True)
        self._limits = limits
        self._relay_key = relay_key
        self._entropy = entropy
        self._pass_token = pass_token
        self._features = features
        self._handshake: HandshakeState | None = None
        self._resumption: ResumptionKeys | None = None
        self._relay_pings = limits.ping_after
        self._attempt = 0
        self._unanswered = 0
        self.welcomed: WelcomePayload | None = None

    @property
    def resumable(self) -> bool:
        """Whether ``hello`` would resume; if not, and once opened, start anew."""
        return self._resumption is not None and self._unanswered < RESUMPTION_ATTEMPTS

    def hello(self, now: float) -> bytes:
        """The first carrier message on a new carrier: an opening or a resumption.

        Raises:
            LocalError: the session was opened before and can no longer be resumed.
        """
        del now
        self.detach()
        if self._resumption is None:
            return self._open()
        if not self.resumable:
            raise LocalError("This session is lost; make a new one.")
        return self._resume(self._resumption)

    def welcome(self, answer: bytes, now: float) -> Standing:
        """Take the relay's answer to the last ``hello``.

        Raises:
            Refused: the relay opens no session, with the reason.
            Forged: another relay answered, or the answer was changed on the way.
            Malformed: the relay answered something that is no answer.
        """
        handshake, self._handshake = self._handshake, None
        if handshake is None:
            raise LocalError("There was no hello that this could answer.")
        if self._resumption is None:
            self._finish_opening(handshake, answer, now)
            return Standing.OPENED
        if len(answer) < SMALLEST_REPLY:
            return Standing.FORGOTTEN
        position = read_position(handshake.read(answer))
        self._unanswered = 0
        self._begin(handshake, position, now)
        return Standing.RESUMED

    def _open(self) -> bytes:
        self._handshake = HandshakeState(
            NKHFS,
            initiator=True,
            prologue=OPENING_PROLOGUE,
            entropy=self._entropy,
            remote_static=self._relay_key,
        )
        payload = write_opening(OpeningPayload(self._features, self._pass_token))
        return self._handshake.write(
            pad(payload, least=40, choices=112, entropy=self._entropy)
        )

    def _resume(self, keys: ResumptionKeys) -> bytes:
        block, place = divmod(self._attempt, IDS_PER_BLOCK)
        identifier = keys.ids(block)[place]
        self._attempt += 1
        self._unanswered += 1
        self._handshake = HandshakeState(
            NNPSK0,
            initiator=True,
            prologue=RESUMPTION_PROLOGUE + identifier,
            entropy=self._entropy,
            psk=keys.psk,
        )
        payload = write_position(self.received)
        return identifier + self._handshake.write(
            pad(payload, least=32, choices=128, entropy=self._entropy)
        )

    def _finish_opening(
        self, handshake: HandshakeState, answer: bytes, now: float
    ) -> None:
        if len(answer) < SMALLEST_REPLY:
            raise Malformed("The relay answered an opening with less than an answer.")
        welcomed = read_welcome(handshake.read(answer))
        self.welcomed = welcomed
        self._relay_pings = welcomed.ping_after
        self._resumption = ResumptionKeys(welcomed.seed, handshake.hash)
        self._begin(handshake, 0, now)

    def _begin(self, handshake: HandshakeState, position: int, now: float) -> None:
        # Pings at one fixed rhythm would give the session away under any cover.
        slack = 0.75 + self._entropy(1)[0] / 1024
        ping_after = min(self._limits.ping_after, self._relay_pings) * slack
        self.limits = replace(self._limits, ping_after=ping_after)
        self.silence.limits = self.limits
        out, into = handshake.split()
        self.attach(out=out, into=into, received=position, now=now)
