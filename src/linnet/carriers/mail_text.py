"""A mail that holds a parcel, to bytes and back (spec/parcels.md §5); pure.

Reading is no parsing of MIME, whose depths are a stranger's: any run of base64 after an
empty line may be the parcel, and whatever is none says nothing.
"""

import binascii
import re
from base64 import b64decode, encodebytes
from email.utils import formatdate
from typing import Final

from linnet.carriers.drop import Found
from linnet.carriers.parcels import Parcel
from linnet.errors import RemoteError

LARGEST_MAIL: Final = 128 * 1024
MOST_RUNS: Final = 8

_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,180}"
)
_FROM: Final = re.compile(rb"(?:^|\n)from:([^\n]{1,1000})", re.IGNORECASE)
_RUN: Final = re.compile(rb"\n\r?\n([A-Za-z0-9+/=\r\n]{16,})")
_SUBJECTS: Final = (
    "Photos", "Scan", "The list", "Our trip", "Sunday", "Recipe", "The form", "Notes",
    "Plan", "For you", "Copies", "The flat", "Homework", "Pictures", "Timetable",
    "As promised",
)  # fmt: skip


def is_address(text: str) -> bool:
    """Whether a text is the address of a mailbox, plain enough for every server."""
    return _ADDRESS.fullmatch(text) is not None


def write_mail(name: str, data: bytes, *, sender: str, to: str, now: float) -> bytes:
    """Write a mail.

    Args:
        name: of the parcel; a carrier's mails have one subject.
        data: the parcel.
        sender: whose account it is.
        to: whom it is for.
        now: seconds since 1970.
    """
    subject = _SUBJECTS[int(name[:2], 16) % len(_SUBJECTS)]
    file = subject.lower().replace(" ", "-")
    head = (
        f"Date: {formatdate(now)}",
        f"From: <{sender}>",
        f"To: <{to}>",
        f"Message-ID: <{name}@{sender.rpartition('@')[2]}>",
        f"Subject: {subject}",
        "MIME-Version: 1.0",
        f'Content-Type: application/octet-stream; name="{file}.bin"',
        f'Content-Disposition: attachment; filename="{file}.bin"',
        "Content-Transfer-Encoding: base64",
    )
    body = encodebytes(data).replace(b"\n", b"\r\n")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def read_mail(mail: bytes) -> Found:
    """Read a mail: the first parcel in it, or nothing, and who says to have sent it."""
    mail = mail[:LARGEST_MAIL]
    for number, run in enumerate(_RUN.finditer(mail)):
        if number == MOST_RUNS:
            break
        try:
            data = b64decode(run[1].replace(b"\r", b"").replace(b"\n", b""))
            Parcel.read(data)
        except (binascii.Error, RemoteError):
            continue
        return Found(data, _sender(mail))
    return Found(b"", "")


def _sender(mail: bytes) -> str:
    head = re.split(rb"\r?\n\r?\n", mail, maxsplit=1)[0]
    unfolded = re.sub(rb"\r?\n[ \t]", b" ", head)
    found = _FROM.search(unfolded)
    said = found[1].decode("latin-1").strip() if found else ""
    if said.endswith(">"):
        said = said.rpartition("<")[2][:-1]
    return said if is_address(said) else ""
