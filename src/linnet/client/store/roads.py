"""What worked on which network, as the home keeps it (``spec/carriers.md`` §4)."""

from linnet.carriers.memory import Memory
from linnet.client.core.identity import Entropy
from linnet.client.store.columns import blob, text
from linnet.client.store.database import Database
from linnet.errors import Malformed

_KEY = "roads/key"
_MEMORY = "roads/memory"
_THROUGH = "roads/through"
_MAIL = "roads/mail"
_RESOLVERS = "roads/resolvers"


class RoadTable:
    """Reads and writes the memory of roads."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def key(self, entropy: Entropy) -> bytes:
        """Return the key under which networks are named here; made when first asked."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _KEY)
        if row is not None:
            return blob(row[0])
        key = entropy(32)
        with self._db.transaction():
            self._db.write("INSERT INTO meta VALUES (?, ?)", _KEY, key)
        return key

    def memory(self) -> Memory:
        """Return what is remembered; nothing, when it cannot be read."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _MEMORY)
        try:
            return Memory.unpack(blob(row[0])) if row else Memory()
        except Malformed:
            return Memory()  # of another version; it costs a few dials

    def keep(self, memory: Memory) -> None:
        """Put a memory in place of the former."""
        packed = memory.pack()
        with self._db.transaction():
            self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", _MEMORY, packed)

    def mail(self) -> str:
        """Return the key of the person's mail account; or empty."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _MAIL)
        return text(row[0]) if row else ""

    def use_mail(self, key: str) -> None:
        """Put a mail account in place of the former, or none; in a transaction."""
        if key:
            self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", _MAIL, key)
        else:
            self._db.write("DELETE FROM meta WHERE key = ?", _MAIL)

    def through(self) -> str:
        """Return the chain that connections go through; or empty."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _THROUGH)
        return text(row[0]) if row else ""

    def resolvers(self) -> list[str]:
        """Return the resolvers that the person has chosen."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _RESOLVERS)
        return text(row[0]).split() if row else []

    def ask(self, resolvers: list[str]) -> None:
        """Put resolvers in place of the former; call in a transaction."""
        sql = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
        self._db.write(sql, _RESOLVERS, " ".join(resolvers))

    def go_through(self, chain: str) -> None:
        """Put a chain in place of the former; call in a transaction."""
        self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", _THROUGH, chain)
