"""A storm: people write, membership changes, and random processes are killed."""

import asyncio
import contextlib
import itertools
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.storm.disasters import NoSmallDisk, full, small_disk
from tests.storm.ledger import Ledger
from tests.storm.processes import Fact, Person, Relay

STEADY = ("ann", "ben", "cat")
GUEST = "dan"
GROUP = "crew"
Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard it blows.

    Attributes:
        kills: how many times a process is killed.
        messages: how many messages are sent at the least.
        seed: decides who writes, who is killed, and when.
        disasters: whether the disk fills up and the relay comes back from an older
            backup in the middle of it.
        calm_seconds: after how long without any change nothing more is hoped for.
    """

    kills: int = 200
    messages: int = 2000
    seed: int = 1
    disasters: bool = True
    calm_seconds: float = 120.0


@dataclass(slots=True)
class Storm:
    """Everybody, the relay, and what was ordered so far."""

    plan: Plan
    folder: Path
    tasks: asyncio.TaskGroup
    relay: Relay = field(init=False)
    people: dict[str, Person] = field(init=False)
    chance: random.Random = field(init=False)
    attempted: dict[str, set[str]] = field(init=False)
    said: dict[str, set[str]] = field(init=False)
    kills: dict[str, int] = field(init=False)
    changes: int = 0
    notes: list[str] = field(default_factory=list)
    _disk: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __post_init__(self) -> None:
        self.relay = Relay(self._data_folder())
        self.people = {n: Person(n, self.folder) for n in (*STEADY, GUEST)}
        self.chance = random.Random(self.plan.seed)
        self.attempted, self.said = defaultdict(set), defaultdict(set)
        self.kills = defaultdict(int)

    def _data_folder(self) -> Path:
        if not self.plan.disasters:
            return self.folder / "relay"
        try:
            return self._disk.enter_context(small_disk(self.folder / "disk")) / "relay"
        except NoSmallDisk:
            self.notes.append(
                "disk full      not tried: no right to mount a small disk"
            )
            return self.folder / "relay"

    # Setting up

    async def gather(self) -> None:
        """Start the relay, make the accounts, introduce everybody, form the group."""
        await self.relay.start()
        for name, person in self.people.items():
            link = await self.relay.command("invite")
            await person.start(self.tasks, [name, link])
        for left, right in itertools.combinations(self.people, 2):
            invite = await self._must(left, do="invite")
            await self._must(right, do="connect", link=invite["invite"])
            await self._settle([left, right])
        others = [*STEADY[1:], GUEST]
        await self._must("ann", do="group", title=GROUP, members=others)
        await self._settle(self.people)

    async def _must(self, name: str, **order: object) -> Fact:
        fact = await self.people[name].order(**order)
        assert fact is not None, f"{name} died"
        assert "refused" not in fact, f"{name}: {fact}"
        return fact

    async def _settle(self, names: object, seconds: float = 20.0) -> None:
        assert hasattr(names, "__iter__")
        for name in names:
            await self.people[name].order(do="settle", seconds=seconds)

    # Blowing

    async def blow(self) -> None:
        """Write and kill until both numbers of the plan are reached."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for name in self.people:
                tasks.create_task(self._write(name, stop))
            tasks.create_task(self._change_members(stop))
            await self._kill_at_random()
            stop.set()

    async def _write(self, name: str, stop: asyncio.Event) -> None:
        chance = random.Random(f"{self.plan.seed}/{name}")
        for number in itertools.count():
            if stop.is_set():
                return
            to = chance.choice([n for n in self.people if n != name] + [GROUP] * 3)
            conversation = GROUP if to == GROUP else pair(name, to)
            text = f"{name}/{number}"
            self.attempted[conversation].add(text)
            fact = await self.people[name].order(do="say", to=to, text=text)
            if fact is None:
                await asyncio.sleep(0.2)
            elif "said" in fact:
                self.said[conversation].add(text)
            await asyncio.sleep(chance.uniform(0, 0.03))

    async def _change_members(self, stop: asyncio.Event) -> None:
        """Let the admin take the guest out of the group and back in, over and over."""
        for verb in itertools.cycle(("remove", "add")):
            for _ in range(30):
                if stop.is_set():
                    return
                await asyncio.sleep(0.1)
            fact = await self.people["ann"].order(do=verb, to=GROUP, who=GUEST)
            self.changes += fact is not None and "done" in fact

    async def _kill_at_random(self) -> None:
        done = 0
        while done < self.plan.kills or self._count() < self.plan.messages:
            await asyncio.sleep(self.chance.uniform(0.05, 0.6))
            victim = self.chance.choice([*self.people, "relay"])
            if done < self.plan.kills:
                await self._kill(victim)
                done += 1
                if self.plan.disasters:
                    await self._strike(done)

    async def _kill(self, victim: str) -> None:
        self.kills[victim] += 1
        if victim == "relay":
            await self.relay.kill()
            await asyncio.sleep(self.chance.uniform(0, 0.3))
            await self.relay.start()
        else:
            await self.people[victim].kill()
            await asyncio.sleep(self.chance.uniform(0, 0.3))
            await self.people[victim].start(self.tasks)

    async def _strike(self, done: int) -> None:
        """Fill the disk after a third of the kills, rewind the relay after two."""
        kills, backup = self.plan.kills, self.folder / "backup"
        if done == kills // 3 and self.relay.data.parent != self.folder:
            before = self._count()
            with full(self.relay.data.parent):
                await asyncio.sleep(3)
            said = self._count() - before
            self.notes.append(f"disk full      for 3 s, in which {said} were written")
        elif done == kills // 2:
            await self.relay.command("backup", str(backup))
        elif done == 2 * kills // 3 and backup.exists():
            await self.relay.kill()
            await self.relay.command("restore", str(backup))
            await self.relay.start()

    def _count(self) -> int:
        return sum(len(texts) for texts in self.said.values())

    def clear(self) -> None:
        """Take the small disk away."""
        self._disk.close()

    # Afterwards

    async def reunite(self) -> None:
        """Have the guest in the group at last, and prove that it hears everybody."""
        for number in range(3):
            if await self._bring_back(number):
                self.notes.append(f"guest          is back, after {number + 1} tries")
                return
            await self.people["ann"].order(do="remove", to=GROUP, who=GUEST)
        self.notes.append("FAULT          the guest is not heard, or hears nothing")

    async def _bring_back(self, number: int) -> bool:
        """Add the guest, and say whether it then has what everybody says."""
        await self._settle(self.people)
        await self.people["ann"].order(do="add", to=GROUP, who=GUEST)
        await self._watch(self._guest, lambda fact: fact["state"] == "active")
        said = {await self._farewell(name, number) for name in self.people}
        fact = await self._watch(self._guest, lambda fact: said <= _texts(fact))
        return said <= _texts(fact)

    async def _guest(self) -> Fact:
        """The group as the guest has it."""
        fact = await self._must(GUEST, do="history", of=GROUP)
        return {key: fact[key] for key in ("history", "state")}

    async def _watch(
        self, look: Callable[[], Awaitable[Seen]], is_enough: Callable[[Seen], bool]
    ) -> Seen:
        """Look until it is enough, or nothing has changed for `calm_seconds`.

        A slow machine takes long and gets on; what is stuck does not change.
        """
        before: Seen | None = None
        until = 0.0
        while True:
            await self._settle(self.people)
            seen = await look()
            if seen != before:
                before, until = seen, time.monotonic() + self.plan.calm_seconds
            if is_enough(seen) or time.monotonic() > until:
                return seen
            await asyncio.sleep(1)

    async def _farewell(self, name: str, number: int) -> str:
        text = f"{name}/farewell {number}"
        self.attempted[GROUP].add(text)
        fact = await self.people[name].order(do="say", to=GROUP, text=text)
        if fact is not None and "said" in fact:
            self.said[GROUP].add(text)
        return text

    async def calm(self) -> Ledger:
        """Let everything arrive, then ask everybody for their history."""
        return await self._watch(self.ledger, self._agree)

    async def ledger(self) -> Ledger:
        """What was ordered and said, and what everybody sees now."""
        histories: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for name in self.people:
            for other in (*(n for n in self.people if n != name), GROUP):
                conversation = GROUP if other == GROUP else pair(name, other)
                fact = await self._must(name, do="history", of=other)
                histories[conversation][name] = [text for text, _ in fact["history"]]
        acked = set().union(*(person.acked for person in self.people.values()))
        return Ledger(
            said={c: frozenset(t) - self._guest_words(c) for c, t in self.said.items()},
            acked=frozenset(acked),
            attempted={c: frozenset(t) for c, t in self.attempted.items()},
            histories=histories,
            part_time=frozenset({(GROUP, GUEST)}),
        )

    def _guest_words(self, conversation: str) -> frozenset[str]:
        """What the guest wrote may have been refused: it was out of the group."""
        texts = self.said[conversation] if conversation == GROUP else set()
        return frozenset(text for text in texts if text.startswith(f"{GUEST}/"))

    @staticmethod
    def _agree(ledger: Ledger) -> bool:
        return all(
            ledger.said.get(conversation, frozenset()) <= set(texts)
            for conversation, histories in ledger.histories.items()
            for name, texts in histories.items()
            if (conversation, name) not in ledger.part_time
        )


def _texts(fact: Fact) -> set[str]:
    return {text for text, _ in fact["history"]}


def pair(one: str, other: str) -> str:
    """The name under which the ledger keeps a conversation of two people."""
    return " and ".join(sorted((one, other)))
