"""Groups that claim to come out of another (RFC 9420 §11.2, §11.3, §12.4.3.1)."""

from dataclasses import dataclass
from functools import cache

from kit.insider import ENTROPY, forge, inside
from kit.people import FAST, NOW, People, processed
from kit.scenes import refused, scene
from kit.welcomes import WelcomeBend, welcome_to

from mls import (
    Add,
    Extensions,
    Group,
    GroupOptions,
    InvalidWelcome,
    JoinOptions,
    PreSharedKey,
    ReInit,
    RequiredCapabilities,
    ResumptionPsk,
    ResumptionUsage,
    Suite,
    UnknownPsk,
    UsageError,
)
from mls.psks import PskId

BRANCH, REINIT = ResumptionUsage.BRANCH, ResumptionUsage.REINIT
EXTENSIONS: Extensions = (RequiredCapabilities(credentials=(1,)).to_extension(),)
PROMISE = ReInit(b"next", FAST.id, EXTENSIONS)


@cache
def ended() -> tuple[Group, Group]:
    """Alice's and Bob's view of a group that a ReInit has ended."""
    staged = scene().alice.commit([PROMISE], now=NOW, entropy=ENTROPY)
    return scene().alice.accept(staged), processed(scene().bob, staged.message)


@dataclass(frozen=True, kw_only=True)
class Successor:
    """A group that Alice makes, and says it comes out of the one Bob knows."""

    usage: ResumptionUsage = REINIT
    group_id: bytes = b"next"
    suite: Suite = FAST
    extensions: Extensions = EXTENSIONS
    others: tuple[str, ...] = ("bob", "carol")
    epochs_later: int = 0
    epochs_before: int = 0
    has_ended: bool = True

    def bob_joins(self) -> Group:
        alice, bob = ended() if self.has_ended else (scene().alice, scene().bob)
        people = People(suite=self.suite, seed="successor")
        options = GroupOptions(extensions=self.extensions)
        new = people.found("alice", self.group_id, options)
        for _ in range(self.epochs_later):
            new = new.accept(new.commit(now=NOW, entropy=ENTROPY))
        packages = [people.package(name) for name in self.others]
        epoch = alice.epoch - self.epochs_before
        name = ResumptionPsk(self.usage, alice.group_id, epoch)
        tie = PskId(name, bytes(self.suite.hash_length))
        key = inside(alice).secrets.resumption_psk
        if self.epochs_before:
            key = dict(inside(alice).resumption)[epoch]
        adds = [Add(package.public) for package in packages]
        forged = forge(new, [*adds, PreSharedKey(tie)], psks={name: key})
        return Group.join(
            welcome_to(forged, packages[0], WelcomeBend(psks=(tie,))),
            packages[:1],
            settings=people.settings,
            options=JoinOptions(parent=bob),
        )


def branch(**other: object) -> Successor:
    return Successor(usage=BRANCH, has_ended=False, group_id=b"part", **other)  # type: ignore[arg-type]


def test_an_honest_successor_is_joined() -> None:
    assert Successor().bob_joins().group_id == b"next"
    assert branch(others=("bob",)).bob_joins().group_id == b"part"


def test_a_successor_that_is_past_its_first_epoch_is_refused() -> None:
    for successor in (Successor(epochs_later=1), branch(epochs_later=1)):
        with refused(InvalidWelcome, "not to its first epoch"):
            successor.bob_joins()


def test_a_successor_of_a_reinit_that_did_not_happen_is_refused() -> None:
    with refused(InvalidWelcome, "did not happen"):
        Successor(has_ended=False).bob_joins()


def test_a_successor_tied_to_another_epoch_than_that_of_the_reinit_is_refused() -> None:
    with refused(InvalidWelcome, "did not happen"):
        Successor(epochs_before=1).bob_joins()


def test_a_successor_with_another_id_than_the_reinit_said_is_refused() -> None:
    with refused(InvalidWelcome, "does not keep what the reinit said"):
        Successor(group_id=b"elsewhere").bob_joins()


def test_a_successor_of_another_suite_than_the_reinit_said_is_refused() -> None:
    with refused(InvalidWelcome, "does not keep what the reinit said"):
        Successor(suite=Suite.from_id(3)).bob_joins()


def test_a_successor_with_other_extensions_than_the_reinit_said_is_refused() -> None:
    with refused(InvalidWelcome, "does not keep what the reinit said"):
        Successor(extensions=()).bob_joins()


def test_a_successor_of_a_reinit_that_leaves_members_behind_is_refused() -> None:
    with refused(InvalidWelcome, "left members behind"):
        Successor(others=("bob",)).bob_joins()


def test_a_branch_of_another_suite_is_refused() -> None:
    with refused(InvalidWelcome, "another suite than its group"):
        branch(suite=Suite.from_id(3)).bob_joins()


def test_a_branch_with_a_stranger_is_refused() -> None:
    with refused(InvalidWelcome, "members that its group does not"):
        branch(others=("bob", "mallory")).bob_joins()


def test_a_successor_of_a_group_that_we_were_not_in_is_refused() -> None:
    people = People(seed="strangers")
    package = people.package("bob")
    new = people.found("alice", b"next")
    name = ResumptionPsk(BRANCH, b"some other group", 3)
    tie = PskId(name, bytes(32))
    forged = forge(
        new, [Add(package.public), PreSharedKey(tie)], psks={name: bytes(32)}
    )

    with refused(UnknownPsk, "not given"):
        Group.join(
            welcome_to(forged, package, WelcomeBend(psks=(tie,))),
            [package],
            settings=people.settings,
            options=JoinOptions(parent=scene().bob),
        )


def test_a_group_that_has_ended_has_no_branches() -> None:
    alice, _ = ended()
    package = scene().people.package("bob").public

    with refused(UsageError, "has ended"):
        alice.branch(
            b"part", [package], identity=alice.identity, now=NOW, entropy=ENTROPY
        )
