"""People for the tests: each has an identity, a group, and hears what others send."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mls import (
    Add,
    BasicCredential,
    CommitOptions,
    CommitReceived,
    CredentialClaim,
    Group,
    GroupOptions,
    Identity,
    KeyPackageOptions,
    OwnKeyPackage,
    Proposal,
    Received,
    Settings,
    StagedCommit,
    Suite,
)

NOW = 1_700_000_000
SUITE = Suite.from_id(1)


def accept_everyone(claim: CredentialClaim) -> None:
    """An application that believes whatever it is told."""


SETTINGS = Settings(authenticate=accept_everyone)


def identity(name: str, suite: Suite = SUITE) -> Identity:
    credential = BasicCredential(name.encode())
    return Identity.generate(suite, credential, entropy=os.urandom)


def key_package(
    name: str, suite: Suite = SUITE, options: KeyPackageOptions | None = None
) -> OwnKeyPackage:
    return OwnKeyPackage.generate(
        identity(name, suite),
        now=NOW,
        entropy=os.urandom,
        options=options or KeyPackageOptions(),
    )


@dataclass
class Person:
    """Somebody with a group, who goes on with the newest value of it."""

    name: str
    group: Group
    heard: list[Received] = field(default_factory=list)

    def hear(self, message: bytes) -> Received:
        received = self.group.process(message, now=NOW)
        self.group = received.group
        self.heard.append(received)
        return received

    def hear_commit(self, message: bytes) -> CommitReceived:
        received = self.hear(message)
        assert isinstance(received, CommitReceived)
        return received

    def say(self, text: bytes) -> bytes:
        self.group, message = self.group.encrypt(text, entropy=os.urandom)
        return message

    def propose(self, proposal: Proposal) -> bytes:
        self.group, message = self.group.propose(proposal, entropy=os.urandom)
        return message

    def propose_update(self) -> bytes:
        self.group, message = self.group.propose_update(entropy=os.urandom)
        return message

    def stage(
        self,
        proposals: Sequence[Proposal] = (),
        options: CommitOptions | None = None,
    ) -> StagedCommit:
        staged = self.group.commit(
            proposals, now=NOW, entropy=os.urandom, options=options or CommitOptions()
        )
        self.group = staged.current
        return staged

    def restart(self) -> None:
        """Store everything, forget it, and read it back."""
        epoch, ratchet = self.group.epoch_state(), self.group.ratchet_state()
        self.group = Group.restore(epoch, ratchet, settings=self.group.settings)


def create(
    name: str,
    settings: Settings = SETTINGS,
    suite: Suite = SUITE,
    options: GroupOptions | None = None,
) -> Person:
    group = Group.create(
        b"a group",
        identity(name, suite),
        settings=settings,
        now=NOW,
        entropy=os.urandom,
        options=options or GroupOptions(),
    )
    return Person(name, group)


def commit(
    committer: Person,
    others: Iterable[Person] = (),
    proposals: Sequence[Proposal] = (),
    options: CommitOptions | None = None,
) -> StagedCommit:
    """Commit, let everyone hear it, and accept it."""
    staged = committer.stage(proposals, options)
    for other in others:
        other.hear(staged.message)
    committer.group = committer.group.accept(staged)
    return staged


def invite(
    committer: Person,
    others: Iterable[Person],
    names: Sequence[str],
    settings: Settings = SETTINGS,
) -> list[Person]:
    """Add people by one commit, and let them join by its welcome."""
    suite = committer.group.suite
    packages = [key_package(name, suite) for name in names]
    added = [Add(package.public) for package in packages]
    staged = commit(committer, others, added)
    assert staged.welcome is not None
    return [
        Person(name, Group.join(staged.welcome, [package], settings=settings))
        for name, package in zip(names, packages, strict=True)
    ]


def gather(
    *names: str, settings: Settings = SETTINGS, suite: Suite = SUITE
) -> list[Person]:
    """A group of some people; the first creates it and adds the others."""
    first = create(names[0], settings, suite)
    return [first, *invite(first, [], names[1:], settings)]


def assert_agreement(people: Iterable[Person]) -> None:
    seen = {(it.group.epoch, it.group.epoch_authenticator) for it in people}
    assert len(seen) == 1
