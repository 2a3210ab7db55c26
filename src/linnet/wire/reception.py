"""The relay's reception: opens sessions, resumes kept ones, forgets the rest.

Specified in spec/session.md §4. For each carrier the driver does, in this order:
``greet`` the first message; for an ``Opening`` decide with ``accept`` or ``refuse``;
send the answer; ``confirm`` the second message, which is the client's first record and
proves that it is no replay; from then on use the session. After ``Forgotten`` the same
carrier may bring an opening, to be greeted again. When a carrier dies call ``detach``,
and every few seconds ``sweep``.

Nothing is sent on a carrier, and no session is kept for it, before it is confirmed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from linnet.errors import Forged, LocalError, Malformed, Replayed
from linnet.wire.ciphers import CipherState
from linnet.wire.handshakes import (
    IDS_PER_BLOCK,
    OPENING_PROLOGUE,
    RESUMPTION_ID_BYTES,
    RESUMPTION_PROLOGUE,
    SMALLEST_OPENING,
    SMALLEST_REPLY,
    SMALLEST_RESUMPTION,
    OpeningRefusal,
    ResumptionKeys,
    WelcomePayload,
    pad,
    read_opening,
    read_position,
    write_position,
    write_refusal,
    write_welcome,
)
from linnet.wire.noise import (
    NKHFS,
    NNPSK0,
    Encapsulate,
    Entropy,
    HandshakeState,
    encapsulate,
)
from linnet.wire.session import Session
from linnet.wire.session_limits import Limits

OPENINGS_REMEMBERED: Final = 16_384
_DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Opening:
    """A client asks for a new session; decide with ``accept`` or ``refuse``.

    Attributes:
        features: what the client offers beyond version 1.
        pass_token: the pass it shows, for relays that want one.
        refusal: why it must be refused whatever the relay thinks, or ``None``.
    """

    handshake: HandshakeState = field(repr=False)
    features: int
    pass_token: bytes | None = field(repr=False)
    refusal: OpeningRefusal | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The client names a session this relay does not have; send it the answer."""

    answer: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A carrier whose handshake is answered and that the client must confirm.

    Attributes:
        answer: what to send now.
        session: the session it will carry.
        replaced: the ``carrier`` of the session until now, to be closed.
        opens: whether the session is new.
    """

    answer: bytes = field(repr=False)
    session: "RelaySession"
    replaced: object
    out: CipherState = field(repr=False)
    into: CipherState = field(repr=False)
    position: int
    opens: bool


class RelaySession(Session):
    """A session as the relay has it.

    Attributes:
        pass_token: the pass it was opened with.
        features: what the client offers beyond version 1.
        detached_at: since when it has had no carrier.
    """

    __slots__ = (
        "_block", "_ids", "_keys", "_pending", "detached_at", "features", "pass_token",
    )  # fmt: skip

    def __init__(self, opening: Opening, keys: ResumptionKeys, limits: Limits) -> None:
        super().__init__(limits, pings=False)
        self.features = opening.features
        self.pass_token = opening.pass_token
        self.detached_at = 0.0
        self._keys = keys
        self._ids = keys.ids(0)
        self._block = 1
        self._pending: Pending | None = None


class Reception:
    """All sessions of a relay; see this file for what the driver must call."""

    def __init__(
        self,
        relay_key: bytes,
        *,
        entropy: Entropy,
        limits: Limits = _DEFAULT_LIMITS,
        encapsulate: Encapsulate = encapsulate,
    ) -> None:
        self._relay_key = relay_key
        self._entropy = entropy
        self._limits = limits
        self._encapsulate = encapsulate
        self._seen: dict[bytes, None] = {}
        self._by_id: dict[bytes, RelaySession] = {}
        self._sessions: dict[RelaySession, None] = {}
        self._detached: dict[RelaySession, None] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[RelaySession]:
        return iter(list(self._sessions))

    def __contains__(self, session: object) -> bool:
        return session in self._sessions

    @property
    def attached(self) -> int:
        """How many sessions have a carrier."""
        return len(self._sessions) - len(self._detached)

    def longest_detached(self) -> RelaySession | None:
        """The session that has been without a carrier for longest."""
        return next(iter(self._detached), None)

    def greet(self, message: bytes, now: float) -> Opening | Pending | Forgotten:
        """Take the first message of a carrier.

        Raises:
            Malformed: no handshake, or one that breaks the rules.
            Forged: made for another relay's key, or changed on the way.
            Replayed: this very opening was greeted before.
        """
        if len(message) >= SMALLEST_OPENING:
            return self._greet_opening(message)
        if len(message) >= SMALLEST_RESUMPTION:
            return self._greet_resumption(message, now)
        raise Malformed("The first message on a carrier is too short to be one.")

    def accept(self, opening: Opening, *, unix_time: int) -> Pending:
        """Open the session; it is kept from its ``confirm`` on.

        Raises:
            LocalError: the opening can only be refused.
        """
        if opening.refusal is not None:
            raise LocalError("This opening can only be refused.")
        seed = self._entropy(32)
        limits = self._limits
        payload = write_welcome(
            WelcomePayload(
                seed, 0, int(limits.ping_after), int(limits.keep_detached), unix_time
            )
        )
        answer = opening.handshake.write(self._pad_answer(payload))
        keys = ResumptionKeys(seed, opening.handshake.hash)
        out, into = opening.handshake.split()
        session = RelaySession(opening, keys, limits)
        pending = Pending(answer, session, None, out, into, 0, opens=True)
        session._pending = pending
        return pending

    def refuse(self, opening: Opening, code: OpeningRefusal) -> bytes:
        """The answer that opens no session; close the carrier after it."""
        return opening.handshake.write(self._pad_answer(write_refusal(code)))

    def confirm(self, pending: Pending, record: bytes, now: float) -> list[bytes]:
        """Take the first record on a carrier: its messages; the session is attached.

        Raises:
            Replayed: a later carrier of the session was answered meanwhile.
            Forged: who sent it does not hold the keys of the handshake.
            Malformed: the other side broke the protocol.
        """
        session = pending.session
        if session._pending is not pending:
            raise Replayed("A later carrier of this session has taken its place.")
        session._pending = None
        out, into, position = pending.out, pending.into, pending.position
        try:
            session.attach(out=out, into=into, received=position, now=now)
            messages = session.receive(record, now)
        except (Forged, Malformed):
            self.detach(session, now)
            raise
        self._detached.pop(session, None)
        if session not in self._sessions:
            self._sessions[session] = None
            self._by_id.update(dict.fromkeys(session._ids, session))
        return messages

    def detach(self, session: RelaySession, now: float) -> None:
        """Keep a session whose carrier died, for as long as the limits say."""
        session.detach()
        session.detached_at = now
        self._detached.pop(session, None)
        if session in self._sessions:
            self._detached[session] = None

    def forget(self, session: RelaySession) -> None:
        """Forget a session: it ended, broke the protocol or waited for too long."""
        session.detach()
        session._pending = None
        self._sessions.pop(session, None)
        self._detached.pop(session, None)
        for identifier in session._ids:
            self._by_id.pop(identifier, None)

    def sweep(self, now: float) -> list[RelaySession]:
        """Forget sessions without a carrier for too long, and those that hold too much.

        Returns:
            The forgotten; the ``carrier`` of one that had it is still to be closed.
        """
        oldest = now - self._limits.keep_detached
        expired = [
            session
            for session in self._detached
            if not session.attached and session.detached_at <= oldest
        ]
        for session in expired:
            self.forget(session)
        return expired + self._relieve()

    def _relieve(self) -> list[RelaySession]:
        """Forget the fullest sessions until all together hold what they may."""
        excess = sum(session.held for session in self._sessions)
        excess -= self._limits.held_altogether
        if excess <= 0:
            return []
        fullest = sorted(self._sessions, key=lambda one: (one.attached, -one.held))
        forgotten = []
        for session in fullest:
            if excess <= 0:
                break
            excess -= session.held
            carrier = session.carrier
            self.forget(session)
            session.carrier = carrier
            forgotten.append(session)
        return forgotten

    def _greet_opening(self, message: bytes) -> Opening:
        handshake = HandshakeState(
            NKHFS,
            initiator=False,
            prologue=OPENING_PROLOGUE,
            entropy=self._entropy,
            static=self._relay_key,
            encapsulate=self._encapsulate,
        )
        ephemeral = message[:32]
        if ephemeral in self._seen:
            raise Replayed("This opening was seen before; no session follows from it.")
        payload = read_opening(handshake.read(message))
        self._seen[ephemeral] = None
        if len(self._seen) > OPENINGS_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        if isinstance(payload, OpeningRefusal):
            return Opening(handshake, 0, None, payload)
        return Opening(handshake, payload.features, payload.pass_token, None)

    def _greet_resumption(self, message: bytes, now: float) -> Pending | Forgotten:
        identifier = message[:RESUMPTION_ID_BYTES]
        session = self._by_id.get(identifier)
        if session is None:
            size = 24 + self._entropy(1)[0] % (SMALLEST_REPLY - 24)
            return Forgotten(self._entropy(size))
        handshake = HandshakeState(
            NNPSK0,
            initiator=False,
            prologue=RESUMPTION_PROLOGUE + identifier,
            entropy=self._entropy,
            psk=session._keys.psk,
        )
        position = read_position(handshake.read(message[RESUMPTION_ID_BYTES:]))
        self._spend(session, identifier)
        replaced = session.carrier
        # From here on nothing more is taken from the older carrier, so that the
        # position in the answer stays true until the new carrier is confirmed.
        self.detach(session, now)
        payload = write_position(session.received)
        answer = handshake.write(
            pad(payload, least=16, choices=128, entropy=self._entropy)
        )
        out, into = handshake.split()
        pending = Pending(answer, session, replaced, out, into, position, opens=False)
        session._pending = pending
        return pending

    def _spend(self, session: RelaySession, identifier: bytes) -> None:
        """Let neither this id nor an earlier one be used again."""
        place = session._ids.index(identifier)
        spent, session._ids = session._ids[: place + 1], session._ids[place + 1 :]
        for old in spent:
            self._by_id.pop(old, None)
        while len(session._ids) < IDS_PER_BLOCK:
            fresh = session._keys.ids(session._block)
            session._block += 1
            session._ids += fresh
            self._by_id.update(dict.fromkeys(fresh, session))

    def _pad_answer(self, payload: bytes) -> bytes:
        return pad(payload, least=56, choices=188, entropy=self._entropy)
