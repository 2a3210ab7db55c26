"""Blobs up and down a line: small ones whole, files piece by piece.

Specified in ``spec/wire.md`` §6 and ``spec/conversations.md`` §8. Several pieces are on
the way at once; after an interruption it goes on where the relay is.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from linnet.client.core import files
from linnet.client.core.envelope import BlobRef
from linnet.client.core.files import FileKey
from linnet.client.core.meaning import FileRef
from linnet.client.sync.line import Line
from linnet.errors import Forged, Malformed, Refused, StorageError
from linnet.ids import BlobId, Handle
from linnet.wire import replies
from linnet.wire.limits import MAX_CHUNK
from linnet.wire.refusals import Refusal
from linnet.wire.requests_blobs import BlobCreate, BlobGet, BlobPut, BlobStat

LARGEST_SMALL: Final = 16 << 20
"""A commit or Welcome of 1,000 members is far below; more is an attack on memory."""
WINDOW: Final = 16
"""Pieces on the way at once: enough for 5 MB/s over a road of 100 ms."""
SMALLEST_PIECE: Final = 4_096
QUICK_SECONDS: Final = 2.0
"""A window that took no longer lets the next have pieces twice as large."""
NEVER_DELETED: Final = sha256(b"").digest()

Progress = Callable[[int], None]


class Pace:
    """How large pieces are: small until the road shows that it takes more.

    A road that is cut or frozen after a few kilobytes lets a small piece through, which
    then need not go again; of a large one it lets nothing through, ever.
    """

    def __init__(self) -> None:
        self.piece = SMALLEST_PIECE
        self._now = asyncio.get_running_loop().time
        self._began = self._now()

    def note_window(self) -> None:
        """Note that all pieces of a window are there."""
        is_quick = self._now() - self._began <= QUICK_SECONDS
        larger, smaller = min(self.piece * 2, MAX_CHUNK), self.piece // 2
        self.piece = larger if is_quick else max(smaller, SMALLEST_PIECE)
        self._began = self._now()


async def put_small(line: Line, handle: Handle, ref: BlobRef, sealed: bytes) -> None:
    """Put a blob on a relay, paid for by the stream of a handle."""
    held = await _create(line, ref.blob, len(sealed), handle)
    while held < len(sealed):
        piece = sealed[held : held + MAX_CHUNK]
        reply = await line.ask(BlobPut(ref.blob, held, piece))
        held = _state(reply).held


async def fetch_small(line: Line, ref: BlobRef) -> bytes:
    """Fetch what did not fit an envelope.

    Raises:
        Malformed: it is larger than anything that does not fit can be.
        Forged: it is not what was put there.
        Refused: the relay does not have it.
    """
    if ref.size > LARGEST_SMALL:
        raise Malformed("A message names a blob that is too large.")
    file = FileRef(ref.blob, FileKey(ref.key, bytes(files.PREFIX)), ref.size, "", "")
    pieces = [piece async for piece in fetch(line, file, first=0)]
    return b"".join(pieces)


async def fetch(line: Line, file: FileRef, *, first: int) -> AsyncIterator[bytes]:
    """Fetch a file chunk by chunk, decrypted, from chunk ``first`` on.

    Raises:
        Forged: a chunk is not what was sent.
        Refused: the relay does not have the file.
    """
    count, pace = files.chunk_count(file.size), Pace()
    while first < count:
        most = _window(line)
        many = min(most, max(1, most * pace.piece // files.SEALED_CHUNK))
        numbers = range(first, min(first + many, count))
        asked = (_chunk(line, file, one, most=pace.piece) for one in numbers)
        sealed = await asyncio.gather(*asked, return_exceptions=True)
        for number, piece in zip(numbers, sealed, strict=True):
            # Of a window that was cut off, what came before is not fetched again.
            if isinstance(piece, BaseException):
                raise piece
            yield files.unseal_chunk(file.key, file.size, number=number, sealed=piece)
        first = numbers.stop
        pace.note_window()


async def _chunk(line: Line, file: FileRef, number: int, *, most: int) -> bytes:
    begin = number * files.SEALED_CHUNK
    end = min(begin + files.SEALED_CHUNK, files.sealed_size(file.size))
    places, parts = range(begin, end, most), list[bytes]()
    while len(parts) < len(places):
        some = places[len(parts) :][: 1 if line.is_narrow else None]
        asked = (_part(line, file.blob, one, min(most, end - one)) for one in some)
        parts += await asyncio.gather(*asked)
    return b"".join(parts)


async def _part(line: Line, blob: BlobId, begin: int, length: int) -> bytes:
    parts: list[bytes] = []
    have = 0
    while have < length:
        reply = await line.ask(BlobGet(blob, begin + have, length - have))
        if not isinstance(reply, replies.Chunk) or not reply.data:
            raise Forged("A file on the relay is shorter than was said.")
        parts.append(reply.data)
        have += len(reply.data)
    return b"".join(parts)


async def upload(
    line: Line, blob: BlobId, sealed: Path, *, handle: Handle, progress: Progress
) -> None:
    """Put a sealed file on a relay, going on where the relay is.

    Raises:
        Refused: the relay does not take it.
        StorageError: the sealed file cannot be read.
    """
    try:
        with sealed.open("rb") as source:
            size = source.seek(0, os.SEEK_END)
            held = await _create(line, blob, size, handle)
            pace = Pace()
            while held < size:
                source.seek(held)
                pieces = [source.read(pace.piece) for _ in range(_window(line))]
                held = await _put_all(line, blob, held, [p for p in pieces if p])
                pace.note_window()
                progress(held)
    except OSError as error:
        raise StorageError("The file that was to be sent cannot be read.") from error


def _window(line: Line) -> int:
    """How many pieces may be on the way at once: what is said meanwhile is behind."""
    return 1 if line.is_narrow else WINDOW


async def _put_all(line: Line, blob: BlobId, held: int, pieces: list[bytes]) -> int:
    asked = []
    for piece in pieces:
        asked.append(line.ask(BlobPut(blob, held, piece)))
        held += len(piece)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, Refused) and answer.code == Refusal.WRONG_OFFSET:
            return _state(await line.ask(BlobStat(blob))).held
        if isinstance(answer, BaseException):
            raise answer
    return held


async def _create(line: Line, blob: BlobId, size: int, handle: Handle) -> int:
    reply = await line.ask(BlobCreate(blob, size, NEVER_DELETED, handle))
    if isinstance(reply, replies.Done):
        return 0
    return _state(reply).held


def _state(reply: object) -> replies.BlobState:
    if not isinstance(reply, replies.BlobState):
        raise Malformed("The relay answered something else than was asked.")
    return reply
