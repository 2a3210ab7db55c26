"""People with accounts, and a real relay between them, for stories."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import linnet.client
from linnet.client import Client, Conversation, Message, NewAccount
from linnet.errors import UsageError
from linnet.relay import command
from linnet.wire.links import Address, PassLink, RelayDescriptor
from tests.relay.processes import RelayProcess

PATIENCE = 20.0
PASSPHRASE = "correct horse"


@dataclass
class Person:
    """Somebody with a home, who can be at it or away."""

    name: str
    home: Path
    pass_link: str
    me: Client = field(init=False)
    stack: AsyncExitStack = field(init=False)
    is_here: bool = False

    async def come(self, *, connect: bool = True) -> Client:
        """Open the account, made on the first time."""
        is_new = not (self.home / "vault").exists()
        self.stack = AsyncExitStack()
        self.me = await self.stack.enter_async_context(
            linnet.client.open(
                self.home,
                passphrase=PASSPHRASE,
                create=NewAccount(self.name, self.pass_link) if is_new else None,
                connect=connect,
            )
        )
        self.is_here = True
        return self.me

    async def go(self) -> None:
        """Close the account."""
        if self.is_here:
            self.is_here = False
            await self.stack.aclose()

    def chat(self, who: str) -> Conversation:
        return self.me.conversation(who)

    def texts(self, who: str) -> list[str]:
        return [one.text for one in self.me.conversation(who).history() if one.text]

    def notices(self, who: str) -> list[str]:
        history = self.me.conversation(who).history()
        return [one.notice for one in history if one.notice]

    def message(self, who: str, text: str) -> Message:
        history = self.me.conversation(who).history()
        return next(one for one in history if one.text == text)

    async def sees(self, what: Callable[[], object]) -> None:
        """Wait until something is so, as this person sees it."""
        events = self.me.events()
        async with asyncio.timeout(PATIENCE):
            while not _is_so(what):
                await anext(events)

    async def hears(self, who: str, *texts: str) -> None:
        """Wait until these texts are in a conversation, in this order."""
        await self.sees(lambda: self.texts(who) == list(texts))


def _is_so(what: Callable[[], object]) -> bool:
    try:
        return bool(what())
    except (UsageError, StopIteration, IndexError):
        return False


@dataclass
class Town:
    """A relay and the people who use it."""

    folder: Path
    relay: RelayProcess
    people: dict[str, Person] = field(default_factory=dict)
    detour: Address | None = None

    async def person(self, name: str) -> Person:
        """Somebody new, who is at home."""
        person = self.newcomer(name)
        await person.come()
        await person.me.settle()
        return person

    def newcomer(self, name: str) -> Person:
        """Somebody new, who was never at home."""
        link = pass_link(self.relay)
        if self.detour:
            relay = RelayDescriptor(link.relay.key, (self.detour,))
            link = PassLink(relay, link.token)
        home = self.folder / f"{name}{len(self.people)}"
        person = Person(name, home, link.text())
        self.people[home.name] = person
        return person

    async def friends(self, *names: str) -> list[Person]:
        """People of whom the first has each other one as an accepted contact."""
        people = [await self.person(name) for name in names]
        for other in people[1:]:
            await befriend(people[0], other)
        return people


def pass_link(relay: RelayProcess) -> PassLink:
    """What `linnet relay invite` prints, without a process of its own."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert command.main(["invite", "--data", str(relay.data)]) == 0
    return PassLink.parse(printed.getvalue())


async def befriend(one: Person, other: Person) -> None:
    """Let one add the other by their link, and the other accept."""
    await one.me.add(other.me.invite())
    await other.sees(other.me.requests)
    await other.me.accept(one.name)
    await one.sees(lambda: one.me.contact(other.name).state == "accepted")
    await other.sees(lambda: other.me.contact(one.name).state == "accepted")


@asynccontextmanager
async def town(folder: Path, *words: str) -> AsyncIterator[Town]:
    """A relay that runs, and whoever comes to live around it."""
    relay = await RelayProcess(folder / "relay", words).start()
    place = Town(folder, relay)
    try:
        yield place
    finally:
        for person in place.people.values():
            await person.go()
        await place.relay.end()
