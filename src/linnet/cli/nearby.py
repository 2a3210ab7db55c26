"""The verb `nearby`: swaps bags with devices on the same network."""

import asyncio
import random
from contextlib import suppress
from typing import Final

from linnet.cli.call import Call, Verb
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Option
from linnet.cli.safe import safe_line
from linnet.cli.shapes import plain
from linnet.client import Client, Met, Nearby
from linnet.errors import Unreachable

EVERY_SECONDS: Final = (15.0, 25.0)


async def _nearby(call: Call) -> Exit:
    async with call.account() as me:
        near = me.nearby(call.given.option("--interface") or "")
        async with near.serving():
            if call.given.has("--once"):
                await me.settle(timeout_seconds=call.wait_seconds)
                met = await near.look()
                for one in met:
                    _show(call, one)
                return Exit.OK if met else Exit.WAITING
            call.out.aside(
                "Whoever is on this network can find this device while this runs, and "
                "see that it uses Linnet. Ctrl-C ends it."
            )
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_look_on(call, me, near))
                tasks.create_task(_serve_on(call, near))
    return Exit.OK


async def _look_on(call: Call, me: Client, near: Nearby) -> None:
    await me.settle(timeout_seconds=call.wait_seconds)
    while True:
        if not me.bags.is_connected:
            with suppress(Unreachable):  # no network at all now; there may be one soon
                for one in await near.look():
                    _show(call, one)
        await asyncio.sleep(random.uniform(*EVERY_SECONDS))  # noqa: S311  no secret


async def _serve_on(call: Call, near: Nearby) -> None:
    while True:
        _show(call, await near.met.get())


def _show(call: Call, met: Met) -> None:
    said = [
        f"{met.received} messages came" if met.received else "",
        f"{met.on_the_relay} of yours reached a relay" if met.on_the_relay else "",
        f"{met.carried} requests were handed in for them" if met.carried else "",
    ]
    what = "; ".join(one for one in said if one) or "nothing new"
    lines = [f"Met somebody: {what}.", *(safe_line(one) for one in met.sentences)]
    call.out.show(plain(met), lines)


VERBS = (
    Verb(
        Form(
            "nearby",
            "swap bags with others on the same network, while it runs",
            "linnet nearby",
            options=(
                Option("--once", "look around once, and end"),
                Option("--interface", "only on this one, such as wlan0", "NAME"),
            ),
            more=(
                "For when the world is cut off and a Wi-Fi is not. Who has a "
                "connection hands in for those who\nhave none; members read each "
                "other at once. Both have to run it."
            ),
            prints="meetings, one a line",
        ),
        _nearby,
    ),
)
