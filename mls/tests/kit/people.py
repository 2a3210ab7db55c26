"""People with keys, and groups of them, all of it repeatable from a seed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mls import (
    HYBRID,
    Add,
    BasicCredential,
    Capabilities,
    CommitReceived,
    Group,
    GroupOptions,
    Identity,
    KeyPackage,
    KeyPackageOptions,
    OwnKeyPackage,
    Settings,
    StagedCommit,
    Suite,
)

NOW = 1_800_000_000
DAY = 24 * 60 * 60
FAST = Suite.from_id(1)
"""The suite of tests that are not about suites."""
SUITES = (*map(Suite.from_id, range(1, 8)), HYBRID)


class Entropy:
    """Bytes that look random and come back for the same seed."""

    def __init__(self, seed: object) -> None:
        self._seed = repr(seed).encode()
        self._drawn = 0

    def __call__(self, length: int) -> bytes:
        self._drawn += 1
        data = self._seed + self._drawn.to_bytes(8, "big")
        return hashlib.shake_256(data).digest(length)


def trusting(_: object) -> None:
    """An application that believes every credential."""


@dataclass
class People:
    """Makes identities, key packages and groups; no two share a key."""

    suite: Suite = FAST
    seed: object = 0
    settings: Settings = field(default_factory=lambda: Settings(authenticate=trusting))
    capabilities: Capabilities | None = None

    def __post_init__(self) -> None:
        self.entropy = Entropy(self.seed)

    def identity(self, name: str) -> Identity:
        credential = BasicCredential(name.encode())
        return Identity.generate(self.suite, credential, entropy=self.entropy)

    def package(
        self, name: str, options: KeyPackageOptions = KeyPackageOptions()
    ) -> OwnKeyPackage:
        identity = self.identity(name)
        if options.capabilities is None:
            options = replace(options, capabilities=self.capabilities)
        return OwnKeyPackage.generate(
            identity, now=NOW, entropy=self.entropy, options=options
        )

    def found(
        self,
        name: str = "alice",
        group_id: bytes = b"group",
        options: GroupOptions = GroupOptions(),
    ) -> Group:
        return Group.create(
            group_id,
            self.identity(name),
            settings=self.settings,
            now=NOW,
            entropy=self.entropy,
            options=replace(options, capabilities=self.capabilities),
        )

    def join(self, staged: StagedCommit, *packages: OwnKeyPackage) -> Group:
        assert staged.welcome is not None
        return Group.join(staged.welcome, packages, settings=self.settings)

    def group(
        self, *names: str, options: GroupOptions = GroupOptions()
    ) -> dict[str, Group]:
        """A group in which everybody stands in the same epoch, with full paths."""
        first, *others = names
        groups = {first: self.found(first, options=options)}
        for name in others:
            package = self.package(name)
            staged = groups[first].commit(
                [Add(published(package))], now=NOW, entropy=self.entropy
            )
            groups = spread(groups, first, staged)
            groups[name] = self.join(staged, package)
            staged = groups[name].commit(now=NOW, entropy=self.entropy)
            groups = spread(groups, name, staged)
        return groups


def published(package: OwnKeyPackage) -> KeyPackage:
    """A key package as others see it: through bytes."""
    return KeyPackage.from_message(package.message)


def processed(group: Group, message: bytes) -> Group:
    """The group after a message that it must take."""
    return group.process(message, now=NOW).group


def spread(
    groups: Mapping[str, Group], author: str, staged: StagedCommit
) -> dict[str, Group]:
    """Everybody processes a commit; its author accepts it."""
    after = {}
    for name, group in groups.items():
        if name == author:
            after[name] = group.accept(staged)
            continue
        received = group.process(staged.message, now=NOW)
        assert isinstance(received, CommitReceived)
        after[name] = received.group
    agree(after.values())
    return after


def agree(groups: Iterable[Group]) -> None:
    """Assert that groups stand in one epoch with one authenticator."""
    states = {(group.epoch, group.epoch_authenticator) for group in groups}
    assert len(states) == 1, "members do not agree"
