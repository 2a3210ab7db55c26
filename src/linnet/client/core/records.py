"""One message as another device of the account is told it.

Specified in ``spec/devices.md`` §4: what was said before a device came is passed on as
it is shown, because the keys it was encrypted under are gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from linnet.client.core import cbor
from linnet.client.core.files import LARGEST, PREFIX, FileKey
from linnet.client.core.hints import media_value, read_media
from linnet.client.core.meaning import FileRef, safe_filename
from linnet.errors import Malformed
from linnet.ids import AccountKey, BlobId, ConversationId, MessageId
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor

LATEST_MS = 253_402_300_799_999
LATEST = 1 << 53


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """A message with all that has come of it."""

    conversation: ConversationId = field(repr=False)
    id: MessageId
    mimi: bytes = field(repr=False)
    sender: AccountKey = field(repr=False)
    time_ms: int
    place: int
    text: str = field(default="", repr=False)
    notice: str | None = field(default=None, repr=False)
    reply_to: bytes | None = field(default=None, repr=False)
    edited: bool = False
    deleted: bool = False
    file: FileRef | None = field(default=None, repr=False)
    expire_after: int | None = None
    expires_ms: int | None = None
    reactions: tuple[tuple[bytes, AccountKey, str], ...] = field(default=(), repr=False)
    receipts: tuple[tuple[AccountKey, bool], ...] = field(default=(), repr=False)


def write_record(record: HistoryRecord) -> list[cbor.Value]:
    """Write a record."""
    reactions: list[cbor.Value] = [
        [mimi, account, emoji] for mimi, account, emoji in record.reactions
    ]
    receipts: list[cbor.Value] = [[who, is_read] for who, is_read in record.receipts]
    return [
        record.conversation,
        record.id,
        record.mimi,
        record.sender,
        record.time_ms,
        record.place,
        record.text,
        record.notice,
        record.reply_to,
        record.edited,
        record.deleted,
        _write_file(record.file) if record.file else None,
        record.expire_after,
        record.expires_ms,
        reactions,
        receipts,
    ]


def read_record(value: cbor.Value) -> HistoryRecord:
    """Read a record.

    Raises:
        Malformed: it is none.
    """
    match value:
        case [
            bytes(conversation),
            bytes(message),
            bytes(mimi),
            bytes(sender),
            int(time_ms),
            int(place),
            str(text),
            None | str() as notice,
            None | bytes() as reply_to,
            bool(edited),
            bool(deleted),
            file,
            None | int() as expire_after,
            None | int() as expires_ms,
            [*reactions],
            [*receipts],
        ]:
            pass
        case _:
            raise _malformed()
    lengths = (len(conversation), len(message), len(mimi), len(sender))
    reply_length = 32 if reply_to is None else len(reply_to)
    _check(lengths == (16, 16, 32, 32) and reply_length == 32)
    _check(_is_within(time_ms, LATEST_MS) and _is_within(place, LATEST))
    _check(expire_after is None or _is_within(expire_after, 1 << 32))
    _check(expires_ms is None or _is_within(expires_ms, LATEST_MS))
    return HistoryRecord(
        ConversationId(conversation),
        MessageId(message),
        mimi,
        AccountKey(sender),
        time_ms,
        place,
        text,
        notice,
        reply_to,
        edited,
        deleted,
        None if file is None else _read_file(file),
        expire_after,
        expires_ms,
        tuple(_read_reaction(one) for one in reactions),
        tuple(_read_receipt(one) for one in receipts),
    )


def write_piece(records: Sequence[HistoryRecord]) -> bytes:
    """Write a piece of a history."""
    return cbor.encode([write_record(one) for one in records])


def read_piece(data: bytes) -> list[HistoryRecord]:
    """Read a piece of a history.

    Raises:
        Malformed: it is none.
    """
    match cbor.decode(data):
        case [*records]:
            return [read_record(one) for one in records]
        case _:
            raise _malformed()


def _write_file(file: FileRef) -> list[cbor.Value]:
    relay = file.relay.pack() if file.relay else None
    keys: list[cbor.Value] = [file.blob, file.key.key, file.key.prefix]
    media = media_value(file.media) if file.media else None
    return [*keys, file.size, file.name, file.media_type, relay, media]


def _read_file(value: cbor.Value) -> FileRef:
    match value:
        case [
            bytes(blob),
            bytes(key),
            bytes(prefix),
            int(size),
            str(name),
            str(media_type),
            None | bytes() as relay,
            media,
        ]:
            pass
        case _:
            raise _malformed()
    _check((len(blob), len(key), len(prefix)) == (32, 32, PREFIX))
    _check(_is_within(size, LARGEST))
    where = None
    if relay is not None:
        fields = Fields(relay)
        where = RelayDescriptor.read(fields)
        fields.finish()
    return FileRef(
        BlobId(blob),
        FileKey(key, prefix),
        size,
        safe_filename(name),
        media_type,
        where,
        read_media(media),
    )


def _read_reaction(value: cbor.Value) -> tuple[bytes, AccountKey, str]:
    match value:
        case [bytes(mimi), bytes(account), str(emoji)] if (
            len(mimi) == len(account) == 32 and len(emoji.encode()) <= 32
        ):
            return mimi, AccountKey(account), emoji
    raise _malformed()


def _read_receipt(value: cbor.Value) -> tuple[AccountKey, bool]:
    match value:
        case [bytes(account), bool(is_read)] if len(account) == 32:
            return AccountKey(account), is_read
    raise _malformed()


def _is_within(value: int, largest: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= largest


def _check(is_sound: bool) -> None:
    if not is_sound:
        raise _malformed()


def _malformed() -> Malformed:
    return Malformed("What another device passed on of a conversation is malformed.")
