"""Export, backup and restore (spec/identity.md §8)."""

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from linnet.client.bundling import bundle_of, history_of, snapshot
from linnet.client.copying import restore_copy
from linnet.client.core import files
from linnet.client.core.bundle import ACTIVE
from linnet.client.core.devices import DeviceNamed
from linnet.client.core.files import FileKey
from linnet.client.core.kept import Kept, PlaceKept, write_content
from linnet.client.core.phrase import new_phrase, read_phrase
from linnet.client.finding import title_of
from linnet.client.store.home import Store
from linnet.client.store.vault import VERSION, unwrap, wrap
from linnet.client.taking import take_kept
from linnet.client.values import ConversationState, Message
from linnet.errors import Malformed, RemoteError, StorageError, UsageError
from linnet.wire.fields import u16, u64

MAGIC: Final = b"Linnet backup 2\n"
FORMER: Final = b"Linnet backup 1\n"
"""Of a copy of the whole store, as it was written before; still read."""
THERE: Final = "The backup file exists already; give another name."
DAMAGED: Final = "This backup is damaged; nothing was restored."


def export(store: Store, folder: Path) -> Path:
    """Write every conversation as JSON lines.

    Raises:
        StorageError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for row in store.conversations.shown():
            file = folder / f"{row.id.hex()}.jsonl"
            with file.open("w") as out:
                head = {"title": title_of(store, row), "state": row.state.value}
                out.write(json.dumps(head, ensure_ascii=False) + "\n")
                for message in store.views.page(row.id, before=None, limit=1 << 40):
                    out.write(json.dumps(_plain(message), ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError("The folder cannot be written to.") from error
    return folder


def _plain(message: Message) -> dict[str, object]:
    return {
        "id": message.id.hex(),
        "time": message.time,
        "from": message.name,
        "mine": message.is_mine,
        "text": message.text,
        "notice": message.notice,
        "state": message.state.value,
        "reply_to": message.reply_to.hex() if message.reply_to else None,
        "edited": message.edited,
        "deleted": message.deleted,
        "file": message.attachment.name if message.attachment else None,
        "reactions": [[one.name, one.emoji] for one in message.reactions],
    }


def backup(store: Store, file: Path) -> str:
    """Write an encrypted backup that every client can read; return its phrase.

    Raises:
        UsageError: the file exists.
        StorageError: it cannot be written.
    """
    if file.exists():
        raise UsageError(THERE)
    phrase = new_phrase(secrets.token_bytes)
    content = _content(store)
    key = FileKey.generate(secrets.token_bytes)
    vault = json.dumps(wrap(key.key + key.prefix, read_phrase(phrase))).encode()
    size = sum(map(len, content))
    try:
        with file.open("xb") as out:
            out.write(MAGIC + u16(len(vault)) + vault + u64(size))
            for sealed in files.seal_file(key, content, size):
                out.write(sealed)
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError as error:
        raise UsageError(THERE) from error
    except OSError as error:
        file.unlink(missing_ok=True)
        raise StorageError("The backup cannot be written there.") from error
    return phrase


def _content(store: Store) -> list[bytes]:
    taken = snapshot(store)
    places = [
        PlaceKept(
            row.id,
            group.epoch_state(),
            group.ratchet_state(),
            row.sequence,
            row.envelope,
        )
        for row in store.conversations.all()
        if row.state in (ConversationState.ACTIVE, ConversationState.LEAVING)
        for group in [store.conversations.load(row.id).group]
    ]
    within = {one.conversation for one in places}
    own = DeviceNamed(store.device, "Terminal", 0)
    taken = replace(
        taken,
        devices=taken.devices or (own,),
        conversations=tuple(
            replace(one, state=ACTIVE) if one.id in within else one
            for one in taken.conversations
        ),
    )
    bundle = bundle_of(store, taken, ())
    return write_content(bundle, places, history_of(store, taken))


def restore(file: Path, home: Path, *, phrase: str, passphrase: str | None) -> None:
    """Make a home from a backup.

    Raises:
        UsageError: the phrase is wrong, the file is no backup, the home is not empty.
        StorageError: the home cannot be written.
    """
    if home.exists() and any(home.iterdir()):
        raise UsageError("There is something in that home already; give another one.")
    try:
        secret = read_phrase(phrase)
    except Malformed as error:
        raise UsageError(str(error)) from error
    is_new = not home.exists()
    try:
        _restore(file, home, secret, passphrase)
    except OSError as error:
        raise StorageError("The backup cannot be read, or the home not written.") from (
            error
        )
    except RemoteError as error:
        raise UsageError(DAMAGED) from error
    finally:
        if is_new and home.exists() and not any(home.iterdir()):
            home.rmdir()


def _restore(file: Path, home: Path, secret: bytes, passphrase: str | None) -> None:
    with file.open("rb") as source:
        magic = source.read(len(MAGIC))
        if magic not in (MAGIC, FORMER):
            raise UsageError("This file is no backup of Linnet.")
        content = _unsealed(source, secret)
        kept = Kept.decode(b"".join(content)) if magic == MAGIC else None
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if kept is None:
            restore_copy(home, content, passphrase)
        else:
            take_kept(home, kept, passphrase)


def _unsealed(source: BinaryIO, secret: bytes) -> Iterator[bytes]:
    """Yield what a backup holds, piece by piece."""
    try:
        record = json.loads(source.read(int.from_bytes(source.read(2))))
    except ValueError as error:
        raise UsageError(DAMAGED) from error
    key, size = _file_key(record, secret), int.from_bytes(source.read(8))
    if size > files.LARGEST:
        raise UsageError(DAMAGED)
    for number in range(files.chunk_count(size)):
        sealed = source.read(files.SEALED_CHUNK)
        yield files.unseal_chunk(key, size, number=number, sealed=sealed)
    if source.read(1):
        raise UsageError(DAMAGED)


def _file_key(record: object, secret: bytes) -> FileKey:
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise UsageError(DAMAGED)
    try:
        packed = unwrap(record, secret)
    except UsageError as error:
        raise UsageError("The recovery phrase is not that of this backup.") from error
    except StorageError as error:
        raise UsageError(DAMAGED) from error
    if len(packed) != 32 + files.PREFIX:
        raise UsageError(DAMAGED)
    return FileKey(packed[:32], packed[32:])
