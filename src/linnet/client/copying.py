"""Makes a home of a copy of a whole store (spec/identity.md §8, "Linnet backup 1").

The form that the command line wrote before there was one for every client.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

from linnet.client.core.people import new_identity
from linnet.client.store.accounts import AccountTable
from linnet.client.store.database import Database
from linnet.client.store.vault import create_vault
from linnet.errors import LinnetError, Malformed


def restore_copy(home: Path, content: Iterator[bytes], passphrase: str | None) -> None:
    """Make a home of a copy; nothing is left in it of one that is damaged.

    Args:
        home: an empty folder.
        content: the key of the database, and the database.
        passphrase: will open the home; None asks the system keyring.

    Raises:
        Malformed: it is too short.
        StorageError: the home cannot be written.
    """
    copy = home / "restored.tmp"
    try:
        database_key = _write(copy, content)
        _take_over(home, copy, database_key, passphrase)
    except (LinnetError, OSError):
        for made in (copy, home / "vault", home / "linnet.db"):
            made.unlink(missing_ok=True)
        raise


def _write(copy: Path, content: Iterator[bytes]) -> bytes:
    """Write the database of a backup; return its key."""
    first = next(content, b"")
    if len(first) < 32:
        raise Malformed("A backup is too short.")
    with copy.open("wb") as out:
        out.write(first[32:])
        for piece in content:
            out.write(piece)
    return first[:32]


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
