"""Verbs of reading and keeping a conversation: chats, read, search, timer."""

from collections.abc import AsyncIterator

from linnet.cli import times
from linnet.cli.call import Call, Verb, exit_of_status
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Option, Word
from linnet.cli.lines import summary
from linnet.cli.names import ME, names_of, title_of
from linnet.cli.output import Plain
from linnet.cli.room import Room
from linnet.cli.safe import columns, pad
from linnet.cli.shapes import conversation as conversation_json
from linnet.cli.shapes import plain
from linnet.client import (
    Client,
    Conversation,
    ConversationState,
    Event,
    Message,
    StatusChanged,
    Transfer,
    Typing,
)

WHO = Word("WHO", "a name, a title, or the first characters of a fingerprint")


async def _chats(call: Call) -> Exit:
    async with call.account() as me:
        status = await call.settle(me)
        conversations = me.conversations()
        shown: list[Plain] = [conversation_json(c) for c in conversations]
        call.out.show(
            shown,
            _chat_lines(conversations)
            or ["No conversations yet. Add somebody: linnet add LINK"],
        )
        return exit_of_status(status)


def _chat_lines(conversations: list[Conversation]) -> list[str]:
    width = max((columns(title_of(c)) for c in conversations), default=0)
    lines = []
    for conversation in conversations:
        notes = []
        if conversation.unread:
            notes.append(f"{conversation.unread} new")
        if conversation.state is not ConversationState.ACTIVE:
            notes.append(str(conversation.state.value))
        last = conversation.last_message
        said = f"{times.clock(last.time)} {summary(last)}" if last else ""
        mark = f"({', '.join(notes)})" if notes else ""
        parts = [pad(title_of(conversation), width), mark, said]
        lines.append("  ".join(part for part in parts if part).rstrip())
    return lines


async def _read(call: Call) -> Exit:
    limit = int(call.given.number("--limit", default=50, highest=100_000))
    is_seen, is_stream = not call.given.has("--peek"), call.given.has("--follow")
    async with call.account() as me:
        status = await call.settle(me)
        conversation = await call.conversation(me, call.given.word("WHO"))
        room, happenings = Room(me, conversation, call.out), me.events()
        room.show_history(limit=limit, as_stream=is_stream)
        if is_seen:
            await conversation.mark_read()
        if is_stream:
            await _follow(room, happenings, is_seen=is_seen)
        elif is_seen and not status.queued:
            status = await me.settle(timeout_seconds=call.wait_seconds)
        return exit_of_status(status)


async def _follow(
    room: Room, happenings: AsyncIterator[Event], *, is_seen: bool
) -> None:
    """Print what happens in a conversation until the person stops it."""
    async for event in happenings:
        if not isinstance(event, Typing | Transfer | StatusChanged):
            room.hear(event)
        if is_seen and room.take_unseen():
            await room.conversation.mark_read()


async def _search(call: Call) -> Exit:
    limit = int(call.given.number("--limit", default=50, highest=100_000))
    async with call.account(connect=False) as me:
        found = me.search(call.given.word("TEXT"), limit=limit)
        lines = _found_lines(call, me, found)
        call.out.show(plain(found), lines or ["No message holds all these words."])
        return Exit.OK if found else Exit.FAILED


def _found_lines(call: Call, me: Client, found: list[Message]) -> list[str]:
    names = names_of(me)
    titles = {c.id: title_of(c) for c in me.conversations()}
    lines = []
    for message in reversed(found):
        who = ME if message.is_mine else names.of(message.sender, message.name)
        when = times.local(message.time).strftime("%Y-%m-%d %H:%M")
        where = titles.get(message.conversation, "")
        start = call.out.style("dim", f"{when} {message.short_id}")
        lines.append(f"{start} {where} | {who}: {summary(message)}")
    return lines


async def _timer(call: Call) -> Exit:
    asked = call.given.word("SPAN")
    span = times.duration(asked) if asked else None
    async with call.account(connect=bool(asked)) as me:
        conversation = await call.conversation(me, call.given.word("WHO"))
        result = Exit.OK
        if asked:
            await conversation.set_timer(span)
            result = exit_of_status(await call.settle(me))
        call.out.show(conversation_json(conversation), [timer_line(conversation)])
        return result


def timer_line(conversation: Conversation) -> str:
    """Return a sentence on how long messages stay."""
    if conversation.timer is None:
        return f"Messages in {title_of(conversation)} stay."
    span = times.span_in_words(conversation.timer)
    return f"Messages in {title_of(conversation)} disappear {span} after being read."


VERBS = (
    Verb(
        Form(
            "chats",
            "all conversations, the newest first",
            "linnet chats",
            prints="a list of conversations",
        ),
        _chats,
    ),
    Verb(
        Form(
            "read",
            "print a conversation",
            "linnet read Bob --follow",
            (WHO,),
            (
                Option("--follow", "go on printing what comes, until Ctrl-C"),
                Option("--limit", "the newest so many (default 50)", "N"),
                Option("--peek", "do not mark it as read"),
            ),
            prints="a list of messages; with --follow events, one a line",
        ),
        _read,
    ),
    Verb(
        Form(
            "search",
            "find messages that hold every word",
            "linnet search tram strike",
            (Word("TEXT", "words to look for", takes_rest=True),),
            (Option("--limit", "the newest so many (default 50)", "N"),),
            prints="a list of messages",
        ),
        _search,
    ),
    Verb(
        Form(
            "timer",
            "show or set after how long messages disappear",
            "linnet timer Bob 1d",
            (WHO, Word("SPAN", "such as 30s, 5m, 1h, 7d; or off", is_needed=False)),
            prints="a conversation",
        ),
        _timer,
    ),
)
