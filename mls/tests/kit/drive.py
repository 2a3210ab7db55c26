"""What can happen in a world, each drawn from a few numbers.

A state machine and a seeded run both act through these: an act that has nobody to act
on does nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kit.people import People, trusting
from kit.world import LARGEST, PAST, SHARED, Client, World, leaf_of
from mls import (
    BasicCredential,
    CommitOptions,
    ExternalPsk,
    ExternalSender,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    Remove,
    RequiredCapabilities,
    ResumptionPsk,
    ResumptionUsage,
    Settings,
    Suite,
    external_senders,
)

Choose = Callable[[int], int]
"""A number from 0 up to below its argument."""


def new_world(suite: Suite, seed: object) -> World:
    """A world with one person in it."""
    settings = Settings(authenticate=trusting, past_epochs=PAST)
    return World(People(suite=suite, seed=("world", seed), settings=settings))


@dataclass
class Driver:
    """Acts in a world, choosing by `choose`."""

    world: World
    choose: Choose

    def someone(self, clients: list[Client]) -> Client | None:
        return clients[self.choose(len(clients))] if clients else None

    def _committer(self) -> Client | None:
        free = [client for client in self.world.current() if client.staged is None]
        return self.someone(free)

    def _options(self) -> CommitOptions:
        return CommitOptions(
            psks=SHARED,
            path=self.choose(3) > 0,
            public=self.choose(4) == 0,
            tree_in_welcome=self.choose(2) == 0,
        )

    # Commits.

    def stage_empty(self) -> None:
        if client := self._committer():
            self.world.stage(client, (), self._options())

    def stage_adds(self) -> None:
        client, room = self._committer(), self.world.room()
        if client and room > 0:
            count = 1 + self.choose(min(3, room))
            adds = [self.world.invite() for _ in range(count)]
            self.world.stage(client, adds, self._options())

    def stage_remove(self) -> None:
        client = self._committer()
        others = [c for c in self.world.current() if c is not client]
        victim = self.someone(others)
        if client and victim:
            leaf = leaf_of(client.group, victim.group.identity)
            self.world.stage(client, [Remove(leaf)], self._options())

    def stage_exchange(self) -> None:
        """One goes and one comes by the same commit, into the same leaf."""
        client = self._committer()
        others = [c for c in self.world.current() if c is not client]
        victim = self.someone(others)
        if client and victim and self.world.room() > 0:
            leaf = leaf_of(client.group, victim.group.identity)
            proposals: list[Proposal] = [Remove(leaf), self.world.invite()]
            self.world.stage(client, proposals, self._options())

    def stage_psk(self) -> None:
        if client := self._committer():
            name = ResumptionPsk(
                ResumptionUsage.APPLICATION, client.group.group_id, client.group.epoch
            )
            proposals = [PreSharedKey.of(ExternalPsk(b"shared")), PreSharedKey.of(name)]
            chosen = proposals[: 1 + self.choose(2)]
            options = CommitOptions(psks=SHARED, references=())
            self.world.stage(client, chosen, options)

    def stage_extensions(self) -> None:
        if client := self._committer():
            sender = ExternalSender(
                self.world.people.entropy(32), BasicCredential(b"service")
            )
            choices = (
                (),
                (external_senders((sender,)),),
                (RequiredCapabilities(credentials=(1,)).to_extension(),),
            )
            change = GroupContextExtensions(choices[self.choose(len(choices))])
            self.world.stage(client, [change], self._options())

    def knock(self) -> None:
        helper = self.someone(self.world.current())
        if helper and self.world.room() > len(self.world.candidates):
            self.world.knock(helper)

    def resync(self) -> None:
        helper = self.someone(self.world.current())
        keys = {m.signature_key for m in helper.group.members} if helper else set()
        lost = [
            client
            for client in self.world.clients.values()
            if client is not helper
            and client.staged is None
            and client.identity.signature_key in keys
        ]
        chosen = self.someone(lost)
        if helper and chosen:
            self.world.knock(helper, resync=chosen)

    def elect(self) -> None:
        if self.world.candidates:
            self.world.elect(self.choose(len(self.world.candidates)))

    def catch_up(self) -> None:
        """Everyone but some who stay behind takes what was ordered."""
        for client in list(self.world.clients.values()):
            if self.choose(4) == 0:
                continue
            self._catch_up(client)

    def everyone(self) -> None:
        for client in list(self.world.clients.values()):
            self._catch_up(client)

    def _catch_up(self, client: Client) -> None:
        while (
            client.name in self.world.clients and client.group.epoch < self.world.head
        ):
            self.world.advance(client)

    # Proposals.

    def propose_add(self) -> None:
        client = self.someone(self.world.current())
        if client and self.world.room() > 0:
            public = self.choose(2) == 0
            self.world.propose(client, self.world.invite(), public=public)

    def propose_remove(self) -> None:
        """Also of oneself: that is how to leave."""
        client = self.someone(self.world.current())
        victim = self.someone(self.world.current())
        if client and victim:
            leaf = leaf_of(client.group, victim.group.identity)
            self.world.propose(client, Remove(leaf), public=self.choose(2) == 0)

    def propose_update(self) -> None:
        if client := self.someone(self.world.current()):
            self.world.propose_update(client)

    def propose_psk(self) -> None:
        if client := self.someone(self.world.current()):
            proposal = PreSharedKey.of(ExternalPsk(b"shared"))
            self.world.propose(client, proposal, public=self.choose(2) == 0)

    def hear_proposals(self) -> None:
        if client := self.someone(self.world.current()):
            self.world.hear_proposals(client, backwards=self.choose(2) == 0)

    def forget_proposals(self) -> None:
        if client := self.someone(self.world.current()):
            client.group = client.group.forget_proposals()

    # Conversation and storage.

    def say(self) -> None:
        if client := self.someone(list(self.world.clients.values())):
            for _ in range(1 + self.choose(3)):
                self.world.say(client, self.world.people.entropy(self.choose(40)))

    def hear(self) -> None:
        waiting = [c for c in self.world.clients.values() if c.inbox]
        if client := self.someone(waiting):
            self.world.hear(client, self.choose(len(client.inbox)))

    def hear_again(self) -> None:
        readers = [c for c in self.world.clients.values() if c.read]
        if client := self.someone(readers):
            self.world.hear_again(client, self.choose(len(client.read)))

    def reload(self) -> None:
        if client := self.someone(list(self.world.clients.values())):
            self.world.reload(client)


Act = Callable[[Driver], None]
ACTS: tuple[Act, ...] = (
    Driver.stage_empty,
    Driver.stage_adds,
    Driver.stage_remove,
    Driver.stage_exchange,
    Driver.stage_psk,
    Driver.stage_extensions,
    Driver.knock,
    Driver.resync,
    Driver.elect,
    Driver.catch_up,
    Driver.everyone,
    Driver.propose_add,
    Driver.propose_remove,
    Driver.propose_update,
    Driver.propose_psk,
    Driver.hear_proposals,
    Driver.forget_proposals,
    Driver.say,
    Driver.hear,
    Driver.hear_again,
    Driver.reload,
)

__all__ = ["ACTS", "LARGEST", "Act", "Driver", "new_world"]
