"""A disk that fills up, and a relay that comes back from an older backup."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

DISK_MIB = 192
"""More than a storm writes, little enough to be filled at once."""


class NoSmallDisk(Exception):
    """This machine does not let us mount a disk of our own."""


@contextlib.contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """Mount a memory disk of `DISK_MIB`, and take it away in the end.

    Raises:
        NoSmallDisk: it needs the right to mount.
    """
    at.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(at)]
    try:
        subprocess.run(["mount", *options], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoSmallDisk from error
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=False)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Leave no byte free on a disk for as long as the context lasts."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            for size in (1 << 20, 1 << 12):
                _fill(file.fileno(), size)
            yield
        finally:
            ballast.unlink()


def _fill(file: int, size: int) -> None:
    while True:
        try:
            os.write(file, bytes(size))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return
