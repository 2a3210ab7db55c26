"""Lets a new device into the account: the old device's side (spec/devices.md §3)."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from linnet.client.bundling import Snapshot, bundle_of, history_of, snapshot
from linnet.client.core.commits import seal_blob
from linnet.client.core.devices import MOST_DEVICES
from linnet.client.core.envelope import BlobRef
from linnet.client.core.info import DEVICES
from linnet.client.core.linking import OldSide
from linnet.client.core.records import write_piece
from linnet.client.core.wants import WantDevice
from linnet.client.events import DevicesChanged
from linnet.client.meeting import check_device, found_conversation, home_relay
from linnet.client.store.devices import DeviceRow
from linnet.client.sync.blobs import put_small
from linnet.client.sync.hub import Hub
from linnet.client.sync.mailbox import Mailbox
from linnet.client.values import ConversationState
from linnet.errors import Malformed, Refused, RemoteError, Unreachable, UsageError
from linnet.ids import ConversationId, DeviceId, StreamId
from linnet.wire.links import DeviceLink

LINK_SECONDS: Final = 600.0
ROAD_SECONDS: Final = 20.0
READY_SECONDS: Final = 120.0
NOT_READY: Final = (
    "The new device was given the account, and has not said that it has it. Look "
    "whether it works; if it does not, remove it and link it anew."
)
WRONG_CODE: Final = (
    "That is not the code of the device that opened this link. Nothing was given to it "
    "and the link is dead. Make another one, and show it to nobody else."
)


@dataclass(slots=True)
class Linking:
    """A link that waits for a new device. Made by `Client.link`.

    Attributes:
        link: what the new device opens; serves once, for ten minutes.
    """

    link: str = field(repr=False)
    _hub: Hub = field(repr=False)
    _mailbox: Mailbox = field(repr=False)
    _side: OldSide = field(repr=False)
    _until: float
    _device: DeviceId = field(default=DeviceId(b""), repr=False)

    async def requested(self) -> tuple[str, str]:
        """Wait for a device that opens the link; return its name and its code.

        The code is six digits. It must be compared with what the new device shows
        before `confirm`.

        Raises:
            UsageError: nobody came in time, or somebody who has not the link.
        """
        side, mailbox = self._side, self._mailbox
        try:
            async with asyncio.timeout(self._left()):
                answer = side.greeted(await mailbox.take(1))
                await mailbox.put(2, answer)
                self._device = side.proven(await mailbox.take(3))
        except TimeoutError:
            await self.refuse()
            raise UsageError(
                "No device opened the link in ten minutes; it is dead. Make another."
            ) from None
        except RemoteError as error:
            await self.refuse()
            raise UsageError(str(error)) from error
        return side.name, side.code

    async def confirm(self, code: str) -> str:
        """Give the account to the device that shows this code; return its name.

        Raises:
            UsageError: the code is another one; the link is dead then.
            Unreachable: the relay cannot be reached now.
        """
        if "".join(code.split()) != self._side.code or not self._side.code:
            await self.refuse()
            raise UsageError(WRONG_CODE)
        taken = self._note()
        try:
            async with asyncio.timeout(READY_SECONDS):
                reference = await self._hand_over(taken)
                await self._mailbox.put(4, self._side.give(reference))
                self._side.finished(await self._mailbox.take(5))
        except (TimeoutError, RemoteError, Unreachable) as error:
            raise UsageError(NOT_READY) from error
        finally:
            await self.refuse()
            self._hub.wake_courier()
        return self._side.name

    async def let_in(self, *, timeout_seconds: float = 60.0) -> bool:
        """Wait until the new device is in every conversation; say whether it is.

        For commands that end: what is left is done whenever this device is online.
        """
        events = self._hub.teller.listen()
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.awaited or not self.is_heard:
                    await anext(events)
        except TimeoutError:
            return False
        finally:
            await events.aclose()
        return True

    @property
    def is_heard(self) -> bool:
        """Whether the new device has said that it is here."""
        row = self._hub.store.devices.find(self._device)
        return row is None or not row.is_pending

    @property
    def awaited(self) -> int:
        """In how many conversations the new device is still to be added."""
        store = self._hub.store
        wants = [
            one.want
            for room in store.conversations.shown()
            for one in store.wants.of(room.id)
        ]
        return sum(
            isinstance(want, WantDevice) and want.device == self._device
            for want in wants
        )

    async def refuse(self) -> None:
        """Let the link be dead."""
        try:
            async with asyncio.timeout(ROAD_SECONDS):
                await self._mailbox.destroy()
        except (TimeoutError, RemoteError, Unreachable):
            return  # it is destroyed when the next one is made
        with self._hub.store.db.transaction():
            self._hub.store.devices.keep("mailbox", None)

    def _left(self) -> float:
        return max(0.0, self._until - self._hub.now())

    def _note(self) -> Snapshot:
        """Take the new device for one of the account before it is given anything."""
        hub, store = self._hub, self._hub.store
        now = int(hub.now())
        with store.db.transaction():
            store.devices.note(DeviceRow(self._device, self._side.name, now, True))
            room = self._devices_conversation()
            taken = snapshot(store)
            store.wants.add(room, WantDevice(self._device))
            for row in store.conversations.shown():
                if row.state is ConversationState.ACTIVE:
                    since = taken.newest[row.id]
                    store.wants.add(row.id, WantDevice(self._device, since))
        hub.open_conversation(room)
        for conversation in [room, *taken.newest]:
            hub.wake(conversation)
        hub.wake_courier()
        hub.renew_inboxes()
        hub.tell(DevicesChanged())
        return taken

    def _devices_conversation(self) -> ConversationId:
        """Return the conversation of this account's devices, made at the first link."""
        row = self._hub.store.conversations.devices()
        if row is None:
            row = found_conversation(self._hub, DEVICES, "", peer=None, note="")
        return row.id

    async def _hand_over(self, taken: Snapshot) -> BlobRef:
        history = []
        for some in history_of(self._hub.store, taken):
            history.append(await self._upload(write_piece(some)))
        bundle = bundle_of(self._hub.store, taken, tuple(history))
        return await self._upload(bundle.encode())

    async def _upload(self, data: bytes) -> BlobRef:
        ref, sealed = seal_blob(data, self._hub.entropy)
        await put_small(self._mailbox.line, self._mailbox.handle, ref, sealed)
        return ref


async def begin_link(hub: Hub, device_name: str) -> Linking:
    """Make a link and the mailbox it leads to.

    Raises:
        UsageError: this device was removed, or there are too many.
        Unreachable: no relay of this account can be reached now.
    """
    check_device(hub)
    store = hub.store
    if len(store.devices.all()) >= MOST_DEVICES:
        raise UsageError(
            f"An account has at most {MOST_DEVICES} devices; remove one first."
        )
    others = [one for one in store.devices.all() if one.id != store.device]
    if others and store.conversations.devices() is None:
        raise UsageError(
            "This device is still being let in by your other one; try again when that "
            "has been online."
        )
    await forget_link(hub)
    relay = home_relay(hub).descriptor
    link = DeviceLink(relay, StreamId(hub.entropy(16)), hub.entropy(32))
    with store.db.transaction():
        if store.devices.find(store.device) is None:
            store.devices.note(DeviceRow(store.device, device_name, 0))
        store.devices.keep("mailbox", link.text().encode())
    mailbox = Mailbox(hub.line(relay), link)
    try:
        async with asyncio.timeout(ROAD_SECONDS):
            await mailbox.create()
    except TimeoutError:
        raise Unreachable(
            f"A link needs the relay: {mailbox.line.status.sentence}"
        ) from None
    until = hub.now() + LINK_SECONDS
    return Linking(link.text(), hub, mailbox, OldSide(link, hub.entropy), until)


async def forget_link(hub: Hub) -> None:
    """Destroy the mailbox of a link that was left behind, such as by a crash."""
    store = hub.store
    left = store.devices.kept("mailbox")
    if left is None:
        return
    try:
        link = DeviceLink.parse(left.decode())
        async with asyncio.timeout(ROAD_SECONDS):
            await Mailbox(hub.line(link.relay), link).destroy()
    except (Malformed, Refused):
        pass
    except (TimeoutError, Unreachable):
        return
    with store.db.transaction():
        store.devices.keep("mailbox", None)
