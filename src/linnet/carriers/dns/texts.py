"""What the TXT records of a name say, asked of ordinary resolvers (RFC 1035 §3.3.14).

A censor's forgery usually comes before the true answer, and nothing in either tells
which is which. So every answer that fits is handed on, and who can judge them does.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import replace
from os import urandom
from typing import Final

from linnet.carriers.dns.letters import EDNS
from linnet.carriers.dns.lines import Line
from linnet.carriers.dns.message import Kind, Message
from linnet.carriers.dns.question import read_text, same_name
from linnet.errors import Malformed

TEXT_SECONDS: Final = 20.0
"""How long all resolvers together may take."""

NEXT_SECONDS: Final = 1.5
"""How long a resolver is alone before the next is asked as well."""

AGAIN_SECONDS: Final = 1.5
MOST_TIMES: Final = 4
"""How often one resolver is asked."""

MOST_TEXTS: Final = 16
"""Different texts that are handed on."""


async def texts_of(name: str, lines: Sequence[Line]) -> AsyncGenerator[bytes, None]:
    """Ask for the texts of a name; each that comes, once, until the time is over.

    Raises:
        LocalError: it is no name.
    """
    query = replace(Message.asking(name, Kind.TXT, 0), extras=(EDNS,))
    asking = _Asking(query)
    loop = asyncio.get_running_loop()
    tasks = [
        loop.create_task(asking.ask(line, at * NEXT_SECONDS))
        for at, line in enumerate(lines)
    ]
    ends = loop.time() + TEXT_SECONDS
    try:
        for _ in range(MOST_TEXTS):
            async with asyncio.timeout_at(ends):
                text = await asking.found.get()
            yield text
    except TimeoutError:
        return
    finally:
        for task in tasks:
            task.cancel()
        for line in lines:
            line.close()


class _Asking:
    """One question, to several resolvers."""

    def __init__(self, query: Message) -> None:
        self._query = query
        self._seen: set[bytes] = set()
        self.found: asyncio.Queue[bytes] = asyncio.Queue()

    async def ask(self, line: Line, after: float) -> None:
        """Ask one, a few times."""
        await asyncio.sleep(after)
        number = int.from_bytes(urandom(2))
        query = replace(self._query, number=number)

        def heard(data: bytes) -> None:
            for text in texts_in(data, query):
                if text not in self._seen and len(self._seen) < MOST_TEXTS:
                    self._seen.add(text)
                    self.found.put_nowait(text)

        with suppress(OSError):
            await line.open(heard)
            for _ in range(MOST_TIMES):
                line.send(query.pack())
                await asyncio.sleep(AGAIN_SECONDS)


def texts_in(data: bytes, query: Message) -> list[bytes]:
    """The texts that a message gives in answer to a query; none if it is no answer."""
    try:
        message = Message.read(data)
        if not _fits(message, query):
            return []
        records = [one for one in message.answers if one.kind == Kind.TXT]
        return [read_text(one.data) for one in records]
    except Malformed:
        return []


def _fits(message: Message, query: Message) -> bool:
    if message.number != query.number or not message.is_answer or message.is_cut:
        return False
    asked = [(one.kind, one.family) for one in message.questions]
    (question,) = query.questions
    return asked == [(question.kind, question.family)] and same_name(
        message.questions[0].labels, question.labels
    )
