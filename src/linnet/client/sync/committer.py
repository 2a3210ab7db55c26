"""Makes and sends the commits of one conversation.

Specified in ``spec/conversations.md`` §6.3: for what is wanted, for proposals of others
that are due, for keys of its own, and to take its own place after a restore.
"""

import asyncio
from hashlib import sha256
from typing import Final

from linnet.client.core.commits import Plan, plan, stage, stage_resync
from linnet.client.core.conversation import Conversation
from linnet.client.core.keys import stream_control_token
from linnet.client.core.staging import Staged
from linnet.client.core.wants import WantDeviceGone, WantMember, WantMove
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.wants import WantRow
from linnet.client.sync.blobs import put_small
from linnet.client.sync.followed import Followed
from linnet.client.sync.hub import Hub
from linnet.client.sync.reception import Reception
from linnet.client.sync.stream import Stream
from linnet.client.values import ConversationState
from linnet.ids import EnvelopeId, Handle, StreamId
from linnet.wire import requests
from mls import MLSError

MOVE_SECONDS: Final = 20.0
SOON_SECONDS: Final = 10.0
WEEK_SECONDS: Final = 7 * 24 * 3600.0


class Committer:
    """Commits for one follower.

    Attributes:
        commit_at: when proposals of others are to be committed by this device.
        is_sent: the staged commit is on its way in this session.
    """

    def __init__(self, follower: Followed) -> None:
        self.commit_at: float | None = None
        self.is_sent = False
        self._follower = follower
        self._fresh_at: float | None = None

    @property
    def alarms(self) -> tuple[float | None, ...]:
        """When there is something to commit again."""
        return self.commit_at, self._fresh_at

    def begin(self) -> None:
        """Begin anew in a new session: what is unanswered is sent again."""
        self.is_sent = False
        self._fresh_at = self._plan_freshening()
        pending = self._follower.machine.group.pending_proposals
        if pending and self.commit_at is None:
            self.commit_at = self._follower.hub.now()

    def epoch_changed(self) -> None:
        """A commit was adopted; ours, if there was one, is through or lost."""
        self.commit_at = None
        self.is_sent = False

    async def flush(self, row: ConversationRow, stream: Stream) -> None:
        """Make a commit if there is need for one, and send the one that is made."""
        machine = self._follower.machine
        if row.is_restored and machine.staged is None:
            self._stage_resync(machine)
        elif machine.staged is None:
            self._stage(row, machine)
        staged = self._follower.machine.staged
        if staged and not self.is_sent:
            await self._send(stream, staged)

    def pack(self, machine: Conversation) -> list[requests.Commit]:
        """Return the commit that is made, for a bag, if it fits one."""
        staged = machine.staged
        if staged is None or staged.blob or staged.move is not None:
            return []
        hashes = staged.next_keys.hashes
        return [requests.Commit(Handle(0), staged.envelope, *hashes, staged.data)]

    def _stage(self, row: ConversationRow, machine: Conversation) -> None:
        store, now = self._follower.hub.store, self._follower.hub.now()
        wanted = store.wants.of(row.id)
        is_leaving = row.state is ConversationState.LEAVING
        if is_leaving:
            # Whoever leaves takes the other devices out first, and nothing else.
            wanted = [one for one in wanted if isinstance(one.want, WantDeviceGone)]
        elif self._awaits_packages(wanted):
            wanted = []
        planned = plan(machine, [(one.number, one.want) for one in wanted], now)
        is_stale = self._is_stale(now)
        is_due = self.commit_at is not None and now >= self.commit_at
        has_pending = bool(machine.group.pending_proposals)
        if is_due and not has_pending:
            self.commit_at = None
        entropy = self._follower.hub.entropy
        try:
            with store.db.transaction():
                self._settle(row, planned)
                is_wanted = is_stale and not machine.is_alone and not is_leaving
                if planned.is_empty and not is_wanted and not (is_due and has_pending):
                    return
                machine.staged = stage(machine, planned, now=now, entropy=entropy)
                store.conversations.save_epoch(machine)
        except MLSError as error:
            self._follower.drop_machine()
            self.commit_at = None
            self._give_up(row, planned, str(error))
        except BaseException:
            self._follower.drop_machine()
            raise

    def _awaits_packages(self, wanted: list[WantRow]) -> bool:
        """Whether a key package is still being claimed for the first time."""
        return any(
            isinstance(one.want, WantMember) and not one.has_package and not one.try_at
            for one in wanted
        )

    def _settle(self, row: ConversationRow, planned: Plan) -> None:
        store = self._follower.hub.store
        for number in planned.settled:
            store.wants.settle(number)
        for number, reason in planned.refused:
            self._refuse(row, number, reason)

    def _refuse(self, row: ConversationRow, number: int, reason: str) -> None:
        """Note that something cannot be, and say so in the conversation."""
        hub = self._follower.hub
        hub.store.wants.refuse(number, reason)
        envelope = EnvelopeId(sha256(b"want" + number.to_bytes(8)).digest()[:16])
        Reception(hub.store, hub.tell, hub.entropy).notice(
            row, envelope, hub.store.me, f"This was not done: {reason}", time=hub.now()
        )

    def _give_up(self, row: ConversationRow, planned: Plan, reason: str) -> None:
        with self._follower.hub.store.db.transaction():
            for number in planned.wants:
                self._refuse(row, number, reason)

    def _stage_resync(self, machine: Conversation) -> None:
        hub = self._follower.hub
        profile = hub.store.profile
        with hub.store.db.transaction():
            machine.staged = stage_resync(
                machine, profile.identity, profile.name, entropy=hub.entropy
            )
            hub.store.conversations.save_epoch(machine)

    async def _send(self, stream: Stream, staged: Staged) -> None:
        if staged.blob:
            ref, sealed = staged.blob
            await put_small(stream.line, stream.handle, ref, sealed)
        if staged.move is not None and not await self._prepare_move(staged):
            return
        self.is_sent = True
        await stream.commit(staged.envelope, staged.data, staged.next_keys)

    async def _prepare_move(self, staged: Staged) -> bool:
        """Create the stream the conversation moves to, or give the move up."""
        follower = self._follower
        hub, row = follower.hub, follower.row
        for one in hub.store.wants.of(row.id):
            if not isinstance(one.want, WantMove) or one.want.stream != staged.move:
                continue
            append_hash, read_hash = staged.next_keys.hashes
            create = requests.Create(
                one.want.stream,
                append_hash,
                read_hash,
                control_hash(hub, one.want.relay.key, one.want.stream),
                is_fenced=True,
                epoch=staged.next_keys.epoch,
            )
            line = hub.line(one.want.relay)
            try:
                async with asyncio.timeout(MOVE_SECONDS):
                    await line.up()
                    await line.ask(create)
            except TimeoutError:
                self._drop_move(row, one.number)
                return False
            return True
        return True

    def _drop_move(self, row: ConversationRow, number: int) -> None:
        follower = self._follower
        machine = follower.machine
        machine.staged = None
        with follower.hub.store.db.transaction():
            self._refuse(row, number, "The other relay cannot be reached.")
            follower.hub.store.conversations.save_epoch(machine)

    def _plan_freshening(self) -> float:
        """Choose when to give the group new keys: soon after joining, then weekly.

        Members choose different moments, so that they seldom commit at once.
        """
        hub = self._follower.hub
        now = hub.now()
        since = now - hub.store.marks.freshened_at(self._follower.id)
        spread = hub.entropy(1)[0] / 256
        return now + SOON_SECONDS * (1 + spread) + max(0.0, WEEK_SECONDS - since)

    def _is_stale(self, now: float) -> bool:
        """Whether it is time for new keys; if it is not yet, choose when."""
        if self._fresh_at is None or now < self._fresh_at:
            return False
        store, conversation = self._follower.hub.store, self._follower.id
        last = store.marks.freshened_at(conversation)
        self._fresh_at = self._plan_freshening()
        return now - last >= WEEK_SECONDS


def control_hash(hub: Hub, relay: bytes, stream: StreamId) -> bytes:
    """Return the hash of the control token of a stream that this account makes."""
    secret = hub.store.profile.owner_secret
    return sha256(stream_control_token(secret, relay, stream)).digest()
