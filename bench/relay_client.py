"""A client of the relay that does nothing but write and read, as fast as it can."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from linnet.carriers.carrier import Carrier
from linnet.carriers.dial import dial
from linnet.ids import Epoch, Handle, RequestNumber, Sequence, StreamId
from linnet.wire import replies, requests
from linnet.wire.client_session import ClientSession
from linnet.wire.codec import Reply, Request, decode_reply, encode
from linnet.wire.events import Closing
from linnet.wire.links import Address
from linnet.wire.replies import APPENDED, APPENDED_ENTRY, DELIVER, ENVELOPE_HEAD
from linnet.wire.requests import APPEND, APPEND_HEAD

PATIENCE = 60.0
TOKEN = b"t" * 32
TOKEN_HASH = sha256(TOKEN).digest()
_ENTRY = 4 + ENVELOPE_HEAD.size


class Broken(Exception):
    """Something was lost, repeated, out of order or refused."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a relay under test is, and its key."""

    address: Address
    key: bytes


Arrived = Callable[["RelayClient", list[float], float], None]


class RelayClient:
    """One user with one session, in a pair that shares one stream."""

    def __init__(self, gate: Gate, stream: StreamId, side: int, came: Arrived) -> None:
        self.partner = self
        self.waiting: deque[float] = deque()
        self.failure: Exception | None = None
        self.acknowledged = 0
        self.sent = 0
        self.cursor = (Sequence(0), requests.NO_ENVELOPE)
        self._expected = 0
        self._gate, self._stream, self._side, self._came = gate, stream, side, came
        self._answers: dict[int, asyncio.Future[Reply]] = {}
        self._number = 0
        self._handle = 0
        self._settled: asyncio.Future[None] | None = None

    # -- what the carrier calls

    def arrived(self, message: bytes) -> None:
        """Take a carrier message."""
        now = time.perf_counter()
        session = self._session
        if not self._welcome.done():
            session.welcome(message, now)
            self._welcome.set_result(None)
            return
        came = 0
        for one in session.receive(message, now):
            if one[0] == DELIVER:
                came += self._delivered(one)
            elif one[0] == APPENDED and not self._answers:
                self.acknowledged += (len(one) - 1) // APPENDED_ENTRY.size
            else:
                self._answer(one)
        if came:
            pop = self.waiting.popleft
            self._came(self, [pop() for _ in range(came)], now)
        if self._settled is not None and self.acknowledged == self.sent:
            self._settled.set_result(None)
            self._settled = None
        self._flush(now)

    def lost(self) -> None:
        """The carrier is gone."""
        if not self._leaving:
            self._fail("the relay closed the connection")

    def writable(self) -> None:
        """The carrier takes more."""
        self._flush(time.perf_counter())

    def _delivered(self, message: bytes) -> int:
        place, size, came = 5, len(message), 0
        while place < size:
            sequence, _, _, name, length = ENVELOPE_HEAD.unpack_from(message, place + 4)
            place += _ENTRY + length
            if name[0] == self._side:
                continue
            number = int.from_bytes(name[1:], "big")
            if number != self._expected:
                self._fail(f"message {number} came instead of {self._expected}")
            self._expected = number + 1
            self.cursor = (sequence, name)
            came += 1
        return came

    def _answer(self, message: bytes) -> None:
        number, reply = decode_reply(message)
        if number in self._answers:
            answer = self._answers.pop(number)
            if not answer.done():
                answer.set_result(reply)
        elif not isinstance(reply, Closing):
            self._fail(f"{reply} came unasked")

    def _fail(self, why: str) -> None:
        self.failure = self.failure or Broken(f"user {self._side}: {why}")

    # -- what the load calls

    async def open(self) -> None:
        """Open a session and the stream, created by the first of the pair."""
        self._leaving = False
        self._welcome = asyncio.get_running_loop().create_future()
        self._session = ClientSession(self._gate.key, entropy=os.urandom)
        self._carrier: Carrier = await dial(self._gate.address, self)
        self._carrier.write([self._session.hello(time.perf_counter())])
        async with asyncio.timeout(PATIENCE):
            await self._welcome
        create = requests.Create(self._stream, TOKEN_HASH, TOKEN_HASH, TOKEN_HASH)
        created = await self.ask(create)
        if not isinstance(created, replies.Done):
            raise Broken(f"the stream was not created: {created}")
        opened = await self.ask(requests.Open(self._stream, Epoch(0), TOKEN, TOKEN))
        if not isinstance(opened, replies.Opened):
            raise Broken(f"the stream was not opened: {opened}")
        self._handle = opened.handle

    async def appear(self) -> None:
        """Follow the stream from where it was left."""
        after, name = self.cursor
        followed = requests.Subscribe(Handle(self._handle), after, name, skip_own=True)
        reply = await self.ask(followed)
        if not isinstance(reply, replies.Subscribed):
            raise Broken(f"the stream was not followed: {reply}")

    async def leave(self) -> None:
        """End the session."""
        self._leaving = True
        self._session.end()
        self._flush(time.perf_counter())
        await asyncio.sleep(0)
        self._carrier.close()

    def pair(self, partner: "RelayClient") -> None:
        """Send to this partner from now on."""
        self.partner = partner

    def send(self, count: int, body: bytes) -> None:
        """Append so many envelopes, in one write."""
        now = time.perf_counter()
        send, first = self._session.send, self.sent
        side = bytes((self._side,))
        for number in range(first, first + count):
            name = side + number.to_bytes(15, "big")
            send(APPEND_HEAD.pack(APPEND, 1, self._handle, name) + body)
        self.sent = first + count
        self.partner.waiting.extend([now] * count)
        self._flush(now)

    async def settle(self) -> None:
        """Return when the relay has on disk all that this user has sent."""
        if self.acknowledged < self.sent:
            self._settled = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(PATIENCE):
                await self._settled

    async def ask(self, request: Request) -> Reply:
        """Ask and wait for the answer."""
        self._number += 1
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        self._session.send(encode(RequestNumber(self._number), request))
        self._flush(time.perf_counter())
        async with asyncio.timeout(PATIENCE):
            return await answer

    def _flush(self, now: float) -> None:
        if not self._carrier.paused:
            records = self._session.flush(now)
            if records:
                self._carrier.write(records)
