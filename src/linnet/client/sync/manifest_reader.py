"""Asks a relay for newer editions of what is followed (spec/manifest.md §5)."""

import asyncio
import contextlib
import logging
from hashlib import sha256
from typing import Final

from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line, SessionLost
from linnet.client.sync.mishaps import kind_of
from linnet.errors import LinnetError, Refused
from linnet.wire.following import read_series
from linnet.wire.refusals import Refusal
from linnet.wire.requests_manifests import ManifestGet, Series

AGAIN_SECONDS: Final = 86_400.0
"""After so long a relay is asked again in the same session."""

_log = logging.getLogger(__name__)


class ManifestReader:
    """The task that asks one relay, if anything is followed."""

    def __init__(self, hub: Hub, relay: bytes) -> None:
        self.trouble = ""
        self.is_settled = False
        self._hub = hub
        self._relay = relay

    def wake(self) -> None:
        """Nothing: it asks when a session begins."""

    async def run(self) -> None:
        """Work until cancelled, or for a device that was removed not at all."""
        if self._hub.store.devices.is_removed:
            self.is_settled = True
            return
        while row := self._hub.store.account.relay(self._relay):
            line = self._hub.line(row.descriptor)
            await line.up()
            over = asyncio.Event()
            line.on_loss(over.set)
            again: float | None = AGAIN_SECONDS
            if self._hub.store.manifests.all() and not await self._ask(line):
                again = None
            self.is_settled = True
            self._hub.changed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(again):
                    await over.wait()
            line.forget_loss(over.set)

    async def _ask(self, line: Line) -> bool:
        """Ask a relay once; whether it is asked again in this session."""
        table = self._hub.store.manifests
        try:
            reply = await line.ask(ManifestGet(table.held(self._relay)))
            if isinstance(reply, Series) and reply.data:
                self._take(reply.data)
        except SessionLost:
            pass  # the next session asks again
        except Refused as error:
            return error.code != Refusal.UNKNOWN_REQUEST
        except LinnetError as error:  # nothing of what was known has changed
            _log.info("A relay brought no manifest: %s", kind_of(error))
        return True

    def _take(self, data: bytes) -> None:
        store = self._hub.store
        with store.db.transaction():
            # Also what is refused is not wanted again.
            store.manifests.note_held(self._relay, sha256(data).digest())
        series = read_series(data)
        for known in store.manifests.all():
            if known.id == series[-1].edition.id:
                with store.db.transaction():
                    store.manifests.save(known.take(series))
