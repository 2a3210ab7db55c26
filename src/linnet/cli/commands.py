"""What can be typed in a chat: a text, or a command that begins with a slash."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from linnet.cli import times
from linnet.cli.moving import free_path, saved_line
from linnet.cli.people import number_lines
from linnet.cli.room import Room
from linnet.cli.safe import safe_name
from linnet.cli.status import status_lines
from linnet.cli.talk import timer_line
from linnet.cli.writing import readable_file
from linnet.client import Message
from linnet.errors import UsageError

_MORE = 30


class Leave(Exception):
    """The person typed /quit."""


async def typed(room: Room, line: str) -> None:
    """Do what a typed line says; `//` sends a text that begins with a slash.

    Raises:
        Leave: the line is /quit.
        UsageError: there is no such command, or it was given what cannot be.
    """
    line = line.strip()
    if not line:
        return
    if not line.startswith("/") or line.startswith("//"):
        text = line[1:] if line.startswith("//") else line
        await room.conversation.send(text)
        return
    name, _, rest = line[1:].partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        raise UsageError(
            f"There is no command /{safe_name(name)}; see /help. To send a text that "
            "begins with a slash, type two."
        )
    await command.run(room, rest.strip())


async def _help(room: Room, _rest: str) -> None:
    width = max(len(command.usage) for command in COMMANDS.values())
    room.say(
        *(f"{c.usage:<{width}}  {c.about}" for c in COMMANDS.values()),
        "ID is the characters before a message. Ctrl-D leaves too.",
    )


async def _file(room: Room, rest: str) -> None:
    if not rest:
        raise UsageError("Write: /file PATH")
    await room.conversation.send_file(readable_file(rest.strip("'\"")))


async def _reply(room: Room, rest: str) -> None:
    message, text = _message_and_text(room, rest, "/reply ID TEXT")
    await room.conversation.send(text, reply_to=message.id)


async def _edit(room: Room, rest: str) -> None:
    message, text = _message_and_text(room, rest, "/edit ID TEXT")
    await room.conversation.edit(message.id, text)


async def _delete(room: Room, rest: str) -> None:
    message, _ = _message_and_text(room, rest, "/delete ID", is_text_needed=False)
    await room.conversation.delete(message.id)


async def _react(room: Room, rest: str) -> None:
    message, emoji = _message_and_text(
        room, rest, "/react ID EMOJI", is_text_needed=False
    )
    await room.conversation.react(message.id, emoji)


async def _retry(room: Room, rest: str) -> None:
    message, _ = _message_and_text(room, rest, "/retry ID", is_text_needed=False)
    await room.conversation.retry(message.id)


async def _save(room: Room, rest: str) -> None:
    message, where = _message_and_text(
        room, rest, "/save ID [PATH]", is_text_needed=False
    )
    path = free_path(message, where)
    room.say(f"Fetching {path.name} ...")
    room.say(saved_line(await room.conversation.save_file(message.id, path)))


async def _timer(room: Room, rest: str) -> None:
    if rest:
        await room.conversation.set_timer(times.duration(rest))
    room.say(timer_line(room.conversation))


async def _members(room: Room, _rest: str) -> None:
    for member in room.conversation.members:
        name = room.names.of(member.account, member.name)
        notes = [
            "you" if member.is_me else "",
            "admin" if member.is_admin else "",
            "verified" if member.verified and not member.is_me else "",
        ]
        said = ", ".join(note for note in notes if note)
        room.say(f"{name} ({said})" if said else name)


async def _verify(room: Room, _rest: str) -> None:
    for line in number_lines(room.me.safety_number(room.conversation.title)):
        room.say(line)


async def _status(room: Room, _rest: str) -> None:
    room.say(*status_lines(room.me.status()))


async def _more(room: Room, _rest: str) -> None:
    room.show_older(_MORE)


async def _quit(_room: Room, _rest: str) -> None:
    raise Leave


def _message_and_text(
    room: Room, rest: str, usage: str, *, is_text_needed: bool = True
) -> tuple[Message, str]:
    """Read an id and a text.

    Raises:
        UsageError: one is missing, or there is no such message.
    """
    wanted, _, text = rest.partition(" ")
    if not wanted or (is_text_needed and not text.strip()):
        raise UsageError(f"Write: {usage}")
    shown = room.message_shown(wanted)
    if shown is not None:
        return shown, text.strip()
    return room.conversation.message(wanted), text.strip()


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the chat."""

    usage: str
    about: str
    run: Callable[[Room, str], Awaitable[None]]


COMMANDS = {
    "help": Command("/help", "this list", _help),
    "file": Command("/file PATH", "send a file", _file),
    "save": Command("/save ID [PATH]", "fetch a file that a message names", _save),
    "reply": Command("/reply ID TEXT", "answer a message", _reply),
    "edit": Command("/edit ID TEXT", "replace a text of yours", _edit),
    "delete": Command("/delete ID", "delete a message of yours for everybody", _delete),
    "react": Command(
        "/react ID EMOJI", "react; without an emoji, take it back", _react
    ),
    "retry": Command("/retry ID", "send a failed message again", _retry),
    "timer": Command(
        "/timer [SPAN]", "let messages disappear, such as 1d; off", _timer
    ),
    "members": Command("/members", "who reads here", _members),
    "verify": Command("/verify", "the safety number with this contact", _verify),
    "more": Command("/more", "older messages", _more),
    "status": Command("/status", "what is connected, and why not", _status),
    "quit": Command("/quit", "leave", _quit),
}


def command_words() -> list[str]:
    """Return the commands as they are typed, for completion."""
    return [f"/{name}" for name in COMMANDS]
