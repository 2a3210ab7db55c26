"""What must be true of everybody's history when the storm is over: pure checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was said, what was acknowledged, and what each person ended up with.

    Attributes:
        said: texts whose `send` returned, by conversation.
        acked: texts whose sender was told that the relay has them.
        attempted: every text that was ever ordered, by conversation.
        histories: what a member sees in the end, by conversation and name.
        part_time: (conversation, name) of those who were taken out and back in.
    """

    said: Mapping[str, frozenset[str]]
    acked: frozenset[str]
    attempted: Mapping[str, frozenset[str]]
    histories: Mapping[str, Mapping[str, Sequence[str]]]
    part_time: frozenset[tuple[str, str]] = field(default=frozenset())


def faults(ledger: Ledger) -> list[str]:
    """Every way in which the histories break the promise, as sentences."""
    return [
        fault
        for conversation, histories in sorted(ledger.histories.items())
        for fault in _faults_in(ledger, conversation, histories)
    ]


def _faults_in(
    ledger: Ledger, conversation: str, histories: Mapping[str, Sequence[str]]
) -> list[str]:
    full = {
        name: texts
        for name, texts in histories.items()
        if (conversation, name) not in ledger.part_time
    }
    reference = next(iter(full.values()))
    promised = ledger.said[conversation] | (
        ledger.acked & ledger.attempted[conversation]
    )
    found = []
    for name, texts in histories.items():
        here = f"{conversation}, {name}"
        if len(set(texts)) != len(texts):
            found.append(f"{here}: something is shown twice")
        if strange := set(texts) - ledger.attempted[conversation]:
            found.append(f"{here}: {len(strange)} texts nobody wrote")
        if not _is_in_order(texts, reference):
            found.append(f"{here}: another order than the rest")
    for name, texts in full.items():
        if missing := promised - set(texts):
            found.append(
                f"{conversation}, {name}: {len(missing)} of {len(promised)} are lost, "
                f"such as {min(missing)}"
            )
    return found


def _is_in_order(texts: Sequence[str], reference: Sequence[str]) -> bool:
    """Whether the texts that both have stand in the same order in both."""
    places = {text: place for place, text in enumerate(reference)}
    shared = [places[text] for text in texts if text in places]
    return shared == sorted(shared)
