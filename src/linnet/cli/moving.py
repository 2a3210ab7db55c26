"""Files on the move: the progress bar, and the verb that fetches one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from linnet.cli import times
from linnet.cli.call import Call, Verb
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Kind, Word
from linnet.cli.safe import safe_line, safe_name
from linnet.cli.talk import WHO
from linnet.client import Client, Conversation, Message, Transfer
from linnet.errors import UsageError

_BAR = 24


def bar(moved: int, size: int, name: str) -> str:
    """Return a progress bar as one line."""
    share = min(1.0, moved / size) if size else 1.0
    filled = round(share * _BAR)
    return (
        f"{safe_name(name)} [{'#' * filled}{'.' * (_BAR - filled)}] {share:4.0%} of "
        f"{times.size_in_words(size)}"
    )


@asynccontextmanager
async def progress(call: Call, me: Client, name: str) -> AsyncIterator[None]:
    """Show on standard error how far files have come while something is done."""
    if not call.out.err.isatty():
        yield
        return
    async with asyncio.TaskGroup() as group:
        watcher = group.create_task(_watch(call, me, name))
        try:
            yield
        finally:
            watcher.cancel()
            call.out.err.write("\r\x1b[K")
            call.out.err.flush()


async def _watch(call: Call, me: Client, name: str) -> None:
    with suppress(asyncio.CancelledError):
        async for event in me.events():
            if isinstance(event, Transfer):
                call.out.err.write(f"\r{bar(event.moved, event.size, name)}\x1b[K")
                call.out.err.flush()


def free_path(message: Message, wanted: str) -> Path:
    """Return where a file goes: what was asked for, or its own name beside us.

    A sender chooses the name, so only its last part is used and nothing is replaced.

    Raises:
        UsageError: the message names no file, or there is something already.
    """
    if message.attachment is None or message.deleted:
        raise UsageError(f"Message {message.short_id} has no file.")
    own = plain_file_name(message.attachment.name)
    path = Path(wanted).expanduser() if wanted else Path(own)
    if path.is_dir():
        path = path / own
    if path.exists():
        raise UsageError(f"{path} is there already; name another place to save it.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {path.parent} to save it in.")
    return path


def plain_file_name(name: str) -> str:
    """Return a file name of the sender's that cannot leave the folder or hide."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last)
    return kept.lstrip(".").strip()[:120] or "file"


def saved_line(path: Path) -> str:
    """Return a sentence on a file that was fetched."""
    return f"Saved {safe_line(str(path))} ({times.size_in_words(path.stat().st_size)})."


async def _save(call: Call) -> Exit:
    async with call.account() as me:
        conversation = await call.conversation(me, call.given.word("WHO"))
        message = await _message(call, me, conversation)
        path = free_path(message, call.given.word("PATH"))
        name = message.attachment.name if message.attachment else path.name
        async with progress(call, me, name):
            saved = await conversation.save_file(message.id, path)
        call.out.show({"path": str(saved)}, [saved_line(saved)])
        return Exit.OK


async def _message(call: Call, me: Client, conversation: Conversation) -> Message:
    """Find the message that names the file, reading what is new if need be."""
    with suppress(UsageError):
        return conversation.message(call.given.word("ID"))
    await call.settle(me)
    return conversation.message(call.given.word("ID"))


VERBS = (
    Verb(
        Form(
            "save",
            "fetch a file that a message names",
            "linnet save Bob 1a2b3c4d ~/Downloads",
            (
                WHO,
                Word("ID", "the message: the characters that `read` shows before it"),
                Word(
                    "PATH",
                    "a name or a folder; else its own name, here",
                    Kind.FILE,
                    is_needed=False,
                ),
            ),
            prints='`{"path"}`',
        ),
        _save,
    ),
)
