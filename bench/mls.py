"""What MLS costs: single operations, a large group, and how costs grow with members.

    python -m bench.mls [--quick]

Medians in milliseconds of processor time, so that neighbours do not count. A steady
group is one in which half of the members have committed, so that every node of the
tree has a key; committer and reader sit in different halves, as half of all pairs do.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

from bench.goals import LARGE_GROUP, Score
from mls import (
    HYBRID,
    Add,
    BasicCredential,
    CommitOptions,
    Group,
    Identity,
    JoinOptions,
    OwnKeyPackage,
    Settings,
    StagedCommit,
    Suite,
)
from mls.tree_math import node_of

NOW = 1_700_000_000
SETTINGS = Settings(authenticate=lambda claim: None)
SUITE_1 = Suite.from_id(1)
Result = TypeVar("Result")
LEAN = CommitOptions(tree_in_welcome=False)


def timed(run: Callable[[], Result]) -> tuple[float, Result]:
    """Run once; gives milliseconds and the result."""
    began = time.process_time()
    result = run()
    return 1000 * (time.process_time() - began), result


def repeated(run: Callable[[], object], times: int) -> float:
    """The median of several runs."""
    return median(timed(run)[0] for _ in range(times))


def package(suite: Suite, name: str) -> OwnKeyPackage:
    credential = BasicCredential(name.encode())
    identity = Identity.generate(suite, credential, entropy=os.urandom)
    return OwnKeyPackage.generate(identity, now=NOW, entropy=os.urandom)


def alone(suite: Suite) -> Group:
    identity = package(suite, "creator").identity
    return Group.create(
        b"bench", identity, settings=SETTINGS, now=NOW, entropy=os.urandom
    )


def add(group: Group, people: list[OwnKeyPackage]) -> StagedCommit:
    proposals = [Add(person.public) for person in people]
    return group.commit(proposals, now=NOW, entropy=os.urandom, options=LEAN)


def join(staged: StagedCommit, person: OwnKeyPackage) -> Group:
    tree = staged.next.export_ratchet_tree()
    return Group.join(
        staged.welcome or b"",
        [person],
        settings=SETTINGS,
        options=JoinOptions(ratchet_tree=tree),
    )


def commit(group: Group) -> StagedCommit:
    return group.commit(now=NOW, entropy=os.urandom)


def played_by(group: Group, person: OwnKeyPackage) -> Group:
    """The same group as one of its other members sees it.

    All members of an epoch share its secrets and its tree; only their own place and
    private keys differ. So one value stands for all of them, and a group of a thousand
    needs no thousand processes.
    """
    node = person.public.leaf
    leaf = next(it.leaf for it in group.members if it.leaf_node == node)
    keys = {node_of(leaf): person.leaf_private}
    state = replace(
        group._state, own_leaf=leaf, identity=person.identity, private_keys=keys
    )
    return Group(state)


@dataclass(frozen=True, slots=True)
class Steady:
    """A group whose tree is filled, seen by two of its members."""

    committer: Group
    reader: Group


def steady(staged: StagedCommit, people: list[OwnKeyPackage]) -> Steady:
    """Let every second member commit once."""
    group = staged.current.accept(staged)
    committer, reader = group, join(staged, people[-1])
    for person in people[1::2]:
        made = commit(played_by(group, person))
        committer = committer.process(made.message, now=NOW).group
        reader = reader.process(made.message, now=NOW).group
        group = made.next
    made = commit(committer)
    return Steady(made.next, reader.process(made.message, now=NOW).group)


def single_operations(suite: Suite) -> list[tuple[str, float]]:
    """The rows of the table of single operations."""
    people = [package(suite, f"p{number}") for number in range(131)]
    group = alone(suite)
    fresh = repeated(lambda: package(suite, "fresh"), 21)
    one = repeated(lambda: add(group, people[:1]), 21)
    hundred_ms, hundred = median_of(lambda: add(group, people[:100]), 5)
    joined = repeated(lambda: join(hundred, people[0]), 7)
    calm = steady(add(group, people[100:131]), people[100:131])
    commit_ms, made = median_of(lambda: commit(calm.committer), 21)
    process_ms = repeated(lambda: calm.reader.process(made.message, now=NOW), 21)
    rows = [
        ("key package", fresh),
        ("commit adding 1", one),
        ("commit adding 100", hundred_ms),
        ("join a group of 101", joined),
        ("steady commit, 32 members", commit_ms),
        ("steady process, 32 members", process_ms),
    ]
    return [*rows, *messages(calm), *storage(calm.reader)]


def storage(group: Group) -> list[tuple[str, float]]:
    """Writing both parts of a group of 32, and reading them back."""
    parts = group.epoch_state(), group.ratchet_state()
    return [
        ("write the ratchet part", repeated(group.ratchet_state, 51)),
        ("write the epoch part", repeated(group.epoch_state, 21)),
        ("restore", repeated(lambda: Group.restore(*parts, settings=SETTINGS), 21)),
    ]


def median_of(run: Callable[[], Result], times: int) -> tuple[float, Result]:
    """The median of several runs, and the last result."""
    runs = [timed(run) for _ in range(times)]
    return median(taken for taken, _ in runs), runs[-1][1]


def messages(calm: Steady) -> list[tuple[str, float]]:
    """Encrypting and decrypting 1 KB, one message after the other."""
    sender, reader = calm.committer, calm.reader
    sent, heard = [], []
    for _ in range(200):
        began = time.process_time()
        sender, message = sender.encrypt(bytes(1024), entropy=os.urandom)
        sent.append(1000 * (time.process_time() - began))
        began = time.process_time()
        reader = reader.process(message, now=NOW).group
        heard.append(1000 * (time.process_time() - began))
    return [("encrypt 1 KB", median(sent)), ("decrypt 1 KB", median(heard))]


def large_group(suite: Suite, members: int) -> dict[str, float]:
    """Adding everyone at once, one join, then a steady commit and its processing."""
    people = [package(suite, f"p{number}") for number in range(members - 1)]
    add_ms, staged = timed(lambda: add(alone(suite), people))
    join_ms = repeated(lambda: join(staged, people[-1]), 5)
    calm = steady(staged, people)
    commit_ms, made = median_of(lambda: commit(calm.committer), 15)
    process_ms = repeated(lambda: calm.reader.process(made.message, now=NOW), 15)
    return {
        "add all": add_ms,
        "join": join_ms,
        "commit": commit_ms,
        "process": process_ms,
        "bytes": float(len(made.message)),
    }


def print_operations() -> None:
    columns = [single_operations(suite) for suite in (SUITE_1, HYBRID)]
    print(f"{'milliseconds, median':<32}{'suite 1':>10}{'hybrid':>10}")
    for (name, classical), (_, hybrid) in zip(*columns, strict=True):
        print(f"{name:<32}{classical:>10.2f}{hybrid:>10.2f}")


def print_curve(sizes: tuple[int, ...], score: Score) -> None:
    names = ("add all", "join", "commit", "process", "bytes")
    print()
    print(f"{'hybrid, by members':<22}" + "".join(f"{name:>10}" for name in names))
    for size in sizes:
        figures = large_group(HYBRID, size)
        cells = "".join(f"{figures[name]:>10.1f}" for name in names[:-1])
        print(f"{size:<22}{cells}{figures['bytes']:>10.0f}", flush=True)
        if size == 500:
            for name, goal in LARGE_GROUP.items():
                print(f"  {name}{score.note(name, figures[name], goal)}")


def main() -> None:
    """Print everything."""
    quick = "--quick" in sys.argv
    print_operations()
    score = Score()
    print_curve((2, 32, 128) if quick else (2, 8, 32, 128, 500, 1000), score)
    print(score)


if __name__ == "__main__":
    main()
