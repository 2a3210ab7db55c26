"""Verbs about roads through proxies: one's own, and those of contacts."""

from linnet.cli.asking import ask_mail_password
from linnet.cli.call import Call, Verb, exit_of_status
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Option, Word
from linnet.cli.safe import safe_line, safe_name
from linnet.cli.shapes import plain, show_all
from linnet.client import MailAccount, OwnRoad
from linnet.errors import UsageError

ID = Word("ID", "how its id begins, as road list shows it")


async def _add(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        known = await me.add_road(call.given.word("LINK").strip())
        if any(one.road == "folder" for one in known):
            call.out.aside(_HELD)
        call.out.show(plain(known), ["Added. Your roads:", *map(_line, known)])
        return Exit.OK


async def _list(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        none = "No road of your own; relays are reached by their addresses."
        show_all(call.out, me.roads(), _line, none)
        return Exit.OK


async def _remove(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        gone = await me.remove_road(call.given.word("ID").strip())
        call.out.show(plain(gone), [f"Removed: {_line(gone)}"])
        return Exit.OK


async def _share(call: Call) -> Exit:
    hops = call.given.option("--hops") or "1"
    if not hops.isdecimal():
        raise UsageError("--hops takes a number from 1 to 3.")
    who = call.given.word("WHO")
    async with call.account() as me:
        await me.share_road(call.given.word("ROAD").strip(), who, hops=int(hops))
        status = await me.settle(timeout_seconds=call.wait_seconds)
        said = f"Shared with {safe_name(who)}. It is used there once it is taken."
        call.out.show(plain(status), [said])
        return exit_of_status(status)


async def _take(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        taken = await me.take_road(call.given.word("ID").strip())
        call.out.show(plain(taken), [f"Taken: {_line(taken)}"])
        return Exit.OK


async def _mail(call: Call) -> Exit:
    address, forgets = call.given.word("ADDRESS").strip(), call.given.has("--forget")
    if address and forgets:
        raise UsageError("Give an address or --forget, not both.")
    async with call.account(connect=False) as me:
        if forgets:
            await me.mail.use(None)
        elif address:
            given = call.given.option
            await me.mail.use(
                MailAccount(
                    address,
                    ask_mail_password(safe_line(address)),
                    imap=given("--imap") or "",
                    smtp=given("--smtp") or "",
                    user=given("--user") or "",
                )
            )
            call.out.aside(_TIED)
        known = me.mail.address
        said = f"Relays with a mailbox are reached by mail from {safe_line(known)}."
        call.out.show({"mail": known}, [said if known else _NO_MAIL])
        return Exit.OK


_HELD = (
    "Whoever holds a folder, or has the link to it, sees when something is put there "
    "and how much, never what it says, and can delete it. The one who holds it sees "
    "your address too. It is used only while nothing quicker works."
)
_NO_MAIL = "No mail account leads to relays."
_TIED = (
    "A mail account is tied to whoever it was registered to. Its provider, and whoever "
    "that answers to, sees that it writes to a relay, when and how much, never what or "
    "to whom, and can close it. Best is one without your name. Mail is used only while "
    "nothing quicker works. To stop: linnet road mail --forget"
)


async def _go_through(call: Call) -> Exit:
    chain, is_straight = call.given.word("CHAIN").strip(), call.given.has("--direct")
    if chain and is_straight:
        raise UsageError("Give a chain or --direct, not both.")
    async with call.account(connect=False) as me:
        if chain or is_straight:
            await me.go_through(chain)
        through = me.goes_through()
        said = f"Every connection goes through {through}." if through else _STRAIGHT
        call.out.show({"through": through}, [said])
        return Exit.OK


async def _resolvers(call: Call) -> Exit:
    given, forgets = call.given.rest("RESOLVER"), call.given.has("--default")
    if given and forgets:
        raise UsageError("Give resolvers or --default, not both.")
    async with call.account(connect=False) as me:
        if given or forgets:
            await me.ask_resolvers(given)
        chosen = me.resolvers()
        said = f"Where only names pass, {', '.join(chosen)} is asked."
        call.out.show({"resolvers": [*chosen]}, [said if chosen else _OWN_RESOLVERS])
        return Exit.OK


_OWN_RESOLVERS = (
    "Where only names pass, this machine's own resolvers are asked, and then two "
    "well-known ones by HTTPS."
)
_STRAIGHT = "Connections go straight to the relays."


def _line(road: OwnRoad) -> str:
    where = f"{road.road}:{safe_line(road.host)}:{road.port}"
    line = f"{road.id}  to relay {road.relay} by {where}"
    if road.giver:
        line += f", from {safe_name(road.giver)}"
    if road.hops:
        line += f", to be passed on {road.hops} more time{'s'[: road.hops - 1]}"
    if not road.is_taken:
        line += f", not used; to use it: linnet road take {road.id}"
    return line


VERBS = (
    Verb(
        Form(
            "road add",
            "know further ways to a relay, through a proxy",
            "linnet road add linnet:...",
            (Word("LINK", "what whoever runs the proxy gave you"),),
            more="The link is yours alone: whoever else uses it shows in its limits.",
            prints="a list of roads",
        ),
        _add,
    ),
    Verb(
        Form(
            "road list",
            "the further ways you were given",
            "linnet road list",
            prints="a list of roads",
        ),
        _list,
    ),
    Verb(
        Form(
            "road share",
            "give a contact a further way to a relay",
            "linnet road share linnet:... Bob",
            (
                Word("ROAD", "a link, best made for them; an id of a road or manifest"),
                Word("WHO", "the contact"),
            ),
            (
                Option(
                    "--hops",
                    "how often it may be passed on in all, at most 3 (default 1)",
                    "N",
                ),
            ),
            more="It travels inside the encrypted conversation. A link that you do not "
            "use yourself is not kept. Whoever has a road of yours uses it as you: "
            "what they use up is yours, and revoking your link ends theirs.",
            prints="a status",
        ),
        _share,
    ),
    Verb(
        Form(
            "road take",
            "use a way that a contact has shared",
            "linnet road take 3fa9",
            (ID,),
            more="Whoever runs it learns your address and when you are there, never "
            "what you write. Roads of your own, and the relay's addresses, come first.",
            prints="a road",
        ),
        _take,
    ),
    Verb(
        Form(
            "road remove",
            "forget one of them",
            "linnet road remove 3fa9",
            (ID,),
            prints="a road",
        ),
        _remove,
    ),
    Verb(
        Form(
            "road mail",
            "reach relays by a mail account of yours; show which",
            "linnet road mail jo@mail.example",
            (Word("ADDRESS", "of the account", is_needed=False),),
            (
                Option("--imap", "where mail is read, if not imap.HOST", "HOST[:PORT]"),
                Option("--smtp", "where it is sent, if not smtp.HOST", "HOST[:PORT]"),
                Option("--user", "how the servers know it, if not by address", "NAME"),
                Option("--forget", "reach no relay by mail any more"),
            ),
            more="For networks that let only a list through. The relay needs a mailbox "
            "too:\nits link says so. The password is asked for, or taken from\n"
            "LINNET_MAIL_PASSWORD, and kept in the sealed store.",
            prints='`{"mail"}`',
        ),
        _mail,
    ),
    Verb(
        Form(
            "road through",
            "go through a proxy of yours, such as Tor; show which",
            "linnet road through socks5://127.0.0.1:9050",
            (Word("CHAIN", "proxies, the nearest first", is_needed=False),),
            (Option("--direct", "go straight to the relays again"),),
            more="CHAIN is socks5://HOST:PORT or http://NAME:PASSWORD@HOST:PORT,\n"
            "or more than one, in quotes and with | between them.",
            prints='`{"through"}`',
        ),
        _go_through,
    ),
    Verb(
        Form(
            "road resolver",
            "whom to ask where only names pass; show it",
            "linnet road resolver tcp:192.0.2.53",
            (
                Word(
                    "RESOLVER",
                    "the best first, at most 4",
                    is_needed=False,
                    takes_rest=True,
                ),
            ),
            (Option("--default", "ask this machine's own resolvers again"),),
            more="RESOLVER is an address (by UDP, then TCP), udp:ADDRESS[:PORT],\n"
            "tcp:ADDRESS[:PORT], or https://NAME/PATH. None but those are asked then;\n"
            "a link that names a resolver of its own keeps it.",
            prints='`{"resolvers"}`',
        ),
        _resolvers,
    ),
)
