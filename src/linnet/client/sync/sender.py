"""Sends what one conversation has to send: commits first, then messages in order.

Specified in ``spec/conversations.md`` §6.2 and §6.3. What is sent was stored before;
what the relay took is noted; what was refused waits, fails or is encrypted anew.
"""

from typing import Final

from linnet.client.core.conversation import Conversation
from linnet.client.events import MessageChanged
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.log import Held
from linnet.client.store.outbox import OutKind, OutRow, OutState
from linnet.client.sync.committer import Committer, control_hash
from linnet.client.sync.followed import Followed
from linnet.client.sync.line import SessionLost
from linnet.client.sync.reception import Reception
from linnet.client.sync.stream import RefusedAppend, Stream, Taken
from linnet.client.values import MessageState
from linnet.errors import Unreachable
from linnet.ids import EnvelopeId, Epoch, Handle, MessageId
from linnet.wire import requests
from linnet.wire.refusals import Refusal, refused

WINDOW: Final = 64
"""Messages on the way at once."""
RETRY_SECONDS: Final = 5.0
NO_HANDLE: Final = Handle(0)
LOST: Final = (Refusal.NO_SUCH_HANDLE, Refusal.NOT_ALLOWED)
PASSING: Final = (
    Refusal.DISK_FULL,
    Refusal.SLOW_DOWN,
    Refusal.UNAVAILABLE,
    Refusal.TOO_MANY_BYTES,
)


class Sender:
    """Sends for one follower, in its current session.

    Attributes:
        committer: makes and sends the commits.
    """

    def __init__(self, follower: Followed) -> None:
        self.committer = Committer(follower)
        self._follower = follower
        self._stream: Stream | None = None
        self._flying: set[EnvelopeId] = set()
        self._retry_at: float | None = None

    def begin(self, stream: Stream) -> None:
        """Begin anew in a new session: what is unanswered is sent again."""
        self._stream = stream
        self._flying.clear()
        self._retry_at = None
        self.committer.begin()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to send and nothing awaits its return."""
        follower = self._follower
        store = follower.hub.store
        return not (
            self._flying
            or follower.machine.staged
            or self.committer.commit_at is not None
            or follower.row.is_restored
            or store.outbox.pending(follower.id)
            or any(not one.is_patient for one in store.wants.of(follower.id))
        )

    def wake_in(self) -> float | None:
        """Return in how many seconds there is something to do again."""
        alarms = (self._retry_at, *self.committer.alarms)
        times = [at for at in alarms if at is not None]
        return max(0.0, min(times) - self._now()) if times else None

    async def whisper(self, data: bytes) -> None:
        """Pass something ephemeral on, in the newest epoch only."""
        stream = self._current
        if stream.handle and stream.epoch == self._follower.machine.keys.epoch:
            await stream.whisper(data)

    async def create_stream(self) -> None:
        """Create the stream of a conversation that begins."""
        follower, stream = self._follower, self._current
        row, keys = follower.row, follower.machine.keys
        if row.is_on_relay:
            return
        append_hash, read_hash = keys.hashes
        await stream.line.ask(
            requests.Create(
                row.stream,
                append_hash,
                read_hash,
                control_hash(follower.hub, row.relay, row.stream),
                is_fenced=True,
                epoch=keys.epoch,
            )
        )
        store = follower.hub.store
        with store.db.transaction():
            store.conversations.set_flag(row.id, on_relay=True)

    async def flush(self, is_current: bool) -> None:
        """Send what can be sent now; only in the newest epoch."""
        if self._retry_at is not None and self._now() < self._retry_at:
            return
        self._retry_at = None
        if not is_current or not self._current.handle:
            return
        row, machine = self._follower.row, self._follower.machine
        if not row.is_restored and not self.committer.is_sent:
            # What was written before a change is for whoever is in it before.
            await self._send_messages(row, machine)
        await self.committer.flush(row, self._current)

    # Messages

    async def _send_messages(self, row: ConversationRow, machine: Conversation) -> None:
        store, stream = self._follower.hub.store, self._current
        if machine.is_alone and store.wants.of(row.id):
            return  # nobody is here yet who could read it
        rows = [
            one
            for one in speakable(machine, store.outbox.next(row.id, WINDOW))
            if one.envelope not in self._flying
        ]
        if not rows:
            return
        for envelope, sealed in self.seal(machine, rows):
            self._flying.add(envelope)
            await stream.append(envelope, sealed)

    def seal(
        self, machine: Conversation, rows: list[OutRow]
    ) -> list[tuple[EnvelopeId, bytes]]:
        """Encrypt what is not encrypted for this epoch, and store it before sending."""
        store, epoch = self._follower.hub.store, machine.keys.epoch
        sealed: list[tuple[EnvelopeId, bytes]] = []
        try:
            with store.db.transaction():
                for one in rows:
                    data = one.sealed
                    if data is None or one.epoch != epoch:
                        data = self._encrypt(machine, one)
                        store.outbox.seal(one, epoch, data)
                    sealed.append((one.envelope, data))
                if any(one.kind is OutKind.LEAVING for one in rows):
                    store.conversations.save_epoch(machine)
                store.conversations.save_ratchet(machine)
        except BaseException:
            self._follower.drop_machine()
            raise
        return sealed

    def _encrypt(self, machine: Conversation, row: OutRow) -> bytes:
        entropy = self._follower.hub.entropy
        if row.kind is OutKind.LEAVING:
            return machine.propose_leaving(row.envelope, entropy)
        return machine.encrypt(row.content, row.envelope, entropy)

    def pack(self, most: int) -> list[requests.Append | requests.Commit]:
        """Return what could be sent now, for a bag; the handle is still to be given."""
        row, machine = self._follower.row, self._follower.machine
        store = self._follower.hub.store
        if machine.is_alone and store.wants.of(row.id):
            return []  # nobody is here yet who could read it
        rows = speakable(machine, store.outbox.next(row.id, most))
        packed: list[requests.Append | requests.Commit] = [
            requests.Append(NO_HANDLE, envelope, sealed)
            for envelope, sealed in self.seal(machine, rows)
        ]
        return [*packed, *self.committer.pack(machine)]

    def spoken(self, most: int) -> list[tuple[EnvelopeId, bytes]]:
        """Return the messages that could be sent now, for who is met."""
        follower = self._follower
        rows = follower.hub.store.outbox.next(follower.id, most)
        said = speakable(follower.machine, rows)
        contents = [one for one in said if one.kind is OutKind.CONTENT]
        return self.seal(follower.machine, contents)

    # Answers

    def on_the_relay(self, envelope: EnvelopeId) -> bool:
        """Show that the relay has an envelope; it stays queued until it comes back.

        A bag is slow: a relay could be restored from a backup before a session
        begins, and then only what is still queued is sent again.
        """
        store = self._follower.hub.store
        with store.db.transaction():
            if store.outbox.find(self._follower.id, envelope):
                self._note(envelope, MessageState.ON_THE_RELAY, None)
        return store.messages.has(self._follower.id, envelope)

    def acknowledge(self, answers: list[Taken | RefusedAppend]) -> None:
        """Note in one transaction what the relay took and what it refused."""
        store = self._follower.hub.store
        with store.db.transaction():
            for answer in answers:
                self._flying.discard(answer.envelope)
                if isinstance(answer, Taken):
                    self._taken(answer)
                else:
                    self._refused(answer)

    def _taken(self, answer: Taken) -> None:
        store, conversation = self._follower.hub.store, self._follower.id
        row = store.outbox.find(conversation, answer.envelope)
        if row is None:
            return  # a commit, or it came back already
        place = self._follower.row
        if answer.sequence <= place.sequence:
            # It stands where this device has read already, in an earlier life here.
            held = Held(
                answer.sequence,
                answer.envelope,
                Epoch(0),
                int(answer.time * 1000),
                False,
                b"",
            )
            hub = self._follower.hub
            Reception(store, hub.tell, hub.entropy).own_returned(place, held)
            return
        store.outbox.set_state(conversation, answer.envelope, OutState.ACKED)
        self._note(answer.envelope, MessageState.ON_THE_RELAY, None)

    def _refused(self, answer: RefusedAppend) -> None:
        follower = self._follower
        store, envelope = follower.hub.store, answer.envelope
        sentence = str(refused(answer.code, answer.detail))
        staged = follower.machine.staged
        if answer.code == Refusal.STALE:
            if answer.detail < follower.machine.keys.epoch:
                raise SessionLost(sentence)  # the relay went back; open it anew
            store.outbox.unseal(follower.id, envelope)
        elif answer.code in PASSING:
            wait = answer.detail / 1000 if answer.code == Refusal.SLOW_DOWN else 0
            self._retry_at = self._now() + max(wait, RETRY_SECONDS)
            self.committer.is_sent = False
            self._note(envelope, MessageState.QUEUED, sentence)
            follower.trouble = sentence
        elif (staged and staged.envelope == envelope) or answer.code in (
            Refusal.NO_SUCH_HANDLE,
            Refusal.NOT_ALLOWED,
        ):
            raise SessionLost(sentence)
        else:
            store.outbox.set_state(follower.id, envelope, OutState.FAILED)
            self._note(envelope, MessageState.FAILED, sentence)

    def _note(
        self, envelope: EnvelopeId, state: MessageState, reason: str | None
    ) -> None:
        hub, conversation = self._follower.hub, self._follower.id
        message = MessageId(bytes(envelope))
        if not hub.store.messages.set_state(
            conversation, message, state, reason=reason
        ):
            return

        def told() -> None:
            shown = hub.store.views.one(conversation, message)
            if shown:
                hub.tell(MessageChanged(conversation, shown))

        hub.store.db.after_commit(told)

    @property
    def _current(self) -> Stream:
        if self._stream is None:
            raise Unreachable("There is no session with the relay now.")
        return self._stream

    def _now(self) -> float:
        return self._follower.hub.now()


def speakable(machine: Conversation, rows: list[OutRow]) -> list[OutRow]:
    """Return what may be said now.

    While proposals wait for a commit nothing new is encrypted (RFC 9420 §12.4), and
    nothing follows the wish to leave.
    """
    is_silent, epoch = bool(machine.group.pending_proposals), machine.keys.epoch
    said: list[OutRow] = []
    for one in rows:
        if one.kind is OutKind.LEAVING:
            return [*said, one]
        if not is_silent or (one.sealed is not None and one.epoch == epoch):
            said.append(one)
    return said
