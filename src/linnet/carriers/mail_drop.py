"""An account of mail as a drop (spec/parcels.md §5)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import gmtime, strftime, time
from typing import Final

from linnet.carriers.drop import Found
from linnet.carriers.imap import Imap
from linnet.carriers.mail_line import Server
from linnet.carriers.mail_text import LARGEST_MAIL, is_address, read_mail, write_mail
from linnet.carriers.smtp import Account, send

A_DAY: Final = 86_400
MOST_OLD: Final = 8
"""Left over mails deleted each time it is opened."""

_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"


@dataclass(frozen=True, slots=True)
class Post:
    """How an account is reached.

    Attributes:
        reads: the server of IMAP.
        sends: the server of SMTP.
        starts_tls: whether the latter begins TLS by STARTTLS.
    """

    account: Account
    reads: Server
    sends: Server
    starts_tls: bool


class MailDrop:
    """An account of mail.

    Args:
        post: how it is reached.
        other: from whom mails are looked at; "" for everybody.
        now: seconds since 1970.
    """

    def __init__(self, post: Post, other: str, now: Callable[[], float] = time) -> None:
        self._post, self._other, self._now = post, other, now
        self._imap = Imap(post.reads, post.account)

    async def open(self) -> None:
        """Enter, and delete what an earlier carrier left over."""
        await self._imap.open()
        if self._other:
            wanted = f'FROM "{self._other}" BEFORE {_date(self._now() - A_DAY)}'
            old = (await self._imap.search(wanted))[:MOST_OLD]
            gone = [one for one in old if (await self.get(one)).data]
            if gone:
                await self.delete(gone)

    async def put(self, name: str, data: bytes, to: str) -> None:
        """Send a mail."""
        if not is_address(to):
            return
        post = self._post
        sender = post.account.address
        mail = write_mail(name, data, sender=sender, to=to, now=self._now())
        await send(post.sends, post.account, to, mail, starts_tls=post.starts_tls)

    async def names(self, prefix: str) -> list[str]:
        """The mails that may hold a parcel."""
        del prefix
        return await self._imap.search(f'FROM "{self._other}"' if self._other else "")

    async def get(self, name: str) -> Found:
        """Read a mail."""
        return read_mail(await self._imap.fetch(name, LARGEST_MAIL))

    async def delete(self, names: Sequence[str]) -> None:
        """Delete mails."""
        await self._imap.delete(names, everything=not self._other)

    async def rest(self, seconds: float, stirred: asyncio.Event) -> None:
        """Wait until the server tells of mail, or so long."""
        await self._imap.rest(seconds, stirred)

    def close(self) -> None:
        """Let go of the connection."""
        self._imap.close()


def _date(now: float) -> str:
    """A day as IMAP writes it, whatever language this machine speaks."""
    day = gmtime(now)
    return (
        strftime("%d-", day)
        + _MONTHS[3 * day.tm_mon - 3 : 3 * day.tm_mon]
        + strftime("-%Y", day)
    )
