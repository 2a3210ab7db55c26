"""Keeps one conversation in step with its stream.

Specified in ``spec/conversations.md`` §6. A task a conversation: reads, stores, sends,
reopens after a lost session, and gives up only what can never be. Everything it must do
stands in the store, so it may be stopped at any instant and begun anew.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from linnet.client.core import letters
from linnet.client.core.conversation import Conversation
from linnet.client.core.whispers import unseal_note
from linnet.client.events import Typing
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line, SessionLost
from linnet.client.sync.mishaps import kind_of, mishap
from linnet.client.sync.reader import LIVE, Reader
from linnet.client.sync.reception import Reception
from linnet.client.sync.recovery import Recovery
from linnet.client.sync.rejoining import take_other_way, take_stashed
from linnet.client.sync.sender import NO_HANDLE, Sender
from linnet.client.sync.stream import (
    Came,
    EpochEnded,
    Item,
    Lost,
    RefusedAppend,
    Stream,
    Taken,
    Wake,
    Whispered,
)
from linnet.client.sync.wishes import Wish
from linnet.client.values import ConversationState
from linnet.errors import LinnetError, Refused, RemoteError, Unreachable
from linnet.ids import ConversationId, EnvelopeId, Epoch, Sequence
from linnet.wire import replies, requests
from linnet.wire.refusals import Refusal
from mls import MLSError

STRANDED: Final = (
    "A change to this conversation cannot be followed by this device; "
    "ask a member to add you again."
)
REWOUND: Final = (
    Refusal.UNKNOWN_EPOCH,
    Refusal.REWOUND,
    Refusal.NO_SUCH_STREAM,
)
MOST_PACKED: Final = 256
"""Messages of a conversation in one bag."""
RECOVERIES: Final = 3
"""More in a row, and the relay says what is not so."""
PARTED: Final = (
    "This conversation went on without this device, which was away too long, or knew "
    "what the relay had lost; ask a member to add you again. What the others do not "
    "have of what you wrote is sent then."
)
PATIENCE_SECONDS: Final = 5.0
"""How long to wait after a refusal that may pass."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Position:
    """Where a follower reads: the epoch, and the head when it last looked."""

    epoch: Epoch | None = None
    head: Sequence | None = None


class Follower:
    """Follows one conversation, session after session.

    Attributes:
        trouble: why it does not get on, as a sentence; "" when it does.
        is_settled: nothing is left to read or send.
    """

    def __init__(self, hub: Hub, conversation: ConversationId) -> None:
        self.id = conversation
        self.trouble = ""
        self.is_settled = False
        self.gone_since: float | None = None
        self.hub = hub
        self.queue: asyncio.Queue[Item] = asyncio.Queue()
        self._machine: Conversation | None = None
        self._position = Position()
        self.sender = Sender(self)
        self._reader = Reader(self, self.sender)

    @property
    def row(self) -> ConversationRow:
        """The conversation as it stands in the store."""
        row = self.hub.store.conversations.row(self.id)
        if row is None:
            raise LookupError(self.id)
        return row

    @property
    def machine(self) -> Conversation:
        """The machine, loaded from the store when it was dropped."""
        if self._machine is None:
            self._machine = self.hub.store.conversations.load(self.id)
        return self._machine

    def drop_machine(self) -> None:
        """Forget what was not stored."""
        self._machine = None

    def wake(self) -> None:
        """Look whether there is something to do."""
        self.is_settled = False
        self.queue.put_nowait(Wake())

    def begin_anew(self) -> None:
        """Forget machine and session: an invitation has put another group in place."""
        self.drop_machine()
        self.is_settled = False
        self.queue.put_nowait(Lost())

    async def whisper(self, data: bytes) -> None:
        """Pass something to members who are online, if that is possible now."""
        try:
            await self.sender.whisper(data)
        except Unreachable:
            return

    async def run(self) -> None:
        """Follow until cancelled or over."""
        while True:
            try:
                if self.row.state not in LIVE:
                    self.drop_machine()
                    self._settle()
                    await self._pause(None)
                    continue
                await self._session()
            except LookupError:
                return  # the conversation was deleted
            except SessionLost:
                self.drop_machine()
            except (LinnetError, MLSError) as error:
                self._complain(error)
                await self._pause(PATIENCE_SECONDS)
            except Exception as error:  # one bug must not stop the other conversations
                self._complain(mishap(error))
                await self._pause(12 * PATIENCE_SECONDS)

    async def _session(self) -> None:
        self._empty_queue()
        line = self.hub.line(self.machine.info.relay)
        await line.up()
        stream = Stream(line, self.machine.info.stream, self.queue)
        self.sender.begin(stream)
        try:
            await self.sender.create_stream()
            await self._follow(line, stream)
            if stream.handle:
                await stream.close_handle()
        finally:
            stream.leave()

    def _empty_queue(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()

    async def _follow(self, line: Line, stream: Stream) -> None:
        self._position.epoch = None
        while self.row.state in LIVE and self.machine.info.stream == stream.id:
            if self.hub.store.marks.is_doubtful(self.id):
                await Recovery(self.hub, self, line, stream).audit()
            await self._open(line, stream)
            self.trouble, self.gone_since = "", None
            await self.sender.flush(self._is_current(stream))
            while await self._next(stream):
                pass

    async def _open(self, line: Line, stream: Stream, tries: int = RECOVERIES) -> None:
        """Open the epoch to read now, and subscribe; recover what the relay lost."""
        recovery = Recovery(self.hub, self, line, stream)
        row, machine = self.row, self.machine
        epoch = self._position.epoch
        if epoch is None:
            epoch = machine.keys.epoch
        keys = self.hub.store.log.keys(self.id, epoch) or machine.keys
        try:
            await stream.open(keys)
            self._position.head = await stream.subscribe(row.sequence, row.envelope)
            self._position.epoch = keys.epoch
        except Refused as refusal:
            match refusal.code:
                case _ if refusal.code in REWOUND and tries:
                    self._position.epoch = await self._recover(recovery, refusal)
                    await self._open(line, stream, tries - 1)
                case Refusal.WRONG_TOKEN:
                    await self._strand(recovery, refusal)
                case _:
                    raise

    async def _recover(self, recovery: Recovery, refusal: Refused) -> Epoch:
        try:
            return await recovery.recover(refusal)
        except Refused as worse:
            if worse.code == Refusal.WRONG_TOKEN:
                await self._strand(recovery, worse)
            if worse.code == Refusal.UNKNOWN_EPOCH:
                self._take_other_way(worse)
            raise

    def _take_other_way(self, refusal: Refused) -> None:
        with self.hub.store.db.transaction():
            is_back = take_other_way(self.hub, self.row, Epoch(refusal.detail))
        if is_back:
            raise SessionLost(str(refusal)) from refusal

    async def _strand(self, recovery: Recovery, refusal: Refused) -> None:
        """Give up: the stream is in an epoch that this device has no way into."""
        await recovery.strand()
        self.give_up(PARTED)
        raise SessionLost(str(refusal)) from refusal

    def _is_current(self, stream: Stream) -> bool:
        return stream.epoch == self.machine.keys.epoch

    async def _next(self, stream: Stream) -> bool:
        """Take what has come in one transaction; False when an epoch has ended."""
        self._settle_if_done(stream)
        items = await self._gather()
        if any(isinstance(item, Lost) for item in items):
            raise SessionLost("The session with the relay ended.")
        came = [item for item in items if isinstance(item, Came)]
        await self._reader.take(stream, came)
        self._acknowledge(items)
        for item in items:
            if isinstance(item, Whispered):
                self._overhear(item.data)
        for item in items:
            if isinstance(item, EpochEnded) and item.handle == stream.handle:
                if self.machine.keys.epoch == stream.epoch and self.row.state in LIVE:
                    self.give_up(STRANDED)
                self._position.epoch = Epoch(stream.epoch + 1)
                if self.row.state in LIVE:
                    await stream.close_handle()
                return False
        if self.row.state not in LIVE:
            return False
        await self.sender.flush(self._is_current(stream))
        return self.machine.info.stream == stream.id

    async def _gather(self) -> list[Item]:
        wait = self.sender.wake_in()
        try:
            async with asyncio.timeout(wait):
                items = [await self.queue.get()]
        except TimeoutError:
            items = [Wake()]
        while not self.queue.empty() and len(items) < 512:
            items.append(self.queue.get_nowait())
        return items

    def _overhear(self, data: bytes) -> None:
        machine = self.machine
        try:
            note = unseal_note(machine.keys, machine.info.stream, data)
        except RemoteError:
            return
        if note.account == self.hub.store.me:
            return
        name = self.hub.store.views.name(self.id, note.account)
        self.hub.tell(Typing(self.id, note.account, name, note.is_typing))

    def _acknowledge(self, items: list[Item]) -> None:
        answers = [one for one in items if isinstance(one, Taken | RefusedAppend)]
        if answers:
            self.sender.acknowledge(answers)

    # Bags

    def wish(self) -> Wish | None:
        """What a bag is to ask for this conversation."""
        row = self.row
        if row.state not in LIVE or not row.is_on_relay or row.is_restored:
            return None
        machine = self.machine
        keys = machine.keys
        opening = requests.Open(
            machine.info.stream,
            keys.epoch,
            append_token=keys.append_token,
            read_token=keys.read_token,
        )
        read = requests.Read(NO_HANDLE, row.sequence, row.envelope)
        asked = (*self.sender.pack(MOST_PACKED), read)
        return Wish(self.hub.best(machine.info.relay), opening, asked)

    def letters(self) -> list[bytes]:
        """Return what is queued, as letters to members who are met."""
        if self.row.is_restored:
            return []  # its ratchets may have been used since (conversations.md §6.6)
        machine = self.machine
        said, entropy = self.sender.spoken(MOST_PACKED), self.hub.entropy
        return [*letters.seal(machine.keys, machine.info.stream, said, entropy)]

    @property
    def cursor(self) -> tuple[Sequence, EnvelopeId]:
        """The newest envelope that was taken."""
        row = self.row
        return row.sequence, row.envelope

    def take_carried(self, envelopes: Iterable[replies.Envelope]) -> bool:
        """Store what a bag brought; False where something of it lies in a blob."""
        return self._reader.take_carried([Came(NO_HANDLE, one) for one in envelopes])

    def on_the_relay(self, envelope: EnvelopeId) -> bool:
        """Show that the relay has an envelope of ours; say if it is a message."""
        return self.sender.on_the_relay(envelope)

    # Standing

    def give_up(
        self,
        sentence: str,
        *,
        reception: Reception | None = None,
        envelope: EnvelopeId | None = None,
    ) -> None:
        """Follow no further, and say why in the conversation."""
        store = self.hub.store
        with store.db.transaction():
            row = self.row
            store.conversations.set_state(self.id, ConversationState.BROKEN)
            taker = reception or Reception(store, self.hub.tell, self.hub.entropy)
            taker.notice(
                row,
                envelope or EnvelopeId(self.hub.entropy(16)),
                store.me,
                sentence,
                time=self.hub.now(),
            )
            take_stashed(self.hub, row)
        self.drop_machine()
        self.trouble = sentence

    def _complain(self, error: LinnetError | MLSError) -> None:
        self.drop_machine()
        self.trouble = str(error)
        _log.warning("A conversation waits: %s", kind_of(error))
        self.hub.connection_changed()

    async def _pause(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.queue.get()
        except TimeoutError:
            return

    def _settle_if_done(self, stream: Stream) -> None:
        head = self._position.head
        is_read = head is not None and self.row.sequence >= head
        if is_read and self._is_current(stream) and self.sender.is_idle:
            self._settle()

    def _settle(self) -> None:
        if self.queue.empty() and not self.is_settled:
            self.is_settled = True
            self.hub.changed()
