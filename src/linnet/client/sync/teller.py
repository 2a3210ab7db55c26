"""Tells whoever listens what happened, once it is on disk."""

import asyncio
from collections.abc import Callable
from typing import Self

from linnet.client.events import Event

Listens = Callable[[Event], bool]


class EventStream:
    """Events from the moment it was made; ends when the client closes."""

    def __init__(self, teller: "Teller", listens: Listens) -> None:
        self._teller = teller
        self._listens = listens
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self._queue.get()
        if event is None:
            self._queue.put_nowait(None)
            raise StopAsyncIteration
        return event

    async def aclose(self) -> None:
        """Stop listening."""
        self._teller.leave(self)

    def put(self, event: Event | None) -> None:
        """Take an event, if it is one that is listened for."""
        if event is None or self._listens(event):
            self._queue.put_nowait(event)


class Teller:
    """Passes each event to every stream."""

    def __init__(self) -> None:
        self._streams: list[EventStream] = []
        self._is_over = False

    def listen(self, listens: Listens = lambda event: True) -> EventStream:
        """Begin to listen."""
        stream = EventStream(self, listens)
        if self._is_over:
            stream.put(None)
        else:
            self._streams.append(stream)
        return stream

    def tell(self, event: Event) -> None:
        """Tell everyone."""
        for stream in self._streams:
            stream.put(event)

    def leave(self, stream: EventStream) -> None:
        """Forget a stream."""
        if stream in self._streams:
            self._streams.remove(stream)
        stream.put(None)

    def close(self) -> None:
        """Let every stream end."""
        self._is_over = True
        for stream in self._streams:
            stream.put(None)
        self._streams.clear()
