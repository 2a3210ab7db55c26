"""Contacts in the store: who is known, how, and by which card they are reached."""

from dataclasses import dataclass, field, replace

from linnet.client.core.identity import fingerprint
from linnet.client.core.likeness import likeness
from linnet.client.store.columns import blob, maybe_blob, text
from linnet.client.store.database import Database, Row
from linnet.client.values import Contact, ContactState
from linnet.ids import AccountKey
from linnet.wire.invites import InviteLink

_COLUMNS = "account, name, state, verified, card"


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One account that is known."""

    account: AccountKey = field(repr=False)
    name: str
    state: ContactState
    verified: bool = False
    card: bytes | None = field(default=None, repr=False)

    @property
    def link(self) -> InviteLink | None:
        """How they are reached, if they have said it."""
        return InviteLink.unpack(self.card) if self.card else None


class ContactTable:
    """Reads and writes contacts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, account: AccountKey) -> ContactRow | None:
        """Return one contact."""
        sql = f"SELECT {_COLUMNS} FROM contacts WHERE account = ?"  # noqa: S608
        row = self._db.row(sql, account)
        return _read(row) if row else None

    def all(self) -> list[ContactRow]:
        """Return every contact, by name."""
        sql = f"SELECT {_COLUMNS} FROM contacts ORDER BY lower(name), account"  # noqa: S608
        return [_read(row) for row in self._db.rows(sql)]

    def save(self, contact: ContactRow) -> None:
        """Write a contact."""
        self._db.write(
            "INSERT INTO contacts (account, name, state, verified, card, added_at)"
            " VALUES (?, ?, ?, ?, ?, unixepoch()) ON CONFLICT (account) DO UPDATE SET"
            " name = excluded.name, state = excluded.state,"
            " verified = excluded.verified, card = excluded.card",
            contact.account,
            contact.name,
            contact.state.value,
            int(contact.verified),
            contact.card,
        )

    def meet(self, account: AccountKey, name: str) -> ContactRow:
        """Know an account that appeared somewhere, under the name it says now."""
        known = self.find(account)
        if known and known.name == name:
            return known
        met = ContactRow(account, name, ContactState.KNOWN)
        changed = replace(known, name=name) if known else met
        self.save(changed)
        return changed

    def has_namesake(self, account: AccountKey, name: str) -> bool:
        """Whether another account that counts has a name that looks like this one."""
        rows = self._db.rows(
            "SELECT name FROM contacts WHERE account != ?"
            " AND state IN ('asked', 'accepted', 'blocked')",
            account,
        )
        wanted = likeness(name)
        return any(likeness(text(other)) == wanted for (other,) in rows)

    def shown(self, contact: ContactRow) -> Contact:
        """Return a contact as faces show it."""
        return Contact(
            account=contact.account,
            name=contact.name,
            state=contact.state,
            verified=contact.verified,
            fingerprint=fingerprint(contact.account),
            same_name=self.has_namesake(contact.account, contact.name),
        )


def _read(row: Row) -> ContactRow:
    account, name, state, verified, card = row
    return ContactRow(
        AccountKey(blob(account)),
        text(name),
        ContactState(text(state)),
        bool(verified),
        maybe_blob(card),
    )
