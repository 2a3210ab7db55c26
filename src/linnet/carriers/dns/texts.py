"""What the TXT records of a name say, asked of ordinary resolvers (RFC 1035 §3.3.14).

A censor's forgery usually comes before the true answer, and nothing in either tells
which is which. So every answer that fits is handed on, and who can judge them does.
Each resolver is heard out by itself: whoever speaks in the name of one of them takes
nothing from what the others say.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import replace
from os import urandom
from typing import Final

from linnet.carriers.dns.letters import EDNS
from linnet.carriers.dns.lines import LARGEST_ANSWER, Line
from linnet.carriers.dns.message import Kind, Message
from linnet.carriers.dns.question import read_text, same_name
from linnet.errors import Malformed
from linnet.wire.following import SCHEME

TEXT_SECONDS: Final = 20.0
"""How long all resolvers together may take."""

NEXT_SECONDS: Final = 1.5
"""How long a resolver is alone before the next is asked as well."""

AGAIN_SECONDS: Final = 1.5
MOST_TIMES: Final = 4
"""How often one resolver is asked."""

MOST_TEXTS: Final = 16
"""Different texts that are handed on of what one resolver says."""

MOST_OF_ONE: Final = 4
"""Texts that are handed on of one answer."""

Texts = tuple[bytes, ...]


async def texts_of(name: str, lines: Sequence[Line]) -> AsyncGenerator[Texts, None]:
    """Ask for the manifests in the texts of a name, until the time is over.

    Yields:
        What is new of one answer.

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
        while True:
            async with asyncio.timeout_at(ends):
                texts = await asking.found.get()
            yield texts
    except TimeoutError:
        return
    finally:
        for task in tasks:
            task.cancel()
        for line in lines:
            line.close()


_BEGINS: Final = SCHEME.encode()
_AROUND: Final = b'" \t\r\n'


class _Asking:
    """One question, to several resolvers."""

    def __init__(self, query: Message) -> None:
        self._query = query
        self._seen: set[bytes] = set()
        self.found: asyncio.Queue[Texts] = asyncio.Queue()

    async def ask(self, line: Line, after: float) -> None:
        """Ask one, a few times."""
        await asyncio.sleep(after)
        number = int.from_bytes(urandom(2))
        query, left = replace(self._query, number=number), MOST_TEXTS

        def heard(data: bytes) -> None:
            nonlocal left
            texts = dict.fromkeys(texts_in(data, query)[:MOST_OF_ONE])
            fresh = tuple(one for one in texts if one not in self._seen)[:left]
            if fresh:
                left -= len(fresh)
                self._seen.update(fresh)
                self.found.put_nowait(fresh)

        with suppress(OSError):
            await line.open(heard)
            for _ in range(MOST_TIMES):
                line.send(query.pack())
                await asyncio.sleep(AGAIN_SECONDS)


def texts_in(data: bytes, query: Message) -> list[bytes]:
    """The manifests that a message gives in answer to a query, unverified.

    None if it is no answer, or a larger one than is read.
    """
    if len(data) > LARGEST_ANSWER:
        return []
    try:
        message = Message.read(data)
        if not _fits(message, query):
            return []
        records = [one for one in message.answers if one.kind == Kind.TXT]
        texts = [read_text(one.data) for one in records]
        return [one for one in texts if one.lstrip(_AROUND).startswith(_BEGINS)]
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
