"""Creating, opening, trimming and destroying streams (spec/wire.md §4.1-4.3, 4.9)."""

from hmac import compare_digest

from linnet.ids import Handle, RequestNumber, Sequence, StreamId
from linnet.relay.core.changes import DropStream, Erase, NewStream, Trim, Waiter
from linnet.relay.core.events import Effect, Send, Swept
from linnet.relay.core.guards import (
    charge,
    check_token,
    payer_for,
    spend_costly,
)
from linnet.relay.core.memory import Memory, Refuse, answer
from linnet.relay.core.state import Door, Guest, Stream
from linnet.relay.core.watches import unseal
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Done, Opened
from linnet.wire.requests import (
    RIGHT_APPEND,
    RIGHT_CONTROL,
    RIGHT_READ,
    Close,
    Create,
    Destroy,
    Open,
)
from linnet.wire.requests import Erase as EraseRequest
from linnet.wire.requests import Trim as TrimRequest

MOST_REMOVED = 4_096
"""Envelopes of one stream that one change removes."""


def create(
    memory: Memory, guest: Guest, number: RequestNumber, request: Create, now_ms: int
) -> list[Effect]:
    """Create a stream, or find that it is there already."""
    paying = payer_for(memory, guest)
    existing = _existing(memory, request.stream)
    if existing is not None:
        return [_created_before(existing, guest, number, request)]
    spend_costly(memory, guest, now_ms)
    charge(paying, 0, streams=1)
    stream = Stream(
        id=request.stream,
        number=memory.numbers.next_stream(),
        is_fenced=request.is_fenced,
        epoch=request.epoch,
        append_hash=request.append_hash,
        read_hash=request.read_hash,
        control_hash=request.control_hash,
        payer=paying.number,
    )
    memory.streams[stream.id] = stream
    change = NewStream(
        stream=stream,
        epoch=request.epoch,
        append_hash=request.append_hash,
        read_hash=request.read_hash,
        retention_seconds=_retention(memory, request),
        time_ms=now_ms,
        waiter=Waiter(guest, number, Done()),
    )
    memory.change(change, stream, 200)
    return []


def _existing(memory: Memory, stream_id: StreamId) -> Stream | None:
    try:
        return memory.stream(stream_id)
    except Refuse:
        # What is being destroyed keeps its id until it is gone from the disk.
        return memory.streams.get(stream_id)


def _created_before(
    stream: Stream, guest: Guest, number: RequestNumber, request: Create
) -> Send:
    if not compare_digest(stream.control_hash, request.control_hash):
        raise Refuse(Refusal.EXISTS)
    if stream.pending or stream.is_gone:
        raise Refuse(Refusal.SLOW_DOWN, 100)
    return answer(guest, number, Done())


def _retention(memory: Memory, request: Create) -> int:
    asked = request.retention_seconds or memory.limits.retention_seconds
    return min(asked, memory.limits.max_retention_seconds)


def open_stream(
    memory: Memory, guest: Guest, number: RequestNumber, request: Open
) -> list[Effect]:
    """Open a stream with the tokens of one epoch."""
    if len(guest.doors) >= memory.limits.max_handles:
        raise Refuse(Refusal.TOO_MANY_HANDLES, memory.limits.max_handles)
    stream = memory.stream(request.stream)
    rights = _granted(stream, request)
    handle = Handle(guest.next_handle)
    guest.next_handle += 1
    packed = handle.to_bytes(4, "big")
    door = Door(guest, handle, packed, stream, request.epoch, rights)
    guest.doors[handle] = door
    stream.doors[door] = None
    if request.append_token is not None and request.epoch == stream.epoch:
        unseal(memory, stream, request.append_token)
    ends = stream.ending(request.epoch) if rights & ~RIGHT_CONTROL else Sequence(0)
    opened = Opened(handle, stream.epoch, stream.first, stream.stored, ends)
    return [answer(guest, number, opened)]


def _granted(stream: Stream, request: Open) -> int:
    rights = 0
    if request.control_token is not None:
        check_token(request.control_token, stream.control_hash)
        rights = RIGHT_CONTROL
    if request.append_token is None and request.read_token is None:
        return rights
    append_hash, read_hash = _hashes(stream, request)
    if request.append_token is not None:
        check_token(request.append_token, append_hash)
        rights |= RIGHT_APPEND
    if request.read_token is not None:
        check_token(request.read_token, read_hash)
        rights |= RIGHT_READ
    return rights


def _hashes(stream: Stream, request: Open) -> tuple[bytes, bytes]:
    if request.epoch > stream.epoch:
        raise Refuse(Refusal.UNKNOWN_EPOCH, stream.epoch)
    if request.epoch == stream.epoch:
        return stream.append_hash, stream.read_hash
    for past in stream.past:
        if past.epoch == request.epoch:
            return past.append_hash, past.read_hash
    raise Refuse(Refusal.WRONG_TOKEN)


def close(
    memory: Memory, guest: Guest, number: RequestNumber, request: Close
) -> list[Effect]:
    """Forget a handle."""
    shut(memory.door(guest, request.handle))
    memory.forget_idle()
    return [answer(guest, number, Done())]


def shut(door: Door) -> None:
    """Take a door out of its session and its stream."""
    if door.is_reading:
        stop_reading(door)
    door.guest.doors.pop(door.handle, None)
    door.stream.doors.pop(door, None)


def stop_reading(door: Door) -> None:
    """End a door's subscription."""
    door.is_reading = door.is_live = False
    door.stream.readers.pop(door, None)
    door.guest.subscriptions -= 1


def trim(
    memory: Memory, guest: Guest, number: RequestNumber, request: TrimRequest
) -> list[Effect]:
    """Forget the envelopes up to one."""
    stream = _controlled(memory, guest, request.handle)
    if request.upto > stream.stored:
        raise Refuse(Refusal.NO_SUCH_ENVELOPE)
    if request.upto < stream.first:
        return [answer(guest, number, Done())]
    stream.trimming = max(stream.trimming, request.upto)
    waiter = Waiter(guest, number, Done())
    remove(memory, Trim(stream, request.upto, waiter))
    return []


def erase(
    memory: Memory, guest: Guest, number: RequestNumber, request: EraseRequest
) -> list[Effect]:
    """Forget the data of one envelope."""
    stream = _controlled(memory, guest, request.handle)
    # What is to be trimmed may be gone from the disk before this gets there.
    first = max(stream.first, stream.trimming + 1)
    kept = first <= request.sequence <= stream.stored
    if not kept or stream.id_at(request.sequence) != request.envelope:
        raise Refuse(Refusal.NO_SUCH_ENVELOPE)
    waiter = Waiter(guest, number, Done())
    memory.change(Erase(stream, request.sequence, waiter), stream, 0)
    return []


def destroy(
    memory: Memory, guest: Guest, number: RequestNumber, request: Destroy
) -> list[Effect]:
    """Forget a stream and all in it; from here on nobody can append to it."""
    stream = _controlled(memory, guest, request.handle)
    stream.is_gone = True
    remove(memory, DropStream(stream, Waiter(guest, number, Done())))
    return []


def remove(memory: Memory, change: Trim | DropStream) -> None:
    """Remove envelopes, many of them piece by piece: everyone waits for a batch."""
    stream = change.stream
    upto = change.upto if isinstance(change, Trim) else stream.stored
    piece = Sequence(stream.first + MOST_REMOVED - 1)
    if piece < upto:
        change = Trim(stream, piece, None, then=change)
    memory.change(change, stream, 0)


def _controlled(memory: Memory, guest: Guest, handle: Handle) -> Stream:
    stream = memory.door(guest, handle, right=RIGHT_CONTROL).stream
    if stream.is_gone:
        raise Refuse(Refusal.NO_SUCH_STREAM)
    return stream


def swept(memory: Memory, event: Swept) -> list[Effect]:
    """Forget what retention has ended."""
    for stream_id, upto in event.overdue:
        try:
            stream = memory.stream(stream_id)
        except Refuse:
            continue
        if stream.first <= upto <= stream.stored and not stream.pending:
            stream.trimming = max(stream.trimming, upto)
            remove(memory, Trim(stream, upto, None))
    return []
