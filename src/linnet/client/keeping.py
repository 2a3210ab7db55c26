"""Export, backup and restore (spec/identity.md §8)."""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from linnet.client.core import files
from linnet.client.core.files import FileKey
from linnet.client.core.people import new_identity
from linnet.client.core.phrase import new_phrase, read_phrase
from linnet.client.finding import title_of
from linnet.client.store.accounts import AccountTable
from linnet.client.store.database import Database
from linnet.client.store.home import Store
from linnet.client.store.vault import create_vault, unwrap, wrap, write_vault
from linnet.client.values import Message
from linnet.errors import LinnetError, Malformed, RemoteError, StorageError, UsageError

MAGIC = b"Linnet backup 1\n"


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
    """Write an encrypted copy of the whole store; return its phrase.

    Raises:
        UsageError: the file exists.
        StorageError: it cannot be written.
    """
    if file.exists():
        raise UsageError("The backup file exists already; give another name.")
    phrase = new_phrase(secrets.token_bytes)
    copy, database_key = store.home / "backup.tmp", secrets.token_bytes(32)
    copy.unlink(missing_ok=True)
    try:
        store.db.copy_to(copy, database_key)
        _seal(copy, file, database_key=database_key, secret=read_phrase(phrase))
    except OSError as error:
        raise StorageError("The backup cannot be written there.") from error
    finally:
        copy.unlink(missing_ok=True)
    return phrase


def _seal(copy: Path, file: Path, *, database_key: bytes, secret: bytes) -> None:
    key = FileKey.generate(secrets.token_bytes)
    vault = json.dumps(wrap(key.key + key.prefix, secret)).encode()
    size = 32 + copy.stat().st_size
    with copy.open("rb") as source, file.open("xb") as out:
        out.write(MAGIC + len(vault).to_bytes(2) + vault + size.to_bytes(8))

        def pieces() -> Iterator[bytes]:
            yield database_key
            while piece := source.read(files.CHUNK):
                yield piece

        for sealed in files.seal_file(key, pieces(), size):
            out.write(sealed)
        out.flush()
        os.fsync(out.fileno())


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
    temporary = home / "restored.tmp"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        database_key = _unseal(file, temporary, secret)
        _take_over(home, temporary, database_key, passphrase)
    except OSError as error:
        raise StorageError("The backup cannot be read, or the home not written.") from (
            error
        )
    except LinnetError:
        for made in (temporary, home / "vault", home / "linnet.db"):
            made.unlink(missing_ok=True)
        raise


def _unseal(file: Path, target: Path, secret: bytes) -> bytes:
    """Write the database of a backup file; return its key."""
    with file.open("rb") as source, target.open("wb") as out:
        if source.read(len(MAGIC)) != MAGIC:
            raise UsageError("This file is no backup of Linnet.")
        try:
            record = json.loads(source.read(int.from_bytes(source.read(2))))
        except ValueError as error:
            raise UsageError("This backup is damaged.") from error
        key, size = _file_key(record, secret), int.from_bytes(source.read(8))
        held = b""
        try:
            for number in range(files.chunk_count(size)):
                sealed = source.read(files.SEALED_CHUNK)
                held += files.unseal_chunk(key, size, number=number, sealed=sealed)
                if number == 0:
                    database_key, held = held[:32], held[32:]
                out.write(held)
                held = b""
        except RemoteError as error:
            raise UsageError("This backup is damaged; nothing was restored.") from error
    return database_key


def _file_key(record: dict[str, str | int], secret: bytes) -> FileKey:
    try:
        packed = unwrap(record, secret)
    except UsageError as error:
        raise UsageError("The recovery phrase is not that of this backup.") from error
    return FileKey(packed[:32], packed[32:])


def _take_over(
    home: Path, restored: Path, database_key: bytes, passphrase: str | None
) -> None:
    """Make the restored store this device's own: no key of the old is used again."""
    source = Database.open(restored, database_key)
    try:
        account = AccountTable(source)
        profile = account.load()
        identity = new_identity(profile.account, secrets.token_bytes)
        with source.transaction():
            account.become_device(identity)
            source.write(
                "UPDATE conversations SET is_restored = 1, staged = NULL"
                " WHERE state IN ('active', 'leaving')"
            )
            source.write(
                "UPDATE outbox SET sealed = NULL, epoch = NULL WHERE state != 'failed'"
            )
            source.write("UPDATE outbox SET state = 'failed' WHERE state = 'held'")
        key = create_vault(home / "vault", passphrase)
        source.copy_to(home / "linnet.db", key)
    finally:
        source.close()
        for end in ("", "-wal", "-shm"):
            restored.with_name(restored.name + end).unlink(missing_ok=True)


def change_passphrase(home: Path, key: bytes, passphrase: str | None) -> None:
    """Wrap the store's key anew."""
    write_vault(home / "vault", key, passphrase)
