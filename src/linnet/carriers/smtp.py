"""Sends a mail by SMTP (RFC 5321, RFC 4954 AUTH PLAIN), and nothing else."""

import asyncio
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.mail_line import ANSWER_SECONDS, MailLine, Server

MOST_LINES: Final = 64
_REPLY: Final = re.compile(rb"(\d{3})([ -]?)")

NO_ENTRY: Final = (
    "The mail server does not let Linnet in: the password is wrong, or this account "
    "needs one made for programs. See docs/guide/mail.md."
)
NOT_SENT: Final = (
    "The mail server refused a mail; the account may have reached a limit."
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of mail.

    Attributes:
        address: what mails are from.
        user: how the servers know it.
        word: its password.
    """

    address: str = field(repr=False)
    user: str = field(repr=False)
    word: str = field(repr=False)


async def send(
    server: Server, account: Account, to: str, mail: bytes, *, starts_tls: bool
) -> None:
    """Send a mail.

    Raises:
        OSError: nobody answers, or not as a mail server does, or it cuts.
        Unopened: the server lets this account do nothing, or not this, be it that it
            does not say so in time.
    """
    line = MailLine(server)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await line.open()
            await _greet(line, starts_tls=starts_tls)
            if account.user:
                await _enter(line, account)
            await _ask(line, f"MAIL FROM:<{account.address}>", 250)
        await _hand_over(line, to, mail)
    finally:
        line.close()


async def _greet(line: MailLine, *, starts_tls: bool) -> None:
    await _expect(line, 220)
    await _ask(line, "EHLO localhost", 250)
    if starts_tls:
        # Without TLS nothing more is said: whoever takes it away gets no password.
        await _ask(line, "STARTTLS", 220)
        await line.begin_tls()
        await _ask(line, "EHLO localhost", 250)


async def _enter(line: MailLine, account: Account) -> None:
    known = f"\0{account.user}\0{account.word}".encode()
    line.say(b"AUTH PLAIN " + b64encode(known) + b"\r\n")
    code = await _reply(line)
    if code != 235:
        raise Unopened(Came.NO_DOOR, NO_ENTRY) if code // 100 == 5 else ConnectionError


async def _hand_over(line: MailLine, to: str, mail: bytes) -> None:
    # What is refused from here on is this mail, be it for a while: who waited for one
    # receiver would hold up all others, and what matters is sent again anyway. A server
    # may ask the receiver's own before it answers, so its silence is about this mail;
    # that it cuts is not, or all that waits would be dropped while it is in trouble.
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await _offer(line, f"RCPT TO:<{to}>\r\n".encode(), 2)
            await _offer(line, b"DATA\r\n", 3)
            await _offer(line, re.sub(rb"(?m)^\.", b"..", mail) + b".\r\n", 2)
            line.say(b"QUIT\r\n")
    except TimeoutError:
        raise Unopened(Came.NO_DOOR, NOT_SENT) from None


async def _offer(line: MailLine, said: bytes, kind: int) -> None:
    line.say(said)
    if await _reply(line) // 100 != kind:
        raise Unopened(Came.NO_DOOR, NOT_SENT)


async def _ask(line: MailLine, said: str, code: int) -> None:
    line.say(said.encode() + b"\r\n")
    await _expect(line, code)


async def _expect(line: MailLine, code: int) -> None:
    got = await _reply(line)
    if got != code:
        raise Unopened(Came.NO_DOOR, NOT_SENT) if got // 100 == 5 else ConnectionError


async def _reply(line: MailLine) -> int:
    for _ in range(MOST_LINES):
        found = _REPLY.match(await line.line())
        if found is None:
            break
        if found[2] != b"-":
            return int(found[1])
    raise ConnectionError
