"""One person as a process: takes orders as JSON lines, reports what happened likewise.

Run as ``python -m tests.storm.person HOME``. It may be killed at any moment; whatever
it has reported as ``said`` must survive that.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import linnet.client as linnet
from linnet.errors import LinnetError

PASSPHRASE = "storm"
ACKED = (
    linnet.MessageState.ON_THE_RELAY,
    linnet.MessageState.DELIVERED,
    linnet.MessageState.READ,
)
Order = dict[str, Any]


def report(**fact: object) -> None:
    """Write one line at once, so that a later kill cannot take it back."""
    os.write(1, json.dumps(fact).encode() + b"\n")


class Person:
    """Carries out the orders of the crowd on one open account."""

    def __init__(self, me: linnet.Client) -> None:
        self.me = me
        self.orders: dict[str, Callable[[Order], Awaitable[None]]] = {
            "say": self.say,
            "add": self.add,
            "remove": self.remove,
            "group": self.group,
            "connect": self.connect,
            "invite": self.invite,
            "settle": self.settle,
            "history": self.history,
        }

    async def obey(self, order: Order) -> None:
        try:
            await self.orders[order["do"]](order)
        except LinnetError as error:
            report(refused=order["do"], number=order.get("number"), why=str(error))

    async def say(self, order: Order) -> None:
        message = await self.me.conversation(order["to"]).send(order["text"])
        report(said=order["text"], id=message.id.hex(), number=order["number"])

    async def add(self, order: Order) -> None:
        await self.me.conversation(order["to"]).add([order["who"]])
        report(done="add", number=order["number"])

    async def remove(self, order: Order) -> None:
        await self.me.conversation(order["to"]).remove(order["who"])
        report(done="remove", number=order["number"])

    async def group(self, order: Order) -> None:
        await self.me.new_group(order["title"], order["members"])
        report(done="group", number=order["number"])

    async def connect(self, order: Order) -> None:
        await self.me.add(order["link"])
        report(done="connect", number=order["number"])

    async def invite(self, order: Order) -> None:
        report(invite=self.me.invite(), number=order["number"])

    async def settle(self, order: Order) -> None:
        status = await self.me.settle(timeout_seconds=order["seconds"])
        report(settled=repr(status), number=order["number"])

    async def history(self, order: Order) -> None:
        """Report every text of a conversation with its state, oldest first."""
        state = "unknown"
        try:
            conversation = self.me.conversation(order["of"])
            messages = conversation.history(limit=1_000_000)
            state = str(conversation.state)
        except LinnetError:
            messages = []
        report(
            state=state,
            history=[[m.text, str(m.state)] for m in messages if not m.notice],
            number=order["number"],
        )

    async def watch(self) -> None:
        """Accept whoever asks, and report what the relay has acknowledged."""
        for request in self.me.requests():
            await self.me.accept(request)
        async for event in self.me.events():
            match event:
                case linnet.ContactRequested(request=request):
                    await self.me.accept(request)
                case linnet.MessageChanged(message=message) if message.state in ACKED:
                    report(acked=message.text)
                case linnet.RelayRewound(resent=resent):
                    report(rewound=resent)
                case linnet.IdentityWarning(sentence=sentence):
                    report(warning=sentence)
                case _:
                    pass


async def read_orders(person: Person) -> None:
    """Obey one order after the other until the crowd closes the pipe."""
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        await person.obey(json.loads(line))


async def main(home: Path, create: linnet.NewAccount | None) -> None:
    async with (
        linnet.open(home, passphrase=PASSPHRASE, create=create) as me,
        asyncio.TaskGroup() as tasks,
    ):
        person = Person(me)
        watching = tasks.create_task(person.watch())
        report(ready=me.name)
        await read_orders(person)
        watching.cancel()


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("linnet").setLevel(logging.DEBUG)
    home = Path(sys.argv[1])
    create = linnet.NewAccount(sys.argv[2], sys.argv[3]) if sys.argv[3:] else None
    asyncio.run(main(home, create))
