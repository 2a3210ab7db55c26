"""Blobs: large, immutable, uploaded in pieces (spec/wire.md §6)."""

from hashlib import sha256
from hmac import compare_digest

from linnet.ids import BlobId, RequestNumber
from linnet.relay.core.changes import DropBlob, NewBlob, PutChunk, Waiter
from linnet.relay.core.events import Effect, PieceRead, ReadPiece
from linnet.relay.core.guards import (
    charge,
    check_token,
    payer_for,
    spend_costly,
)
from linnet.relay.core.memory import Memory, Refuse, answer
from linnet.relay.core.state import Blob, Guest, Pass
from linnet.wire.limits import MAX_CHUNK, MIN_CHUNK
from linnet.wire.refusals import Refusal
from linnet.wire.replies import BlobState, Chunk, Done
from linnet.wire.requests import RIGHT_APPEND
from linnet.wire.requests_blobs import (
    BY_PASS,
    BlobCreate,
    BlobDelete,
    BlobGet,
    BlobPut,
    BlobStat,
)


def name_hash(blob: BlobId) -> bytes:
    """What the relay keeps of a blob's name, which is the right to read it."""
    return sha256(blob).digest()


def create(
    memory: Memory,
    guest: Guest,
    number: RequestNumber,
    request: BlobCreate,
    now_ms: int,
) -> list[Effect]:
    """Announce a blob, or find that it is there already."""
    if request.size > memory.limits.max_blob:
        raise Refuse(Refusal.TOO_LARGE, memory.limits.max_blob)
    if not request.size:
        raise Refuse(Refusal.MALFORMED)
    paying = _payer(memory, guest, request)
    hashed = name_hash(request.blob)
    found = _existing(memory, hashed)
    if found is not None:
        same = compare_digest(found.delete_hash, request.delete_hash)
        if not same or found.size != request.size:
            raise Refuse(Refusal.EXISTS)
        if found.is_new:
            raise Refuse(Refusal.SLOW_DOWN, 100)
        return [answer(guest, number, BlobState(found.held, found.size))]
    spend_costly(memory, guest, now_ms)
    charge(paying, request.size)
    blob = Blob(
        name_hash=hashed,
        number=memory.numbers.next_blob(),
        size=request.size,
        delete_hash=request.delete_hash,
        payer=paying.number,
        is_new=True,
    )
    memory.blobs[hashed] = blob
    waiter = Waiter(guest, number, BlobState(0, request.size))
    memory.change(NewBlob(blob, now_ms, waiter), blob, 200)
    return []


def _payer(memory: Memory, guest: Guest, request: BlobCreate) -> Pass:
    if request.handle == BY_PASS:
        return payer_for(memory, guest)
    door = memory.door(guest, request.handle, right=RIGHT_APPEND)
    if door.epoch != door.stream.epoch:
        raise Refuse(Refusal.STALE, door.stream.epoch)
    return memory.payer(door.stream.payer)


def _existing(memory: Memory, hashed: bytes) -> Blob | None:
    try:
        return memory.blob(hashed)
    except Refuse:
        if hashed in memory.blobs:
            raise Refuse(Refusal.SLOW_DOWN, 100) from None
        return None


def put(
    memory: Memory, guest: Guest, number: RequestNumber, request: BlobPut
) -> list[Effect]:
    """Add the piece that follows what is there or on its way."""
    blob = memory.blob(name_hash(request.blob))
    if request.offset != blob.taken:
        raise Refuse(Refusal.WRONG_OFFSET, blob.taken)
    room = min(MAX_CHUNK, blob.size - blob.taken)
    if len(request.data) > room:
        raise Refuse(Refusal.TOO_LARGE, room)
    if len(request.data) < min(MIN_CHUNK, room):
        # Tiny pieces would cost the disk many times what the pass pays for.
        raise Refuse(Refusal.MALFORMED)
    memory.check_room()
    blob.taken += len(request.data)
    change = PutChunk(blob, request.offset, request.data, guest, number)
    memory.change(change, blob, len(request.data))
    return []


def stat(
    memory: Memory, guest: Guest, number: RequestNumber, request: BlobStat
) -> list[Effect]:
    """Say how much of a blob is on disk."""
    blob = memory.blob(name_hash(request.blob))
    return [answer(guest, number, BlobState(blob.held, blob.size))]


def read(
    memory: Memory, guest: Guest, number: RequestNumber, request: BlobGet
) -> list[Effect]:
    """Read a piece of a complete blob."""
    blob = memory.blob(name_hash(request.blob))
    if blob.held < blob.size:
        raise Refuse(Refusal.BLOB_INCOMPLETE, blob.held)
    if request.offset > blob.size:
        raise Refuse(Refusal.WRONG_OFFSET, blob.size)
    length = min(request.length, MAX_CHUNK, blob.size - request.offset)
    if not length:
        return [answer(guest, number, Chunk(request.offset, blob.size, b""))]
    asked = ReadPiece(blob.number, blob.size, request.offset, length, guest, number)
    return [asked]


def piece_read(event: PieceRead) -> list[Effect]:
    """Answer with the piece that was read."""
    asked = event.read
    chunk = Chunk(asked.offset, asked.size, event.data)
    return [answer(asked.guest, asked.number, chunk)]


def delete(
    memory: Memory, guest: Guest, number: RequestNumber, request: BlobDelete
) -> list[Effect]:
    """Forget a blob."""
    blob = memory.blob(name_hash(request.blob))
    check_token(request.delete_token, blob.delete_hash)
    blob.is_gone = True
    memory.change(DropBlob(blob, Waiter(guest, number, Done())), blob, 0)
    return []


def forget(memory: Memory, hashes: list[bytes]) -> None:
    """Forget the blobs that retention has ended."""
    for hashed in hashes:
        try:
            blob = memory.blob(hashed)
        except Refuse:
            continue
        blob.is_gone = True
        memory.change(DropBlob(blob, None), blob, 0)
