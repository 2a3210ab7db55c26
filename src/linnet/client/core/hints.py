"""Hints about a message: what its picture or recording is like, whom its text names.

Specified in ``spec/conversations.md`` §7.4. Hints are the sender's word and may be
missing; a malformed one is dropped, the message stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from linnet.client.core import cbor
from linnet.ids import AccountKey

MEDIA: Final = "linnet.media"
MENTIONS: Final = "linnet.mentions"
LONGEST_PREVIEW: Final = 1_000
LONGEST_WAVE: Final = 128
LONGEST_SIDE: Final = 65_535
LONGEST_MS: Final = (1 << 32) - 1
MOST_MENTIONS: Final = 50


@dataclass(frozen=True, slots=True)
class Media:
    """What a picture, video or recording is like before it is fetched.

    Attributes:
        size: width and height in pixels.
        preview: a tiny picture.
        duration_ms: how long it plays.
        wave: loudness over time, 0 to 255 each.
    """

    width: int | None = None
    height: int | None = None
    preview: bytes | None = field(default=None, repr=False)
    duration_ms: int | None = None
    wave: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Mention:
    """A part of a text, in code points, that names an account."""

    start: int
    length: int
    account: AccountKey = field(repr=False)


def media_value(media: Media) -> dict[int | str, cbor.Value]:
    """Return the hint as it travels."""
    fields: dict[int | str, cbor.Value] = {
        "w": media.width,
        "h": media.height,
        "preview": media.preview,
        "duration": media.duration_ms,
        "wave": media.wave,
    }
    return {key: value for key, value in fields.items() if value is not None}


def read_media(value: cbor.Value) -> Media | None:
    """Read the hint about a file; None when there is none, or a malformed one."""
    if not isinstance(value, Mapping):
        return None
    if any(value.get(key, 0) is None for key in media_keys()):
        return None
    width, height = value.get("w"), value.get("h")
    preview, duration = value.get("preview"), value.get("duration")
    wave = value.get("wave")
    is_sound = (
        _is_number(width, 1, LONGEST_SIDE)
        and _is_number(height, 1, LONGEST_SIDE)
        and _is_number(duration, 0, LONGEST_MS)
        and _is_bytes(preview, LONGEST_PREVIEW)
        and _is_bytes(wave, LONGEST_WAVE)
    )
    if not is_sound or not any(key in value for key in media_keys()):
        return None
    return Media(
        width if isinstance(width, int) else None,
        height if isinstance(height, int) else None,
        preview if isinstance(preview, bytes) else None,
        duration if isinstance(duration, int) else None,
        wave if isinstance(wave, bytes) else None,
    )


def media_keys() -> tuple[str, ...]:
    """Return what a hint about a file may say."""
    return ("w", "h", "preview", "duration", "wave")


def read_mentions(value: cbor.Value, text: str) -> tuple[Mention, ...]:
    """Read whom a text names; nobody when the hint is malformed."""
    if not isinstance(value, list) or len(value) > MOST_MENTIONS:
        return ()
    mentions = []
    end = 0
    for one in value:
        match one:
            case [int(start), int(length), bytes(account)] if (
                not isinstance(start, bool)
                and not isinstance(length, bool)
                and len(account) == 32
                and start >= end
                and length >= 1
                and start + length <= len(text)
            ):
                mentions.append(Mention(start, length, AccountKey(account)))
                end = start + length
            case _:
                return ()
    return tuple(mentions)


def _is_number(value: cbor.Value, least: int, largest: int) -> bool:
    if value is None:
        return True
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and isinstance(value, int) and least <= value <= largest


def _is_bytes(value: cbor.Value, longest: int) -> bool:
    return value is None or (isinstance(value, bytes) and 1 <= len(value) <= longest)
