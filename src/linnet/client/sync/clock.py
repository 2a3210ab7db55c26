"""Lets messages disappear at their time and old envelopes go."""

import asyncio
from typing import Final

from linnet.client.events import MessageGone
from linnet.client.sync.hub import Hub

LONGEST_SLEEP: Final = 3600.0


class Clock:
    """The task that waits for the next deadline."""

    def __init__(self, hub: Hub) -> None:
        self.trouble = ""
        self.is_settled = True
        self._hub = hub
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look when the next deadline is."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._woken.clear()
            self.purge()
            due = self._hub.store.messages.next_expiry()
            wait = LONGEST_SLEEP if due is None else max(0.0, due - self._hub.now())
            try:
                async with asyncio.timeout(min(wait, LONGEST_SLEEP)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def purge(self) -> None:
        """Delete what has expired and what is held for too long."""
        store, now = self._hub.store, self._hub.now()
        with store.db.transaction():
            gone = store.messages.purge_expired(now)
            for row in store.conversations.all():
                store.log.prune(row.id, now)
        for conversation, message in gone:
            self._hub.tell(MessageGone(conversation, message))
