"""How much memory this process uses, where the system tells it."""

import os
from pathlib import Path


def resident_bytes() -> float:
    """Resident memory of this process.

    Raises:
        OSError: the system does not tell.
    """
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
