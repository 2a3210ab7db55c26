"""The line to one relay: requests and their answers over the link.

Specified in ``spec/wire.md`` §3. Knows numbers, handles and sessions; when a session is
lost, every question is answered with `SessionLost`, and whoever asked asks anew.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from linnet.carriers.link import Link, Opened, Received, StatusChanged
from linnet.carriers.status import Connected, Connecting, Status, Waiting
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.ways import Way
from linnet.client.values import LinkState
from linnet.errors import LocalError, Malformed, RemoteError, Unreachable
from linnet.ids import Handle, RequestNumber
from linnet.wire import codec, events, replies
from linnet.wire.codec import Reply, Request
from linnet.wire.links import RelayDescriptor
from linnet.wire.refusals import refused

ANSWER_SECONDS: Final = 120.0
"""How long a relay that has received all may let nothing go on while it owes an answer;
then its session is over. While anything goes on, the answer may be behind much else."""

MOST_ANSWER_SECONDS: Final = 1_200.0
"""How long it may take at most: what a session lets stand open, at 1 KB a second."""

Sink = Callable[[Reply], None]
"""Takes an answer or what a followed stream brings."""

Told = Callable[[], None]


LAST_TIME_MS: Final = 253_402_300_799_999
"""The end of the year 9999; no honest relay's clock is further."""


class SessionLost(Unreachable):
    """The session a request was sent in is over; nobody knows what became of it."""


class Line:
    """Asks one relay, over as many sessions as it takes.

    Attributes:
        status: what the link is doing, for faces.
    """

    def __init__(
        self,
        relay: RelayDescriptor,
        pass_token: bytes | None,
        *,
        changed: Told,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.relay = relay
        self.link = Link(relay, pass_token=pass_token, surroundings=surroundings)
        self.status: Status = self.link.status
        self.generation = 0
        self._changed = changed
        self._numbers = 0
        self._is_up = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting: dict[RequestNumber, asyncio.Future[Reply] | Sink] = {}
        self._sinks: dict[Handle, Sink] = {}
        self._losses: list[Told] = []

    @property
    def state(self) -> LinkState:
        """Where the way to the relay stands."""
        match self.status:
            case Connected():
                return LinkState.CONNECTED
            case Connecting():
                return LinkState.CONNECTING
            case Waiting():
                return LinkState.WAITING
            case _:
                return LinkState.OFF

    @property
    def is_narrow(self) -> bool:
        """Whether files are to leave room for words on the road in use."""
        status = self.status
        return isinstance(status, Connected) and Way(status.address).is_narrow

    async def run(self) -> None:
        """Keep the line up until it is closed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            async for event in self.link.events():
                match event:
                    case Opened():
                        self._lose()
                        self.generation += 1
                        self._is_up.set()
                    case Received(message):
                        self._take(message)
                    case StatusChanged(status):
                        self.status = status
                        self._changed()
        self._lose()

    async def close(self) -> None:
        """End the session and stop."""
        await self.link.close()

    async def up(self) -> int:
        """Wait until a session is open; return which one it is."""
        while not self.link.is_open or not self._is_up.is_set():
            self._is_up.clear()
            await self._is_up.wait()
        return self.generation

    async def ask(self, request: Request) -> Reply:
        """Send a request and wait for its answer.

        Raises:
            Refused: the relay said no.
            SessionLost: the session ended before the answer came.
        """
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await self.send(request, future)
        try:
            reply = await self._answered(future)
        except TimeoutError as error:
            self.link.abandon()
            self._lose()
            raise SessionLost("The relay does not answer.") from error
        if isinstance(reply, replies.RefusedReply):
            raise refused(reply.code, reply.detail)
        return reply

    async def send(
        self, request: Request, answer: "asyncio.Future[Reply] | Sink"
    ) -> None:
        """Send a request; its answer goes to a future or a sink."""
        number = self._next_number()
        if not self._waiting:
            self.link.expect(answers=True)
        self._waiting[number] = answer
        await self._send(codec.encode(number, request))

    async def whisper(self, request: Request) -> None:
        """Send a request that is never answered."""
        await self._send(codec.encode(self._next_number(), request))

    def follow(self, handle: Handle, sink: Sink) -> None:
        """Send what comes by a handle to a sink; call before subscribing."""
        self._sinks[handle] = sink

    def unfollow(self, handle: Handle) -> None:
        """Drop what still comes by a handle."""
        self._sinks.pop(handle, None)

    def on_loss(self, told: Told) -> None:
        """Be told when the session is lost; once."""
        self._losses.append(told)

    def forget_loss(self, told: Told) -> None:
        """Do not be told any more."""
        if told in self._losses:
            self._losses.remove(told)

    async def _answered(self, future: "asyncio.Future[Reply]") -> Reply:
        """Wait for an answer, for as long as anything goes on or the road is at fault.

        Raises:
            TimeoutError: nothing did, or it took too long all the same.
        """
        loop = asyncio.get_running_loop()
        last, stands_still = loop.time() + MOST_ANSWER_SECONDS, False
        try:
            while not stands_still and loop.time() < last:
                session = self.link.session
                progress = session.progress
                done, _ = await asyncio.wait({future}, timeout=ANSWER_SECONDS)
                if done:
                    return future.result()
                is_owed = (
                    self.state is LinkState.CONNECTED and not session.unacknowledged
                )
                stands_still = is_owed and session.progress == progress
        finally:
            future.cancel()
        raise TimeoutError

    async def _send(self, message: bytes) -> None:
        async with self._turn:  # who waits for room must not be overtaken
            try:
                has_room = self.link.send(message)
            except LocalError as error:
                raise SessionLost("There is no session with the relay now.") from error
            if not has_room:
                await self.link.room()

    def _next_number(self) -> RequestNumber:
        self._numbers = self._numbers % 0xFFFF_FFFF + 1
        return RequestNumber(self._numbers)

    def _take(self, message: bytes) -> None:
        try:
            number, reply = codec.decode_reply(message)
            self._pass_on(number, reply)
        except RemoteError:
            # A relay that talks nonsense is left; the next session begins clean.
            self.link.abandon()
            self._lose()

    def _pass_on(self, number: RequestNumber, reply: Reply) -> None:
        match reply:
            case replies.Appended(receipts):
                for receipt in receipts:
                    check_place(receipt.sequence, receipt.time_ms)
                    self._answer(receipt.number, replies.Appended((receipt,)))
            case events.Deliver(entries):
                self._deliver(entries)
            case events.Whisper(handle) | events.Ended(handle) | events.Gone(handle):
                if sink := self._sinks.get(handle):
                    sink(reply)
            case _:
                self._answer(number, reply)

    def _deliver(self, entries: tuple[tuple[Handle, replies.Envelope], ...]) -> None:
        for handle, envelope in entries:
            check_place(envelope.sequence, envelope.time_ms)
            if sink := self._sinks.get(handle):
                sink(events.Deliver(((handle, envelope),)))

    def _answer(self, number: RequestNumber, reply: Reply) -> None:
        waiting = self._waiting.pop(number, None)
        if not self._waiting:
            self.link.expect(answers=False)
        if waiting is None:
            if isinstance(reply, replies.RefusedReply):
                return  # to something that is never answered, such as a whisper
            raise Malformed("The relay answered what nobody asked.")
        if isinstance(waiting, asyncio.Future):
            if not waiting.done():
                waiting.set_result(reply)
        else:
            waiting(reply)

    def _lose(self) -> None:
        waiting, self._waiting = self._waiting, {}
        self.link.expect(answers=False)
        losses, self._losses = self._losses, []
        self._sinks.clear()
        for one in waiting.values():
            if isinstance(one, asyncio.Future) and not one.done():
                one.set_exception(SessionLost("The session with the relay ended."))
        for told in losses:
            told()


def check_place(sequence: int, time_ms: int) -> None:
    """Require a place and a time that can be.

    Raises:
        Malformed: no relay that is well names such.
    """
    if sequence >= 1 << 62 or time_ms > LAST_TIME_MS:
        raise Malformed("The relay named a place or a time that cannot be.")
