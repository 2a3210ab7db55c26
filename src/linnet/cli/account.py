"""The account's own verbs: init, invite, rename, preferences."""

import os
from dataclasses import replace
from pathlib import Path

from linnet import client
from linnet.cli.asking import ask_new_passphrase
from linnet.cli.call import Call, Verb, exit_of_status
from linnet.cli.codes import save_code, terminal_code
from linnet.cli.devices import JOIN_OPTIONS, join, refuse_two
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Kind, Option, Word
from linnet.cli.safe import safe_name
from linnet.cli.shapes import account, plain
from linnet.client import Client, NewAccount, Preferences, Status
from linnet.errors import UsageError

_NO_WAY = (
    "No address in this link worked from here when it was last tried. Whoever is where "
    "you are needs a road beside it: linnet proxy link, or a manifest to follow."
)


async def _init(call: Call) -> Exit:
    other = call.given.option("--link")
    if other is not None:
        refuse_two(call, call.home)
        _refuse_a_used_home(call.home)
        return await join(call, other.strip())
    create = _wanted(call)
    _refuse_a_used_home(call.home)
    passphrase = None if call.given.has("--keyring") else ask_new_passphrase()
    async with client.open(call.home, passphrase=passphrase, create=create) as me:
        status = await call.settle(me)
        _show(call, me, status, passphrase)
        return exit_of_status(status)


def _wanted(call: Call) -> NewAccount:
    """The account that is to be made; whoever types is told what is missing."""
    name = call.given.word("NAME").strip()
    link = call.given.option("--relay")
    if not name:
        raise UsageError(
            "NAME is missing (the name others see). Write: linnet init NAME --relay "
            "PASS-LINK; for an account that lives on another device: linnet init "
            "--link LINK"
        )
    if link is None:
        raise UsageError(
            "An account begins at a relay: give its pass link with --relay. Whoever "
            "runs a relay makes one with “linnet relay invite”."
        )
    return NewAccount(
        name=name,
        pass_link=link.strip(),
        road_link=(call.given.option("--road") or "").strip(),
        through=(call.given.option("--through") or "").strip(),
    )


def _show(call: Call, me: Client, status: Status, passphrase: str | None) -> None:
    invite = me.invite()
    call.out.show(
        account(me, call.home, status),
        [
            f"{safe_name(me.name)} has an account, kept in {call.home}.",
            _warning(passphrase),
            "To let somebody talk to you, give them your link:",
            "",
            invite,
            "",
            "Or add theirs: linnet add LINK",
        ],
    )


def _warning(passphrase: str | None) -> str:
    if passphrase is None:
        return "Whoever can use your system keyring can open it."
    return "Nobody can open it without the passphrase, and nobody can recover it."


def _refuse_a_used_home(home: Path) -> None:
    """Say before asking for a passphrase what would be refused after it."""
    if home.exists() and not home.is_dir():
        raise UsageError(f"{home} is a file; a home is a folder. Nothing was made.")
    if not home.exists():
        parent = next(p for p in home.parents if p.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise UsageError(
                f"{home} cannot be made: {parent} cannot be written to. Name another "
                "folder with --home."
            )


async def _invite(call: Call) -> Exit:
    is_new = call.given.has("--new")
    async with call.account(connect=is_new) as me:
        result = Exit.OK
        if is_new:
            link = await me.rotate_invite()
            result = exit_of_status(await call.settle(me))
            call.out.aside("The old link is dead; your contacts are told the new one.")
        else:
            link = me.invite()
        is_of_use = me.is_invite_of_use
    if not is_of_use:
        call.out.aside(_NO_WAY)
    file = call.given.option("--file")
    if file is not None:
        save_code(link, Path(file))
        call.out.aside(f"The code is in {file}.")
    lines = [link]
    if call.given.has("--qr"):
        lines = [*terminal_code(link, width=call.out.width), link]
    call.out.show({"invite": link}, lines)
    return result


async def _rename(call: Call) -> Exit:
    async with call.account() as me:
        await me.rename(call.given.word("NAME").strip())
        status = await call.settle(me)
        call.out.show({"name": me.name}, [f"You are now {safe_name(me.name)}."])
        return exit_of_status(status)


_SWITCHES = {
    "receipts": ("delivery_receipts", "read_receipts"),
    "delivery-receipts": ("delivery_receipts",),
    "read-receipts": ("read_receipts",),
    "typing": ("typing",),
}


async def _preferences(call: Call) -> Exit:
    name, value = call.given.word("NAME"), call.given.word("VALUE")
    if name and (name not in _SWITCHES or value not in {"on", "off"}):
        raise UsageError(
            f"Write: linnet preferences NAME on|off, with NAME one of "
            f"{', '.join(_SWITCHES)}."
        )
    async with call.account(connect=False) as me:
        if name:
            changed = dict.fromkeys(_SWITCHES[name], value == "on")
            await me.prefer(replace(me.preferences(), **changed))
        chosen = me.preferences()
        call.out.show(plain(chosen), _preference_lines(chosen))
        return Exit.OK


def _preference_lines(chosen: Preferences) -> list[str]:
    rows = [
        ("delivery-receipts", chosen.delivery_receipts, "that a message reached you"),
        ("read-receipts", chosen.read_receipts, "that you read it"),
        ("typing", chosen.typing, "that you are typing"),
    ]
    return [
        f"{name:<18} {'on ' if is_on else 'off'}  lets others know {what}"
        for name, is_on, what in rows
    ]


VERBS = (
    Verb(
        Form(
            "init",
            "make an account at a relay",
            "linnet --home ~/alice init Alice --relay linnet:...",
            words=(Word("NAME", "the name others see", is_needed=False),),
            options=(
                Option("--relay", "the pass link of a relay", "PASS-LINK"),
                Option("--road", "the link of a proxy that leads there", "LINK"),
                Option("--through", "what all connections are to go through", "CHAIN"),
                Option("--keyring", "let the system keyring open it, no passphrase"),
                *JOIN_OPTIONS,
            ),
            more=(
                "The passphrase is asked for twice, or taken from LINNET_PASSPHRASE.\n"
                "With --link, which linnet link prints on another device of yours, it\n"
                "shows a code to type there, and the account is that one."
            ),
            prints='`{"name", "account", "home", "invite", "is_connected"}`',
        ),
        _init,
    ),
    Verb(
        Form(
            "invite",
            "print your link; whoever has it can ask to talk to you",
            "linnet invite --qr",
            options=(
                Option("--qr", "draw it as a code to scan"),
                Option("--file", "save the code as a picture", "FILE.svg", Kind.FILE),
                Option("--new", "make a new link and let the old one die"),
            ),
            prints='`{"invite"}`',
        ),
        _invite,
    ),
    Verb(
        Form(
            "rename",
            "change the name others see",
            "linnet rename Alice in Oslo",
            words=(Word("NAME", "your new name", takes_rest=True),),
            prints='`{"name"}`',
        ),
        _rename,
    ),
    Verb(
        Form(
            "preferences",
            "show or change what others are let know",
            "linnet preferences read-receipts off",
            words=(
                Word("NAME", ", ".join(_SWITCHES), is_needed=False),
                Word("VALUE", "on or off", Kind.SWITCH, is_needed=False),
            ),
            prints="preferences",
        ),
        _preferences,
    ),
)
