"""A chat without a screen: every line of standard input is sent, what comes is printed.

Lines are read by a thread of their own, straight from the descriptor: a read cannot be
cancelled, and the process must end without waiting for one.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError

from linnet.cli import times
from linnet.cli.call import Call, exit_of_status
from linnet.cli.commands import Leave, typed
from linnet.cli.exits import Exit
from linnet.cli.room import Room
from linnet.client import (
    Client,
    Conversation,
    Event,
    LinkState,
    MessageReceived,
    StatusChanged,
    Transfer,
    Typing,
)
from linnet.errors import UsageError

_LONGEST_LINE = 1 << 20
_CHUNK = 1 << 16


async def run_lines(
    call: Call, me: Client, conversation: Conversation, *, limit: int
) -> Exit:
    """Send every line that comes in, print all that happens, until the input ends."""
    room, happenings = Room(me, conversation, call.out), me.events()
    room.lines.shows_states = False
    room.show_history(limit=limit, as_stream=True)
    await conversation.mark_read()
    async with asyncio.TaskGroup() as group:
        listener = group.create_task(_listen(call, room, happenings))
        result = await _type_all(call, room)
        status = await call.settle(me)
        listener.cancel()
    return result or exit_of_status(status)


async def _type_all(call: Call, room: Room) -> Exit:
    """Send every line; what cannot be sent is said, and remembered for the end."""
    result = Exit.OK
    try:
        async for line in stdin_lines():
            try:
                await typed(room, line)
            except UsageError as error:
                call.out.aside(f"linnet: {error}")
                result = Exit.FAILED
    except Leave:
        pass
    except UsageError as error:
        call.out.aside(f"linnet: {error}")
        result = Exit.FAILED
    return result


async def _listen(call: Call, room: Room, happenings: AsyncIterator[Event]) -> None:
    said = ""
    async for event in happenings:
        if isinstance(event, StatusChanged):
            why = "; ".join(
                f"relay {relay.relay}: {relay.why}"
                for relay in event.status.relays
                if relay.state is LinkState.WAITING
            )
            if why and why != said and not room.out.as_json:
                call.out.aside(f"linnet: {why}")
            said = why
        if room.out.as_json or not isinstance(event, Typing | Transfer):
            room.hear(event)
        if isinstance(event, MessageReceived) and room.take_unseen():
            await room.conversation.mark_read()


async def stdin_lines() -> AsyncIterator[str]:
    """Yield the lines of standard input; too long a one is not read into memory.

    Raises:
        UsageError: a line was longer than any message; those before it were yielded.
    """
    if sys.stdin is None:
        return
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=16)
    given = sys.stdin.fileno(), queue, asyncio.get_running_loop()
    threading.Thread(target=_read, args=given, daemon=True, name="stdin").start()
    rest = b""
    while (chunk := await queue.get()) is not None:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield _decoded(line)
        if len(rest) > _LONGEST_LINE:
            raise UsageError(_TOO_LONG)
    if rest:
        yield _decoded(rest)


def _read(
    descriptor: int,
    queue: asyncio.Queue[bytes | None],
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Read in a thread of its own to the end, which is None in the queue."""
    while True:
        try:
            chunk = os.read(descriptor, _CHUNK)
        except OSError:
            chunk = b""
        putting = queue.put(chunk or None)
        try:
            asyncio.run_coroutine_threadsafe(putting, loop).result()
        except CancelledError:  # the loop ends, and nobody reads any more
            return
        except RuntimeError:  # it has ended
            putting.close()
            return
        if not chunk:
            return


_TOO_LONG = (
    f"A line is longer than {times.size_in_words(_LONGEST_LINE)}; it was not sent, nor "
    "what came after it. Send it as a file: /file PATH"
)


def _decoded(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
