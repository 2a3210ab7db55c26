"""Alice, Bob and Carol in one group. Alice and Bob may cheat; Carol judges."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache

import pytest

from kit.insider import Bend, forge, inside, send, unbent, update_leaf
from kit.packages import bent_package
from kit.people import FAST, People, processed, trusting
from kit.welcomes import welcome_to
from mls import (
    Add,
    Capabilities,
    Extension,
    Group,
    GroupOptions,
    MLSError,
    RequiredCapabilities,
    Settings,
    Suite,
)
from mls.leaf_nodes import LeafNode
from mls.proposals import Update

Change = Callable[[LeafNode], LeafNode]


@dataclass(frozen=True)
class Scene:
    """A group of three, each member with its own view of it."""

    people: People
    alice: Group
    bob: Group
    carol: Group


@cache
def scene(extensions: tuple[Extension, ...] = (), suite: Suite = FAST) -> Scene:
    """The same three every time: a group is a value, so nobody can spoil it."""
    people = People(suite=suite, seed=("scene", suite.id))
    options = GroupOptions(extensions=extensions)
    groups = people.group("alice", "bob", "carol", options=options)
    return Scene(people, groups["alice"], groups["bob"], groups["carol"])


PRIVATE = 0xF0A1
"""A type that only those understand who say so."""


@cache
def capable_scene(requirement: RequiredCapabilities) -> Scene:
    """A group that requires something, of members that all can."""
    capabilities = Capabilities.of(extensions=(PRIVATE,), proposals=(PRIVATE,))
    credentials = (*capabilities.credentials, PRIVATE)
    capabilities = replace(capabilities, credentials=credentials)
    people = People(seed="capable", capabilities=capabilities)
    options = GroupOptions(extensions=(requirement.to_extension(),))
    groups = people.group("alice", "bob", "carol", options=options)
    return Scene(people, groups["alice"], groups["bob"], groups["carol"])


def refused(error: type[MLSError], says: str) -> AbstractContextManager[object]:
    """What follows is refused with this very error, for this very reason."""
    return pytest.raises(error, match=says, check=lambda raised: type(raised) is error)


def judged(group: Group, message: bytes, settings: Settings | None = None) -> Group:
    """The group after a message, judged by its own settings or by others."""
    if settings is not None:
        parts = group.epoch_state(), group.ratchet_state()
        group = Group.restore(*parts, settings=settings)
    return processed(group, message)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A leaf that comes before Carol, or before a newcomer.

    Attributes:
        leaf: changes it before it is signed.
        signed_leaf: changes it after.
        place: the scene.
        settings: what the judge goes by, if not the scene's own.
    """

    leaf: Change = unbent
    signed_leaf: Change = unbent
    place: Scene | None = None
    settings: Settings | None = None

    @property
    def at(self) -> Scene:
        return self.place or scene()

    def by_add(self) -> None:
        package = bent_package(
            self.at.people, leaf=self.leaf, signed_leaf=self.signed_leaf
        )
        forged = forge(self.at.alice, [Add(package.public)])
        judged(self.at.carol, forged.message, self.settings)

    def by_update(self) -> None:
        leaf, _ = update_leaf(self.at.bob, self.leaf)
        message = send(self.at.bob, Update(self.signed_leaf(leaf)))
        alice = processed(self.at.alice, message)
        forged = forge(alice, inside(alice).pending)
        judged(processed(self.at.carol, message), forged.message, self.settings)

    def by_path(self) -> None:
        bend = Bend(leaf=self.leaf, signed_leaf=self.signed_leaf)
        forged = forge(self.at.alice, (), bend)
        judged(self.at.carol, forged.message, self.settings)

    def by_tree(self) -> None:
        package = self.at.people.package("dave")
        bend = Bend(leaf=self.leaf, signed_leaf=self.signed_leaf)
        forged = forge(self.at.alice, [Add(package.public)], bend)
        Group.join(
            welcome_to(forged, package),
            [package],
            settings=self.settings or Settings(authenticate=trusting),
        )


ARRIVALS: dict[str, Callable[[Arrival], None]] = {
    "add": Arrival.by_add,
    "update": Arrival.by_update,
    "path": Arrival.by_path,
    "tree": Arrival.by_tree,
}
every_arrival = pytest.mark.parametrize("arrive", ARRIVALS.values(), ids=ARRIVALS)


def changed(**fields: object) -> Change:
    """A change of some fields of a leaf."""
    return lambda leaf: replace(leaf, **fields, encoded=b"")  # type: ignore[arg-type]


def flipped(data: bytes) -> bytes:
    """The same with one bit changed at the end."""
    return data[:-1] + bytes((data[-1] ^ 1,))
