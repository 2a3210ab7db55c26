"""Where a running client stands: roads, queues, reasons."""

import asyncio
from collections.abc import Iterable

from linnet.carriers.status import Connected, road_name
from linnet.client.core.identity import fingerprint
from linnet.client.core.info import DEVICES
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line
from linnet.client.values import LinkState, RelayStatus, Status


def status_of(hub: Hub) -> Status:
    """Return what is connected, by which road, what is queued and why."""
    store = hub.store
    queued, failed = store.outbox.counts()
    return Status(
        name=store.profile.name,
        fingerprint=fingerprint(store.me),
        relays=tuple(_relays(hub)),
        queued=queued + store.outbox.pending_posts(),
        failed=failed,
        home=store.home,
    )


def relay_name(key: bytes) -> str:
    """Return the first characters of a relay's key, as people see it."""
    return key.hex()[:8]


async def settle(hub: Hub, timeout_seconds: float) -> Status:
    """Wait until every task has done all it can, or the time is over."""
    try:
        async with asyncio.timeout(timeout_seconds):
            while not hub.is_settled:
                await hub.change()
    except TimeoutError:
        pass
    return status_of(hub)


def _troubles(hub: Hub, relay: bytes) -> list[str]:
    """Return why things on a relay do not get on, each sentence once."""
    rows = hub.store.conversations.all()
    here = [row.id for row in rows if row.relay == relay]
    told = {hub.followers[one].trouble for one in here if one in hub.followers}
    told |= {one.trouble for one in hub.workers if getattr(one, "relay", b"") == relay}
    return sorted(told - {""})


def _relays(hub: Hub) -> list[RelayStatus]:
    store = hub.store
    if store.devices.is_removed:
        return []  # nothing more is to be reached
    lines = {line.relay.key: line for line in hub.lines}
    known = {one.descriptor.key: one.is_mine for one in store.account.relays()}
    rows = store.conversations.all()
    return [
        _relay(hub, key, lines.get(key), rows, is_mine=known.get(key, False))
        for key in [*known, *(key for key in lines if key not in known)]
        if key in lines or known[key]
    ]


def _relay(
    hub: Hub,
    key: bytes,
    line: Line | None,
    rows: Iterable[ConversationRow],
    *,
    is_mine: bool,
) -> RelayStatus:
    here = [row for row in rows if row.relay == key]
    status = line.status if line else None
    road = ""
    if isinstance(status, Connected):
        road = road_name(status.address, polls=status.polls)
    why = status.sentence if status else "Not connected."
    troubles = _troubles(hub, key)
    return RelayStatus(
        relay=relay_name(key),
        is_mine=is_mine,
        state=line.state if line else LinkState.OFF,
        road=road,
        why=" ".join([why, *troubles]),
        conversations=len([row for row in here if row.kind != DEVICES]),
        queued=sum(hub.store.outbox.counts(row.id)[0] for row in here),
        trouble=" ".join(troubles),
    )
