"""A conversation on the screen: prints its history and what happens in it.

Knows nothing of how lines are typed; `read --follow` and `chat` both print through it.
"""

from collections.abc import Sequence
from contextlib import suppress

from linnet.cli.lines import Lines, state_of, summary
from linnet.cli.names import Names, label, names_of, title_of
from linnet.cli.output import Output, Plain
from linnet.cli.people import request_lines
from linnet.cli.safe import safe_line, safe_name
from linnet.cli.shapes import event as event_json
from linnet.cli.shapes import plain
from linnet.client import (
    Client,
    ContactChanged,
    ContactRequested,
    Conversation,
    Event,
    IdentityWarning,
    Message,
    MessageChanged,
    MessageGone,
    MessageReceived,
    MessageSent,
    MessageState,
    Reaction,
    RelayRewound,
)
from linnet.errors import UsageError
from linnet.ids import MessageId


class Room:
    """Prints one conversation; each message once, and then what changes in it."""

    def __init__(
        self,
        me: Client,
        conversation: Conversation,
        out: Output,
        *,
        id_length: int = 8,
        shows_states: bool = True,
    ) -> None:
        self.me = me
        self.conversation = conversation
        self.out = out
        self.names: Names = names_of(me)
        self.lines = Lines(
            out,
            self.names,
            self._find,
            id_length=id_length,
            shows_states=shows_states,
        )
        self._printed: dict[MessageId, Message] = {}
        self._has_unseen = False
        self.last_mine: Message | None = None

    # What is there already

    def show_history(self, *, limit: int, as_stream: bool) -> None:
        """Print the newest messages, oldest first."""
        page = self.conversation.history(limit=limit) if limit else []
        if self.out.as_json and not as_stream:
            self.out.document(plain(page))
        for message in page:
            self._remember(message)
            if not self.out.as_json:
                self.out.lines(self.lines.message(message))
            elif as_stream:
                self.out.document({"event": "history", "message": plain(message)})
        if not page and not as_stream and not self.out.as_json:
            self.out.lines([f"No messages with {title_of(self.conversation)} yet."])

    def _remember(self, message: Message) -> None:
        self._printed[message.id] = message
        if message.is_mine and message.notice is None:
            self.last_mine = message

    def _find(self, message: MessageId) -> Message | None:
        if message in self._printed:
            return self._printed[message]
        with suppress(UsageError):
            return self.conversation.message(message)
        return None

    def show_older(self, limit: int) -> None:
        """Print messages from before the first one that was printed."""
        first = next(iter(self._printed), None)
        page = self.conversation.history(before=first, limit=limit)
        for message in page:
            self.out.lines(self.lines.message(message))
        self._printed = {m.id: m for m in page} | self._printed
        self.say("---" if page else "There is nothing older.")

    def message_shown(self, start: str) -> Message | None:
        """Return the one printed message whose id begins so."""
        start = start.lower()
        found = [m for m in self._printed.values() if m.id.hex().startswith(start)]
        return found[0] if len(found) == 1 else None

    def take_unseen(self) -> bool:
        """Return whether something was printed since the last time, and forget it."""
        had, self._has_unseen = self._has_unseen, False
        return had

    # What happens

    def hear(self, event: Event) -> None:
        """Print what an event means to somebody who looks at this conversation."""
        if isinstance(event, ContactChanged):
            self.names.update([event.contact])
        if self.out.as_json:
            self._hear_json(event)
        else:
            self.out.lines(self._said(event))

    def _hear_json(self, event: Event) -> None:
        where = getattr(event, "conversation", self.conversation.id)
        if where != self.conversation.id:
            return
        if isinstance(event, MessageReceived | MessageSent):
            if event.message.id in self._printed:
                return
            self._remember(event.message)
            self._has_unseen = True
        document: dict[str, Plain] = event_json(event)
        self.out.document(document)

    def _said(self, event: Event) -> Sequence[str]:
        here = self.conversation.id
        match event:
            case MessageReceived(where, message) | MessageSent(where, message):
                said = self._new(message) if where == here else self._elsewhere(message)
            case MessageChanged(where, message) if where == here:
                said = self._changes(message)
            case MessageGone(where, gone) if where == here:
                said = self._gone(gone)
            case ContactRequested(request):
                said = request_lines(self.out, request)
            case IdentityWarning(contact, sentence):
                warning = f"WARNING about {label(contact)}: {safe_line(sentence)}"
                said = [self.out.style("loud", warning)]
            case RelayRewound(where, _, sentence) if where == here:
                said = [self.out.style("yellow", f"* {safe_line(sentence)}")]
            case _:
                said = []
        return said

    def _new(self, message: Message) -> list[str]:
        if message.id in self._printed:
            return []
        self._remember(message)
        self._has_unseen = self._has_unseen or not message.is_mine
        return self.lines.message(message)

    def _elsewhere(self, message: Message) -> list[str]:
        if message.notice is not None or message.is_mine:
            return []
        where = title_of(self.me.conversation(message.conversation))
        who = self.lines.who(message)
        return [self._dim(f"* {who} wrote in another conversation: {where}")]

    def _gone(self, gone: MessageId) -> list[str]:
        was = self._printed.pop(gone, None)
        if was is None:
            return []
        return [self._dim(f"* message {self.lines.short(was)} has disappeared")]

    def _changes(self, message: Message) -> list[str]:
        """Say what is new in a message since it was printed."""
        was = self._printed.get(message.id)
        if was is None:
            return []
        self._printed[message.id] = message
        if self.last_mine is not None and self.last_mine.id == message.id:
            self.last_mine = message
        who = self.lines.who(message)
        short = self.lines.short(message)
        if message.deleted and not was.deleted:
            return [self._dim(f"* {who} deleted {short}")]
        said = []
        if message.text != was.text:
            said += [self._dim(f"* {who} edited {short}"), *self.lines.message(message)]
        for reaction in set(message.reactions) - set(was.reactions):
            said.append(self._dim(self._reacted(reaction, message)))
        if message.state is MessageState.FAILED is not was.state:
            said.append(self.out.style("red", f"* {short} {state_of(message)}"))
        return said

    def _reacted(self, reaction: Reaction, message: Message) -> str:
        who = self.lines.who(reaction)
        emoji, about = safe_name(reaction.emoji), summary(message)
        return f"* {who} {emoji} {self.lines.short(message)} ({about})"

    def _dim(self, text: str) -> str:
        return self.out.style("dim", text)

    def say(self, *sentences: str) -> None:
        """Print sentences of our own between the messages."""
        if self.out.as_json:
            for sentence in sentences:
                self.out.aside(sentence)
        else:
            for sentence in sentences:
                first, *rest = self.lines.fit(safe_line(sentence), 2)
                self.out.lines([self._dim(f"* {first}")])
                self.out.lines(self._dim(f"  {line}") for line in rest)
