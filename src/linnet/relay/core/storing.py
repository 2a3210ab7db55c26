"""What follows once a batch is on disk, or cannot be put there (spec/wire.md §3.1)."""

from linnet.ids import Sequence
from linnet.relay.core.appends import take_back
from linnet.relay.core.changes import (
    Append,
    Change,
    Claim,
    Commit,
    DropBlob,
    DropShelf,
    DropStream,
    DropWatch,
    Erase,
    KeepWatch,
    NewBlob,
    NewStream,
    PutChunk,
    PutShelf,
    Repeat,
    Trim,
    Waiter,
)
from linnet.relay.core.delivery import Deliveries
from linnet.relay.core.events import Effect, ReadReceipt, Send
from linnet.relay.core.memory import Memory, answer
from linnet.relay.core.readers import end, go_on
from linnet.relay.core.state import NO_EPOCH, Guest, Stream
from linnet.relay.core.streams import remove, shut
from linnet.relay.core.watches import Stirs
from linnet.wire.codec import encode
from linnet.wire.events import Gone
from linnet.wire.refusals import Refusal
from linnet.wire.replies import NOT_A_REPLY, BlobState, RefusedReply
from linnet.wire.requests import RIGHT_CONTROL


def written(memory: Memory, changes: list[Change]) -> list[Effect]:
    """Tell everyone what a stored batch means to them."""
    effects: list[Effect] = []
    deliveries, stirs = Deliveries(), Stirs(memory.clock_ms)
    stored = deliveries.stored
    for change in changes:
        if type(change) is Append:
            stored(change)
            if change.stream.watches:
                stirs.stored(change)
        else:
            effects += deliveries.finish()
            if type(change) is Commit and change.append.stream.watches:
                stirs.stored(change.append)
                effects += stirs.end_epoch(change.append.stream, change.append.row[2])
            effects += _other(memory, change, deliveries)
    effects += deliveries.finish()
    effects += stirs.finish()
    for door in deliveries.behind:
        effects += go_on(door)
    return effects


def _other(memory: Memory, change: Change, deliveries: Deliveries) -> list[Effect]:
    match change:
        case Commit():
            deliveries.stored(change.append)
            return [*deliveries.finish(), *_end_epoch(change)]
        case Repeat():
            return [
                ReadReceipt(change.stream, change.sequence, change.guest, change.number)
            ]
        case Append():
            return []
        case PutChunk():
            change.blob.pending -= 1
            change.blob.held = change.offset + len(change.data)
            state = BlobState(change.blob.held, change.blob.size)
            return [answer(change.guest, change.number, state)]
        case _:
            _settle(memory, change)
            if isinstance(change, Trim) and change.then is not None:
                remove(memory, change.then)
            return [*_gone(memory, change), *_reply(change.waiter)]


def _end_epoch(commit: Commit) -> list[Effect]:
    stream, sequence = commit.append.stream, Sequence(commit.append.row[1])
    ended: list[Effect] = []
    for door in list(stream.readers):
        if door.epoch == commit.append.row[2] and door.cursor == sequence:
            ended.append(end(door, sequence))
        elif door.epoch == commit.append.row[2]:
            door.is_live = False
    return ended


Plain = (
    NewStream
    | Trim
    | Erase
    | DropStream
    | PutShelf
    | Claim
    | DropShelf
    | NewBlob
    | DropBlob
    | KeepWatch
    | DropWatch
)


def _settle(memory: Memory, change: Plain) -> None:
    match change:
        case KeepWatch() | DropWatch():
            change.stream.pending -= 1
            return
        case NewStream() | Trim() | Erase() | DropStream():
            change.stream.pending -= 1
            payer = change.stream.payer
        case PutShelf() | Claim() | DropShelf():
            change.shelf.pending -= 1
            if isinstance(change, PutShelf):
                for number, _ in change.packages:
                    change.shelf.fresh.pop(number, None)
            payer = change.shelf.payer
        case NewBlob() | DropBlob():
            change.blob.pending -= 1
            change.blob.is_new = False
            payer = change.blob.payer
    if isinstance(change, Trim):
        change.stream.drop_upto(change.upto)
    # What was freed only the store knows; it is asked again when it matters.
    if not isinstance(change, NewStream | NewBlob):
        memory.passes.pop(payer, None)


def _gone(memory: Memory, change: Plain) -> list[Effect]:
    match change:
        case DropStream():
            memory.streams.pop(change.stream.id, None)
            return _close_doors(change.stream, asker=change.waiter.guest)
        case DropShelf():
            memory.shelves.pop(change.shelf.id, None)
        case DropBlob():
            memory.blobs.pop(change.blob.name_hash, None)
        case _:
            pass
    return []


def _close_doors(stream: Stream, *, asker: Guest | None) -> list[Effect]:
    told: list[Effect] = []
    for door in list(stream.doors):
        if door.guest is not asker:
            message = encode(NOT_A_REPLY, Gone(door.handle))
            told.append(Send(door.guest, message))
        shut(door)
    return told


def _reply(waiter: Waiter | None) -> list[Effect]:
    if waiter is None:
        return []
    return [answer(waiter.guest, waiter.number, waiter.reply)]


def failed(memory: Memory, changes: list[Change], refusal: Refusal) -> list[Effect]:
    """Take back a batch that is not on disk, and all that was accepted after it."""
    lost = [*changes, *memory.batch]
    memory.batch, memory.batch_bytes = [], 0
    effects: list[Effect] = []
    for change in reversed(lost):
        effects += _take_back(memory, change, refusal)
    memory.passes.clear()
    effects.reverse()
    return effects


def _take_back(memory: Memory, change: Change, refusal: Refusal) -> list[Effect]:
    reply = RefusedReply(refusal)
    match change:
        case Append() | Commit():
            take_back(change)
            append = change if isinstance(change, Append) else change.append
            told = answer(append.guest, append.number, reply)
            return [*_end_untrue(append.stream), told]
        case Repeat():
            return [answer(change.guest, change.number, reply)]
        case PutChunk():
            change.blob.pending -= 1
            memory.blobs.pop(change.blob.name_hash, None)
            return [answer(change.guest, change.number, reply)]
        case _:
            return _undo(memory, change, reply)


def _end_untrue(stream: Stream) -> list[Effect]:
    """Let nobody keep what was opened in an epoch that did not come to be.

    Another commit may begin the epoch of that number, with other tokens.
    """
    ended: list[Effect] = []
    for door in list(stream.doors):
        if stream.epoch < door.epoch < NO_EPOCH and door.rights & ~RIGHT_CONTROL:
            if door.is_reading:
                ended.append(end(door, stream.stored))
            door.epoch = NO_EPOCH
    return ended


def _undo(memory: Memory, change: Plain, reply: RefusedReply) -> list[Effect]:
    told: list[Effect] = []
    match change:
        case NewStream():
            change.stream.is_gone = True
            memory.streams.pop(change.stream.id, None)
            told = _close_doors(change.stream, asker=None)
        case DropStream():
            change.stream.is_gone = False
            change.stream.pending -= 1
        case Trim() | Erase():
            change.stream.pending -= 1
            change.stream.trimming = Sequence(0)
        case KeepWatch() | DropWatch():
            _restore_watch(change)
        case PutShelf() | Claim() | DropShelf():
            memory.shelves.pop(change.shelf.id, None)
        case NewBlob() | DropBlob():
            memory.blobs.pop(change.blob.name_hash, None)
    waiter = change.waiter
    if isinstance(change, Trim) and change.then is not None:
        waiter = change.then.waiter
        if isinstance(change.then, DropStream):
            change.stream.is_gone = False
    if waiter is None:
        return told
    return [answer(waiter.guest, waiter.number, reply), *told]


def _restore_watch(change: KeepWatch | DropWatch) -> None:
    watches = change.stream.watches
    change.stream.pending -= 1
    watches.pop(change.endpoint, None)
    if change.former is not None:
        watches[change.endpoint] = change.former
