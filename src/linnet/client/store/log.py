"""Raw envelopes as they came, held for a relay that loses them.

Specified in ``spec/conversations.md`` §6.8. Ciphertext only: the keys of messages are
gone once they were read.
"""

from dataclasses import dataclass, field

from linnet.client.core.envelope import EpochKeys
from linnet.client.store.columns import blob, number
from linnet.client.store.database import Database, Row
from linnet.ids import ConversationId, EnvelopeId, Epoch, Sequence

MOST_HELD = 2000
LONGEST_HELD_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Held:
    """One envelope as the relay gave it."""

    sequence: Sequence
    id: EnvelopeId
    epoch: Epoch
    time_ms: int
    is_commit: bool
    data: bytes = field(repr=False)


class LogTable:
    """Reads and writes held envelopes and the keys of their epochs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def hold(self, conversation: ConversationId, held: Held) -> None:
        """Keep an envelope."""
        self._db.write(
            "INSERT INTO envelopes (conversation, sequence, id, epoch, time_ms,"
            " is_commit, data) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (conversation, id) DO UPDATE SET"
            " sequence = excluded.sequence, time_ms = excluded.time_ms",
            conversation,
            held.sequence,
            held.id,
            held.epoch,
            held.time_ms,
            int(held.is_commit),
            held.data,
        )

    def has(self, conversation: ConversationId, envelope: EnvelopeId) -> bool:
        """Whether an envelope came before."""
        row = self._db.row(
            "SELECT 1 FROM envelopes WHERE conversation = ? AND id = ?",
            conversation,
            envelope,
        )
        return row is not None

    def place(self, conversation: ConversationId, held: Held) -> None:
        """Note that the relay has an envelope at another place, or in another epoch."""
        self._db.write(
            "UPDATE envelopes SET sequence = ?, time_ms = ?, epoch = ?,"
            " data = coalesce(nullif(?, x''), data)"
            " WHERE conversation = ? AND id = ?",
            held.sequence,
            held.time_ms,
            held.epoch,
            held.data,
            conversation,
            held.id,
        )

    def find(self, conversation: ConversationId, envelope: EnvelopeId) -> Held | None:
        """Return one held envelope."""
        row = self._db.row(
            "SELECT sequence, id, epoch, time_ms, is_commit, data FROM envelopes"
            " WHERE conversation = ? AND id = ?",
            conversation,
            envelope,
        )
        return _read(row) if row else None

    def drop(self, conversation: ConversationId, envelope: EnvelopeId) -> None:
        """Forget an envelope that the stream went on without."""
        self._db.write(
            "DELETE FROM envelopes WHERE conversation = ? AND id = ?",
            conversation,
            envelope,
        )

    def miss(
        self, conversation: ConversationId, envelope: EnvelopeId, *, is_missed: bool
    ) -> bool:
        """Note that what an envelope says is missed, or not any more; was it else?"""
        changed = self._db.write(
            "UPDATE envelopes SET is_missed = ? WHERE conversation = ? AND id = ?"
            " AND is_missed != ?",
            int(is_missed),
            conversation,
            envelope,
            int(is_missed),
        )
        return changed > 0

    def missed(self, conversation: ConversationId) -> list[EnvelopeId]:
        """Return the envelopes whose contents nobody has said again yet."""
        rows = self._db.rows(
            "SELECT id FROM envelopes WHERE conversation = ? AND is_missed"
            " ORDER BY sequence",
            conversation,
        )
        return [EnvelopeId(blob(row[0])) for row in rows]

    def upto(self, conversation: ConversationId, sequence: Sequence) -> Held | None:
        """Return the newest held envelope that is not after a place."""
        row = self._db.row(
            "SELECT sequence, id, epoch, time_ms, is_commit, data FROM envelopes"
            " WHERE conversation = ? AND sequence <= ? ORDER BY sequence DESC LIMIT 1",
            conversation,
            sequence,
        )
        return _read(row) if row else None

    def after(self, conversation: ConversationId, sequence: Sequence) -> list[Held]:
        """Return the held envelopes after a place, in order."""
        rows = self._db.rows(
            "SELECT sequence, id, epoch, time_ms, is_commit, data FROM envelopes"
            " WHERE conversation = ? AND sequence > ? ORDER BY sequence",
            conversation,
            sequence,
        )
        return [_read(row) for row in rows]

    def epochs(self, conversation: ConversationId) -> list[Epoch]:
        """Return the epochs whose keys are held, the newest first."""
        rows = self._db.rows(
            "SELECT epoch FROM epochs WHERE conversation = ? ORDER BY epoch DESC",
            conversation,
        )
        return [Epoch(number(row[0])) for row in rows]

    def oldest_epoch(self, conversation: ConversationId) -> Epoch | None:
        """Return the epoch of the oldest held envelope."""
        row = self._db.row(
            "SELECT epoch FROM envelopes WHERE conversation = ?"
            " ORDER BY sequence LIMIT 1",
            conversation,
        )
        return Epoch(number(row[0])) if row else None

    def keys(self, conversation: ConversationId, epoch: Epoch) -> EpochKeys | None:
        """Return the keys of an epoch."""
        row = self._db.row(
            "SELECT keys FROM epochs WHERE conversation = ? AND epoch = ?",
            conversation,
            epoch,
        )
        return EpochKeys.unpack(blob(row[0])) if row else None

    def forget_epochs(self, conversation: ConversationId, *, after: Epoch) -> None:
        """Forget the keys of epochs that the stream has others for."""
        self._db.write(
            "DELETE FROM epochs WHERE conversation = ? AND epoch > ?",
            conversation,
            after,
        )

    def forget(self, conversation: ConversationId) -> None:
        """Forget all, because the conversation moved."""
        self._db.write("DELETE FROM envelopes WHERE conversation = ?", conversation)

    def prune(self, conversation: ConversationId, now: float) -> None:
        """Forget what is too old or too much, and epochs nothing is held of."""
        self._db.write(
            "DELETE FROM envelopes WHERE conversation = ?1 AND (time_ms < ?2 OR"
            " sequence <= (SELECT max(sequence) FROM envelopes"
            " WHERE conversation = ?1) - ?3)",
            conversation,
            int((now - LONGEST_HELD_SECONDS) * 1000),
            MOST_HELD,
        )
        self._db.write(
            "DELETE FROM sent WHERE conversation = ?1 AND envelope NOT IN"
            " (SELECT id FROM envelopes WHERE conversation = ?1)",
            conversation,
        )
        self._db.write(
            "DELETE FROM epochs WHERE conversation = ?1 AND epoch <"
            " coalesce((SELECT min(epoch) FROM envelopes WHERE conversation = ?1),"
            " (SELECT max(epoch) FROM epochs WHERE conversation = ?1))",
            conversation,
        )


def _read(row: Row) -> Held:
    return Held(
        Sequence(number(row[0])),
        EnvelopeId(blob(row[1])),
        Epoch(number(row[2])),
        number(row[3]),
        bool(row[4]),
        blob(row[5]),
    )
