"""Verbs about bags: messages that somebody carries where there is no network."""

import os
import sys
from pathlib import Path
from typing import Final

from linnet.cli.asking import is_interactive
from linnet.cli.call import Call, Verb
from linnet.cli.codes import terminal_code
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Kind, Option, Word
from linnet.cli.output import Output, Plain
from linnet.cli.safe import safe_line
from linnet.client import PackedBag, bag_codes
from linnet.errors import StorageError, UsageError

LARGEST: Final = 16 << 20
"""No bag, and no text of its codes, is larger."""
CARRY_SECONDS: Final = 30.0
_FILE: Final = "or name a file to write instead."
_LONGEST_WAIT: Final = 86_400.0


async def _pack(call: Call) -> Exit:
    place = _Place.of(call, "FILE")
    async with call.account(connect=False) as me:
        is_meeting = call.given.has("--meeting")
        packed = await me.bags.pack(small=place.is_code, meeting=is_meeting)
        place.write(call.out, packed.data)
        numbers: dict[str, Plain] = {
            "messages": packed.messages,
            "errands": packed.errands,
            "letters": packed.letters,
        }
        lines = [f"Packed{place.where}.", *_about(packed)]
        call.out.show(place.document(packed.data) | numbers, lines)
        return Exit.OK


def _about(packed: PackedBag) -> list[str]:
    lines = []
    if packed.errands:
        lines += [
            f"For the relay: {_count(packed.messages, 'message')}, receipts and the "
            "like included, and the wish to read what is new. Give it to anybody who "
            "comes to where there is a connection; they type: "
            "linnet bag carry FILE ANSWER",
        ]
    if packed.letters:
        lines += [
            f"For those it is written to: {_count(packed.letters, 'letter')}. If you "
            "meet them, they read it at once: linnet bag unpack FILE",
        ]
    return [
        *lines,
        "Everything in it also stays here, and is sent when there is a connection.",
    ]


async def _carry(call: Call) -> Exit:
    data, place = _read(call.given.word("FILE")), _Place.of(call, "ANSWER")
    wait = call.given.number("--wait", default=CARRY_SECONDS, highest=_LONGEST_WAIT)
    async with call.account() as me:
        carried = await me.bags.carry(data, wait_seconds=wait)
    if carried.data:
        place.write(call.out, carried.data)
    lines = [f"Handed in {carried.handed_in} of {carried.errands} errands."]
    lines += [safe_line(one) for one in carried.sentences]
    if carried.data:
        lines.append(
            f"The answer is written{place.where}. Bring it back to whoever packed the "
            "bag; they type: linnet bag unpack ANSWER"
        )
    if carried.handed_in < carried.errands:
        lines.append("The bag can be carried again: what was handed in stays so.")
    document = place.document(carried.data) | {
        "handed_in": carried.handed_in,
        "errands": carried.errands,
        "sentences": list(carried.sentences),
    }
    call.out.show(document, lines)
    return Exit.OK if carried.handed_in == carried.errands else Exit.WAITING


async def _unpack(call: Call) -> Exit:
    data = _read(call.given.word("FILE"))
    async with call.account(connect=False) as me:
        done = await me.bags.unpack(data)
    call.out.show(
        {
            "on_the_relay": done.on_the_relay,
            "received": done.received,
            "sentences": list(done.sentences),
        },
        [
            f"{_count(done.on_the_relay, 'message')} of yours of that bag reached the "
            f"relay; {_count(done.received, 'message')} came for you.",
            *(safe_line(one) for one in done.sentences),
        ],
    )
    return Exit.OK


class _Place:
    """Where a bag goes: a new file, or codes on the screen."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.is_code = file is None

    @classmethod
    def of(cls, call: Call, word: str) -> "_Place":
        """Understand what was given.

        Raises:
            UsageError: both or neither, or the file is there already.
        """
        name, is_code = call.given.word(word), call.given.has("--qr")
        if bool(name) == is_code:
            raise UsageError(f"Name the {word} to write, or show codes with --qr.")
        if is_code:
            return cls(None)
        file = Path(name).expanduser()
        if file.exists():
            raise UsageError(f"{file} is there already; name a new file.")
        return cls(file)

    @property
    def where(self) -> str:
        """Where it went, for a sentence."""
        return f" to {safe_line(str(self.file))}" if self.file else " as codes"

    def write(self, out: Output, data: bytes) -> None:
        """Write the file, or show the codes.

        Raises:
            StorageError: the file cannot be written.
        """
        if self.file is not None:
            _write(self.file, data)
        elif not out.as_json:
            _show(out, bag_codes(data))

    def document(self, data: bytes) -> dict[str, Plain]:
        """What programs are told."""
        if self.file is None:
            return {"path": None, "codes": [*bag_codes(data)] if data else []}
        return {"path": str(self.file) if data else None, "codes": []}


def _show(out: Output, codes: list[str]) -> None:
    """Show one code after another, again from the first, until it is enough."""
    if not (out.is_terminal and is_interactive()):
        out.lines(codes)
        return
    at = 0
    while True:
        lines = terminal_code(codes[at], width=out.width, otherwise=_FILE)
        out.lines(["\x1b[2J\x1b[H", *lines])
        out.aside(
            f"Code {at + 1} of {len(codes)}. Enter: the next one. q and Enter: done."
        )
        typed = sys.stdin.readline()
        if not typed or typed.strip().casefold() in {"q", "quit"}:
            return
        at = (at + 1) % len(codes)


def _write(file: Path, data: bytes) -> None:
    try:
        # For its owner alone; a carrier is given it on purpose.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StorageError(
            f"{file} could not be written: {error.strerror}. Nothing was lost; name "
            "another place."
        ) from None


def _read(name: str) -> bytes:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(name).expanduser().open("rb") as source:
                data = source.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None
    if len(data) > LARGEST:
        raise UsageError(f"{name} is too large to be a bag.")
    return data


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


_QR = Option("--qr", "show codes on the screen instead of writing a file")
_TEXTS = (
    "It may also hold the texts of the codes, as a camera reads them, in any order.\n"
    "With - it is read from standard input."
)

VERBS = (
    Verb(
        Form(
            "bag pack",
            "pack what waits into a file or codes, for somebody to carry",
            "linnet bag pack /media/stick/bag",
            (Word("FILE", "a new file", Kind.FILE, is_needed=False),),
            (
                _QR,
                Option("--meeting", "only what those you meet read at once"),
            ),
            more=(
                "For when there is no network. Everything is sealed: who carries it "
                "reads nothing. What is\npacked also stays queued here."
            ),
            prints='`{"path", "codes", "messages", "errands", "letters"}`',
        ),
        _pack,
    ),
    Verb(
        Form(
            "bag carry",
            "hand somebody's bag in, and write the answer for them",
            "linnet bag carry /media/stick/bag /media/stick/answer",
            (
                Word("FILE", "the bag", Kind.FILE),
                Word("ANSWER", "a new file for the answer", Kind.FILE, is_needed=False),
            ),
            (_QR,),
            more=_TEXTS.replace("It may", "The bag may"),
            prints='`{"path", "codes", "handed_in", "errands", "sentences"}`',
        ),
        _carry,
    ),
    Verb(
        Form(
            "bag unpack",
            "take the answer to a bag of yours, or a bag of somebody you met",
            "linnet bag unpack /media/stick/answer",
            (Word("FILE", "the answer, or the bag", Kind.FILE),),
            more=_TEXTS.replace("It may", "The file may"),
            prints='`{"on_the_relay", "received", "sentences"}`',
        ),
        _unpack,
    ),
)
