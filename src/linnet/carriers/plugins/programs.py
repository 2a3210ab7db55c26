"""Which programs are plug-ins for which methods, and where they are."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "obfs4": ("lyrebird", "obfs4proxy"),
    "meek_lite": ("lyrebird", "obfs4proxy"),
    "webtunnel": ("webtunnel-client", "lyrebird"),
    "snowflake": ("snowflake-client", "lyrebird"),
}
"""The only programs that an address in a link can have started."""


def find_program(method: str) -> Path | None:
    """The program for a method, if this machine has one."""
    for name in PROGRAMS.get(method, ()):
        found = shutil.which(name)
        if found:
            return Path(found)
    return None
