"""Writes web/src/wire/tables.ts: what the web client takes from the Python side.

Numbers of requests, replies and refusals, with their sentences, and every limit come
from one place, ``src/linnet/wire``. ``make check`` fails while the file is another
than this writes; ``python tools/frames.py`` writes it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Final

from linnet.wire import codec, handshakes, invites, limits, links, records, session
from linnet.wire.events import ClosingReason
from linnet.wire.refusals import SENTENCES, Refusal
from linnet.wire.replies import Mode, PassState

TARGET: Final = (
    Path(__file__).resolve().parent.parent / "web" / "src" / "wire" / "tables.ts"
)
_WIDTH: Final = 88
_HEAD: Final = """\
/**
 * Numbers, limits and sentences of the protocol: written by `tools/frames.py` out of
 * `src/linnet/wire`, and the same there. Change them there.
 */
"""
_NOT_IN_BROWSERS: Final = {
    "ManifestGet",
    "Series",
    "Errand",
    "ErrandAnswer",
    "BAD_ERRAND",
}
"""Messages that the web client neither sends nor is sent, and their refusal."""
_CONSTANTS: Final = {
    "VERSION": handshakes.VERSION,
    "SMALLEST_REPLY": handshakes.SMALLEST_REPLY,
    "RESUMPTION_ID_BYTES": handshakes.RESUMPTION_ID_BYTES,
    "IDS_PER_BLOCK": handshakes.IDS_PER_BLOCK,
    "LARGEST_RECORD": records.LARGEST_RECORD,
    "SMALLEST_RECORD": records.SMALLEST_RECORD,
    "LARGEST_MESSAGE": records.LARGEST_MESSAGE,
    "MOST_MESSAGES": records.MOST_MESSAGES,
    "RECORDS_PER_KEY": session.RECORDS_PER_KEY,
    "LINK_VERSION": links.VERSION,
    "CHECKSUM_SIZE": links.CHECKSUM_SIZE,
    "MAX_LINK": links.MAX_LINK,
    "MAX_ADDRESSES": links.MAX_ADDRESSES,
    "LONGEST_NAME": invites.LONGEST_NAME,
    "MOST_RELAYS": invites.MOST_RELAYS,
}


def write() -> str:
    """The whole file."""
    sizes = {name: value for name, value in vars(limits).items() if name.isupper()}
    parts = [
        _HEAD,
        *(f"export const {name} = {_number(value)};" for name, value in sizes.items()),
        *(
            f"export const {name} = {_number(value)};"
            for name, value in _CONSTANTS.items()
        ),
        "",
        _table("REQUEST_TYPES", _types(codec.REQUESTS)),
        _table("REPLY_TYPES", _types(codec.REPLIES)),
        *(
            _table(name, _members(kind))
            for name, kind in (
                ("Refusal", Refusal),
                ("OpeningRefusal", handshakes.OpeningRefusal),
                ("Road", links.Road),
                ("LinkKind", links.LinkKind),
                ("Mode", Mode),
                ("PassState", PassState),
                ("ClosingReason", ClosingReason),
            )
        ),
        _sentences("REFUSAL_SENTENCES", SENTENCES),
        _sentences("OPENING_SENTENCES", handshakes.SENTENCES),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _types(
    known: Mapping[int, type[codec.Request]] | Mapping[int, type[codec.Reply]],
) -> Iterator[tuple[str, str]]:
    return (
        (one.__name__, f"0x{kind:02x}")
        for kind, one in known.items()
        if one.__name__ not in _NOT_IN_BROWSERS
    )


def _members(kind: type[IntEnum]) -> Iterator[tuple[str, str]]:
    return (
        (one.name, str(one.value)) for one in kind if one.name not in _NOT_IN_BROWSERS
    )


def _sentences(
    name: str,
    sentences: Mapping[Refusal, str] | Mapping[handshakes.OpeningRefusal, str],
) -> str:
    rows = (
        (str(int(code)), json.dumps(text))
        for code, text in sentences.items()
        if code.name not in _NOT_IN_BROWSERS
    )
    return _table(name, rows)


def _table(name: str, rows: Iterable[tuple[str, str]]) -> str:
    """An object of a line each, as prettier lays it out."""
    lines = [f"export const {name} = {{"]
    for key, value in rows:
        line, below = f"  {key}: {value},", [f"  {key}:", f"    {value},"]
        is_wide = len(line) > _WIDTH >= len(below[1])
        lines += below if is_wide else [line]
    lines.append("} as const;")
    return "\n".join([*lines, ""])


def _number(value: int) -> str:
    return f"{value:_}" if value >= 10_000 else str(value)


if __name__ == "__main__":
    TARGET.write_text(write(), encoding="utf-8")
    print(f"Wrote {TARGET.name}.")
