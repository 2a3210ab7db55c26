"""The person's own mail account, by which relays are reached (spec/parcels.md §5)."""

from dataclasses import dataclass, field
from typing import Final

from linnet.carriers import drop_keys
from linnet.carriers.mail_road import read_post
from linnet.client.store.home import Store
from linnet.errors import Malformed, UsageError

LONGEST_KEY: Final = 255
"""What an address has room for."""

_READS: Final = 993
_SENDS: Final = {"smtps": 465, "submission": 587}


@dataclass(frozen=True, slots=True)
class MailAccount:
    """An account of mail.

    Attributes:
        address: of the account.
        password: best one made for this alone.
        imap: the server that mail is read from, ``HOST`` or ``HOST:PORT``; empty for
            ``imap.`` and the domain.
        smtp: the server that sends; ``:587`` begins TLS by STARTTLS; empty for
            ``smtp.`` and the domain.
        user: how the servers know the account, where that is not the address.
    """

    address: str = field(repr=False)
    password: str = field(repr=False)
    imap: str = ""
    smtp: str = ""
    user: str = field(default="", repr=False)


class Mailing:
    """The account that an open home keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def address(self) -> str:
        """The address of the account; or empty."""
        key = self._store.roads.mail()
        return read_post(key).account.address if key else ""

    async def use(self, account: MailAccount | None) -> None:
        """Let an account lead to relays that have a mailbox, from the next start.

        Args:
            account: the person's own; None forgets the one that is kept.

        Raises:
            UsageError: it cannot be one.
        """
        key = _key(account) if account else ""
        with self._store.db.transaction():
            self._store.roads.use_mail(key)


def _key(account: MailAccount) -> str:
    domain = account.address.rpartition("@")[2]
    imap_host, imap_port = _place(account.imap or f"imap.{domain}", _READS)
    smtp_host, smtp_port = _place(account.smtp or f"smtp.{domain}", _SENDS["smtps"])
    sends = "submission" if smtp_port == str(_SENDS["submission"]) else "smtps"
    kinds = "imaps", sends
    if imap_host == smtp_host == "127.0.0.1":
        # On this machine nobody listens, and no certificate names it.
        kinds = "imap", "smtp"
    key = drop_keys.join(
        kinds[0],
        imap_host,
        imap_port,
        kinds[1],
        smtp_host,
        smtp_port,
        account.address,
        account.user or account.address,
        account.password,
    )
    try:
        read_post(key)
    except Malformed:
        raise UsageError(
            "That is no mail account: write linnet road mail NAME@HOST, and --imap and "
            "--smtp as HOST or HOST:PORT where they are not imap.HOST and smtp.HOST."
        ) from None
    if len(key) > LONGEST_KEY:
        raise UsageError("The names and the password of that account are too long.")
    return key


def _place(text: str, port: int) -> tuple[str, str]:
    host, colon, given = text.rpartition(":")
    return (host, given) if colon else (text, str(port))
