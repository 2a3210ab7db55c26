"""Verbs of writing: send, edit, delete, react, retry."""

import sys
from pathlib import Path

from linnet.cli import times
from linnet.cli.call import Call, Verb, exit_of_status
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Kind, Option, Word
from linnet.cli.lines import state_of
from linnet.cli.moving import progress
from linnet.cli.shapes import plain
from linnet.cli.talk import WHO
from linnet.client import Client, Conversation, Message, MessageState
from linnet.errors import UsageError

ID = Word("ID", "the message: the characters that `read` shows before it")
_LONGEST_INPUT = 1 << 20


async def _send(call: Call) -> Exit:
    text, file = _text(call), call.given.option("--file")
    if not text.strip() and file is None:
        raise UsageError("There is nothing to send. Write a text, or --file FILE.")
    path = readable_file(file) if file is not None else None
    async with call.account() as me:
        conversation = await call.conversation(me, call.given.word("WHO"))
        reply = call.given.option("--reply")
        reply_to = conversation.message(reply).id if reply else None
        if path is None:
            sent = await conversation.send(text, reply_to=reply_to)
        else:
            async with progress(call, me, path.name):
                sent = await conversation.send_file(path, text=text, reply_to=reply_to)
                await _settle_file(call, me, conversation, sent)
        return await _report(call, me, conversation, sent)


async def _settle_file(
    call: Call, me: Client, conversation: Conversation, sent: Message
) -> None:
    """Wait for a file for as long as it moves, however large it is."""
    moved = -1
    while conversation.message(sent.id).state is MessageState.QUEUED:
        file = conversation.message(sent.id).attachment
        if file is None or file.moved == moved:
            return
        moved = file.moved
        await me.settle(timeout_seconds=call.wait_seconds)


async def _report(
    call: Call, me: Client, conversation: Conversation, sent: Message
) -> Exit:
    """Wait for a message to leave, and say how far it came."""
    await call.settle(me)
    message = conversation.message(sent.id)
    said = {
        MessageState.QUEUED: "Queued; it will be sent next time.",
        MessageState.FAILED: f"Not sent: {state_of(message)}",
    }.get(message.state, f"{state_of(message).capitalize()}.")
    call.out.show(plain(message), [f"{message.short_id} {said}"])
    if message.state is MessageState.QUEUED:
        return Exit.WAITING
    return Exit.FAILED if message.state is MessageState.FAILED else Exit.OK


def _text(call: Call) -> str:
    """Return the text of a message: the words, or standard input for a lone ``-``."""
    words = call.given.rest("TEXT")
    if words != ("-",):
        return " ".join(words)
    if sys.stdin is None:
        raise UsageError("The text was to come from standard input, which is closed.")
    data = sys.stdin.buffer.read(_LONGEST_INPUT + 1)
    if len(data) > _LONGEST_INPUT:
        raise UsageError(
            f"The text is longer than {times.size_in_words(_LONGEST_INPUT)}; nothing "
            "was sent. Send it as a file: linnet send WHO --file FILE"
        )
    return data.decode(errors="replace").rstrip("\n")


def readable_file(name: str) -> Path:
    """Return the path of a file that can be sent.

    Raises:
        UsageError: it is missing, a folder, or cannot be read.
    """
    path = Path(name).expanduser()
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file; only files can be sent.")
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        why = error.strerror
    raise UsageError(f"{path} cannot be read ({why}); nothing was sent.")


async def _edit(call: Call) -> Exit:
    async with call.account() as me:
        conversation, message = await _found(call, me)
        await conversation.edit(message.id, call.given.word("TEXT"))
        return await _changed(call, me, conversation, message, "Edited.")


async def _delete(call: Call) -> Exit:
    async with call.account() as me:
        conversation, message = await _found(call, me)
        await conversation.delete(message.id)
        return await _changed(call, me, conversation, message, "Deleted for everybody.")


async def _react(call: Call) -> Exit:
    emoji = call.given.word("EMOJI")
    async with call.account() as me:
        conversation, message = await _found(call, me)
        await conversation.react(message.id, emoji)
        said = "Reacted." if emoji else "Your reactions are taken back."
        return await _changed(call, me, conversation, message, said)


async def _retry(call: Call) -> Exit:
    async with call.account() as me:
        conversation, message = await _found(call, me)
        return await _report(
            call, me, conversation, await conversation.retry(message.id)
        )


async def _found(call: Call, me: Client) -> tuple[Conversation, Message]:
    conversation = await call.conversation(me, call.given.word("WHO"))
    return conversation, conversation.message(call.given.word("ID"))


async def _changed(
    call: Call, me: Client, conversation: Conversation, message: Message, said: str
) -> Exit:
    """Wait for a change to leave; say that it did, or that it is kept."""
    result = exit_of_status(await call.settle(me))
    if result is Exit.WAITING:
        said += " The others will be told when the relay is reached."
    message = conversation.message(message.id)
    call.out.show(plain(message), [f"{message.short_id} {said}"])
    return result


VERBS = (
    Verb(
        Form(
            "send",
            "send a message, or a file",
            "linnet send Bob the tram runs again",
            (
                WHO,
                Word(
                    "TEXT",
                    "the message; - reads it from standard input",
                    is_needed=False,
                    takes_rest=True,
                ),
            ),
            (
                Option(
                    "--file", "a file to send, with or without a text", "F", Kind.FILE
                ),
                Option("--reply", "the message it answers", "ID"),
            ),
            prints="a message",
        ),
        _send,
    ),
    Verb(
        Form(
            "edit",
            "replace the text of a message of yours",
            "linnet edit Bob 1a2b3c4d the tram does not run",
            (WHO, ID, Word("TEXT", "the new text", takes_rest=True)),
            prints="a message",
        ),
        _edit,
    ),
    Verb(
        Form(
            "delete",
            "delete a message of yours for everybody",
            "linnet delete Bob 1a2b3c4d",
            (WHO, ID),
            prints="a message",
        ),
        _delete,
    ),
    Verb(
        Form(
            "react",
            "react to a message; without an emoji, take it back",
            "linnet react Bob 1a2b3c4d 👍",
            (WHO, ID, Word("EMOJI", "one emoji", is_needed=False)),
            prints="a message",
        ),
        _react,
    ),
    Verb(
        Form(
            "retry",
            "send a message that failed again",
            "linnet retry Bob 1a2b3c4d",
            (WHO, ID),
            prints="a message",
        ),
        _retry,
    ),
)
