"""The account itself in the store: secrets, name, preferences, relays, packages."""

from dataclasses import dataclass, field, replace

from linnet.client.core.identity import Account
from linnet.client.core.people import own_device
from linnet.client.store.columns import blob, maybe_blob, number, text
from linnet.client.store.database import Database, Scalar
from linnet.client.values import Preferences
from linnet.errors import BugError, StorageError
from linnet.ids import EnvelopeId, Sequence
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor
from mls import HYBRID, BasicCredential, Identity


@dataclass(frozen=True, slots=True)
class Profile:
    """What an account is and may."""

    account: Account = field(repr=False)
    name: str
    owner_secret: bytes = field(repr=False)
    invite_secret: bytes = field(repr=False)
    credential: bytes = field(repr=False)
    signature_private: bytes = field(repr=False)
    preferences: Preferences = field(default_factory=Preferences)

    @property
    def identity(self) -> Identity:
        """This device as MLS knows it."""
        return Identity(
            HYBRID, BasicCredential(self.credential), self.signature_private
        )


@dataclass(frozen=True, slots=True)
class RelayRow:
    """One relay this account talks to, and how far its inbox there was read."""

    descriptor: RelayDescriptor = field(repr=False)
    pass_token: bytes | None = field(repr=False)
    is_mine: bool
    inbox_sequence: Sequence
    inbox_envelope: EnvelopeId


class AccountTable:
    """Reads and writes the account's own rows."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def exists(self) -> bool:
        """Whether the store has an account yet."""
        return self._db.row("SELECT 1 FROM meta WHERE key = 'account'") is not None

    def save(self, profile: Profile) -> None:
        """Write the account."""
        values: dict[str, Scalar] = {
            "account": profile.account.seed,
            "name": profile.name,
            "owner_secret": profile.owner_secret,
            "invite_secret": profile.invite_secret,
            "credential": profile.credential,
            "signature_private": profile.signature_private,
            "delivery_receipts": int(profile.preferences.delivery_receipts),
            "read_receipts": int(profile.preferences.read_receipts),
            "typing": int(profile.preferences.typing),
        }
        for key, value in values.items():
            self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def load(self) -> Profile:
        """Read the account.

        Raises:
            StorageError: there is none.
        """
        held = {text(key): value for key, value in self._db.rows("SELECT * FROM meta")}
        try:
            return Profile(
                account=Account(blob(held["account"])),
                name=text(held["name"]),
                owner_secret=blob(held["owner_secret"]),
                invite_secret=blob(held["invite_secret"]),
                credential=blob(held["credential"]),
                signature_private=blob(held["signature_private"]),
                preferences=Preferences(
                    delivery_receipts=bool(held["delivery_receipts"]),
                    read_receipts=bool(held["read_receipts"]),
                    typing=bool(held["typing"]),
                ),
            )
        except KeyError as error:
            raise StorageError("The store in this home holds no account.") from error

    def remember_relay(
        self, relay: RelayDescriptor, *, pass_token: bytes | None, is_mine: bool
    ) -> None:
        """Know a relay, or know it better; a pass is never forgotten."""
        self._db.write(
            "INSERT INTO relays (key, descriptor, pass, is_mine) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET"
            " descriptor = CASE WHEN excluded.is_mine >= is_mine"
            "  THEN excluded.descriptor ELSE descriptor END,"
            " pass = coalesce(excluded.pass, pass),"
            " is_mine = max(is_mine, excluded.is_mine)",
            relay.key,
            relay.pack(),
            pass_token,
            int(is_mine),
        )

    def relays(self) -> list[RelayRow]:
        """Return every relay that is known, ours first, in the order they came."""
        rows = self._db.rows(
            "SELECT descriptor, pass, is_mine, inbox_sequence, inbox_envelope"
            " FROM relays ORDER BY is_mine DESC, rowid"
        )
        return [
            RelayRow(
                RelayDescriptor.read(Fields(blob(descriptor))),
                maybe_blob(token),
                bool(mine),
                Sequence(number(sequence)),
                EnvelopeId(blob(envelope)),
            )
            for descriptor, token, mine, sequence, envelope in rows
        ]

    def relay(self, key: bytes) -> RelayRow | None:
        """Return one relay."""
        return next((one for one in self.relays() if one.descriptor.key == key), None)

    def move_inbox_cursor(
        self, relay: bytes, sequence: Sequence, envelope: EnvelopeId
    ) -> None:
        """Note how far the inbox on a relay was read."""
        self._db.write(
            "UPDATE relays SET inbox_sequence = ?, inbox_envelope = ? WHERE key = ?",
            sequence,
            envelope,
            relay,
        )

    def forget_inbox_cursors(self) -> None:
        """Begin every inbox anew, because the link was rotated."""
        self._db.write(
            "UPDATE relays SET inbox_sequence = 0, inbox_envelope = zeroblob(16)"
        )

    def retire_invite(self, relay: bytes, secret: bytes, owner: bytes) -> None:
        """Remember old secrets until the inbox they made on a relay is destroyed."""
        key = f"retired/{relay.hex()}/{secret.hex()[:8]}"
        self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, secret + owner)

    def retired_invites(self, relay: bytes) -> list[tuple[bytes, bytes]]:
        """Return old invite and owner secrets whose inbox on a relay has to go."""
        rows = self._db.rows(
            "SELECT value FROM meta WHERE key LIKE ?", f"retired/{relay.hex()}/%"
        )
        owner = self.load().owner_secret if rows else b""
        pairs = [blob(row[0]) for row in rows]
        return [(pair[:32], pair[32:] or owner) for pair in pairs]

    def forget_invite(self, relay: bytes, secret: bytes) -> None:
        """Note that the inbox of an old invite is gone."""
        key = f"retired/{relay.hex()}/{secret.hex()[:8]}"
        self._db.write("DELETE FROM meta WHERE key = ?", key)

    def become_device(self, identity: Identity) -> None:
        """Be another device of the same account, after a restore."""
        credential = identity.credential
        if not isinstance(credential, BasicCredential):
            raise BugError("A device was made with a credential of another kind.")
        former = own_device(self.load().credential)
        self._db.write(
            "UPDATE devices SET id = ?, is_in = 0, is_pending = 1 WHERE id = ?",
            own_device(credential.identity),
            former,
        )
        self.save(
            replace(
                self.load(),
                credential=credential.identity,
                signature_private=identity.signature_private,
            )
        )
        self.forget_packages()
        for one in self.relays():
            self.replace_shelf(one.descriptor.key)

    def replace_shelf(self, relay: bytes) -> None:
        """Take what lies on a relay's shelf for given out; new packages replace it."""
        self._db.write("UPDATE packages SET is_on_shelf = 1 WHERE relay = ?", relay)
        key = f"replace_shelf/{relay.hex()}"
        self._db.write("INSERT OR REPLACE INTO meta VALUES (?, 1)", key)

    def replaces_shelf(self, relay: bytes) -> bool:
        """Whether what lies on a relay's shelf must not be given out any more."""
        key = f"replace_shelf/{relay.hex()}"
        return self._db.row("SELECT 1 FROM meta WHERE key = ?", key) is not None

    def shelf_replaced(self, relay: bytes) -> None:
        """Note that a shelf holds only packages that nobody has been given."""
        key = f"replace_shelf/{relay.hex()}"
        self._db.write("DELETE FROM meta WHERE key = ?", key)

    # Key packages

    def keep_package(
        self, reference: bytes, relay: bytes, *, private: bytes, sealed: bytes
    ) -> None:
        """Keep a key package before it goes on a shelf."""
        self._db.write(
            "INSERT INTO packages (reference, relay, private, sealed, is_last_resort,"
            " made_at) VALUES (?, ?, ?, ?, 0, unixepoch())",
            reference,
            relay,
            private,
            sealed,
        )

    def mark_last_resort(self, reference: bytes) -> None:
        """Note that a package is the last resort: used again, never deleted by use."""
        self._db.write(
            "UPDATE packages SET is_last_resort = 1 WHERE reference = ?", reference
        )

    def packages_for_shelf(self, relay: bytes) -> list[tuple[bytes, bytes, bool]]:
        """Return what still has to go on a shelf: reference, sealed, is last resort."""
        rows = self._db.rows(
            "SELECT reference, sealed, is_last_resort FROM packages"
            " WHERE relay = ? AND is_on_shelf = 0 ORDER BY rowid",
            relay,
        )
        return [(blob(ref), blob(sealed), bool(last)) for ref, sealed, last in rows]

    def lay_out(self, references: list[bytes]) -> None:
        """Take packages for laid out, so that none is ever laid out twice."""
        for reference in references:
            self._db.write(
                "UPDATE packages SET is_on_shelf = 1 WHERE reference = ?", reference
            )

    def lay_last_resort_again(self, relay: bytes) -> None:
        """Let the newest last resort go on a relay's shelf once more."""
        self._db.write(
            "UPDATE packages SET is_on_shelf = 0 WHERE rowid = (SELECT max(rowid)"
            " FROM packages WHERE relay = ? AND is_last_resort)",
            relay,
        )

    def has_last_resort(self, relay: bytes) -> bool:
        """Whether a last resort was made for a relay."""
        sql = "SELECT 1 FROM packages WHERE relay = ? AND is_last_resort"
        return self._db.row(sql, relay) is not None

    def private_packages(self, references: tuple[bytes, ...]) -> list[bytes]:
        """Return the private halves of packages that are ours."""
        found = []
        for reference in references:
            row = self._db.row(
                "SELECT private FROM packages WHERE reference = ?", reference
            )
            if row:
                found.append(blob(row[0]))
        return found

    def use_packages(self, references: tuple[bytes, ...]) -> None:
        """Delete packages that were joined with; the last resort stays."""
        for reference in references:
            self._db.write(
                "DELETE FROM packages WHERE reference = ? AND NOT is_last_resort",
                reference,
            )

    def forget_packages(self) -> None:
        """Delete all packages, because the device is new."""
        self._db.write("DELETE FROM packages")

    def forget_public_packages(self) -> None:
        """Delete what lay on public shelves, because the link was rotated.

        What lies for other devices of the account stays: they may be using it.
        """
        self._db.write("DELETE FROM packages WHERE length(relay) = 32")

    def set_preferences(self, preferences: Preferences) -> None:
        """Change the preferences."""
        self.save(replace(self.load(), preferences=preferences))
