"""A message as lines on a terminal.

The first line holds time, id and sender; what follows is indented beneath the text, and
long lines are broken here rather than by the terminal, so that nothing a person writes
can look like a line somebody else wrote.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from linnet.cli import times
from linnet.cli.names import ME, Names
from linnet.cli.output import Output
from linnet.cli.safe import columns, safe_line, safe_lines, safe_name, wrap
from linnet.client import Attachment, Message, MessageState, Reaction, TransferState
from linnet.ids import MessageId

_MARKS = {
    MessageState.QUEUED: "queued",
    MessageState.ON_THE_RELAY: "sent",
    MessageState.DELIVERED: "delivered",
    MessageState.READ: "read",
    MessageState.FAILED: "failed",
}
_NARROWEST = 16
_QUOTED = 48

Find = Callable[[MessageId], Message | None]


@dataclass(slots=True)
class Lines:
    """Writes the messages of one conversation, with a line where the day changes."""

    out: Output
    names: Names
    find: Find
    id_length: int = 8
    shows_states: bool = True
    _day: str = field(default="", init=False)

    def message(self, message: Message) -> list[str]:
        """Return a message's lines, after a line for the day if it is a new one."""
        lines: list[str] = []
        day = times.day(message.time)
        if day != self._day:
            self._day = day
            lines.append(self.out.style("dim", f"--- {day} ---"))
        if message.notice is not None:
            return [*lines, *self._notice(message)]
        return [*lines, *self._head_and_text(message), *self._below(message)]

    def _notice(self, message: Message) -> list[str]:
        start = f"{times.clock(message.time)} "
        text = safe_line(message.notice or "")
        broken = self.fit(f"* {text}", len(start))
        return [
            self.out.style("dim", (start if at == 0 else " " * len(start)) + line)
            for at, line in enumerate(broken)
        ]

    def _head_and_text(self, message: Message) -> list[str]:
        stamp = f"{times.clock(message.time)} {self.short(message)} "
        name = self.who(message)
        colour = "green" if message.is_mine else "cyan"
        head = self.out.style("dim", stamp) + self.out.style(colour, f"{name}: ")
        indent = columns(stamp) + columns(name) + 2
        if self.out.width is not None and self.out.width - indent < _NARROWEST:
            indent = 4
            body = self._body(message, indent)
            return [head.rstrip(), *(" " * indent + line for line in body)]
        body = self._body(message, indent)
        return [head + body[0], *(" " * indent + line for line in body[1:])]

    def _body(self, message: Message, indent: int) -> list[str]:
        lines = self._quote(message, indent)
        if message.deleted:
            lines.append(self.out.style("dim", "(deleted)"))
        elif message.text:
            for line in safe_lines(message.text):
                lines += self.fit(line, indent)
        if message.attachment is not None and not message.deleted:
            lines += self.fit(attached(message.attachment), indent)
        lines = lines or [""]
        tail = self._tail(message)
        if tail:
            lines[-1] = f"{lines[-1]}  {self.out.style('dim', tail)}".lstrip()
        return lines

    def _quote(self, message: Message, indent: int) -> list[str]:
        if message.reply_to is None:
            return []
        original = self.find(message.reply_to)
        if original is None:
            text = "a message that is not here"
        else:
            text = f"{self.who(original)}: {summary(original)}"
        return [self.out.style("dim", line) for line in self.fit(f"> {text}", indent)]

    def _tail(self, message: Message) -> str:
        parts = []
        if message.edited and not message.deleted:
            parts.append("edited")
        if message.is_mine and self.shows_states:
            parts.append(state_of(message))
        if message.expires_at is not None:
            parts.append(f"disappears {times.clock(message.expires_at)}")
        return f"({', '.join(parts)})" if parts else ""

    def _below(self, message: Message) -> list[str]:
        if not message.reactions or message.deleted:
            return []
        shown = "  ".join(
            f"{safe_name(reaction.emoji)} {self.who(reaction)}"
            for reaction in message.reactions
        )
        return ["      " + line for line in self.fit(shown, 6)]

    def who(self, source: Message | Reaction) -> str:
        """Return who wrote or reacted, as this person calls them."""
        if source.is_mine:
            return ME
        account = source.sender if isinstance(source, Message) else source.account
        return self.names.of(account, source.name)

    def short(self, message: Message) -> str:
        """Return the characters of the id that are shown."""
        return message.id.hex()[: self.id_length]

    def fit(self, line: str, indent: int) -> list[str]:
        """Break a safe line to fit the terminal beside so many columns."""
        if self.out.width is None:
            return [line]
        return wrap(line, max(_NARROWEST, self.out.width - indent)) or [""]


def attached(attachment: Attachment) -> str:
    """Return a file as words: its name, size and how far it has come."""
    size = times.size_in_words(attachment.size)
    moved = {
        TransferState.WAITING: "",
        TransferState.MOVING: f", {times.size_in_words(attachment.moved)} so far",
        TransferState.DONE: ", here",
        TransferState.FAILED: ", failed",
    }[attachment.state]
    if attachment.is_voice:
        return f"[voice note, {_played(attachment.seconds or 0)}{moved}]"
    if attachment.seconds is not None:
        size = f"{_played(attachment.seconds)}, {size}"
    return f"[file {safe_name(attachment.name)}, {size}{moved}]"


def _played(seconds: float) -> str:
    """Return how long something plays, as a clock shows it."""
    whole = min(int(seconds), 359_999)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def summary(message: Message) -> str:
    """Return the beginning of a message on one line."""
    if message.notice is not None:
        return safe_line(message.notice)
    if message.deleted:
        return "(deleted)"
    text = " ".join(message.text.split())
    if not text and message.attachment is not None:
        return attached(message.attachment)
    return safe_line(text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…")


def state_of(message: Message) -> str:
    """Return how far a message of ours has come, in a word or, failed, a sentence."""
    mark = _MARKS.get(message.state, "")
    if message.state is MessageState.FAILED and message.reason:
        return f"{mark}: {safe_line(message.reason)}"
    return mark
