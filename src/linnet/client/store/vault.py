"""The key of the store, wrapped under a passphrase or kept by the system keyring.

Specified in ``spec/identity.md`` §7. The database has a random key that never changes;
the passphrase only opens it, so changing the passphrase rewrites a small file.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from linnet.errors import StorageError, UsageError

VERSION = 1
MEMORY_KIB = 64 * 1024
PASSES = 3
LANES = 4
"""RFC 9106 §4, second recommended option."""

_CONTEXT = b"Linnet vault 1"
_SERVICE = "linnet"


class _Keyring(Protocol):
    def get_password(self, service: str, name: str) -> str | None: ...
    def set_password(self, service: str, name: str, password: str) -> None: ...


def create_vault(file: Path, passphrase: str | None) -> bytes:
    """Make a key for a new store and write down how to open it; return the key."""
    key = secrets.token_bytes(32)
    write_vault(file, key, passphrase)
    return key


def write_vault(file: Path, key: bytes, passphrase: str | None) -> None:
    """Wrap the key and put the vault in place of a former one, whole or not at all."""
    if passphrase is None:
        name = secrets.token_hex(8)
        _keyring().set_password(_SERVICE, name, b64encode(key).decode())
        record: dict[str, str | int] = {"version": VERSION, "keyring": name}
    else:
        record = wrap(key, passphrase.encode())
    temporary = file.with_suffix(".new")
    try:
        with temporary.open("w") as out:
            json.dump(record, out)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o600)
        temporary.replace(file)
    except OSError as error:
        raise StorageError(
            "The home folder cannot be written to; nothing was changed."
        ) from error


def is_in_keyring(file: Path) -> bool:
    """Return whether the system keyring, and no passphrase, opens the store."""
    try:
        record = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and "keyring" in record


def open_vault(file: Path, passphrase: str | None) -> bytes:
    """Return the store's key.

    Raises:
        UsageError: wrong passphrase, or none where one is needed.
        StorageError: the vault is damaged.
    """
    try:
        record = json.loads(file.read_bytes())
        name = record.get("keyring")
        if record["version"] != VERSION:
            raise UsageError("This home was made by a newer Linnet; update to open it.")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise StorageError(
            "The file that opens this home is damaged; nothing was changed. "
            "Restore the home from a backup."
        ) from error
    if name is not None:
        kept = _keyring().get_password(_SERVICE, str(name))
        if kept is None:
            raise UsageError("The system keyring holds no key for this home.")
        return b64decode(kept)
    if passphrase is None:
        raise UsageError("This home is opened with a passphrase; none was given.")
    return unwrap(record, passphrase.encode())


def wrap(key: bytes, secret: bytes) -> dict[str, str | int]:
    """Encrypt a key under Argon2id of a secret."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    kek = Argon2id(
        salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB
    ).derive(secret)
    return {
        "version": VERSION,
        "kdf": "argon2id",
        "memory_kib": MEMORY_KIB,
        "passes": PASSES,
        "lanes": LANES,
        "salt": b64encode(salt).decode(),
        "key": b64encode(nonce + AESGCM(kek).encrypt(nonce, key, _CONTEXT)).decode(),
    }


def unwrap(record: dict[str, str | int], secret: bytes) -> bytes:
    """Decrypt what `wrap` wrote.

    Raises:
        UsageError: the secret is another one.
        StorageError: the record is damaged.
    """
    try:
        salt, sealed = b64decode(str(record["salt"])), b64decode(str(record["key"]))
        memory = int(record["memory_kib"])
        passes, lanes = int(record["passes"]), int(record["lanes"])
        # A hostile record must not take all the memory there is.
        if not (8 * lanes <= memory <= 1 << 21 and 1 <= passes <= 64 and lanes <= 64):
            raise ValueError(memory)
        kek = Argon2id(
            salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory
        ).derive(secret)
    except (KeyError, ValueError, TypeError) as error:
        raise StorageError(
            "The file that opens this home is damaged; nothing was changed."
        ) from error
    try:
        return AESGCM(kek).decrypt(sealed[:12], sealed[12:], _CONTEXT)
    except (InvalidTag, ValueError) as error:
        raise UsageError("The passphrase is wrong; nothing was changed.") from error


def _keyring() -> _Keyring:
    try:
        keyring = import_module("keyring")
    except ImportError as error:
        raise UsageError(
            "There is no system keyring here; give a passphrase instead."
        ) from error
    return cast(_Keyring, keyring)
