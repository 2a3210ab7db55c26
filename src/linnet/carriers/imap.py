"""Reads a mailbox by IMAP (RFC 3501, RFC 2177 IDLE, RFC 4315 UIDPLUS): five requests.

A server may say anything at any time: lines and literals are bounded one by one and
all that is said to one request together, and what is not understood is passed over.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.mail_line import ANSWER_SECONDS, MailLine, Server
from linnet.carriers.smtp import NO_ENTRY, Account

LARGEST_ANSWER: Final = 256 * 1024
MOST_LITERALS: Final = 8
MOST_SEARCHED: Final = 600
"""Mails of one search: their numbers fit into a line, however large they are."""

_LITERAL: Final = re.compile(rb"\{(\d{1,9})\}$")
_EXISTS: Final = re.compile(rb"\* (\d{1,9}) EXISTS", re.IGNORECASE)
_GONE: Final = re.compile(rb"\* \d{1,9} EXPUNGE", re.IGNORECASE)
_SEARCH: Final = re.compile(rb"\* SEARCH((?: \d{1,10}){0,2000})", re.IGNORECASE)


class Refusal(ConnectionError):
    """The server says NO or BAD."""


class Imap:
    """The INBOX of an account; connected when needed, and again when it ended."""

    def __init__(self, server: Server, account: Account) -> None:
        self._line = MailLine(server)
        self._account = account
        self._number = 0
        self._exists = self._looked = 0
        self._can: bytes = b""

    async def open(self) -> None:
        """Connect and enter, if that is not done.

        Raises:
            OSError: nobody answers, or not as a mail server does.
            Unopened: the server does not let this account in.
        """
        if self._line.is_open:
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._line.open()
                await self._enter()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    async def search(self, wanted: str) -> list[str]:
        """The UIDs of mails: those wanted of the newest, or the first of all for ""."""
        await self.open()
        await self._ask("NOOP")
        self._looked = self._exists
        if not self._exists:
            return []
        these = f"1:{min(self._exists, MOST_SEARCHED)}"
        if wanted:
            these = (
                f"{max(1, self._exists - MOST_SEARCHED + 1)}:{self._exists} {wanted}"
            )
        found: list[str] = []
        for line, _ in await self._ask(f"UID SEARCH {these} UNDELETED"):
            if said := _SEARCH.match(line):
                found += [one.decode() for one in said[1].split()]
        return found[:MOST_SEARCHED]

    async def fetch(self, uid: str, most: int) -> bytes:
        """The first bytes of a mail.

        Raises:
            FileNotFoundError: there is none any more.
        """
        await self.open()
        asked = f"UID FETCH {uid} (BODY.PEEK[]<0.{most}>)"
        for line, literals in await self._ask(asked):
            if b"FETCH" in line.upper() and literals:
                return literals[0]
        raise FileNotFoundError

    async def delete(self, uids: Sequence[str], *, everything: bool) -> None:
        """Delete mails.

        Args:
            uids: which.
            everything: whether others that are marked so may go with them, where
                the server cannot delete only these.
        """
        await self.open()
        these = ",".join(uids)
        await self._ask(f"UID STORE {these} +FLAGS.SILENT (\\Deleted)")
        if b" UIDPLUS" in self._can:
            await self._ask(f"UID EXPUNGE {these}")
        elif everything:
            await self._ask("EXPUNGE")

    async def rest(self, seconds: float, stirred: asyncio.Event) -> None:
        """Wait until mail has come, until stirred, or so long."""
        if b" IDLE" not in self._can or not self._line.is_open:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await stirred.wait()
            return
        try:
            await self._idle(seconds)
        except BaseException:
            self.close()
            raise

    async def _idle(self, seconds: float) -> None:
        tag = self._tagged("IDLE")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._exists <= self._looked:
                    await self._untagged()
        self._line.say(b"DONE\r\n")
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._until(tag)

    async def _enter(self) -> None:
        greeting = await self._line.line()
        if not greeting.upper().startswith(b"* OK"):
            raise ConnectionError
        user, word = map(_quoted, (self._account.user, self._account.word))
        try:
            await self._ask(f"LOGIN {user} {word}")
        except Refusal:
            raise Unopened(Came.NO_DOOR, NO_ENTRY) from None
        said = await self._ask("CAPABILITY")
        self._can = b" ".join(line.upper() for line, _ in said)
        await self._ask("SELECT INBOX")

    async def _ask(self, command: str) -> list[tuple[bytes, list[bytes]]]:
        """Say something; what is answered, lines with their literals.

        Raises:
            Refusal: the server refuses.
            ConnectionError: it does not answer as it should.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._until(self._tagged(command))
        except Refusal:
            raise
        except BaseException:
            self.close()
            raise

    def _tagged(self, command: str) -> bytes:
        self._number += 1
        tag = b"a%d" % self._number
        self._line.say(tag + b" " + command.encode() + b"\r\n")
        return tag

    async def _until(self, tag: bytes) -> list[tuple[bytes, list[bytes]]]:
        said: list[tuple[bytes, list[bytes]]] = []
        size = 0
        while True:
            line, literals = await self._untagged()
            if line.startswith(tag + b" "):
                if line[len(tag) + 1 :].upper().startswith(b"OK"):
                    return said
                raise Refusal
            size += len(line) + sum(map(len, literals)) + 64
            if size > LARGEST_ANSWER:
                raise ConnectionError
            said.append((line, literals))

    async def _untagged(self) -> tuple[bytes, list[bytes]]:
        """A line of the server's with its literals, whatever it belongs to."""
        line = part = await self._line.line()
        literals: list[bytes] = []
        while found := _LITERAL.search(part):
            size = int(found[1])
            if size > LARGEST_ANSWER or len(literals) > MOST_LITERALS:
                raise ConnectionError
            literals.append(await self._line.literal(size))
            part = await self._line.line()
            line += part
        if exists := _EXISTS.match(line):
            self._exists = int(exists[1])
        elif _GONE.match(line):
            self._exists = max(0, self._exists - 1)
            self._looked = max(0, self._looked - 1)
        elif line.upper().startswith(b"* BYE"):
            raise ConnectionResetError
        return line, literals


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
