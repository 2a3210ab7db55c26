"""The devices of this account, and removing one (spec/devices.md §7)."""

from functools import partial

from linnet.client.core.wants import WantDevice, WantDeviceGone
from linnet.client.events import DevicesChanged
from linnet.client.meeting import check_device
from linnet.client.store.devices import DeviceRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.secrets import rotate_secrets
from linnet.client.values import ConversationState, Device
from linnet.errors import UsageError
from linnet.ids import ConversationId

SHORTEST_PREFIX = 4


def devices_of(hub: Hub) -> list[Device]:
    """Return every device, the oldest first; this one alone where there are no more."""
    store = hub.store
    rows = store.devices.all() or [DeviceRow(store.device, "This device", 0)]
    return [
        Device(
            id=one.id.hex(),
            name=one.name,
            linked_at=one.linked_at,
            is_this=one.id == store.device,
            is_pending=one.is_pending,
        )
        for one in rows
    ]


def find_device(hub: Hub, which: str) -> Device:
    """Find one device by its name or the first characters of its id.

    Raises:
        UsageError: none, or more than one, is called so.
    """
    everyone = devices_of(hub)
    found = [one for one in everyone if one.name.casefold() == which.casefold()]
    found = found or [
        one
        for one in everyone
        if len(which) >= SHORTEST_PREFIX and one.id.startswith(which.lower())
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"More than one device is called {which!r}; give the first characters of "
            "its id."
        )
    raise UsageError(f"No device of yours is called {which!r}; see your devices.")


def _want_gone(hub: Hub, conversation: ConversationId, device: DeviceRow) -> None:
    store = hub.store
    for one in store.wants.of(conversation):
        if isinstance(one.want, WantDevice) and one.want.device == device.id:
            store.wants.settle(one.number)
    store.wants.add(conversation, WantDeviceGone(device.id))
    store.db.after_commit(partial(hub.wake, conversation))


def remove(hub: Hub, which: str) -> Device:
    """Lock a device out of every conversation, and make new secrets.

    Raises:
        UsageError: there is no such device, or it is this one.
    """
    check_device(hub)
    device = find_device(hub, which)
    if device.is_this:
        raise UsageError(
            "A device does not remove itself; do it on another device of yours."
        )
    store = hub.store
    row = next(one for one in store.devices.all() if one.id.hex() == device.id)
    with store.db.transaction():
        for one in store.conversations.all():
            if one.state is ConversationState.ACTIVE:
                _want_gone(hub, one.id, row)
        if row.is_pending:
            # It never came, but was given the secrets; nothing else will follow.
            store.devices.forget(row.id)
            rotate_secrets(hub, hub.entropy(32))
    hub.tell(DevicesChanged())
    return device
