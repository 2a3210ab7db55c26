"""The manifests that are followed, each with its newest edition (spec/manifest.md)."""

import contextlib
from collections.abc import Callable
from struct import Struct
from typing import Final

from linnet.client.store.columns import blob
from linnet.client.store.database import Database
from linnet.errors import RemoteError
from linnet.wire.following import Following, read_series, write_series
from linnet.wire.manifests import ManifestId

_ASKED: Final = "places/asked"
_WHEN: Final = Struct(">QB")


class ManifestTable:
    """Reads and writes manifests; what is read is verified again.

    Attributes:
        changed: called once another edition is kept, or none any more.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self.changed: Callable[[], None] = lambda: None

    def all(self) -> list[Following]:
        """Return every manifest, by id; not one that a newer version has written."""
        rows = self._db.rows(
            "SELECT value FROM meta WHERE key LIKE 'manifest/%' ORDER BY key"
        )
        found = []
        for (value,) in rows:
            # It costs some roads; those of the relay itself must not go with it.
            with contextlib.suppress(RemoteError):
                found.append(Following.begin(read_series(blob(value))))
        return found

    def save(self, manifest: Following) -> None:
        """Write a manifest in place of what was known of it."""
        series = write_series(manifest.series)
        key = _key(manifest.id)
        self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, series)
        self._db.after_commit(self.changed)

    def held(self, relay: bytes) -> bytes:
        """Return the SHA-256 of what a relay gave last; zeros when it gave nothing."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _held(relay))
        return blob(row[0]) if row else bytes(32)

    def note_held(self, relay: bytes, digest: bytes) -> None:
        """Note what a relay gave last."""
        sql = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
        self._db.write(sql, _held(relay), digest)

    def want_all(self) -> None:
        """Want what relays carry again: something more is followed now."""
        self._db.write("DELETE FROM meta WHERE key LIKE 'series/%'")

    def asked(self) -> tuple[float, int]:
        """Return when places were asked last, and how often since in vain."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _ASKED)
        found = blob(row[0]) if row else b""
        if len(found) != _WHEN.size:
            return 0.0, 0
        at, in_vain = _WHEN.unpack(found)
        return float(at), in_vain

    def note_asked(self, at: float, in_vain: int) -> None:
        """Note that places are asked; in seconds since 1970."""
        value = _WHEN.pack(max(0, int(at)), in_vain)
        self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", _ASKED, value)

    def remove(self, name: ManifestId) -> None:
        """Forget a manifest."""
        self._db.write("DELETE FROM meta WHERE key = ?", _key(name))
        self._db.after_commit(self.changed)


def _held(relay: bytes) -> str:
    return f"series/{relay.hex()}"


def _key(name: ManifestId) -> str:
    return f"manifest/{name.hex()}"
