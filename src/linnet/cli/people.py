"""Verbs about other people: add, requests, accept, block, contacts, verify."""

from linnet.cli import times
from linnet.cli.asking import ask_yes, is_interactive
from linnet.cli.call import Call, Verb, exit_of_status
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Option, Word
from linnet.cli.names import label, title_of
from linnet.cli.output import Output, Plain
from linnet.cli.safe import columns, pad, safe_line, safe_name
from linnet.cli.shapes import conversation as conversation_json
from linnet.cli.shapes import plain
from linnet.client import (
    Client,
    Contact,
    ContactState,
    ConversationKind,
    Request,
    SafetyNumber,
)

_WHO = Word("WHO", "a name, a title, or the first characters of a fingerprint")


async def _add(call: Call) -> Exit:
    note = call.given.option("--note") or ""
    async with call.account() as me:
        conversation = await me.add(call.given.word("LINK").strip(), note=note)
        status = await call.settle(me)
        title = title_of(conversation)
        call.out.show(
            conversation_json(conversation),
            [
                f"{title} is asked. What you write waits for their yes: "
                f"linnet send {_quoted(title)} hello",
            ],
        )
        return exit_of_status(status)


async def _requests(call: Call) -> Exit:
    async with call.account() as me:
        status = await call.settle(me)
        requests = me.requests()
        lines = [line for r in requests for line in request_lines(call.out, r)]
        call.out.show(plain(requests), lines or ["Nobody asks to talk to you."])
        return exit_of_status(status)


def request_lines(out: Output, request: Request) -> list[str]:
    """Return a request as lines, its warning first and loud."""
    who = label(request.sender)
    what = "asks to talk"
    if request.kind is ConversationKind.GROUP:
        what = f"adds you to “{safe_name(request.title)}”"
    lines = [
        f"{times.clock(request.received_at)} {out.style('bold', who)} {what} "
        f"(fingerprint {request.sender.fingerprint})"
    ]
    if request.warning:
        lines.append(out.style("loud", f"      WARNING: {safe_line(request.warning)}"))
    if request.note:
        lines.append(f"      “{safe_line(request.note)}”")
    name = _quoted(safe_name(request.sender.name))
    lines.append(
        out.style("dim", f"      linnet accept {name}, decline {name}, block {name}")
    )
    return lines


async def _accept(call: Call) -> Exit:
    async with call.account() as me:
        await call.settle(me)
        conversation = await me.accept(call.given.word("WHO"))
        status = await call.settle(me)
        title = title_of(conversation)
        call.out.show(
            conversation_json(conversation),
            [f"Accepted. To talk: linnet chat {_quoted(title)}"],
        )
        return exit_of_status(status)


async def _decline(call: Call) -> Exit:
    async with call.account() as me:
        await call.settle(me)
        who = call.given.word("WHO")
        await me.decline(who)
        call.out.show(
            {"declined": who}, [f"Declined {safe_name(who)}; they are not told."]
        )
        return exit_of_status(await call.settle(me))


async def _block(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        who = call.given.word("WHO")
        await me.block(who)
        _show_contact(call, me, who, "is blocked; nothing they send is shown.")
        return Exit.OK


async def _unblock(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        who = call.given.word("WHO")
        await me.unblock(who)
        _show_contact(
            call,
            me,
            who,
            "is no longer blocked. To talk again, add them: linnet add LINK",
        )
        return Exit.OK


def _show_contact(call: Call, me: Client, who: str, sentence: str) -> None:
    contact = me.contact(who)
    call.out.show(plain(contact), [f"{label(contact)} {sentence}"])


_STATES = {
    ContactState.KNOWN: "met in a group",
    ContactState.ASKED: "asked, has not answered",
    ContactState.ACCEPTED: "",
    ContactState.BLOCKED: "blocked",
}


async def _contacts(call: Call) -> Exit:
    async with call.account() as me:
        status = await call.settle(me)
        contacts = me.contacts()
        call.out.show(
            plain(contacts),
            _contact_lines(contacts)
            or ["No contacts yet. Give somebody your link (linnet invite)."],
        )
        return exit_of_status(status)


def _contact_lines(contacts: list[Contact]) -> list[str]:
    width = max((columns(safe_name(c.name)) for c in contacts), default=0)
    lines = []
    for contact in contacts:
        notes = [_STATES[contact.state], "verified" if contact.verified else ""]
        if contact.same_name:
            notes.append("another contact has this name")
        said = "; ".join(note for note in notes if note)
        name = pad(safe_name(contact.name), width)
        lines.append(f"{name}  {contact.fingerprint}  {said}".rstrip())
    return lines


async def _verify(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        who = call.given.word("WHO")
        number = me.safety_number(who)
        if not call.out.as_json:
            call.out.lines(number_lines(number))
        is_same = call.given.has("--yes")
        if not is_same and not call.given.has("--no"):
            is_same = not call.out.as_json and ask_yes("Are they the same?")
        contact = number.contact
        if is_same or call.given.has("--no"):
            contact = await me.verify(who, verified=is_same)
        if call.out.as_json:
            call.out.document(_number_json(number, contact))
        else:
            call.out.lines([_verdict(contact)])
        return Exit.OK


def number_lines(number: SafetyNumber) -> list[str]:
    """Return the digits in the lines in which people read them aloud."""
    groups = number.groups
    rows = ["  " + "  ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
    name = label(number.contact)
    return [
        f"Your safety number with {name}. Compare it with {name} in person or in a",
        "call, not in a message. If it differs, somebody stands between you.",
        "",
        *rows,
        "",
    ]


def _verdict(contact: Contact) -> str:
    if contact.verified:
        return f"{label(contact)} is verified."
    how = "" if is_interactive() else " When they are the same, repeat with --yes."
    return f"{label(contact)} is not verified.{how}"


def _number_json(number: SafetyNumber, contact: Contact) -> dict[str, Plain]:
    return {"contact": plain(contact), "digits": number.digits}


def _quoted(name: str) -> str:
    return name if name.replace("-", "").isalnum() else f"'{name}'"


VERBS = (
    Verb(
        Form(
            "add",
            "ask the owner of a link to talk",
            "linnet add linnet:... --note 'Bob from the choir'",
            words=(Word("LINK", "their invite link"),),
            options=(Option("--note", "a line they see with the request", "TEXT"),),
            prints="a conversation",
        ),
        _add,
    ),
    Verb(
        Form(
            "requests",
            "who asks to talk to you",
            "linnet requests",
            prints="a list of requests",
        ),
        _requests,
    ),
    Verb(
        Form(
            "accept",
            "say yes to a request",
            "linnet accept Bob",
            (_WHO,),
            prints="a conversation",
        ),
        _accept,
    ),
    Verb(
        Form(
            "decline",
            "drop a request; they are not told",
            "linnet decline Bob",
            (_WHO,),
            prints='`{"declined"}`',
        ),
        _decline,
    ),
    Verb(
        Form(
            "block",
            "hear nothing of somebody any more",
            "linnet block Bob",
            (_WHO,),
            prints="a contact",
        ),
        _block,
    ),
    Verb(
        Form(
            "unblock",
            "take a block back; to talk again, add them again",
            "linnet unblock Bob",
            (_WHO,),
            prints="a contact",
        ),
        _unblock,
    ),
    Verb(
        Form(
            "contacts",
            "everybody you know",
            "linnet contacts",
            prints="a list of contacts",
        ),
        _contacts,
    ),
    Verb(
        Form(
            "verify",
            "compare safety numbers, to know that nobody stands between you",
            "linnet verify Bob",
            (_WHO,),
            (
                Option("--yes", "they were compared and are the same"),
                Option("--no", "they are not, or are no longer believed"),
            ),
            prints='`{"contact", "digits"}`',
        ),
        _verify,
    ),
)
