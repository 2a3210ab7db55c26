"""Files: sealed into the home before they are sent, fetched piece by piece.

Specified in ``spec/conversations.md`` §8.
"""

import asyncio
import mimetypes
import os
from pathlib import Path

from linnet.client.core import files
from linnet.client.core.files import FileKey
from linnet.client.core.meaning import FileRef, file_part, safe_filename
from linnet.client.events import Transfer
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.outbox import OutState, TransferRow
from linnet.client.store.views import pack_file, unpack_file
from linnet.client.sync.blobs import fetch
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import SessionLost
from linnet.client.values import Message, TransferState
from linnet.client.writing import add_message, check_text, check_writable
from linnet.errors import LocalError, StorageError, Unreachable, UsageError
from linnet.ids import BlobId, MessageId

ROAD_SECONDS = 30.0
TRIES = 5


async def send_file(
    hub: Hub,
    row: ConversationRow,
    path: Path,
    *,
    text: str,
    reply_to: MessageId | None,
) -> Message:
    """Seal a file into the home, and queue it with its message."""
    check_writable(hub, row)
    if text:
        check_text(text)
    blob, key = BlobId(hub.entropy(32)), FileKey.generate(hub.entropy)
    folder = hub.store.home / "transfers"
    sealed = folder / blob.hex()[:32]
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        size = await asyncio.to_thread(_seal, path, sealed, key)
    except (OSError, LocalError) as error:
        sealed.unlink(missing_ok=True)
        raise _sealing_failed(path, error) from error
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    relay = hub.store.account.relay(row.relay)
    where = relay.descriptor if relay else None
    file = FileRef(blob, key, size, safe_filename(path.name), media_type)
    stored = FileRef(blob, key, size, file.name, media_type, where)
    with hub.store.db.transaction():
        message = add_message(
            hub,
            row,
            file_part(file, text),
            text=text,
            reply_to=reply_to,
            attachment=pack_file(stored),
            state=OutState.HELD,
        )
        hub.store.outbox.transfer(
            TransferRow(
                row.id, message.id, True, str(sealed), 0, TransferState.WAITING, None
            )
        )
    hub.wake_uploads()
    return message


def _seal(path: Path, sealed: Path, key: FileKey) -> int:
    with path.open("rb") as source, sealed.open("xb") as out:
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        pieces = iter(lambda: source.read(files.CHUNK), b"")
        for chunk in files.seal_file(key, pieces, size):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return size


def _sealing_failed(path: Path, error: Exception) -> UsageError | StorageError:
    match error:
        case FileNotFoundError():
            return UsageError(f"There is no file {path.name!r}; nothing was sent.")
        case IsADirectoryError():
            return UsageError(f"{path.name!r} is a folder; send a file.")
        case PermissionError():
            return UsageError(f"{path.name!r} cannot be read; nothing was sent.")
        case LocalError():
            return UsageError(f"{path.name!r} changed while it was read; try again.")
        case _:
            pass
    return StorageError(
        "The home has no room for the encrypted copy of the file; nothing was sent."
    )


async def save_file(
    hub: Hub, row: ConversationRow, message: MessageId, path: Path
) -> Path:
    """Fetch a file into a place, going on where an earlier attempt stopped.

    Raises:
        UsageError: the message has no file.
        StorageError: the file cannot be put there.
        Unreachable: its relay was not there for long enough; what came is kept.
    """
    packed = hub.store.messages.attachment(row.id, message)
    if packed is None:
        raise UsageError("This message has no file.")
    file = unpack_file(packed)
    target = _place(path, file.name)
    part = target.with_name(target.name + ".part")
    for attempt in range(TRIES):
        try:
            await _fetch(hub, row, message, file=file, part=part)
        except SessionLost:
            if attempt == TRIES - 1:
                raise
        else:
            break
    try:
        part.replace(target)
    except OSError as error:
        raise StorageError("The file cannot be put there.") from error
    return target


def _place(path: Path, name: str) -> Path:
    return path / name if path.is_dir() else path


async def _fetch(
    hub: Hub, row: ConversationRow, message: MessageId, *, file: FileRef, part: Path
) -> None:
    relay = file.relay or hub.store.conversations.load(row.id).info.relay
    line = hub.line(relay)
    try:
        async with asyncio.timeout(ROAD_SECONDS):
            await line.up()
    except TimeoutError as error:
        raise Unreachable(line.status.sentence) from error
    try:
        with part.open("ab") as out:
            first = out.tell() // files.CHUNK
            out.truncate(first * files.CHUNK)
            moved = first * files.CHUNK
            async for piece in fetch(line, file, first=first):
                out.write(piece)
                moved += len(piece)
                hub.tell(Transfer(row.id, message, moved, file.size))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StorageError(
            "The file cannot be written there; what came is kept."
        ) from error
    with hub.store.db.transaction():
        hub.store.outbox.transfer(
            TransferRow(
                row.id, message, False, str(part), file.size, TransferState.DONE, None
            )
        )
