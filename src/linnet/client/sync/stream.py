"""One conversation's stream in one session: open, follow, append.

Specified in ``spec/wire.md`` §4. Turns what the relay says about the stream into a
queue that `follower.py` empties; knows nothing of what envelopes hold.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from linnet.client.core.envelope import EpochKeys
from linnet.client.sync.line import Line
from linnet.errors import BugError, Malformed
from linnet.ids import EnvelopeId, Epoch, Handle, Sequence, StreamId
from linnet.wire import events, replies, requests
from linnet.wire.codec import Reply


@dataclass(frozen=True, slots=True)
class Came:
    """An envelope came."""

    handle: Handle
    envelope: replies.Envelope = field(repr=False)


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """Nothing more comes by this handle."""

    handle: Handle


@dataclass(frozen=True, slots=True)
class Taken:
    """The relay has an envelope of ours on its disk."""

    envelope: EnvelopeId
    sequence: Sequence
    time: float


@dataclass(frozen=True, slots=True)
class RefusedAppend:
    """The relay refused an envelope of ours."""

    envelope: EnvelopeId
    code: int
    detail: int


@dataclass(frozen=True, slots=True)
class Whispered:
    """Something ephemeral came."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wake:
    """There may be something to do: something to send, or its time has come."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The session is over, or the stream is gone."""


Item = Came | EpochEnded | Taken | RefusedAppend | Whispered | Wake | Lost


class Stream:
    """A stream on a line, for as long as the line's session lasts."""

    def __init__(self, line: Line, stream: StreamId, queue: "asyncio.Queue[Item]"):
        self.line = line
        self.id = stream
        self.handle = Handle(0)
        self.epoch = Epoch(0)
        self._queue = queue
        self._on_loss: Callable[[], None] = lambda: queue.put_nowait(Lost())
        line.on_loss(self._on_loss)

    def leave(self) -> None:
        """Hear nothing of this stream any more."""
        self.line.forget_loss(self._on_loss)
        self.line.unfollow(self.handle)

    async def open(self, keys: EpochKeys) -> replies.Opened:
        """Open an epoch for reading and appending."""
        reply = await self.line.ask(
            requests.Open(
                self.id,
                keys.epoch,
                append_token=keys.append_token,
                read_token=keys.read_token,
            )
        )
        if not isinstance(reply, replies.Opened):
            raise Malformed("The relay answered something else than was asked.")
        self.line.unfollow(self.handle)
        self.handle, self.epoch = reply.handle, keys.epoch
        return reply

    async def subscribe(self, after: Sequence, envelope: EnvelopeId) -> Sequence:
        """Follow the stream from a cursor; return where it ends now."""
        self.line.follow(self.handle, self._sink)
        request = requests.Subscribe(self.handle, after, envelope)
        reply = await self.line.ask(request)
        if not isinstance(reply, replies.Subscribed):
            raise Malformed("The relay answered something else than was asked.")
        return reply.head

    async def close_handle(self) -> None:
        """Give a handle back whose epoch was read to its end."""
        handle, self.handle = self.handle, Handle(0)
        self.line.unfollow(handle)
        await self.line.ask(requests.Close(handle))

    async def append(self, envelope: EnvelopeId, data: bytes) -> None:
        """Append; the answer comes by the queue."""
        request = requests.Append(self.handle, envelope, data)
        await self.line.send(request, self._answer(envelope))

    async def commit(
        self, envelope: EnvelopeId, data: bytes, next_keys: EpochKeys
    ) -> None:
        """Append what ends the epoch; the answer comes by the queue."""
        append_hash, read_hash = next_keys.hashes
        request = requests.Commit(self.handle, envelope, append_hash, read_hash, data)
        await self.line.send(request, self._answer(envelope))

    async def whisper(self, data: bytes) -> None:
        """Pass something to who follows now."""
        await self.line.whisper(requests.Ephemeral(self.handle, data))

    def _answer(self, envelope: EnvelopeId) -> Callable[[Reply], None]:
        def taken(reply: Reply) -> None:
            match reply:
                case replies.Appended((receipt, *_)):
                    item: Item = Taken(
                        envelope, receipt.sequence, receipt.time_ms / 1000
                    )
                case replies.RefusedReply(code, detail):
                    item = RefusedAppend(envelope, code, detail)
                case _:
                    item = Lost()
            self._queue.put_nowait(item)

        return taken

    def _sink(self, reply: Reply) -> None:
        match reply:
            case events.Deliver(entries):
                for handle, envelope in entries:
                    self._queue.put_nowait(Came(handle, envelope))
            case events.Ended(handle):
                self._queue.put_nowait(EpochEnded(handle))
            case events.Whisper(_, data):
                self._queue.put_nowait(Whispered(data))
            case events.Gone():
                self._queue.put_nowait(Lost())
            case _:
                raise BugError("A stream brought what is no event.")
