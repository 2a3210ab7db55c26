"""Random groups under a random network: whatever happens, members of an epoch agree."""

from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from kit.drive import ACTS, LARGEST, Driver, new_world
from kit.ledger import watched
from kit.people import SUITES

from mls import CommitOptions, Suite
from mls.extensions import RequiredCapabilities
from mls.tree_rules import all_keys

NUMBERS = st.lists(st.integers(0, 15), min_size=4, max_size=8)


def chooser(numbers: list[int]) -> Callable[[int], int]:
    """Choose by numbers given beforehand, and by zeros when they are used up."""
    left = iter(numbers)
    return lambda bound: next(left, 0) % bound


class GroupMachine(RuleBasedStateMachine):
    """Acts in a world; the world knows what must come of each."""

    def __init__(self) -> None:
        super().__init__()
        self._watch = watched()
        self._watch.__enter__()

    def teardown(self) -> None:
        self._watch.__exit__(None, None, None)

    @initialize(
        suite=st.sampled_from(SUITES), size=st.integers(1, LARGEST), seed=st.integers(0)
    )
    def found(self, suite: Suite, size: int, seed: int) -> None:
        self.world = new_world(suite, seed)
        if size > 1:
            adds = [self.world.invite() for _ in range(size - 1)]
            self.world.stage(self.world.current()[0], adds, CommitOptions())
            self.world.elect(0)

    @rule(act=st.sampled_from(ACTS), numbers=NUMBERS)
    def happen(self, act: Callable[[Driver], None], numbers: list[int]) -> None:
        act(Driver(self.world, chooser(numbers)))

    @rule(numbers=NUMBERS)
    def order(self, numbers: list[int]) -> None:
        """The server orders a commit, and most take it."""
        driver = Driver(self.world, chooser(numbers))
        driver.elect()
        driver.catch_up()

    @rule(numbers=NUMBERS)
    def talk(self, numbers: list[int]) -> None:
        driver = Driver(self.world, chooser(numbers))
        driver.say()
        driver.hear()

    @invariant()
    def those_of_one_epoch_agree(self) -> None:
        by_epoch: dict[int, set[tuple[bytes, bytes, bytes]]] = {}
        for client in self.world.clients.values():
            group = client.group
            views = by_epoch.setdefault(group.epoch, set())
            exported = group.export("test", b"context", 32)
            tree = group.export_ratchet_tree()
            views.add((group.epoch_authenticator, exported, tree))

        assert [epoch for epoch, views in by_epoch.items() if len(views) != 1] == []

    @invariant()
    def the_keys_a_group_knows_of_are_those_in_its_tree(self) -> None:
        for client in self.world.current()[:1]:
            state = client.group._state
            listed = all_keys(state.tree)
            for _, leaf in state.tree.leaves():
                assert b"e" + leaf.encryption_key in state.keys
                assert b"s" + leaf.signature_key in state.keys
            for node, private in state.private_keys.items():
                assert state.tree.key_at(node) == private.public
                assert b"e" + private.public in listed
            assert RequiredCapabilities.find(state.context.extensions) is not None


TestGroups = pytest.mark.fuzz(pytest.mark.slow(GroupMachine.TestCase))
