"""Asks the places of manifests by itself: rarely (spec/manifest.md §7)."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from linnet.carriers.dns.resolvers import lines_to
from linnet.carriers.place_texts import Lines
from linnet.client.core.inquiry import (
    DAILY_SECONDS,
    Ask,
    CameBack,
    Inquiry,
    Keep,
    Standing,
    Stands,
)
from linnet.client.sync.hub import Hub
from linnet.client.sync.mishaps import kind_of
from linnet.client.sync.place_asking import ask_all
from linnet.client.values import LinkState
from linnet.errors import LinnetError, StorageError

_SHORTEST_SLEEP: Final = 1.0
_log = logging.getLogger(__name__)


class PlaceReader:
    """The task that asks, while a manifest names places."""

    def __init__(self, hub: Hub, lines: Lines = lines_to) -> None:
        self.trouble = ""
        self.is_settled = True
        self._hub = hub
        self._lines = lines
        asked_at, in_vain = hub.store.manifests.asked()
        self._inquiry = Inquiry(asked_at, in_vain, self._chance)

    def wake(self) -> None:
        """Nothing: it looks when a connection changes, and by itself."""

    async def run(self) -> None:
        """Work until cancelled, or for a device that was removed not at all."""
        if self._hub.store.devices.is_removed:
            return
        while True:
            until: float | None = self._hub.now() + DAILY_SECONDS
            if any(one.places for one in self._hub.store.manifests.all()):
                stands = Stands(self._standing)
                for effect in self._inquiry.handle(stands, self._hub.now()):
                    if self._keep(effect):
                        await self._ask()
                until = self._inquiry.wake_at()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause(until)):
                    await self._hub.change()

    def _keep(self, effect: Ask | Keep) -> bool:
        """Whether it could be kept; else it would be forgotten, and asked too often."""
        store = self._hub.store
        try:
            with store.db.transaction():
                store.manifests.note_asked(effect.asked_at, effect.in_vain)
        except StorageError:
            return False
        return True

    async def _ask(self) -> None:
        try:
            asked = await ask_all(self._hub, self._lines)
        except LinnetError as error:  # nothing of what was known has changed
            _log.info("No place could be asked: %s", kind_of(error))
            return
        back = CameBack(any(one.is_newer for one in asked))
        for effect in self._inquiry.handle(back, self._hub.now()):
            self._keep(effect)

    @property
    def _standing(self) -> Standing:
        states = {line.state for line in self._hub.lines} - {LinkState.OFF}
        if LinkState.CONNECTED in states:
            return Standing.REACHED
        return Standing.CUT_OFF if states == {LinkState.WAITING} else Standing.TRYING

    def _pause(self, until: float | None) -> float | None:
        if until is None:
            return None
        return max(_SHORTEST_SLEEP, until - self._hub.now())

    def _chance(self) -> float:
        return int.from_bytes(self._hub.entropy(4)) / 2**32
