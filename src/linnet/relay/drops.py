"""The folder and the mailbox by which a relay is reached (spec/parcels.md §3).

What opens them stands in files of their owner's: a word and its value a line.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from linnet.carriers import drop_keys
from linnet.carriers.correspondence import FOLDER_PACE, MAIL_PACE
from linnet.carriers.depot import Depot
from linnet.carriers.folder_road import folder_drop
from linnet.carriers.listener import Listener
from linnet.carriers.mail_drop import MailDrop
from linnet.carriers.mail_road import read_post
from linnet.errors import Malformed, UsageError
from linnet.relay.folder import sentences
from linnet.wire.links import Address, Road

LARGEST_FILE: Final = 4_096
MAIL_PORT: Final = 25
_PORTS: Final = {"https": 443, "http": 80}
_SECURE: Final = {"imap": 993, "smtp": 465}


@dataclass(frozen=True, slots=True)
class Drops:
    """Where a relay looks for parcels.

    Attributes:
        folder: the file that says how a folder is opened.
        mailbox: the file that says how a mailbox is.
    """

    folder: Path | None = None
    mailbox: Path | None = None

    def depots(self, listener: Listener, tell: Callable[[bool], None]) -> list[Depot]:
        """Those to run beside a listener.

        Args:
            listener: takes the carriers.
            tell: told whenever a drop begins or ceases to answer.

        Raises:
            UsageError: a file does not say what it must.
        """
        made = []
        if self.folder is not None:
            drop = folder_drop(folder_address(self.folder))
            made.append(Depot(drop, listener, FOLDER_PACE, is_alone=False, tell=tell))
        if self.mailbox is not None:
            _, key = _mailbox(self.mailbox)
            mail = MailDrop(read_post(key), "")
            made.append(Depot(mail, listener, MAIL_PACE, is_alone=True, tell=tell))
        return made

    def addresses(self) -> tuple[Address, ...]:
        """What a road link says of them.

        Raises:
            UsageError: a file does not say what it must.
        """
        found = []
        if self.folder is not None:
            found.append(folder_address(self.folder))
        if self.mailbox is not None:
            found.append(_mailbox(self.mailbox)[0])
        return tuple(found)


def run_beside(depots: list[Depot], beside: contextlib.ExitStack) -> None:
    """Run depots until the stack is closed."""
    loop = asyncio.get_running_loop()
    for depot in depots:
        beside.callback(loop.create_task(depot.run()).cancel)


def folder_address(file: Path) -> Address:
    """Read the file of a folder.

    Raises:
        UsageError: it does not say what it must.
    """
    said = _read(file)
    url = urlsplit(said.get("url", ""))
    is_s3 = "key" in said
    words = ("region", "key", "secret") if is_s3 else ("user", "password")
    kind = ("s3" if is_s3 else "dav") + ("s" if url.scheme == "https" else "")
    path = url.path if url.path.endswith("/") else url.path + "/"
    try:
        port = url.port or _PORTS[url.scheme]
        key = drop_keys.join(kind, *(said.get(word, "") for word in words))
        address = Address(Road.FOLDER, url.hostname or "", port, path, key)
        address.pack()
        folder_drop(address)
    except (ValueError, KeyError, Malformed, OverflowError):
        raise UsageError(
            f"{file} says of no folder how it is opened. Write, a line each, "
            "'url https://HOST/PATH/' and either 'user' and 'password' or 'region', "
            "'key' and 'secret'."
        ) from None
    return address


def _mailbox(file: Path) -> tuple[Address, str]:
    """Read the file of a mailbox: what links say of it, and its key."""
    said = _read(file)
    address, word = said.get("address", ""), said.get("password", "")
    try:
        key = drop_keys.join(
            *_server("imap", said["imap"]),
            *_server("smtp", said["smtp"]),
            address,
            said.get("user", address),
            word,
        )
        read_post(key)
    except (KeyError, ValueError, Malformed):
        raise UsageError(
            f"{file} says of no mailbox how it is opened. Write 'address', 'imap' and "
            "'smtp' (HOST or HOST:PORT), 'password', and 'user' where that is not the "
            "address, a line each."
        ) from None
    name, _, host = address.rpartition("@")
    return Address(Road.MAIL, host, MAIL_PORT, name), key


def _server(kind: str, text: str) -> tuple[str, str, str]:
    """Read HOST, HOST:PORT, or one of these after ``plain://`` or ``starttls://``."""
    scheme, _, rest = text.rpartition("://")
    host, _, port = rest.partition(":")
    secure = f"{kind}s"
    kinds = {"": secure, "plain": kind, "starttls": "submission"}
    return kinds[scheme], host, port or str(_SECURE[kind])


def _read(file: Path) -> dict[str, str]:
    with sentences():
        if file.stat().st_mode & 0o077:
            raise UsageError(
                f"Others on this machine can read {file}, which holds a password: "
                f"chmod 600 {file}"
            )
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE)
    text = data.decode(errors="replace")
    found = re.finditer(r"(?m)^[ \t]*([a-z]+)[ \t]+(\S.*?)[ \t\r]*$", text)
    return {one[1]: one[2] for one in found}
