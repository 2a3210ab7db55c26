"""A real proxy process, and the relay it leads to."""

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.relay.processes import PATIENCE, free_port


@dataclass(slots=True)
class ProxyProcess:
    """`linnet proxy run` on a folder of its own."""

    data: Path
    words: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None
    log: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    async def start(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "linnet", "proxy", "run"],
            *["--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"],
            *self.words,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | self.environment,
        )
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stderr.readline()
        assert b'"serving"' in line, line
        return self

    async def verb(self, *words: str) -> tuple[int, str, str]:
        """Run another `linnet proxy` command: status, output, errors."""
        done = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "linnet", "proxy", *words],
            *["--data", str(self.data)],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await done.communicate()
        return done.returncode or 0, out.decode(), err.decode()

    async def link(self, name: str, *words: str) -> str:
        status, out, err = await self.verb("link", name, "--no-qr", *words)
        assert status == 0, err
        return out.strip()

    async def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """End it; its status. What it logged is kept."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(sign)
        _, err = await self.process.communicate()
        self.log += err.decode()
        return self.process.returncode or 0
