"""Gives a relay back what it lost: it was restored from an older backup.

Specified in ``spec/conversations.md`` §6.8. Ids and fences make all members that do
this converge; what was seen before is not shown again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final

from linnet.client.core.envelope import EpochKeys
from linnet.client.core.keys import stream_control_token
from linnet.client.events import RelayRewound
from linnet.client.store.home import Store
from linnet.client.store.log import Held
from linnet.client.sync.followed import Followed
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line, SessionLost
from linnet.client.sync.reception import Reception
from linnet.client.sync.stream import Stream
from linnet.errors import Malformed, Refused
from linnet.ids import ConversationId, EnvelopeId, Epoch, Handle, MessageId, Sequence
from linnet.wire import replies, requests
from linnet.wire.refusals import Refusal
from linnet.wire.requests import NO_ENVELOPE

MAKER_SECONDS: Final = 60.0
WINDOW: Final = 32
"""Envelopes on the way at once."""


def take_back(
    store: Store, conversation: ConversationId, left_behind: Iterable[Held]
) -> None:
    """Forget what the stream went on without; queue again what of it is ours."""
    for held in left_behind:
        content = store.sent.find(conversation, held.id)
        store.log.drop(conversation, held.id)
        if content is not None and not store.outbox.find(conversation, held.id):
            store.outbox.add(conversation, held.id, content)
            store.messages.take_back(conversation, MessageId(bytes(held.id)))


def _runs(held: list[Held]) -> Iterator[list[Held]]:
    """Part envelopes into what may be on the way at once: a commit goes alone."""
    run: list[Held] = []
    for one in held:
        is_more = run and run[0].epoch == one.epoch and len(run) < WINDOW
        if run and (not is_more or one.is_commit or run[0].is_commit):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


class Recovery:
    """One recovery of one conversation's stream."""

    def __init__(
        self, hub: Hub, follower: Followed, line: Line, stream: Stream
    ) -> None:
        self._hub = hub
        self._follower = follower
        self._line = line
        self._stream = stream
        self._opened: dict[Epoch, replies.Opened] = {}
        self._left_behind: list[Held] = []
        self._shut: dict[Epoch, Refused] = {}
        self._places: list[tuple[EnvelopeId, Sequence]] = []

    async def recover(self, refusal: Refused) -> Epoch:
        """Send again what the relay lost; return the epoch to read from now.

        Raises:
            Refused: the relay is not ours to heal, or went another way since.
        """
        keys = await self._relay_epoch(refusal)
        opened = await self._stream.open(keys)
        self._opened[keys.epoch] = opened
        base = await self._common(opened.handle, opened.head)
        lost = self._hub.store.log.after(self._follower.id, base.sequence)
        await self._send_each(lost, self._send)
        self._note(base, len(lost))
        return base.epoch if base.sequence else keys.epoch

    async def audit(self) -> None:
        """After coming back, send anew what the relay lost of ours in the meantime.

        A relay may have been restored while this device was out and did not look.
        """
        store, conversation = self._hub.store, self._follower.id
        current = self._follower.machine.keys.epoch
        held = store.log.after(conversation, Sequence(0))
        if held:
            await self._send_each(await self._missing(held), self._ask_after)
        with store.db.transaction():
            if any(one.epoch > current for one in self._left_behind):
                store.log.forget_epochs(conversation, after=current)
            self._take_back()
            store.marks.settle_doubt(conversation)

    async def _ask_after(self, held: Held) -> None:
        """Have the relay say where something stands, in an epoch that may be closed.

        Appending does: a known id is answered with its place, another one is stale.
        """
        try:
            await self._send(held)
        except Refused as refusal:
            if refusal.code != Refusal.UNKNOWN_EPOCH:
                raise
            self._left_behind.append(held)

    async def _missing(self, held: list[Held]) -> list[Held]:
        keys = self._hub.store.log.keys(self._follower.id, held[-1].epoch)
        if keys is None:
            return []
        try:
            opened = await self._stream.open(keys)
        except Refused as refusal:
            if refusal.code in (Refusal.UNKNOWN_EPOCH, Refusal.WRONG_TOKEN):
                return held
            raise
        base = await self._common(opened.handle, held[-1].sequence)
        if base.id == held[-1].id:
            return []
        there = await self._ids_after(opened.handle, base)
        return [
            one for one in held if one.sequence > base.sequence and one.id not in there
        ]

    async def _ids_after(self, handle: Handle, base: Held) -> set[EnvelopeId]:
        found: set[EnvelopeId] = set()
        place, name = base.sequence, base.id
        while True:
            reply = await self._line.ask(requests.Read(handle, place, name))
            if not isinstance(reply, replies.Envelopes) or not reply.envelopes:
                return found
            found |= {one.envelope for one in reply.envelopes}
            self._rearrange(reply.envelopes)
            place, name = reply.envelopes[-1].sequence, reply.envelopes[-1].envelope

    def _rearrange(self, envelopes: tuple[replies.Envelope, ...]) -> None:
        """Take up the relay's order of what is held: whoever stayed has it too."""
        store, row = self._hub.store, self._follower.row
        with store.db.transaction():
            reception = Reception(store, self._hub.tell, self._hub.entropy)
            for one in envelopes:
                if store.log.has(row.id, one.envelope):
                    held = Held(
                        one.sequence,
                        one.envelope,
                        one.epoch,
                        one.time_ms,
                        False,
                        one.data,
                    )
                    store.log.place(row.id, held)
                    reception.seen_again(row, held)

    async def strand(self) -> None:
        """Keep what the relay went on without: the stream took another way.

        What this device had said after the parting is queued again, under the same
        ids, for when a member has added it to the group that goes on.
        """
        log, conversation = self._hub.store.log, self._follower.id
        for epoch in log.epochs(conversation):
            keys = log.keys(conversation, epoch)
            try:
                opened = keys and await self._stream.open(keys)
            except Refused:
                continue
            if opened:
                upto = opened.ends or opened.head
                base = await self._common(opened.handle, Sequence(upto))
                self._left_behind = log.after(conversation, base.sequence)
                break
        with self._hub.store.db.transaction():
            if self._left_behind:
                log.forget_epochs(conversation, after=self._left_behind[0].epoch)
            self._take_back()

    def _take_back(self) -> None:
        take_back(self._hub.store, self._follower.id, self._left_behind)

    async def _relay_epoch(self, refusal: Refused) -> EpochKeys:
        """Return keys of the epoch the relay is in; create the stream if it is gone."""
        store, follower = self._hub.store, self._follower
        if refusal.code == Refusal.NO_SUCH_STREAM:
            self._await_maker(refusal)
            oldest = store.log.oldest_epoch(follower.id)
            keys = store.log.keys(follower.id, oldest) if oldest is not None else None
            keys = keys or follower.machine.keys
            await self._create(keys)
            return keys
        epoch = (
            Epoch(refusal.detail)
            if refusal.code == Refusal.UNKNOWN_EPOCH
            else self._stream.epoch
        )
        found = store.log.keys(follower.id, epoch)
        if found is None:
            raise refusal
        return found

    def _await_maker(self, refusal: Refused) -> None:
        """Leave it to the maker of the conversation for a while: they hold it all.

        Raises:
            Refused: it is not this device's turn yet.
        """
        follower, now = self._follower, self._hub.now()
        if follower.row.inviter == self._hub.store.me:
            return
        follower.gone_since = follower.gone_since or now
        if now - follower.gone_since < MAKER_SECONDS:
            raise refusal

    async def _create(self, keys: EpochKeys) -> None:
        row = self._follower.row
        secret = self._hub.store.profile.owner_secret
        control = stream_control_token(secret, row.relay, row.stream)
        append_hash, read_hash = keys.hashes
        await self._line.ask(
            requests.Create(
                row.stream,
                append_hash,
                read_hash,
                sha256(control).digest(),
                is_fenced=True,
                epoch=keys.epoch,
            )
        )

    async def _common(self, handle: Handle, head: Sequence) -> Held:
        """Find the newest envelope that both this device and the relay have."""
        place = head
        while held := self._hub.store.log.upto(self._follower.id, place):
            try:
                await self._line.ask(
                    requests.Read(handle, held.sequence, held.id, limit=1)
                )
            except Refused as refusal:
                if refusal.code != Refusal.REWOUND:
                    raise
                place = Sequence(held.sequence - 1)
            else:
                return held
        epoch = self._stream.epoch
        return Held(Sequence(0), NO_ENVELOPE, epoch, 0, False, b"")

    async def _send_each(
        self, held: list[Held], send: Callable[[Held], Awaitable[None]]
    ) -> None:
        """Send in order, several of an epoch on the way at once; note their places."""
        for run in _runs(held):
            try:
                await send(run[0])  # which opens the epoch
                rest = await asyncio.gather(*map(send, run[1:]), return_exceptions=True)
            finally:
                self._note_places()
            for failure in rest:
                if failure is not None:
                    raise failure

    async def _send(self, held: Held) -> None:
        try:
            opened = await self._open(held.epoch)
        except Refused as refusal:
            if refusal.code == Refusal.WRONG_TOKEN:
                self._left_behind.append(held)
                return
            raise
        request: requests.Append | requests.Commit
        if held.is_commit:
            following = self._hub.store.log.keys(
                self._follower.id, Epoch(held.epoch + 1)
            )
            if following is None:
                return
            hashes = following.hashes
            request = requests.Commit(opened.handle, held.id, *hashes, held.data)
        else:
            request = requests.Append(opened.handle, held.id, held.data)
        try:
            reply = await self._line.ask(request)
        except Refused as refusal:
            if refusal.code == Refusal.STALE:
                self._leave_behind(held, opened.ends)
                return
            raise
        if not isinstance(reply, replies.Appended):
            raise Malformed("The relay answered something else than was asked.")
        self._stands(held, reply.receipts[0].sequence)

    async def _open(self, epoch: Epoch) -> replies.Opened:
        """Open an epoch once; a relay counts attempts that fail."""
        if epoch in self._shut:
            raise self._shut[epoch]
        if epoch not in self._opened:
            keys = self._hub.store.log.keys(self._follower.id, epoch)
            if keys is None:
                raise SessionLost("The tokens of an epoch are gone.")
            try:
                self._opened[epoch] = await self._stream.open(keys)
            except Refused as refusal:
                self._shut[epoch] = refusal
                raise
        return self._opened[epoch]

    def _leave_behind(self, held: Held, ends: Sequence) -> None:
        """Go on without something whose epoch ended before the relay had it again.

        Ours is said anew. What others said stays known, so that it is only moved when
        they say it anew; until then it stands where its epoch ended.
        """
        store, conversation = self._hub.store, self._follower.id
        is_ours = store.sent.find(conversation, held.id) is not None
        if is_ours or held.is_commit or held.id in store.log.missed(conversation):
            self._left_behind.append(held)
        if ends:
            self._stands(held, ends)

    def _stands(self, held: Held, at: Sequence) -> None:
        """Show something where the stream has it, be it where we may not read."""
        self._places.append((held.id, at))

    def _note_places(self) -> None:
        row, store = self._follower.row, self._hub.store
        with store.db.transaction():
            for envelope, place in self._places:
                store.messages.move(row.id, envelope, row.place(place))
        self._places.clear()

    def _note(self, base: Held, resent: int) -> None:
        hub, row = self._hub, self._follower.row
        store = hub.store
        sentence = (
            f"The relay had lost the newest messages; this device sent {resent} "
            "of them again."
        )
        with store.db.transaction():
            if not base.sequence:
                store.messages.begin_places(row.id)
            store.conversations.move_cursor(row.id, base.sequence, base.id)
            self._take_back()
            store.outbox.take_back_acks(row.id)
            store.outbox.repost(row.relay)
            if resent:
                reception = Reception(store, hub.tell, hub.entropy)
                envelope = EnvelopeId(hub.entropy(16))
                reception.notice(row, envelope, store.me, sentence, time=hub.now())
                event = RelayRewound(row.id, resent, sentence)
                store.db.after_commit(lambda: hub.tell(event))
        hub.wake_courier()
