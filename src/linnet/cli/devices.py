"""Verbs about this account's devices: link, devices, devices remove, init --link."""

import asyncio
import platform
import sys
from pathlib import Path

from linnet import client
from linnet.cli import times
from linnet.cli.asking import ask_new_passphrase
from linnet.cli.call import Call, Verb, exit_of_status
from linnet.cli.codes import terminal_code
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Option, Word
from linnet.cli.safe import safe_name
from linnet.cli.shapes import account, plain
from linnet.client import Device, NewDevice
from linnet.errors import UsageError

SETTLE_SECONDS = 60.0
"""How long both devices wait for the new one to be in its conversations."""
REMOVE_SECONDS = 20.0
"""How long a removal is waited for: it matters more than a message."""


def default_name() -> str:
    """Return how this device is called when nobody says: only its own siblings see."""
    node = platform.node().partition(".")[0][:40]
    kept = "".join(c for c in node if c.isascii() and c.isprintable()).strip()
    return f"Terminal on {kept}" if kept else "Terminal"


async def _link(call: Call) -> Exit:
    async with call.account() as me:
        name = call.given.option("--device-name") or default_name()
        linking = await me.link(this_device=name)
        lines = [linking.link]
        if call.given.has("--qr"):
            lines = [*terminal_code(linking.link, width=call.out.width), *lines]
        call.out.show({"link": linking.link}, lines)
        call.out.aside(
            "On the new device: linnet init --link LINK. It serves once, for ten "
            "minutes; show it to nobody else."
        )
        try:
            device, _ = await linking.requested()
            call.out.aside(
                f"“{safe_name(device)}” has opened the link and shows a code. If that "
                "is your device, type its code here; anything else refuses."
            )
            code = await asyncio.to_thread(sys.stdin.readline)
        except asyncio.CancelledError:
            await linking.refuse()
            raise
        if not code.strip():
            await linking.refuse()
            raise UsageError("No code was given; the link is dead, nothing was given.")
        linked = await linking.confirm(code)
        call.out.aside("It has the account; adding it to your conversations.")
        if not await linking.let_in(timeout_seconds=SETTLE_SECONDS):
            call.out.aside(_left(linking))
        await call.settle(me)
        said = f"{safe_name(linked)} is a device of your account now."
        call.out.show({"linked": linked}, [said])
        return Exit.OK


def _left(linking: client.Linking) -> str:
    """Return a sentence on what a link that was confirmed still waits for."""
    if not linking.is_heard:
        return (
            "It has not been heard of yet, and is added to your conversations when "
            "both devices are online. See: linnet devices"
        )
    return (
        f"It is still missing in {linking.awaited} of your conversations; it is added "
        "there when both devices are online."
    )


async def join(call: Call, link: str) -> Exit:
    """Make a home for an account that lives on another device."""
    name = call.given.option("--device-name") or default_name()
    passphrase = None if call.given.has("--keyring") else ask_new_passphrase()

    def show_code(code: str) -> None:
        shown = f"{code[:3]} {code[3:]}"
        call.out.show({"code": code}, [shown])
        call.out.aside("Type this code on the other device.")

    await client.join_account(
        call.home,
        NewDevice(
            link,
            name,
            road_link=(call.given.option("--road") or "").strip(),
            through=(call.given.option("--through") or "").strip(),
        ),
        passphrase=passphrase,
        show_code=show_code,
    )
    async with client.open(call.home, passphrase=passphrase) as me:
        status = await _let_in(me)
        call.out.show(
            account(me, call.home, status),
            [
                f"This is a device of {safe_name(me.name)} now, kept in {call.home}.",
                "Your conversations: linnet chats",
            ],
        )
        return exit_of_status(status)


async def _let_in(me: client.Client) -> client.Status:
    """Wait until the other devices know this one, or half a minute is over."""
    events = me.events()
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while _is_awaited(me):
                await anext(events)
    except TimeoutError:
        pass
    return await me.settle(timeout_seconds=SETTLE_SECONDS)


def _is_awaited(me: client.Client) -> bool:
    rooms = me.conversations()
    return any(one.is_this and one.is_pending for one in me.devices()) or any(
        one.state is client.ConversationState.JOINING for one in rooms
    )


async def _devices(call: Call) -> Exit:
    async with call.account() as me:
        status = await call.settle(me)
        devices = me.devices()
        call.out.show(plain(devices), [_line(one) for one in devices])
        if me.is_removed:
            call.out.aside("This device was removed from the account; it only shows.")
        return exit_of_status(status)


def _line(device: Device) -> str:
    """Return a device as a line: how it is called, its id, since when."""
    notes = [
        "this one" if device.is_this else "",
        "not heard of yet" if device.is_pending else "",
        f"linked {times.day(device.linked_at)}" if device.linked_at else "",
    ]
    said = ", ".join(note for note in notes if note)
    return f"{device.id[:8]}  {safe_name(device.name)}" + (f" ({said})" if said else "")


async def _remove(call: Call) -> Exit:
    async with call.account() as me:
        await call.settle(me)
        device = await me.remove_device(call.given.word("WHICH"))
        await me.settle(timeout_seconds=REMOVE_SECONDS)
        status = await call.settle(me)
        call.out.show(
            plain(device),
            [
                f"{safe_name(device.name)} is locked out, and your link is a new one.",
                "It knew the key of your account. If you fear for the key itself, "
                "begin a new account: linnet help devices remove",
            ],
        )
        return exit_of_status(status)


_NAME = Option("--device-name", "how this device is called, to your others", "NAME")

VERBS = (
    Verb(
        Form(
            "link",
            "let a new device into your account",
            "linnet link --qr",
            options=(Option("--qr", "draw the link as a code to scan"), _NAME),
            more=(
                "Prints a link that serves once, for ten minutes. Open it on the new\n"
                "device (linnet init --link LINK), and type the code it shows: a line\n"
                "of standard input."
            ),
            prints='`{"link"}`, then `{"linked"}`',
        ),
        _link,
    ),
    Verb(
        Form(
            "devices",
            "list the devices of your account",
            "linnet devices",
            prints="a list of devices",
        ),
        _devices,
    ),
    Verb(
        Form(
            "devices remove",
            "lock a device out, everywhere",
            "linnet devices remove Phone",
            words=(
                Word(
                    "WHICH",
                    "its name, or the first characters of its id",
                    takes_rest=True,
                ),
            ),
            more=(
                "It leaves every conversation and your inbox, and your link becomes a\n"
                "new one. A device that was stolen open knows the key of your\n"
                "account, which stays: if you fear for that, begin a new account."
            ),
            prints="a device",
        ),
        _remove,
    ),
)

JOIN_OPTIONS = (
    Option("--link", "be a device of an account that lives on another", "LINK"),
    _NAME,
)


def refuse_two(call: Call, home: Path) -> None:
    """Say that an account cannot be new and somebody's at once.

    Raises:
        UsageError: a name or a relay was given beside the link, or there is an account.
    """
    if call.given.word("NAME") or call.given.option("--relay"):
        raise UsageError(
            "With --link the name and the relay are those of your account; leave NAME "
            "and --relay out. To name the device: --device-name."
        )
    if (home / "vault").exists():
        raise UsageError("There is an account in this home already.")
