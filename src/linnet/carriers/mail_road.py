"""The road by mail: from the person's account to the relay's (spec/parcels.md §5)."""

from typing import Final

from linnet.carriers import drop_keys
from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.correspondence import MAIL_PACE
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dial import explained
from linnet.carriers.mail_drop import MailDrop, Post
from linnet.carriers.mail_line import Server
from linnet.carriers.mail_text import is_address
from linnet.carriers.parcel_road import begin
from linnet.carriers.smtp import Account
from linnet.errors import Malformed
from linnet.wire.links import Address

NO_ACCOUNT: Final = (
    "The relay can be reached by mail, but no account of yours was named for that: "
    "linnet road mail"
)
NO_KEY: Final = "What is kept of the mail account is damaged; name it again."
_READS: Final = {"imaps": True, "imap": False}
_SENDS: Final = {"smtps": True, "smtp": False, "submission": False}


async def open_mail(address: Address, user: CarrierUser) -> Carrier:
    """Open a carrier by mail.

    Raises:
        Unreachable: the account's servers do not answer, or do not let it in; the
            text says which, without the address.
    """
    if not address.cover:
        raise Unopened(Came.NO_WAY, NO_ACCOUNT)
    try:
        drop = MailDrop(read_post(address.cover), mailbox(address))
    except Malformed:
        raise Unopened(Came.NO_WAY, NO_KEY) from None
    opening = begin(drop, user, MAIL_PACE, mailbox(address))
    return await explained(opening, MAIL_PACE.patience)


def mailbox(address: Address) -> str:
    """Where the relay's mailbox is.

    Raises:
        Malformed: that is no address of mail.
    """
    found = f"{address.path}@{address.host}"
    if not is_address(found):
        raise Malformed("The link names a mailbox that is none.")
    return found


def read_post(key: str) -> Post:
    """Read how an account is reached.

    Raises:
        Malformed: it is not the key of one.
    """
    match drop_keys.split(key):
        case (reads, host, port, sends, to_host, to_port, address, user, word) if (
            reads in _READS
            and sends in _SENDS
            and is_address(address)
            and _is_port(port)
            and _is_port(to_port)
            and (reads == "imaps" or host in drop_keys.THIS_MACHINE)
            and (sends != "smtp" or to_host in drop_keys.THIS_MACHINE)
        ):
            return Post(
                Account(address, user, word),
                Server(host, int(port), _READS[reads]),
                Server(to_host, int(to_port), _SENDS[sends]),
                starts_tls=sends == "submission",
            )
        case _:
            raise Malformed(NO_KEY)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 65_536
