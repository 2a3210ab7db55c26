"""Programs that claim to be plug-ins, and the one that is."""

import shutil
import sys
from pathlib import Path

import pytest

NEEDS_OBFS4 = pytest.mark.skipif(
    shutil.which("obfs4proxy") is None, reason="obfs4proxy is not on this machine"
)


def pretend(
    folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, name: str = "obfs4proxy"
) -> Path:
    """Put a program in the place of a plug-in; the file that says it was started."""
    started = folder / "started"
    program = folder / name
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(started)!r}, 'a').write(f'{{os.getpid()}}\\n')\n{script}\n"
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder))
    return started


READS_ON = "sys.stdout.flush()\nsys.stdin.read()"
"""It stays until nobody holds the other end of its input."""
