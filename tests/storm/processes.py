"""The relay and the people of a storm as processes that can be killed and come back."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.relay.processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60.0
ORDER_SECONDS = 120.0
"""Longer than any order takes here: what is not answered by then is stuck."""
Fact = dict[str, Any]


@dataclass(slots=True)
class Relay:
    """A relay process on one data folder and one port for its whole life."""

    data: Path
    port: int = field(default_factory=free_port)
    mode: str = "invite"
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        listen = f"127.0.0.1:{self.port}"
        words = ["run", "--data", str(self.data), "--listen", listen]
        with (self.data.parent / "relay.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "linnet", "relay", *words, "--mode", self.mode],
                cwd=ROOT,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
            )
        await self.answer()

    async def answer(self) -> None:
        """Wait until the port is served."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)

    async def command(self, *words: str) -> str:
        """Run a `linnet relay` verb beside the server and return what it prints."""
        verb, rest = words[0], words[1:]
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "linnet", "relay", verb],
            *["--data", str(self.data), *rest],
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, f"linnet relay {verb} failed"
        return out.decode().strip()

    async def kill(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


class Person:
    """The process of one person, and everything it has ever reported."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.home = folder / name
        self.said: set[str] = set()
        self.acked: set[str] = set()
        self.facts: list[Fact] = []
        self.rewound = 0
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Fact | None]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self, tasks: asyncio.TaskGroup, words: Sequence[str] = ()) -> None:
        self._ready.clear()
        with (self.home.parent / f"{self.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "tests.storm.person", str(self.home), *words],
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=1 << 26,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        self._reading = tasks.create_task(self._read(self._process))
        await asyncio.wait_for(self._ready.wait(), READY_SECONDS)

    async def order(self, **order: object) -> Fact | None:
        """Give an order and wait for its answer; None when the process died first.

        Raises:
            AssertionError: it lives and does not answer.
        """
        number = next(self._numbers)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Fact | None] = loop.create_future()
        self._answers[number] = answer
        assert self._process is not None
        assert self._process.stdin is not None
        line = json.dumps(order | {"number": number}).encode() + b"\n"
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        if self._process.returncode is not None or self._is_over:
            self._give_up()
        try:
            return await asyncio.wait_for(answer, ORDER_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{self.name} does not answer {order}") from None

    async def kill(self) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        assert self._reading is not None
        await self._reading
        self._give_up()  # what was ordered while it died is not answered either

    @property
    def _is_over(self) -> bool:
        """Whether the process has closed its pipe: it has died, noticed or not."""
        return self._reading is None or self._reading.done()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if line.endswith(b"\n"):
                self._note(json.loads(line))
        self._give_up()

    def _note(self, fact: Fact) -> None:
        if "ready" in fact:
            self._ready.set()
        elif "acked" in fact:
            self.acked.add(fact["acked"])
        elif "rewound" in fact:
            self.rewound += 1
        else:
            self.facts.append(fact)
        if "said" in fact:
            self.said.add(fact["said"])
        answer = self._answers.pop(fact.get("number", 0), None)
        if answer is not None and not answer.done():
            answer.set_result(fact)

    def _give_up(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(None)
        self._answers.clear()
