"""What a MIMI content means in a conversation (spec/conversations.md §7.2).

Contents to meanings and back. Knows nothing of who may edit what: the timeline does.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath, PureWindowsPath

from linnet.client.core import cbor, files
from linnet.client.core.content import Content
from linnet.client.core.hints import (
    MEDIA,
    MENTIONS,
    Media,
    Mention,
    read_media,
    read_mentions,
)
from linnet.client.core.parts import (
    Disposition,
    ExternalPart,
    MultiPart,
    NullPart,
    Part,
    Semantics,
    SinglePart,
)
from linnet.client.core.shared_roads import (
    MANIFEST,
    ROAD,
    ManifestBrought,
    RoadShared,
)
from linnet.errors import Malformed
from linnet.ids import BlobId, EnvelopeId
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor

PLAIN = "text/plain;charset=utf-8"
STATUS = "application/mimi-message-status"
CARD = "application/vnd.linnet.card"
TIMER = "application/vnd.linnet.timer"
MISSED = "application/vnd.linnet.missed"
AGAIN = "application/vnd.linnet.again"
BLOB_URL = "linnet:blob:"
LONGEST_EMOJI = 32
MOST_RECEIPTS = 500
DELIVERED, READ = 1, 2


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file elsewhere: which blob, where, and how to open it."""

    blob: BlobId = field(repr=False)
    key: files.FileKey = field(repr=False)
    size: int
    name: str = field(repr=False)
    media_type: str
    relay: RelayDescriptor | None = field(default=None, repr=False)
    media: Media | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """A text, a file, or both; an edit when the content replaces another."""

    text: str = field(repr=False)
    file: FileRef | None = None
    mentions: tuple[Mention, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What the content replaces is deleted, or the reaction taken back."""


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction to what the content replies to."""

    emoji: str


@dataclass(frozen=True, slots=True)
class Receipts:
    """Messages that were delivered or read, by MIMI id."""

    statuses: tuple[tuple[bytes, int], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardShown:
    """The sender's invite card."""

    card: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TimerSet:
    """From now on messages disappear this many seconds after they were read."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Missed:
    """Asks whoever sent these envelopes to say again what they hold."""

    envelopes: tuple[EnvelopeId, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """A content that its sender says again for those who missed it."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A kind of content that this version does not know."""


Meaning = (
    Said
    | Withdrawn
    | Reacted
    | Receipts
    | CardShown
    | TimerSet
    | Missed
    | Again
    | RoadShared
    | ManifestBrought
    | Unknown
)


def text_part(text: str) -> SinglePart:
    """Return the part of a text."""
    return SinglePart(Disposition.RENDER, PLAIN, text.encode())


def reaction_part(emoji: str) -> SinglePart:
    """Return the part of a reaction."""
    return SinglePart(Disposition.REACTION, PLAIN, emoji.encode())


def withdrawal_part(*, of_reaction: bool) -> NullPart:
    """Return the part of a deletion."""
    return NullPart(Disposition.REACTION if of_reaction else Disposition.RENDER)


def card_part(card: bytes) -> SinglePart:
    """Return the part of a card."""
    return SinglePart(Disposition.PROFILE, CARD, card)


def timer_part(seconds: int) -> SinglePart:
    """Return the part that sets the timer."""
    return SinglePart(Disposition.UNSPECIFIED, TIMER, cbor.encode(seconds))


def receipts_part(statuses: list[tuple[bytes, int]], now: float) -> SinglePart:
    """Return the part of a status report."""
    entries: list[cbor.Value] = [[mimi, status] for mimi, status in statuses]
    report: list[cbor.Value] = [cbor.Tag(62, int(now * 1000)), entries]
    return SinglePart(Disposition.UNSPECIFIED, STATUS, cbor.encode(report))


def missed_part(envelopes: Sequence[EnvelopeId]) -> SinglePart:
    """Return the part that asks for what could not be read."""
    return SinglePart(Disposition.UNSPECIFIED, MISSED, cbor.encode(list(envelopes)))


def again_part(content: bytes) -> SinglePart:
    """Return the part that repeats a content."""
    return SinglePart(Disposition.UNSPECIFIED, AGAIN, content)


def road_part(shared: RoadShared) -> SinglePart:
    """Return the part that shares roads."""
    return SinglePart(Disposition.UNSPECIFIED, ROAD, shared.encode())


def manifest_part(series: bytes) -> SinglePart:
    """Return the part that brings a manifest."""
    return SinglePart(Disposition.UNSPECIFIED, MANIFEST, series)


def file_part(file: FileRef, text: str = "") -> Part:
    """Return the part of a file, with a text if there is one."""
    url = BLOB_URL + _base64(file.blob)
    if file.relay:
        url += "@" + _base64(file.relay.pack())
    part = ExternalPart(
        disposition=Disposition.ATTACHMENT,
        media_type=file.media_type,
        url=url,
        expires=0,
        size=file.size,
        algorithm=files.ALGORITHM,
        key=file.key.key,
        nonce=file.key.prefix,
        aad=b"",
        hash_algorithm=0,
        content_hash=b"",
        description="",
        filename=file.name,
    )
    if not text:
        return part
    both = (text_part(text), part)
    return MultiPart(Disposition.RENDER, Semantics.PROCESS_ALL, both)


def meaning_of(content: Content) -> Meaning:  # noqa: PLR0911  one line a kind
    """Say what a content means.

    Raises:
        Malformed: it is of a known kind and not as that kind is.
    """
    match content.part:
        case NullPart() if content.replaces is not None:
            return Withdrawn()
        case SinglePart(Disposition.REACTION, str(kind), emoji) if _is_text(kind):
            if content.in_reply_to is None or not 1 <= len(emoji) <= LONGEST_EMOJI:
                raise Malformed("A reaction is malformed.")
            return Reacted(_text(emoji))
        case SinglePart(media_type=kind) as single if _is_text(kind):
            return _said(content, _text(single.content))
        case SinglePart() as single:
            return _meaning_of_single(single)
        case ExternalPart() as external:
            return _said(content, "", _file(external))
        case MultiPart(parts=(SinglePart() as single, ExternalPart() as external)) if (
            _is_text(single.media_type)
        ):
            return _said(content, _text(single.content), _file(external))
        case _:
            return Unknown()


def _said(content: Content, text: str, file: FileRef | None = None) -> Said:
    hints = content.extensions
    if file is not None:
        file = replace(file, media=read_media(hints.get(MEDIA)))
    return Said(text, file, read_mentions(hints.get(MENTIONS), text))


def _meaning_of_single(part: SinglePart) -> Meaning:  # noqa: PLR0911  one line a kind
    match part.media_type:
        case "application/mimi-message-status":
            return _receipts(part.content)
        case "application/vnd.linnet.card":
            return CardShown(part.content)
        case "application/vnd.linnet.timer":
            seconds = cbor.decode(part.content)
            if isinstance(seconds, bool) or not isinstance(seconds, int):
                raise Malformed("A timer is malformed.")
            if not 0 <= seconds < 1 << 32:
                raise Malformed("A timer is malformed.")
            return TimerSet(seconds)
        case "application/vnd.linnet.missed":
            return Missed(_envelopes(part.content))
        case "application/vnd.linnet.again":
            return Again(part.content)
        case "application/vnd.linnet.road":
            return RoadShared.decode(part.content)
        case "application/vnd.linnet.manifest":
            return ManifestBrought(part.content)
        case _:
            return Unknown()


def _envelopes(data: bytes) -> tuple[EnvelopeId, ...]:
    match cbor.decode(data):
        case [*entries] if 1 <= len(entries) <= MOST_RECEIPTS:
            names = [one for one in entries if isinstance(one, bytes)]
        case _:
            raise Malformed("A list of what is missed is malformed.")
    if len(names) != len(entries) or any(len(one) != 16 for one in names):
        raise Malformed("A list of what is missed is malformed.")
    return tuple(EnvelopeId(one) for one in names)


def _receipts(data: bytes) -> Receipts:
    match cbor.decode(data):
        case [cbor.Tag(62, int()), [*entries]] if len(entries) <= MOST_RECEIPTS:
            pass
        case _:
            raise Malformed("A status report is malformed.")
    statuses = []
    for entry in entries:
        match entry:
            case [bytes(mimi), int(status)] if len(mimi) == 32 and not isinstance(
                status, bool
            ):
                statuses.append((mimi, status))
            case _:
                raise Malformed("A status report is malformed.")
    return Receipts(tuple(statuses))


def _file(part: ExternalPart) -> FileRef | None:
    """Return the file, or None when it is elsewhere or sealed in an unknown way."""
    if not part.url.startswith(BLOB_URL) or part.algorithm != files.ALGORITHM:
        return None
    blob, _, relay = part.url.removeprefix(BLOB_URL).partition("@")
    name = BlobId(_unbase64(blob))
    is_sound = len(name) == 32 and len(part.key) == 32
    if not is_sound or len(part.nonce) != files.PREFIX or part.size > files.LARGEST:
        raise Malformed("A message names a file impossibly.")
    descriptor = None
    if relay:
        fields = Fields(_unbase64(relay))
        descriptor = RelayDescriptor.read(fields)
        fields.finish()
    key = files.FileKey(part.key, part.nonce)
    shown = safe_filename(part.filename)
    return FileRef(name, key, part.size, shown, part.media_type, descriptor)


def safe_filename(name: str) -> str:
    """Return a file name that leads nowhere else and hides nothing."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    shown = "".join(c for c in last if c.isprintable())[:200].strip(". ")
    return shown or "file"


def _is_text(media_type: str) -> bool:
    kind = media_type.partition(";")[0].strip().lower()
    return kind in ("text/plain", "text/markdown")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("A text is not UTF-8.") from error


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unbase64(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Malformed("A message names a file impossibly.") from error
