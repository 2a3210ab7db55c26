"""A real relay process, and a plain client that speaks to it over a real session."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from linnet.carriers.link import Link, Opened, Received
from linnet.ids import RequestNumber
from linnet.wire.codec import Reply, Request, decode_reply, encode
from linnet.wire.links import PassLink
from linnet.wire.replies import Appended, RefusedReply

PATIENCE = 20.0


def free_port() -> int:
    """A loopback port at which nobody listens now, by TCP."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class RelayProcess:
    """`linnet relay run` on a folder of its own."""

    data: Path
    words: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None
    module: str = "linnet"

    async def start(self) -> Self:
        command = [sys.executable, "-m", self.module, "relay", "run"]
        where = ["--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        self.process = await asyncio.create_subprocess_exec(
            *command,
            *where,
            *self.words,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stderr.readline()
        assert b'"serving"' in line, line
        return self

    async def verb(self, *words: str) -> tuple[int, str, str]:
        """Run another `linnet relay` command: status, output, errors."""
        done = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "linnet", "relay", *words],
            *["--data", str(self.data)],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await done.communicate()
        return done.returncode or 0, out.decode(), err.decode()

    async def pass_link(self) -> PassLink:
        status, out, err = await self.verb("invite")
        assert status == 0, err
        return PassLink.parse(out)

    async def end(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it; its status and what it wrote to its log."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(sign)
        _, err = await self.process.communicate()
        return self.process.returncode or 0, err.decode()


@dataclass(slots=True)
class Caller:
    """A client of one relay that can ask anything and collects what it is told."""

    link: Link
    number: int = 0
    waiting: dict[int, asyncio.Future[Reply]] = field(default_factory=dict)
    told: "asyncio.Queue[Reply]" = field(default_factory=asyncio.Queue)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, request: Request) -> Reply:
        async with asyncio.timeout(PATIENCE):
            return await self.begin(request)

    def begin(self, request: Request) -> "asyncio.Future[Reply]":
        self.number += 1
        answer = asyncio.get_running_loop().create_future()
        self.waiting[self.number] = answer
        self.link.send(encode(RequestNumber(self.number), request))
        return answer

    async def next_told(self) -> Reply:
        async with asyncio.timeout(PATIENCE):
            return await self.told.get()

    async def listen(self) -> None:
        async for event in self.link.events():
            match event:
                case Opened():
                    self.opened.set()
                case Received(message):
                    self.take(message)
                case _:
                    pass

    def take(self, message: bytes) -> None:
        number, reply = decode_reply(message)
        numbers: list[int] = [number]
        if isinstance(reply, Appended):
            numbers = [one.number for one in reply.receipts]
        for at, one in enumerate(numbers):
            answer = self.waiting.pop(one, None)
            if answer is None:
                self.told.put_nowait(reply)
            elif not answer.done():
                single = reply
                if isinstance(reply, Appended):
                    single = Appended((reply.receipts[at],))
                answer.set_result(single)


@asynccontextmanager
async def calling(link: PassLink, *, with_pass: bool = True) -> AsyncIterator[Caller]:
    """A client with an open session."""
    token = link.token if with_pass else None
    caller = Caller(Link(link.relay, pass_token=token))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.link.run())
        tasks.create_task(caller.listen())
        try:
            async with asyncio.timeout(PATIENCE):
                await caller.opened.wait()
            yield caller
        finally:
            await caller.link.close()


def refusal(reply: Reply) -> int:
    """The code of a reply that must be a refusal."""
    assert isinstance(reply, RefusedReply), reply
    return reply.code
