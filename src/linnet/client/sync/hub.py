"""The middle of a running client: store, lines, tasks, and who is told.

Starts a task for each relay and each conversation and wakes them when the store has
something for them. Knows no rules; those are in the machines.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine
from typing import Protocol

from linnet.carriers.memory import Memory
from linnet.carriers.surroundings import Surroundings
from linnet.client.core.content import Content, Expiration, message_id, mimi_id
from linnet.client.core.identity import Entropy
from linnet.client.core.meaning import DELIVERED, READ, receipts_part
from linnet.client.core.parts import Part
from linnet.client.events import Event, StatusChanged
from linnet.client.leaving import way_out_of
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.store.outbox import OutKind, OutState
from linnet.client.sync.known_ways import known_ways
from linnet.client.sync.line import Line
from linnet.client.sync.teller import Teller
from linnet.client.sync.wishes import Carriable
from linnet.client.values import ConversationState, LinkState, Status
from linnet.errors import StorageError
from linnet.ids import ConversationId, EnvelopeId, MessageId
from linnet.wire.links import RelayDescriptor

MOST_WITH_RECEIPTS = 32
"""Accounts in a conversation; in larger ones receipts would outnumber messages."""


class Worker(Protocol):
    """A task of the hub that can be woken and asked whether it has done all."""

    is_settled: bool
    trouble: str

    def wake(self) -> None:
        """Look whether there is something to do."""

    async def run(self) -> None:
        """Work until cancelled."""


class FollowerPort(Worker, Carriable, Protocol):
    """The task of one conversation, as the hub knows it."""

    def begin_anew(self) -> None:
        """Forget machine and session: an invitation has put another group in place."""

    def letters(self) -> list[bytes]:
        """Return what is queued, as letters to members who are met."""

    async def whisper(self, data: bytes) -> None:
        """Pass something to members who are online, if that is possible now."""


class InboxPort(Worker, Carriable, Protocol):
    """The task of one inbox, as the hub knows it."""

    def renew(self) -> None:
        """Leave the old inbox for the one of the new secrets."""


class Hub:
    """What the tasks of a client share.

    Attributes:
        now: seconds since 1970, by this machine's clock.
        entropy: random bytes.
        surroundings: what its links share.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], float] = time.time,
        entropy: Entropy = os.urandom,
    ) -> None:
        self.store = store
        self.now = now
        self.entropy = entropy
        self.surroundings = Surroundings(
            store.roads.memory(),
            keep=self._keep_roads,
            unix_time=now,
            egress=way_out_of(store.roads),
        )
        self.teller = Teller()
        self.followers: dict[ConversationId, FollowerPort] = {}
        self.workers: list[Worker] = []
        self.inboxes: dict[bytes, InboxPort] = {}
        self.make_inbox: Callable[[bytes], InboxPort] | None = None
        self.started_at = now()
        self.courier: Worker | None = None
        self.uploads: Worker | None = None
        self.clock: Worker | None = None
        self.describe: Callable[[], Status] | None = None
        self.make_follower: Callable[[ConversationId], FollowerPort] | None = None
        self._lines: dict[bytes, Line] = {}
        self._asked: dict[bytes, RelayDescriptor] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._changes = asyncio.Event()
        store.manifests.changed = self.learn_ways

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Run every worker in a task group."""
        self._tasks = tasks
        for worker in [*self.workers, *self.followers.values()]:
            self.begin(worker)
        for line in self.lines:
            self._run(line.run())

    def begin(self, worker: Worker) -> None:
        """Run a worker, if the client is connected."""
        self._run(worker.run())

    def _run(self, work: Coroutine[None, None, None]) -> None:
        if self._tasks is None:
            work.close()
            return
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def line(self, relay: RelayDescriptor) -> Line:
        """Return the line to a relay, begun when it is the first to need it."""
        line = self._lines.get(relay.key)
        if line is None:
            known = self.store.account.relay(relay.key)
            self._asked[relay.key] = relay
            line = Line(
                self._ways(relay),
                known.pass_token if known else None,
                changed=self.connection_changed,
                surroundings=self.surroundings,
            )
            line.link.wants_ways = self.learn_ways
            self._lines[relay.key] = line
            if self._tasks is not None:
                self._run(line.run())
        return line

    def learn_ways(self) -> None:
        """Tell every line the ways that are known now."""
        for key, line in self._lines.items():
            line.link.learn(self._ways(self._asked[key]))

    def _ways(self, relay: RelayDescriptor) -> RelayDescriptor:
        return known_ways(self.store, self.best(relay), self.surroundings)

    def best(self, relay: RelayDescriptor) -> RelayDescriptor:
        """Return what is known best of where a relay is."""
        known = self.store.account.relay(relay.key)
        return known.descriptor if known and known.is_mine else relay

    def _keep_roads(self, memory: Memory) -> None:
        # A disk that is full is told of where something is lost by it.
        with contextlib.suppress(StorageError):
            self.store.roads.keep(memory)

    @property
    def lines(self) -> list[Line]:
        """Every line there is."""
        return list(self._lines.values())

    async def close(self) -> None:
        """End every session in good order."""
        for line in self.lines:
            await line.close()
        for task in list(self._running):
            task.cancel()
        await self.surroundings.close()
        self.teller.close()

    def open_conversation(self, conversation: ConversationId) -> None:
        """Begin to follow a conversation that is new here."""
        if self.make_follower and conversation not in self.followers:
            follower = self.make_follower(conversation)
            self.followers[conversation] = follower
            self.begin(follower)

    def begin_anew(self, conversation: ConversationId) -> None:
        """Follow a conversation from what the store holds of it now."""
        if follower := self.followers.get(conversation):
            follower.begin_anew()
        else:
            self.open_conversation(conversation)

    def open_inbox(self, relay: bytes) -> None:
        """Begin to keep the inbox on a relay that is ours."""
        if self.make_inbox and relay not in self.inboxes:
            inbox = self.make_inbox(relay)
            self.inboxes[relay] = inbox
            self.workers.append(inbox)
            self.begin(inbox)

    def renew_inboxes(self) -> None:
        """Let every inbox begin anew, for the account's secrets are new."""
        for inbox in self.inboxes.values():
            inbox.renew()

    # Telling

    def tell(self, event: Event) -> None:
        """Tell whoever listens."""
        self.teller.tell(event)

    def changed(self) -> None:
        """Something about connections or progress has changed."""
        self._changes.set()

    def connection_changed(self) -> None:
        """A relay was reached or lost, or the reason has changed."""
        self.changed()
        if any(line.state is LinkState.WAITING for line in self.lines):
            self.learn_ways()  # spare roads come in the place of those that failed
        if self.describe:
            self.tell(StatusChanged(self.describe()))

    async def change(self) -> None:
        """Wait until something about connections or progress has changed."""
        self._changes.clear()
        await self._changes.wait()

    def wake(self, conversation: ConversationId) -> None:
        """Wake the task of a conversation."""
        if follower := self.followers.get(conversation):
            follower.wake()

    def wake_uploads(self) -> None:
        """Wake the task that sends files."""
        if self.uploads:
            self.uploads.wake()

    def wake_clock(self) -> None:
        """Wake the task that waits for deadlines."""
        if self.clock:
            self.clock.wake()

    def wake_courier(self) -> None:
        """Wake the task that carries invitations."""
        if self.courier:
            self.courier.wake()

    @property
    def is_settled(self) -> bool:
        """Whether every task has done all it can."""
        everyone = [*self.followers.values(), *self.workers]
        return all(one.is_settled for one in everyone)

    # Writing

    def compose(
        self,
        row: ConversationRow,
        part: Part,
        *,
        replaces: bytes | None = None,
        in_reply_to: bytes | None = None,
        expires: Expiration | None = None,
        state: OutState = OutState.WAITING,
    ) -> tuple[MessageId, bytes]:
        """Queue a content; return its message id and its MIMI id."""
        content = Content(
            salt=self.entropy(16),
            part=part,
            replaces=replaces,
            in_reply_to=in_reply_to,
            expires=expires,
        )
        data = content.encode()
        mimi = mimi_id(self.store.me, row.id, content=data, salt=content.salt)
        message = message_id(mimi)
        envelope = EnvelopeId(bytes(message))
        self.store.outbox.add(row.id, envelope, data, state=state)
        self.store.db.after_commit(lambda: self.wake(row.id))
        return message, mimi

    def propose_leaving(self, row: ConversationRow) -> None:
        """Queue the wish to leave."""
        envelope = EnvelopeId(self.entropy(16))
        self.store.outbox.add(row.id, envelope, b"", kind=OutKind.LEAVING)
        self.store.db.after_commit(lambda: self.wake(row.id))

    def confirm(
        self, row: ConversationRow, messages: list[bytes], *, is_read: bool
    ) -> None:
        """Queue receipts, unless their owner keeps them to themselves."""
        preferences = self.store.profile.preferences
        wanted = preferences.read_receipts if is_read else preferences.delivery_receipts
        members = self.store.conversations.members(row.id)
        is_active = row.state is ConversationState.ACTIVE
        if not wanted or not is_active or len(members) > MOST_WITH_RECEIPTS:
            return
        status = READ if is_read else DELIVERED
        for begin in range(0, len(messages), 200):
            some = [(mimi, status) for mimi in messages[begin : begin + 200]]
            self.compose(row, receipts_part(some, self.now()))
