"""`Conversation`: read, write and look after one conversation."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

from linnet.client import caring, sharing, writing
from linnet.client.events import Event
from linnet.client.finding import find_contact, title_of
from linnet.client.reading import find_message, mark_read, members_of
from linnet.client.standing import relay_name
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.hub import Hub
from linnet.client.values import (
    ConversationKind,
    ConversationState,
    Member,
    Message,
)
from linnet.errors import UsageError
from linnet.ids import ConversationId, MessageId


class Conversation:
    """One conversation of an open `Client`; its properties are always current."""

    def __init__(self, hub: Hub, conversation: ConversationId) -> None:
        self._hub = hub
        self._store = hub.store
        self._id = conversation

    @property
    def id(self) -> ConversationId:
        """16 bytes, the same for every member."""
        return self._id

    @property
    def kind(self) -> ConversationKind:
        """Two people or a group."""
        is_direct = self._row.is_direct
        return ConversationKind.DIRECT if is_direct else ConversationKind.GROUP

    @property
    def state(self) -> ConversationState:
        """Whether it can be written to."""
        return self._row.state

    @property
    def title(self) -> str:
        """A group's title; of two people, the other one's name."""
        return title_of(self._store, self._row)

    @property
    def members(self) -> list[Member]:
        """Every account in it, this one too, by name."""
        return members_of(self._store, self._id)

    @property
    def unread(self) -> int:
        """How many messages came since `mark_read`."""
        return self._store.views.unread(self._id)

    @property
    def timer(self) -> timedelta | None:
        """After how long messages disappear; None: never."""
        seconds = self._row.timer
        return timedelta(seconds=seconds) if seconds else None

    @property
    def relay(self) -> str:
        """First characters of the key of the relay it lives on."""
        return relay_name(self._row.relay)

    @property
    def last_message(self) -> Message | None:
        """The newest message, for a list of conversations."""
        newest = self.history(limit=1)
        return newest[0] if newest else None

    @property
    def last_active(self) -> float:
        """When something last happened in it."""
        newest = self.last_message
        return newest.time if newest else self._row.created_at

    # Writing

    async def send(self, text: str, *, reply_to: MessageId | None = None) -> Message:
        """Write a message; it is stored at once and sent when a road is open.

        Raises:
            UsageError: empty, too long, or the conversation cannot be written to.
        """
        return writing.send(self._hub, self._row, text, reply_to=reply_to)

    async def send_file(
        self, path: Path, *, text: str = "", reply_to: MessageId | None = None
    ) -> Message:
        """Send a file; `Transfer` events say how far it is. Survives a restart.

        Raises:
            UsageError: there is no such file.
            StorageError: the home has no room for its encrypted copy.
        """
        return await sharing.send_file(
            self._hub, self._row, path, text=text, reply_to=reply_to
        )

    async def save_file(self, message: MessageId, path: Path) -> Path:
        """Fetch a file that a message names, resuming what was fetched before.

        Args:
            message: the message that names it.
            path: where to put it; a folder takes it under its own name.

        Raises:
            UsageError: the message has no file.
            Unreachable: the relay cannot be reached; what came is kept.
            Refused: the relay does not have it any more.
        """
        return await sharing.save_file(self._hub, self._row, message, path)

    async def edit(self, message: MessageId, text: str) -> Message:
        """Replace the text of a message of ours."""
        return writing.edit(self._hub, self._row, message, text)

    async def delete(self, message: MessageId) -> Message:
        """Delete a message of ours for everybody."""
        return writing.delete(self._hub, self._row, message)

    async def react(self, message: MessageId, emoji: str) -> Message:
        """React to a message; an empty string takes our reactions back."""
        return writing.react(self._hub, self._row, message, emoji)

    async def set_timer(self, after: timedelta | None) -> None:
        """Let messages from now on disappear this long after they were read."""
        writing.set_timer(self._hub, self._row, after)

    async def typing(self, is_typing: bool = True) -> None:
        """Let members who are online see that we type."""
        await writing.typing(self._hub, self._row, is_typing=is_typing)

    async def retry(self, message: MessageId) -> Message:
        """Send a failed message again, under the same id."""
        return writing.retry(self._hub, self._row, message)

    # Reading

    def history(
        self, *, before: MessageId | None = None, limit: int = 50
    ) -> list[Message]:
        """A page of messages, oldest first, that ends before the one named."""
        return self._store.views.page(self._id, before=before, limit=limit)

    def message(self, message: MessageId | str) -> Message:
        """One message, by id or by the first characters of it.

        Raises:
            UsageError: there is no such message, or more than one.
        """
        return find_message(self._store, self._id, message)

    async def mark_read(self) -> None:
        """Note that everything was seen; sends read receipts when they are on."""
        mark_read(self._hub, self._row)

    def follow(self) -> AsyncIterator[Event]:
        """What happens in this conversation from this call on."""
        mine = self._id
        return self._hub.teller.listen(
            lambda event: getattr(event, "conversation", None) == mine
        )

    # Looking after it

    async def add(self, members: Sequence[str]) -> None:
        """Add contacts to a group (admins)."""
        contacts = [find_contact(self._store, who) for who in members]
        caring.add(self._hub, self._row, contacts)

    async def remove(self, who: str) -> None:
        """Remove a member from a group (admins)."""
        caring.remove(self._hub, self._row, who)

    async def leave(self) -> None:
        """Leave: another member takes this account out."""
        caring.leave(self._hub, self._row)

    async def rename(self, title: str) -> None:
        """Give a group another title (admins)."""
        caring.rename(self._hub, self._row, title)

    async def set_admin(self, who: str, *, is_admin: bool = True) -> None:
        """Make a member an admin, or an admin a plain member (admins)."""
        caring.set_admin(self._hub, self._row, who, is_admin=is_admin)

    async def move(self, relay: str) -> None:
        """Move to another relay of this account: the first characters of its key."""
        caring.move(self._hub, self._row, relay)

    @property
    def _row(self) -> ConversationRow:
        row = self._store.conversations.row(self._id)
        if row is None:
            raise UsageError("This conversation was deleted.")
        return row
