"""Packs bags: what is queued, and the wish to read (spec/bags.md §7).

A bag is a copy of what is queued; whatever becomes of it, nothing is lost by it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from linnet.client.store.errands import ErrandRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.wishes import Wish
from linnet.errors import Malformed
from linnet.ids import ConversationId, Handle, RequestNumber
from linnet.wire import errands, hpke, requests
from linnet.wire.bags import MOST_ENTRIES, ToCarry
from linnet.wire.codec import Request, encode
from linnet.wire.errands import MOST_MESSAGES, RESERVED, Contents
from linnet.wire.links import RelayDescriptor

MOST_READS: Final = 8
"""Streams that share the room of one answer."""
FRAME: Final = 5
"""Bytes of an errand's content beside its messages."""


class Drafts:
    """Puts wishes into as few errands as hold them, in their order."""

    def __init__(self, room: int) -> None:
        self.done: list[Contents] = []
        self._room = room
        self._most = min(MOST_MESSAGES, room // RESERVED)
        self._clear()

    def take(self, wish: Wish) -> None:
        """Add what is wished about one stream."""
        handle: Handle | None = None
        for one in wish.asked:
            needed: list[Request] = [one] if handle else [wish.opening, one]
            if not self._fits(needed):
                self.close()
                handle = None
            if handle is None:
                self._add(wish.opening)
                self._opens += 1
                handle = Handle(self._opens)
            self._add(replace(one, handle=handle))

    def close(self) -> None:
        """End the errand that was begun."""
        if self._messages:
            self.done.append(Contents(tuple(self._messages), self._room))
        self._clear()

    def _clear(self) -> None:
        self._messages: list[tuple[RequestNumber, Request]] = []
        self._size, self._opens, self._reads = FRAME, 0, 0

    def _fits(self, needed: Sequence[Request]) -> bool:
        size = self._size + sum(map(_size, needed))
        reads = self._reads + sum(isinstance(one, requests.Read) for one in needed)
        count = len(self._messages) + len(needed)
        return size <= errands.LARGEST and reads <= MOST_READS and count <= self._most

    def _add(self, request: Request) -> None:
        number = RequestNumber(len(self._messages) + 1)
        self._messages.append((number, request))
        self._size += _size(request)
        self._reads += isinstance(request, requests.Read)


def _size(request: Request) -> int:
    return 2 + len(encode(RequestNumber(1), request))


@dataclass(frozen=True, slots=True)
class Packed:
    """What a bag holds, and how many envelopes of ours are in it."""

    errands: tuple[ToCarry, ...]
    messages: int


def pack(hub: Hub, *, room: int, most_quiet: int) -> Packed:
    """Pack what is queued, and the wish to read.

    Args:
        hub: of a client that is not connected.
        room: the size of each answer at most.
        most_quiet: conversations with nothing queued that are asked about.
    """
    drafts: dict[bytes, tuple[RelayDescriptor, Drafts]] = {}
    for wish in _wishes(hub, most_quiet):
        relay = wish.relay
        drafts.setdefault(relay.key, (relay, Drafts(room)))[1].take(wish)
    packed = []
    for relay, draft in drafts.values():
        draft.close()
        if _has_key(relay):
            packed += [(relay, one) for one in draft.done]
    packed = packed[:MOST_ENTRIES]
    with hub.store.db.transaction():
        sealed = tuple(_seal(hub, relay, one) for relay, one in packed)
    asked = [one for _, contents in packed for _, one in contents.messages]
    appends = sum(isinstance(one, requests.Append) for one in asked)
    return Packed(sealed, appends)


def _wishes(hub: Hub, most_quiet: int) -> Iterator[Wish]:
    store = hub.store
    rows = [row for row in store.conversations.all() if row.id in hub.followers]
    loud = [row for row in rows if store.outbox.pending(row.id)]
    quiet = [row for row in rows if not store.outbox.pending(row.id)]
    quiet.sort(key=lambda row: _latest(hub, row.id), reverse=True)
    for row in [*loud, *quiet[:most_quiet]]:
        if wish := hub.followers[row.id].wish():
            yield wish
    for inbox in hub.inboxes.values():
        if wish := inbox.wish():
            yield wish


def _latest(hub: Hub, conversation: ConversationId) -> float:
    page = hub.store.views.page(conversation, before=None, limit=1)
    return page[0].time if page else 0.0


def _has_key(relay: RelayDescriptor) -> bool:
    """Whether something can be sealed to a relay; a group may name any bytes."""
    try:
        hpke.send(relay.key, b"", bytes(range(32)))
    except Malformed:
        return False
    return True


def _seal(hub: Hub, relay: RelayDescriptor, contents: Contents) -> ToCarry:
    sealed, key = errands.seal(contents, relay.key, hub.entropy(32))
    bare = replace(contents, messages=tuple(map(_bare, contents.messages)))
    row = ErrandRow(errands.name(sealed), key, bare)
    hub.store.errands.add(row, hub.now())
    return ToCarry(relay, sealed)


def _bare(numbered: tuple[RequestNumber, Request]) -> tuple[RequestNumber, Request]:
    number, one = numbered
    if isinstance(one, requests.Append | requests.Commit):
        return number, replace(one, data=b"-")
    return numbered
