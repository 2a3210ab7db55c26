"""What a client put on its roads, what of it was acknowledged, and what went again.

A session that keeps this ledger is the real one: it notes what passes through it and
changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from linnet.carriers import link
from linnet.wire import replies
from linnet.wire.ciphers import CipherState
from linnet.wire.client_session import ClientSession
from linnet.wire.codec import decode_reply, decode_request
from linnet.wire.requests_blobs import BlobGet, BlobPut


class Coverage:
    """Which bytes of a file are in a set."""

    def __init__(self) -> None:
        self._marks = bytearray()

    def add(self, begin: int, end: int) -> int:
        """Put a range in; how many bytes of it were there already."""
        known = self.count(begin, end)
        self._marks.extend(bytes(max(0, end - len(self._marks))))
        self._marks[begin:end] = b"\1" * (end - begin)
        return known

    def count(self, begin: int, end: int) -> int:
        """How many bytes of a range are in it."""
        return self._marks.count(1, begin, end)

    def __len__(self) -> int:
        return self._marks.count(1)


@dataclass(slots=True)
class Leg:
    """What went while one road lived.

    Attributes:
        road: the road that died at the end of it, or that lived to the end.
        up: bytes of carriers that passed the tap towards the relay.
        down: bytes that passed it towards the client.
        moved: bytes of the file that were put on it, or came by it.
        again: bytes of the file put again that nobody had acknowledged.
        twice: bytes of the file that were acknowledged, and went again.
    """

    road: str = ""
    up: int = 0
    down: int = 0
    moved: int = 0
    again: int = 0
    twice: int = 0


@dataclass(slots=True)
class Ledger:
    """What became of the bytes of one file.

    Attributes:
        legs: a leg for each road, in the order in which they were killed.
        acknowledged: what the relay said it has, or what has come to the client.
        sessions: how many sessions it took; one survives every road.
    """

    legs: list[Leg] = field(default_factory=lambda: [Leg()])
    acknowledged: Coverage = field(default_factory=Coverage)
    sessions: int = 0
    _sent: Coverage = field(default_factory=Coverage)
    _ranges: dict[int, tuple[int, int]] = field(default_factory=dict)

    def sent(self, first: int, messages: list[bytes]) -> None:
        """Note messages of the client that go on a road, by their numbers."""
        for number, message in enumerate(messages, first):
            _, request = decode_request(message)
            if isinstance(request, BlobPut):
                begin, end = request.offset, request.offset + len(request.data)
                self._ranges[number] = begin, end
                self._put(begin, end)
            elif isinstance(request, BlobGet):
                end = request.offset + request.length
                self.legs[-1].twice += self.acknowledged.count(request.offset, end)

    def _put(self, begin: int, end: int) -> None:
        leg = self.legs[-1]
        twice = self.acknowledged.count(begin, end)
        leg.moved += end - begin
        leg.twice += twice
        leg.again += self._sent.add(begin, end) - twice

    def confirmed(self, count: int) -> None:
        """Note that the relay has received so many messages of the session."""
        for number in [one for one in self._ranges if one < count]:
            self.acknowledged.add(*self._ranges.pop(number))

    def came(self, messages: list[bytes]) -> None:
        """Note what the relay says, or brings."""
        for message in messages:
            _, reply = decode_reply(message)
            if isinstance(reply, replies.BlobState):
                self.acknowledged.add(0, reply.held)
            elif isinstance(reply, replies.Chunk):
                end = reply.offset + len(reply.data)
                self.legs[-1].moved += len(reply.data)
                self.legs[-1].twice += self.acknowledged.add(reply.offset, end)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Have the sessions that begin meanwhile keep this ledger."""
        ledger = self

        class Kept(ClientSession):
            """The session of a client whose bytes are counted."""

            def __init__(self, *args: Any, **named: Any) -> None:
                super().__init__(*args, **named)
                ledger.sessions += 1

            def _seal(
                self, cipher: CipherState, messages: list[bytes], now: float
            ) -> bytes:
                ledger.sent(self._sent, messages)
                return super()._seal(cipher, messages, now)

            def _settle(self, received: int) -> None:
                super()._settle(received)
                ledger.confirmed(received)

            def receive(self, record: bytes, now: float) -> list[bytes]:
                messages = super().receive(record, now)
                ledger.came(messages)
                return messages

        with patch.object(link, "ClientSession", Kept):
            yield
