"""Passes on to a device what was said before it came, and takes what is passed on.

Specified in ``spec/devices.md`` §6.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from linnet.client.core import cbor
from linnet.client.core.devices import HistorySent
from linnet.client.core.records import HistoryRecord, write_record
from linnet.client.events import ConversationChanged
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.sharing import share
from linnet.ids import ConversationId

LARGEST_ENTRY: Final = 30_000
MOST_RECORDS: Final = 5_000
"""Of one conversation, the newest; a device that is linked gets all in its bundle."""


def pass_on(hub: Hub, row: ConversationRow, *, since: int) -> None:
    """Send the other devices what came here after one arrival."""
    records = hub.store.history.records(row.id, after=since, limit=MOST_RECORDS)
    for some in pieces(records, LARGEST_ENTRY):
        share(hub, HistorySent(row.id, tuple(some)))


def pieces(
    records: Iterable[HistoryRecord], largest: int
) -> Iterator[list[HistoryRecord]]:
    """Cut records into runs of at most so many bytes; what is larger alone is left."""
    some: list[HistoryRecord] = []
    size = 0
    for record in records:
        length = len(cbor.encode(write_record(record)))
        if length > largest:
            continue
        if some and size + length > largest:
            yield some
            some, size = [], 0
        some.append(record)
        size += length
    if some:
        yield some


def take_records(hub: Hub, records: Iterable[HistoryRecord]) -> None:
    """Put records into the timeline; those of a conversation to come are kept."""
    store = hub.store
    changed: set[ConversationId] = set()
    for record in records:
        row = store.conversations.row(record.conversation)
        if row is None:
            store.history.keep(record)
            continue
        relay = store.account.relay(row.relay)
        if store.history.put(record, relay.descriptor if relay else None):
            changed.add(row.id)
    for conversation in changed:
        store.db.after_commit(partial(hub.tell, ConversationChanged(conversation)))


def take_kept(hub: Hub, conversation: ConversationId) -> None:
    """Put what was kept for a conversation into it."""
    take_records(hub, hub.store.history.take_kept(conversation))
