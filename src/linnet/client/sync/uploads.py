"""Takes files to the relay, one after another, across restarts.

Specified in ``spec/conversations.md`` §8. The sealed file lies in the home until the
relay has it: sealing the file again under its key could encrypt two contents under one
nonce.
"""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from linnet.client.events import MessageChanged, Transfer
from linnet.client.store.outbox import OutState, TransferRow
from linnet.client.store.views import unpack_file
from linnet.client.sync.blobs import upload
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import SessionLost
from linnet.client.sync.mishaps import mishap
from linnet.client.sync.stream import Item, Stream
from linnet.client.values import MessageState, TransferState
from linnet.errors import LinnetError, Refused, StorageError, Unreachable
from linnet.ids import BlobId, EnvelopeId
from linnet.wire.refusals import Refusal

PATIENCE_SECONDS: Final = 3.0
FINAL: Final = (Refusal.TOO_LARGE, Refusal.EXISTS, Refusal.MALFORMED)

_log = logging.getLogger(__name__)


class Uploads:
    """The task that sends files."""

    def __init__(self, hub: Hub) -> None:
        self.trouble = ""
        self.is_settled = False
        self._hub = hub
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look whether there is a file to send."""
        self.is_settled = False
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._woken.clear()
            self.trouble = ""
            for row in self._hub.store.outbox.uploads():
                await self._attempt(row)
            await self._rest()

    async def _rest(self) -> None:
        is_waiting = bool(self._hub.store.outbox.uploads())
        if not is_waiting and not self._woken.is_set():
            self.is_settled = True
            self._hub.changed()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS if is_waiting else None):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _attempt(self, row: TransferRow) -> None:
        try:
            await self._send(row)
        except SessionLost:
            return
        except Refused as refusal:
            self.trouble = str(refusal)
            if refusal.code in FINAL:
                self._fail(row, str(refusal))
        except StorageError as error:
            self._fail(row, str(error))
        except (LinnetError, Unreachable) as error:
            self.trouble = str(error)
            _log.warning("A file waits: %s", type(error).__name__)
        except Exception as error:  # one bug must not stop the conversations
            self.trouble = str(mishap(error))

    async def _send(self, row: TransferRow) -> None:
        hub, store = self._hub, self._hub.store
        packed = store.messages.attachment(row.conversation, row.message)
        if packed is None:
            self._abandon(row)
            return
        machine = store.conversations.load(row.conversation)
        line = hub.line(machine.info.relay)
        await line.up()
        queue: asyncio.Queue[Item] = asyncio.Queue()
        stream = Stream(line, machine.info.stream, queue)
        try:
            await stream.open(machine.keys)
            await upload(
                line,
                BlobId(unpack_file(packed).blob),
                Path(row.path),
                handle=stream.handle,
                progress=lambda moved: self._progress(row, moved),
            )
            await stream.close_handle()
        finally:
            stream.leave()
        self._finish(row)

    def _progress(self, row: TransferRow, moved: int) -> None:
        store = self._hub.store
        with store.db.transaction():
            store.outbox.transfer(replace(row, moved=moved, state=TransferState.MOVING))
        shown = store.views.one(row.conversation, row.message)
        if shown and shown.attachment:
            size = shown.attachment.size
            event = Transfer(row.conversation, row.message, min(moved, size), size)
            self._hub.tell(event)

    def _finish(self, row: TransferRow) -> None:
        store = self._hub.store
        envelope = EnvelopeId(bytes(row.message))
        with store.db.transaction():
            size = max(row.moved, 1 << 62)
            store.outbox.transfer(replace(row, moved=size, state=TransferState.DONE))
            store.outbox.set_state(row.conversation, envelope, OutState.WAITING)
        Path(row.path).unlink(missing_ok=True)
        self._tell(row)
        self._hub.wake(row.conversation)

    def _abandon(self, row: TransferRow) -> None:
        self._fail(row, "The message was deleted before its file was sent.")
        Path(row.path).unlink(missing_ok=True)

    def _fail(self, row: TransferRow, reason: str) -> None:
        store = self._hub.store
        envelope = EnvelopeId(bytes(row.message))
        with store.db.transaction():
            store.outbox.transfer(
                replace(row, state=TransferState.FAILED, reason=reason)
            )
            store.outbox.set_state(row.conversation, envelope, OutState.FAILED)
            store.messages.set_state(
                row.conversation, row.message, MessageState.FAILED, reason=reason
            )
        self._tell(row)

    def _tell(self, row: TransferRow) -> None:
        shown = self._hub.store.views.one(row.conversation, row.message)
        if shown:
            self._hub.tell(MessageChanged(row.conversation, shown))
