"""The mailbox in which an old and a new device meet (spec/devices.md §2 and §3).

A small stream that serves once. Survives lost sessions: ids of envelopes are fixed, so
what is unanswered is appended again unchanged.
"""

import asyncio
from hashlib import sha256

from linnet.client.core.keys import MailboxKeys
from linnet.client.sync.line import Line, SessionLost
from linnet.client.sync.stream import Came, Item, Lost, Stream
from linnet.errors import Malformed, Refused, RemoteError
from linnet.ids import Handle, Sequence
from linnet.wire import replies, requests
from linnet.wire.links import DeviceLink
from linnet.wire.refusals import Refusal
from linnet.wire.requests import NO_ENVELOPE

GONE = (Refusal.NO_SUCH_STREAM, Refusal.WRONG_TOKEN)


class LinkOver(RemoteError):
    """A device link that serves no more: used, refused, or out of time."""


OVER = (
    "This link serves no more: it was used, refused, or its ten minutes are over. "
    "Make another one on the other device."
)
USED = (
    "This link was used already, by another device than this one. If that was not you, "
    "somebody has seen the link; refuse what is asked, and make another one."
)


class Mailbox:
    """One side's access to the mailbox of a link."""

    def __init__(self, line: Line, link: DeviceLink) -> None:
        self.line = line
        self._link = link
        self._keys = MailboxKeys.derive(link.secret)
        self._stream: Stream | None = None
        self._queue: asyncio.Queue[Item] = asyncio.Queue()
        self._came: dict[int, bytes] = {}

    @property
    def handle(self) -> Handle:
        """The handle by which blobs are paid for."""
        return self._stream.handle if self._stream else Handle(0)

    async def create(self) -> None:
        """Make the mailbox; the old device does."""
        await self.line.up()
        await self.line.ask(
            requests.Create(
                self._link.stream,
                sha256(self._keys.append_token).digest(),
                sha256(self._keys.read_token).digest(),
                sha256(self._keys.control_token).digest(),
            )
        )

    async def put(self, place: int, data: bytes) -> None:
        """Put this side's envelope at its place.

        Raises:
            LinkOver: something else is there, or the mailbox is no more.
        """
        envelope = self._keys.envelope(place)
        while True:
            try:
                stream = await self._open()
                request = requests.Append(stream.handle, envelope, data)
                await self.line.ask(request)
                break
            except SessionLost:
                self._leave()
            except Refused as refusal:
                raise _final(refusal) from refusal
        if await self.take(place) != data:
            raise LinkOver(USED)

    async def take(self, place: int) -> bytes:
        """Wait for the envelope at a place.

        Raises:
            LinkOver: the mailbox is no more.
        """
        while place not in self._came:
            try:
                await self._open()
                item = await self._queue.get()
            except SessionLost:
                self._leave()
                continue
            except Refused as refusal:
                raise _final(refusal) from refusal
            match item:
                case Came(_, envelope):
                    self._keep(envelope)
                case Lost():
                    self._leave()
                case _:
                    pass
        return self._came[place]

    def _keep(self, envelope: replies.Envelope) -> None:
        place = envelope.sequence
        if envelope.envelope != self._keys.envelope(min(place, 255)):
            raise LinkOver(USED)
        self._came[place] = envelope.data

    async def destroy(self) -> None:
        """Let the mailbox be no more; that it is none already is no failure."""
        self._leave()
        await self.line.up()
        try:
            opened = await self.line.ask(
                requests.Open(self._link.stream, control_token=self._keys.control_token)
            )
            if isinstance(opened, replies.Opened):
                await self.line.ask(requests.Destroy(opened.handle))
        except Refused as refusal:
            if refusal.code not in GONE:
                raise

    async def _open(self) -> Stream:
        if self._stream is not None:
            return self._stream
        await self.line.up()
        opened = await self.line.ask(
            requests.Open(
                self._link.stream,
                append_token=self._keys.append_token,
                read_token=self._keys.read_token,
            )
        )
        if not isinstance(opened, replies.Opened):
            raise Malformed("The relay answered something else than was asked.")
        self._queue = asyncio.Queue()
        stream = Stream(self.line, self._link.stream, self._queue)
        stream.handle = opened.handle
        self._stream = stream
        await stream.subscribe(Sequence(0), NO_ENVELOPE)
        return stream

    def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.leave()


def _final(refusal: Refused) -> RemoteError:
    return LinkOver(OVER) if refusal.code in GONE else refusal
