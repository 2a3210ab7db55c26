"""Conversations in the store: group state, cursor, members, epochs, wants."""

from dataclasses import dataclass, field

from linnet.client.core.bundle import ConversationGiven
from linnet.client.core.conversation import Conversation
from linnet.client.core.envelope import EpochKeys
from linnet.client.core.info import DEVICES, DIRECT
from linnet.client.core.people import group_settings
from linnet.client.core.staging import Rejoin, Staged, unpack_group
from linnet.client.store.columns import blob, maybe_blob, number, real, text
from linnet.client.store.database import Database, Row
from linnet.client.values import ConversationState
from linnet.ids import (
    AccountKey,
    ConversationId,
    EnvelopeId,
    Epoch,
    Sequence,
    StreamId,
)
from mls import Group

_COLUMNS = (
    "id, kind, title, state, peer, inviter, note, relay, stream, is_on_relay,"
    " is_restored, sequence, envelope, timer, seen, created_at, place_base"
)


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One conversation without its group."""

    id: ConversationId = field(repr=False)
    kind: int
    title: str = field(repr=False)
    state: ConversationState
    peer: AccountKey | None = field(repr=False)
    inviter: AccountKey | None = field(repr=False)
    note: str = field(repr=False)
    relay: bytes = field(repr=False)
    stream: StreamId = field(repr=False)
    is_on_relay: bool
    is_restored: bool
    sequence: Sequence
    envelope: EnvelopeId
    timer: int
    seen: int
    created_at: float
    place_base: int

    def place(self, sequence: int) -> int:
        """Where something at a place of the stream stands in the timeline."""
        return self.place_base + sequence

    @property
    def is_direct(self) -> bool:
        """Whether it is between two people."""
        return self.kind == DIRECT


class ConversationTable:
    """Reads and writes conversations."""

    def __init__(self, database: Database, me: AccountKey) -> None:
        self._db = database
        self._me = me

    def add(  # noqa: PLR0913  a row has many columns
        self,
        machine: Conversation,
        *,
        state: ConversationState,
        now: float,
        inviter: AccountKey | None = None,
        note: str = "",
        peer: AccountKey | None = None,
        is_on_relay: bool = False,
    ) -> None:
        """Write a new conversation."""
        info, group = machine.info, machine.group
        self._db.write(
            "INSERT INTO conversations (id, kind, title, state, peer, inviter, note,"
            " relay, stream, is_on_relay, epoch_state, ratchet_state, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            machine.id,
            info.kind,
            info.title,
            state.value,
            peer,
            inviter,
            note,
            info.relay.key,
            info.stream,
            int(is_on_relay),
            group.epoch_state(),
            group.ratchet_state(),
            now,
        )
        self.save_circle(machine)

    def row(self, conversation: ConversationId) -> ConversationRow | None:
        """Return one conversation."""
        sql = f"SELECT {_COLUMNS} FROM conversations WHERE id = ?"  # noqa: S608
        row = self._db.row(sql, conversation)
        return _read(row) if row else None

    def all(self) -> list[ConversationRow]:
        """Return every conversation, the oldest first."""
        sql = f"SELECT {_COLUMNS} FROM conversations ORDER BY rowid"  # noqa: S608
        return [_read(row) for row in self._db.rows(sql)]

    def devices(self) -> ConversationRow | None:
        """Return the conversation of this account's devices, if it is in one."""
        sql = f"SELECT {_COLUMNS} FROM conversations WHERE kind = ?"  # noqa: S608
        rows = [_read(row) for row in self._db.rows(sql, DEVICES)]
        live = [one for one in rows if one.state is ConversationState.ACTIVE]
        return live[0] if live else None

    def shown(self) -> list[ConversationRow]:
        """Return every conversation that people see, the oldest first."""
        return [row for row in self.all() if row.kind != DEVICES]

    def describe(self, given: ConversationGiven, state: ConversationState) -> None:
        """Write a conversation that this device knows of and is not in yet."""
        self._db.write(
            "INSERT INTO conversations (id, kind, title, state, peer, inviter, relay,"
            " stream, is_on_relay, epoch_state, ratchet_state, timer, created_at,"
            " place_base) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, x'', x'', ?, ?, ?)",
            given.id,
            given.kind,
            given.title,
            state.value,
            given.peer,
            given.inviter,
            given.relay.key,
            given.stream,
            given.timer,
            given.created_ms / 1000,
            given.place_base,
        )
        for account, name, is_admin in given.members:
            self._db.write(
                "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, 0)",
                given.id,
                account,
                name,
                int(is_admin),
            )

    def load(self, conversation: ConversationId) -> Conversation:
        """Build the machine of a conversation from what was stored."""
        row = self._db.row(
            "SELECT epoch_state, ratchet_state, staged FROM conversations WHERE id = ?",
            conversation,
        )
        if row is None:
            raise KeyError(conversation)
        group = Group.restore(blob(row[0]), blob(row[1]), settings=group_settings())
        machine = Conversation.of(self._me, group)
        staged = maybe_blob(row[2])
        machine.staged = Staged.unpack(staged) if staged else None
        machine.past = {
            Epoch(number(epoch)): EpochKeys.unpack(blob(keys))
            for epoch, keys in self._db.rows(
                "SELECT epoch, keys FROM epochs WHERE conversation = ? AND epoch < ?",
                conversation,
                group.epoch,
            )
        }
        return machine

    def save_ratchet(self, machine: Conversation) -> None:
        """Write what every message changes."""
        self._db.write(
            "UPDATE conversations SET ratchet_state = ? WHERE id = ?",
            machine.group.ratchet_state(),
            machine.id,
        )

    def save_epoch(self, machine: Conversation) -> None:
        """Write what a commit or a proposal changes."""
        self._db.write(
            "UPDATE conversations SET epoch_state = ?, ratchet_state = ?, staged = ?"
            " WHERE id = ?",
            machine.group.epoch_state(),
            machine.group.ratchet_state(),
            machine.staged.pack() if machine.staged else None,
            machine.id,
        )

    def save_circle(self, machine: Conversation) -> None:
        """Write title, relay, keys of the epoch and members after a commit."""
        info = machine.info
        self._db.write(
            "UPDATE conversations SET title = ?, relay = ?, stream = ? WHERE id = ?",
            info.title,
            info.relay.key,
            info.stream,
            machine.id,
        )
        self._db.write(
            "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?)",
            machine.id,
            machine.keys.epoch,
            machine.keys.pack(),
        )
        self._save_members(machine)

    def _save_members(self, machine: Conversation) -> None:
        sql = "SELECT account, since FROM members WHERE conversation = ?"
        rows = self._db.rows(sql, machine.id)
        since = {blob(account): number(epoch) for account, epoch in rows}
        circle = machine.circle
        self._db.write("DELETE FROM members WHERE conversation = ?", machine.id)
        for one in circle.people:
            self._db.write(
                "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?)",
                machine.id,
                one.account,
                one.name,
                int(circle.is_admin(one.account)),
                since.get(one.account, machine.keys.epoch),
            )

    def members(
        self, conversation: ConversationId
    ) -> list[tuple[AccountKey, str, bool]]:
        """Return account, name and whether an admin, by name."""
        rows = self._db.rows(
            "SELECT account, name, is_admin FROM members WHERE conversation = ?"
            " ORDER BY lower(name), account",
            conversation,
        )
        return [(AccountKey(blob(a)), text(n), bool(admin)) for a, n, admin in rows]

    def move_cursor(
        self, conversation: ConversationId, sequence: Sequence, envelope: EnvelopeId
    ) -> None:
        """Note how far the stream was read."""
        self._db.write(
            "UPDATE conversations SET sequence = ?, envelope = ? WHERE id = ?",
            sequence,
            envelope,
            conversation,
        )

    def set_state(self, conversation: ConversationId, state: ConversationState) -> None:
        """Change whether the conversation can be written to."""
        self._db.write(
            "UPDATE conversations SET state = ? WHERE id = ?", state.value, conversation
        )

    def set_flag(
        self,
        conversation: ConversationId,
        *,
        on_relay: bool | None = None,
        restored: bool | None = None,
    ) -> None:
        """Note that the stream exists on its relay, or that a resync is due or done."""
        if on_relay is not None:
            self._db.write(
                "UPDATE conversations SET is_on_relay = ? WHERE id = ?",
                int(on_relay),
                conversation,
            )
        if restored is not None:
            self._db.write(
                "UPDATE conversations SET is_restored = ? WHERE id = ?",
                int(restored),
                conversation,
            )

    def set_timer(self, conversation: ConversationId, seconds: int) -> None:
        """Change after how long messages disappear."""
        self._db.write(
            "UPDATE conversations SET timer = ? WHERE id = ?", seconds, conversation
        )

    def set_seen(self, conversation: ConversationId, arrival: int) -> None:
        """Note up to where everything was seen."""
        self._db.write(
            "UPDATE conversations SET seen = max(seen, ?) WHERE id = ?",
            arrival,
            conversation,
        )

    def remove_all(self) -> None:
        """End every conversation: this device was removed from its account."""
        self._db.write(
            "UPDATE conversations SET state = 'removed', rejoin = NULL"
            " WHERE state IN ('active', 'leaving', 'joining')"
        )

    def stash_rejoin(self, conversation: ConversationId, rejoin: Rejoin | None) -> None:
        """Keep an invitation back until this device has seen that it was removed."""
        self._db.write(
            "UPDATE conversations SET rejoin = ? WHERE id = ?",
            rejoin.pack() if rejoin else None,
            conversation,
        )

    def stashed_rejoin(self, conversation: ConversationId) -> Rejoin | None:
        """Return the invitation that was kept."""
        row = self._db.row(
            "SELECT rejoin FROM conversations WHERE id = ?", conversation
        )
        packed = maybe_blob(row[0]) if row else None
        return Rejoin.unpack(packed) if packed else None

    def rejoin(self, rejoin: Rejoin, state: ConversationState) -> Conversation:
        """Take up a conversation again where an invitation leads."""
        machine = Conversation.of(
            self._me, unpack_group(rejoin.group, group_settings())
        )
        self._db.write(
            "UPDATE conversations SET state = ?, is_on_relay = 1, is_restored = 0,"
            " freshened_at = 0, is_doubtful = state != 'joining', staged = NULL,"
            " rejoin = NULL,"
            " sequence = ?, envelope = ? WHERE id = ?",
            state.value,
            rejoin.sequence,
            rejoin.envelope,
            machine.id,
        )
        self._db.write("DELETE FROM intents WHERE conversation = ?", machine.id)
        self.save_epoch(machine)
        self.save_circle(machine)
        return machine

    def epoch(self, conversation: ConversationId) -> int:
        """Return the newest epoch this device has been in."""
        row = self._db.row(
            "SELECT max(epoch) FROM epochs WHERE conversation = ?", conversation
        )
        return number(row[0]) if row and row[0] is not None else -1

    def delete(self, conversation: ConversationId) -> None:
        """Forget a conversation and all in it."""
        self._db.write("DELETE FROM conversations WHERE id = ?", conversation)


def _read(row: Row) -> ConversationRow:
    peer, inviter = maybe_blob(row[4]), maybe_blob(row[5])
    return ConversationRow(
        id=ConversationId(blob(row[0])),
        kind=number(row[1]),
        title=text(row[2]),
        state=ConversationState(text(row[3])),
        peer=None if peer is None else AccountKey(peer),
        inviter=None if inviter is None else AccountKey(inviter),
        note=text(row[6]),
        relay=blob(row[7]),
        stream=StreamId(blob(row[8])),
        is_on_relay=bool(row[9]),
        is_restored=bool(row[10]),
        sequence=Sequence(number(row[11])),
        envelope=EnvelopeId(blob(row[12])),
        timer=number(row[13]),
        seen=number(row[14]),
        created_at=real(row[15]),
        place_base=number(row[16]),
    )
