"""Appending: repeats, the fence, and what happens once it is on disk (§4.4-4.5).

Rules of this file. An envelope takes its place when it is accepted, so that the next
one follows it; nobody hears of it before it is stored; when a batch cannot be stored
all that was accepted and is not on disk is taken back, newest first.
"""

from functools import partial

from linnet.ids import Epoch, RequestNumber, Sequence
from linnet.relay.core.changes import Append, Commit, Repeat
from linnet.relay.core.events import Effect, ReadReceipt
from linnet.relay.core.memory import Memory, Refuse
from linnet.relay.core.state import Door, Guest, PastEpoch, Stream
from linnet.wire import requests
from linnet.wire.limits import ENVELOPE_COST
from linnet.wire.refusals import Refusal
from linnet.wire.requests import APPEND_HEAD, APPEND_MIN, RIGHT_APPEND

_HEAD_BYTES = APPEND_HEAD.size

NOTHING: list[Effect] = []

_append = partial(tuple.__new__, Append)
"""``Append`` without the cost of its named fields; this is done for every message."""


def append(memory: Memory, guest: Guest, message: bytes, now_ms: int) -> list[Effect]:
    """Accept an APPEND in its wire form; the hot path of the relay.

    Raises:
        Refuse: with the number of the request left to the caller.
        Missing: the pass of the stream has to be fetched.
    """
    if len(message) < APPEND_MIN:
        raise Refuse(Refusal.MALFORMED)
    _, number, handle, envelope = APPEND_HEAD.unpack_from(message)
    door = guest.doors.get(handle)
    if door is None:
        raise Refuse(Refusal.NO_SUCH_HANDLE)
    if not door.rights & RIGHT_APPEND:
        raise Refuse(Refusal.NOT_ALLOWED)
    data = message[_HEAD_BYTES:]
    size = len(data)
    stream = door.stream
    if size > memory.limits.max_envelope:
        raise Refuse(Refusal.TOO_LARGE, memory.limits.max_envelope)
    known = stream.find(envelope)
    if known is not None:
        return _repeat(memory, stream, known, guest=guest, number=number)
    size += ENVELOPE_COST
    _take(memory, door, size)
    row = (stream.number, stream.push(envelope), stream.epoch, now_ms, envelope, data)
    memory.batch.append(_append((row, stream, guest, number)))
    memory.batch_bytes += size
    return NOTHING


def commit(
    memory: Memory,
    guest: Guest,
    number: RequestNumber,
    request: requests.Commit,
    now_ms: int,
) -> list[Effect]:
    """Accept a COMMIT: an append that ends its epoch."""
    door = memory.door(guest, request.handle, right=RIGHT_APPEND)
    stream, data = door.stream, request.data
    if len(data) > memory.limits.max_envelope:
        raise Refuse(Refusal.TOO_LARGE, memory.limits.max_envelope)
    known = stream.find(request.envelope)
    if known is not None:
        return _repeat(memory, stream, known, guest=guest, number=number)
    _take(memory, door, len(data) + ENVELOPE_COST, is_commit=True)
    sequence = stream.push(request.envelope)
    row = (stream.number, sequence, stream.epoch, now_ms, request.envelope, data)
    old_append, old_read = stream.append_hash, stream.read_hash
    stream.past.append(PastEpoch(stream.epoch, sequence, old_append, old_read))
    stream.epoch = Epoch(stream.epoch + 1)
    stream.append_hash, stream.read_hash = request.append_hash, request.read_hash
    change = Commit(
        Append(row, stream, guest, number),
        request.append_hash,
        request.read_hash,
        old_append,
        old_read,
    )
    memory.batch.append(change)
    memory.batch_bytes += len(data) + ENVELOPE_COST
    return NOTHING


def _repeat(
    memory: Memory,
    stream: Stream,
    sequence: Sequence,
    *,
    guest: Guest,
    number: RequestNumber,
) -> list[Effect]:
    if stream.is_gone:
        raise Refuse(Refusal.NO_SUCH_STREAM)
    if sequence <= stream.stored:
        return [ReadReceipt(stream, sequence, guest, number)]
    memory.batch.append(Repeat(stream, sequence, guest, number))
    return NOTHING


def _take(memory: Memory, door: Door, size: int, *, is_commit: bool = False) -> None:
    stream = door.stream
    if stream.is_gone:
        raise Refuse(Refusal.NO_SUCH_STREAM)
    if door.epoch != stream.epoch:
        raise Refuse(Refusal.STALE, stream.epoch)
    if is_commit and not stream.is_fenced:
        raise Refuse(Refusal.UNFENCED)
    if memory.batch_bytes > memory.limits.max_batch_bytes:
        memory.check_room()
    paying = memory.passes.get(stream.payer)
    if paying is None:
        paying = memory.payer(stream.payer)
    if paying.bytes + size > paying.max_bytes:
        raise Refuse(Refusal.TOO_MANY_BYTES, paying.max_bytes)
    paying.bytes += size


def take_back(change: Append | Commit) -> None:
    """Undo an append whose batch could not be stored."""
    append = change.append if isinstance(change, Commit) else change
    stream = append.stream
    if isinstance(change, Commit):
        stream.epoch = Epoch(append.row[2])
        stream.append_hash = change.old_append_hash
        stream.read_hash = change.old_read_hash
        stream.past = [one for one in stream.past if one.epoch < stream.epoch]
    stream.drop_after(append.row[1] - 1)
