"""Verbs of groups: new, add, remove, leave, admin, rename, members, move."""

from collections.abc import Awaitable, Callable

from linnet.cli.call import Call, Verb, exit_of_status
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Option, Word
from linnet.cli.names import names_of, title_of
from linnet.cli.safe import safe_name
from linnet.cli.shapes import conversation as conversation_json
from linnet.cli.shapes import plain
from linnet.client import Conversation, Member

_GROUP = Word("GROUP", "the group's title, or the beginning of its id")
_WHO = Word("WHO", "a contact or member")
_MEMBERS = Word("WHO", "contacts", is_needed=False, takes_rest=True)

Change = Callable[[Conversation], Awaitable[str]]


async def _changed(call: Call, change: Change) -> Exit:
    """Change a conversation, wait until it is done, and say what was done."""
    async with call.account() as me:
        await call.settle(me)
        conversation = await call.conversation(me, call.given.word("GROUP"))
        said = await change(conversation)
        result = exit_of_status(await call.settle(me))
        if result is Exit.WAITING:
            said += " The others will be told when the relay is reached."
        call.out.show(conversation_json(conversation), [said])
        return result


async def _new(call: Call) -> Exit:
    async with call.account() as me:
        await call.settle(me)
        title = call.given.word("TITLE")
        group = await me.new_group(title, call.given.rest("WHO"))
        result = exit_of_status(await call.settle(me))
        people = ", ".join(_called(m) for m in group.members if not m.is_me)
        call.out.show(
            conversation_json(group),
            [f"“{title_of(group)}” is made, with {people or 'nobody else yet'}."],
        )
        return result


async def _add(call: Call) -> Exit:
    who = call.given.rest("WHO")

    async def change(group: Conversation) -> str:
        await group.add(who)
        return f"Added to “{title_of(group)}”: {', '.join(map(safe_name, who))}."

    return await _changed(call, change)


async def _remove(call: Call) -> Exit:
    who = call.given.word("WHO")

    async def change(group: Conversation) -> str:
        await group.remove(who)
        return f"Removed from “{title_of(group)}”: {safe_name(who)}."

    return await _changed(call, change)


async def _leave(call: Call) -> Exit:
    async def change(group: Conversation) -> str:
        await group.leave()
        return f"You leave “{title_of(group)}”; what was said stays here."

    return await _changed(call, change)


async def _admin(call: Call) -> Exit:
    who, is_admin = call.given.word("WHO"), not call.given.has("--off")

    async def change(group: Conversation) -> str:
        await group.set_admin(who, is_admin=is_admin)
        is_now = "is now" if is_admin else "is no longer"
        return f"{safe_name(who)} {is_now} an admin of “{title_of(group)}”."

    return await _changed(call, change)


async def _rename(call: Call) -> Exit:
    title = call.given.word("TITLE")

    async def change(group: Conversation) -> str:
        await group.rename(title)
        return f"The group is now “{safe_name(title)}”."

    return await _changed(call, change)


async def _move(call: Call) -> Exit:
    relay = call.given.word("RELAY")

    async def change(group: Conversation) -> str:
        await group.move(relay)
        return f"“{title_of(group)}” moves to relay {safe_name(relay)}."

    return await _changed(call, change)


async def _members(call: Call) -> Exit:
    async with call.account() as me:
        status = await call.settle(me)
        group = await call.conversation(me, call.given.word("GROUP"))
        names = names_of(me)
        lines = []
        for member in group.members:
            name = names.of(member.account, member.name)
            notes = _notes(member)
            lines.append(f"{name} ({notes})" if notes else name)
        call.out.show(plain(group.members), lines)
        return exit_of_status(status)


def _notes(member: Member) -> str:
    notes = [
        "you" if member.is_me else "",
        "admin" if member.is_admin else "",
        "verified" if member.verified and not member.is_me else "",
    ]
    return ", ".join(note for note in notes if note)


def _called(member: Member) -> str:
    return safe_name(member.name)


VERBS = (
    Verb(
        Form(
            "group new",
            "make a group, with you as its admin",
            "linnet group new 'Choir' Bob Carol",
            (Word("TITLE", "what it is called"), _MEMBERS),
            prints="a conversation",
        ),
        _new,
    ),
    Verb(
        Form(
            "group add",
            "add contacts (admins)",
            "linnet group add Choir Dave",
            (_GROUP, Word("WHO", "contacts", takes_rest=True)),
            prints="a conversation",
        ),
        _add,
    ),
    Verb(
        Form(
            "group remove",
            "remove a member (admins)",
            "linnet group remove Choir Dave",
            (_GROUP, _WHO),
            prints="a conversation",
        ),
        _remove,
    ),
    Verb(
        Form(
            "group leave",
            "leave",
            "linnet group leave Choir",
            (_GROUP,),
            prints="a conversation",
        ),
        _leave,
    ),
    Verb(
        Form(
            "group admin",
            "make a member an admin (admins)",
            "linnet group admin Choir Bob",
            (_GROUP, _WHO),
            (Option("--off", "make an admin a plain member"),),
            prints="a conversation",
        ),
        _admin,
    ),
    Verb(
        Form(
            "group rename",
            "give it another title (admins)",
            "linnet group rename Choir 'The choir'",
            (_GROUP, Word("TITLE", "the new title", takes_rest=True)),
            prints="a conversation",
        ),
        _rename,
    ),
    Verb(
        Form(
            "group members",
            "who is in it",
            "linnet group members Choir",
            (_GROUP,),
            prints="a list of members",
        ),
        _members,
    ),
    Verb(
        Form(
            "group move",
            "move a conversation to another relay of yours",
            "linnet group move Choir 3fa9c1",
            (_GROUP, Word("RELAY", "the beginning of its name in `linnet relays`")),
            prints="a conversation",
        ),
        _move,
    ),
)
