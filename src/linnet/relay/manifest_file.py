"""The manifest that a relay carries, as a file of its owner's (spec/manifest.md §5)."""

from dataclasses import dataclass
from pathlib import Path

from linnet.errors import RemoteError, UsageError
from linnet.relay.folder import usable, write_whole
from linnet.relay.given_files import read_text
from linnet.wire.following import (
    MAX_SERIES,
    Following,
    parse_series,
    read_series,
    write_series,
)

_WHAT = "The manifest that this relay carries"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """The file in a data directory; it need not be there."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / "manifest"

    def read(self) -> bytes:
        """Return the series that is carried; nothing where there is none.

        Raises:
            StorageError: it cannot be read.
        """
        if not self.path.exists():
            return b""
        with usable(_WHAT, _WHAT):
            with self.path.open("rb") as file:
                data = file.read(MAX_SERIES + 1)
            if len(data) > MAX_SERIES:
                raise ValueError
            return data

    def put(self, source: Path) -> Following:
        """Carry a manifest from now on, in place of the one before.

        Raises:
            UsageError: it is none, not signed as it must be, or older than that one.
            StorageError: it cannot be read, or not be kept here.
        """
        text, before = read_text(source), self.read()
        try:
            found = Following.begin(parse_series(text))
            known = Following.begin(read_series(before)) if before else found
            if known.id == found.id:
                found = known.take(found.series)
        except RemoteError as error:
            raise UsageError(str(error)) from None
        with usable(_WHAT, _WHAT):
            write_whole(self.path, write_series(found.series))
        return found

    def mark(self) -> tuple[int, int]:
        """What tells that the file has changed."""
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino
