"""Reading: cursors, backlogs, live delivery and whispers (spec/wire.md §4.6-4.8).

A subscription is *live* (gets what comes at once) or *catching up* (gets its next piece
out of the store). A full session's subscriptions fall back to catching up, so that no
more than a bounded number of bytes waits for anyone.
"""

from linnet.ids import EnvelopeId, Epoch, RequestNumber, Sequence
from linnet.relay.core.events import Effect, LogRead, ReadLog, ReadReceipt, Send, Stored
from linnet.relay.core.guards import spend_ephemeral
from linnet.relay.core.memory import Memory, Refuse, answer
from linnet.relay.core.state import Door, Guest
from linnet.relay.core.streams import stop_reading
from linnet.wire import requests
from linnet.wire.codec import encode
from linnet.wire.events import Ended, Whisper
from linnet.wire.limits import MAX_MESSAGE
from linnet.wire.refusals import Refusal
from linnet.wire.replies import (
    APPENDED,
    APPENDED_ENTRY,
    DELIVER,
    ENVELOPE_HEAD,
    NOT_A_REPLY,
    Done,
    Envelope,
    Envelopes,
    Subscribed,
)
from linnet.wire.requests import RIGHT_APPEND, RIGHT_READ

DELIVER_HEADER = bytes((DELIVER, 0, 0, 0, 0))
ENTRY_HEAD = 4 + ENVELOPE_HEAD.size
BACKLOG_BYTES = MAX_MESSAGE - len(DELIVER_HEADER)
BACKLOG_ROWS = 1_024


def subscribe(
    memory: Memory, guest: Guest, number: RequestNumber, request: requests.Subscribe
) -> list[Effect]:
    """Follow a stream from a cursor."""
    door = memory.door(guest, request.handle, right=RIGHT_READ)
    if door.is_reading:
        raise Refuse(Refusal.SUBSCRIBED_ALREADY)
    if guest.subscriptions >= memory.limits.max_subscriptions:
        limit = memory.limits.max_subscriptions
        raise Refuse(Refusal.TOO_MANY_SUBSCRIPTIONS, limit)
    _check_cursor(door, request.after, request.envelope)
    stream = door.stream
    door.cursor = max(request.after, Sequence(stream.first - 1))
    door.is_reading, door.skip_own = True, request.skip_own
    guest.subscriptions += 1
    stream.readers[door] = None
    started = answer(guest, number, Subscribed(stream.first, stream.stored))
    return [started, *go_on(door)]


def _check_cursor(door: Door, after: Sequence, envelope: EnvelopeId) -> None:
    stream = door.stream
    if stream.is_gone:
        raise Refuse(Refusal.NO_SUCH_STREAM)
    lost = after > stream.stored
    kept = stream.first <= after <= stream.stored
    if lost or (kept and stream.id_at(after) != envelope):
        raise Refuse(Refusal.REWOUND, stream.stored)


def unsubscribe(
    memory: Memory, guest: Guest, number: RequestNumber, request: requests.Unsubscribe
) -> list[Effect]:
    """Stop following a stream."""
    door = memory.door(guest, request.handle)
    if door.is_reading:
        stop_reading(door)
    return [answer(guest, number, Done())]


def read(
    memory: Memory, guest: Guest, number: RequestNumber, request: requests.Read
) -> list[Effect]:
    """Answer with the envelopes after a cursor."""
    door = memory.door(guest, request.handle, right=RIGHT_READ)
    _check_cursor(door, request.after, request.envelope)
    after = max(request.after, Sequence(door.stream.first - 1))
    upto = min(door.limit(), Sequence(after + request.limit))
    if upto <= after:
        return [answer(guest, number, Envelopes(door.stream.stored, ()))]
    return [ReadLog(door, after, upto, MAX_MESSAGE - 13, number)]


def go_on(door: Door) -> list[Effect]:
    """Take a subscription's next step: fetch, end, or be live."""
    if not door.is_reading or door.is_live or door.is_fetching:
        return []
    limit = door.limit()
    if door.cursor < limit:
        if door.guest.is_full:
            return []
        door.is_fetching = True
        upto = min(limit, Sequence(door.cursor + BACKLOG_ROWS))
        return [ReadLog(door, door.cursor, upto, BACKLOG_BYTES)]
    ends = door.stream.ending(door.epoch)
    if door.epoch != door.stream.epoch and ends <= door.stream.stored:
        return [end(door, ends)]
    door.is_live = True
    return []


def end(door: Door, ends: Sequence) -> Send:
    """End a subscription whose epoch is over."""
    stop_reading(door)
    over = Ended(door.handle, Epoch(door.epoch), ends)
    return Send(door.guest, encode(NOT_A_REPLY, over))


def log_read(event: LogRead) -> list[Effect]:
    """Pass on what was read, and fetch more where there is more."""
    asked = event.read
    if isinstance(asked, ReadReceipt):
        return _receipt(asked, event.envelopes)
    if asked.number is not None:
        return [_envelopes(asked, asked.number, event.envelopes)]
    door = asked.door
    door.is_fetching = False
    if not door.is_reading:
        return []
    parts = [DELIVER_HEADER]
    for one in event.envelopes:
        parts += (door.handle_bytes, pack_head(one), one[4])
    # Where retention was quicker than the reader there is nothing left to read.
    door.cursor = Sequence(event.envelopes[-1][0]) if event.envelopes else asked.upto
    sent: list[Effect] = [] if len(parts) == 1 else [Send(door.guest, b"".join(parts))]
    return [*sent, *go_on(door)]


def pack_head(one: Stored) -> bytes:
    """Write what stands in front of an envelope's data."""
    return ENVELOPE_HEAD.pack(one[0], one[1], one[2], one[3], len(one[4]))


def _receipt(asked: ReadReceipt, found: list[Stored]) -> list[Effect]:
    time_ms = found[0][2] if found else 0
    entry = APPENDED_ENTRY.pack(asked.number, asked.sequence, time_ms)
    return [Send(asked.guest, bytes((APPENDED,)) + entry)]


def _envelopes(asked: ReadLog, number: RequestNumber, found: list[Stored]) -> Send:
    envelopes = tuple(
        Envelope(Sequence(one[0]), Epoch(one[1]), one[2], EnvelopeId(one[3]), one[4])
        for one in found
    )
    stored = asked.door.stream.stored
    return answer(asked.door.guest, number, Envelopes(stored, envelopes))


def drained(guest: Guest) -> list[Effect]:
    """Serve a session again whose buffer has room."""
    guest.is_full = False
    effects: list[Effect] = []
    for door in list(guest.doors.values()):
        effects += go_on(door)
    return effects


def ephemeral(
    memory: Memory,
    guest: Guest,
    _number: RequestNumber,
    request: requests.Ephemeral,
    now_ms: int,
) -> list[Effect]:
    """Pass something to the other sessions that follow the stream now."""
    door = memory.door(guest, request.handle, right=RIGHT_APPEND)
    if len(request.data) > memory.limits.max_ephemeral:
        raise Refuse(Refusal.TOO_LARGE, memory.limits.max_ephemeral)
    if door.epoch != door.stream.epoch:
        raise Refuse(Refusal.STALE, door.stream.epoch)
    spend_ephemeral(memory, guest, now_ms)
    return [
        Send(other.guest, encode(NOT_A_REPLY, Whisper(other.handle, request.data)))
        for other in door.stream.readers
        if other.is_live and other.guest is not guest and not other.guest.is_full
    ]
