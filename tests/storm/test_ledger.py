"""A checker that cannot find a fault proves nothing: it is shown every kind."""

import pytest

from tests.storm.ledger import Ledger, faults


def ledger(ann: list[str], ben: list[str], acked: frozenset[str]) -> Ledger:
    return Ledger(
        said={"ann and ben": frozenset({"ann/0", "ben/0"})},
        acked=acked,
        attempted={"ann and ben": frozenset({"ann/0", "ben/0", "ben/1"})},
        histories={"ann and ben": {"ann": ann, "ben": ben}},
    )


def test_the_same_messages_in_the_same_order_are_no_fault() -> None:
    both = ["ann/0", "ben/0", "ben/1"]

    assert faults(ledger(both, both, frozenset({"ben/1"}))) == []


@pytest.mark.parametrize(
    ("ann", "fault"),
    [
        (["ann/0"], "lost"),
        (["ann/0", "ben/0", "ben/0"], "twice"),
        (["ben/0", "ann/0"], "another order"),
        (["ann/0", "ben/0", "eve/0"], "nobody wrote"),
    ],
)
def test_every_kind_of_fault_is_found(ann: list[str], fault: str) -> None:
    found = faults(ledger(["ann/0", "ben/0"], ann, frozenset()))

    assert any(fault in sentence for sentence in found)


def test_an_acknowledged_message_may_not_be_lost_even_when_its_sender_died() -> None:
    both = ["ann/0", "ben/0"]

    assert faults(ledger(both, both, frozenset({"ben/1"}))) != []
