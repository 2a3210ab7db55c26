"""Messages as faces show them: names, reactions, states and files put together."""

from linnet.client.core import cbor
from linnet.client.core.files import FileKey
from linnet.client.core.hints import media_value, read_media
from linnet.client.core.meaning import FileRef
from linnet.client.store.columns import (
    blob,
    maybe_blob,
    maybe_real,
    maybe_text,
    number,
    real,
    text,
)
from linnet.client.store.database import Database, Row, Scalar
from linnet.client.values import (
    Attachment,
    Message,
    MessageState,
    Reaction,
    TransferState,
)
from linnet.errors import BugError
from linnet.ids import AccountKey, BlobId, ConversationId, MessageId
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor

_COLUMNS = (
    "number, conversation, id, sender, time, text, state, notice, reason, reply_to,"
    " edited, deleted, attachment, expires_at, arrival"
)
_LATEST = 1 << 62
"""Stands for the place of what has none yet: after everything that has."""


def pack_file(file: FileRef) -> bytes:
    """Write how a file is found and opened, for the store."""
    relay = file.relay.pack() if file.relay else None
    keys: list[cbor.Value] = [file.blob, file.key.key, file.key.prefix]
    media = [media_value(file.media)] if file.media else []
    what: list[cbor.Value] = [file.size, file.name, file.media_type, relay]
    return cbor.encode([*keys, *what, *media])


def unpack_file(data: bytes) -> FileRef:
    """Read what `pack_file` wrote."""
    match cbor.decode(data):
        case [
            bytes(blob_id),
            bytes(key),
            bytes(prefix),
            int(size),
            str(name),
            str(kind),
            relay,
            *media,
        ]:
            where = (
                RelayDescriptor.read(Fields(relay))
                if isinstance(relay, bytes)
                else None
            )
            file_key = FileKey(key, prefix)
            return FileRef(
                BlobId(blob_id),
                file_key,
                size,
                name,
                kind,
                where,
                read_media(media[0]) if media else None,
            )
        case _:
            raise BugError("The store holds a file that cannot be read.")


class MessageViews:
    """Reads messages for faces."""

    def __init__(self, database: Database, me: AccountKey) -> None:
        self._db = database
        self._me = me

    def one(self, conversation: ConversationId, message: MessageId) -> Message | None:
        """Return one message."""
        found = self._select("conversation = ? AND id = ?", conversation, message)
        return found[0] if found else None

    def by_prefix(self, conversation: ConversationId, prefix: str) -> list[Message]:
        """Return the messages whose id begins so."""
        return self._select(
            "conversation = ? AND lower(hex(id)) LIKE ? AND notice IS NULL",
            conversation,
            prefix.lower() + "%",
        )

    def page(
        self, conversation: ConversationId, *, before: MessageId | None, limit: int
    ) -> list[Message]:
        """Return up to ``limit`` messages before one, the oldest first."""
        where = "conversation = ?"
        values: list[Scalar] = [conversation]
        if before is not None:
            place = f"coalesce(place, {_LATEST})"
            where += (
                f" AND ({place}, number) < (SELECT {place}, number FROM messages"  # noqa: S608
                " WHERE conversation = ? AND id = ?)"
            )
            values += [conversation, before]
        order = f"coalesce(place, {_LATEST}) DESC, number DESC LIMIT {int(limit)}"
        return list(reversed(self._select(f"{where} ORDER BY {order}", *values)))

    def search(self, words: str, limit: int) -> list[Message]:
        """Return messages that hold every word, newest first."""
        terms = ['"' + word.replace('"', '""') + '"*' for word in words.split()]
        if not terms:
            return []
        return self._select(
            "number IN (SELECT rowid FROM words WHERE words MATCH ?)"
            " ORDER BY time DESC LIMIT ?",
            " ".join(terms),
            limit,
        )

    def unread(self, conversation: ConversationId) -> int:
        """Return how many messages of others came since all was seen."""
        row = self._db.row(
            "SELECT count(*) FROM messages WHERE conversation = ? AND sender != ?"
            " AND notice IS NULL AND arrival > (SELECT seen FROM conversations"
            " WHERE id = ?)",
            conversation,
            self._me,
            conversation,
        )
        return number(row[0]) if row else 0

    def name(self, conversation: ConversationId, account: AccountKey) -> str:
        """Return an account's name as it is known here."""
        row = self._db.row(
            "SELECT name FROM members WHERE conversation = ?1 AND account = ?2"
            " UNION ALL SELECT name FROM contacts WHERE account = ?2 LIMIT 1",
            conversation,
            account,
        )
        return text(row[0]) if row else "somebody"

    def _select(self, where: str, *values: Scalar) -> list[Message]:
        sql = f"SELECT {_COLUMNS} FROM messages WHERE {where}"  # noqa: S608
        return [self._view(row) for row in self._db.rows(sql, *values)]

    def _view(self, row: Row) -> Message:
        conversation = ConversationId(blob(row[1]))
        message, sender = MessageId(blob(row[2])), AccountKey(blob(row[3]))
        delivered, read, others = self._receipts(conversation, message)
        state = MessageState(text(row[6]))
        is_away = state in (MessageState.QUEUED, MessageState.ON_THE_RELAY)
        if is_away and others and delivered >= others:
            state = MessageState.READ if read >= others else MessageState.DELIVERED
        reply = maybe_blob(row[9])
        return Message(
            id=message,
            conversation=conversation,
            sender=sender,
            name=self.name(conversation, sender),
            is_mine=sender == self._me,
            time=real(row[4]),
            text=text(row[5]),
            state=state,
            notice=maybe_text(row[7]),
            reason=maybe_text(row[8]),
            reply_to=None if reply is None else MessageId(reply[1:17]),
            edited=bool(row[10]),
            deleted=bool(row[11]),
            attachment=self._attachment(conversation, message, maybe_blob(row[12])),
            reactions=self._reactions(conversation, message),
            expires_at=maybe_real(row[13]),
            delivered_to=delivered,
            read_by=read,
        )

    def _receipts(
        self, conversation: ConversationId, message: MessageId
    ) -> tuple[int, int, int]:
        row = self._db.row(
            "SELECT count(*), coalesce(sum(is_read), 0), (SELECT count(*) FROM members"
            " WHERE conversation = ?1 AND account != ?3) FROM receipts"
            " WHERE conversation = ?1 AND message = ?2",
            conversation,
            message,
            self._me,
        )
        return (number(row[0]), number(row[1]), number(row[2])) if row else (0, 0, 0)

    def _reactions(
        self, conversation: ConversationId, message: MessageId
    ) -> tuple[Reaction, ...]:
        rows = self._db.rows(
            "SELECT account, emoji FROM reactions WHERE conversation = ?"
            " AND target = ? ORDER BY emoji, account",
            conversation,
            message,
        )
        found = []
        for who, emoji in rows:
            account = AccountKey(blob(who))
            name = self.name(conversation, account)
            found.append(Reaction(account, name, text(emoji), account == self._me))
        return tuple(found)

    def _attachment(
        self, conversation: ConversationId, message: MessageId, packed: bytes | None
    ) -> Attachment | None:
        if packed is None:
            return None
        file = unpack_file(packed)
        row = self._db.row(
            "SELECT state, moved FROM transfers WHERE conversation = ? AND message = ?"
            " ORDER BY is_upload DESC LIMIT 1",
            conversation,
            message,
        )
        state, moved = TransferState.WAITING, 0
        if row is not None:
            state, moved = TransferState(text(row[0])), min(number(row[1]), file.size)
        duration = file.media.duration_ms if file.media else None
        is_audio = file.media_type.lower().startswith("audio/")
        return Attachment(
            file.name,
            file.media_type,
            file.size,
            state,
            moved,
            seconds=None if duration is None else duration / 1000,
            is_voice=is_audio and file.media is not None and bool(file.media.wave),
        )
