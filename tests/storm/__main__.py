"""`make storm`: kill everybody at random, then count what survived.

`make storm ARGS="--kills 50 --messages 500 --seed 7"` sets how hard it blows; the same
seed kills the same processes in the same order.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.storm.crowd import Plan, Storm
from tests.storm.ledger import Ledger, faults


async def storm(plan: Plan, folder: Path) -> tuple[Storm, Ledger]:
    """Run one storm to its end in a folder."""
    async with asyncio.TaskGroup() as tasks:
        storm = Storm(plan, folder, tasks)
        try:
            await storm.gather()
            await storm.blow()
            await storm.reunite()
            ledger = await storm.calm()
        finally:
            for person in storm.people.values():
                await person.kill()
            await storm.relay.kill()
            storm.clear()
    return storm, ledger


def tell(storm: Storm, ledger: Ledger) -> int:
    """Print what happened, a row each, and how many conversations held."""
    found = faults(ledger)
    killed = ", ".join(f"{name} {n}" for name, n in sorted(storm.kills.items()))
    print(f"killed         {sum(storm.kills.values())} times: {killed}")
    print(f"members        changed {storm.changes} times")
    rewound = sum(person.rewound for person in storm.people.values())
    print(f"relay rewound  noticed {rewound} times by those it had lost something of")
    print("\n".join(storm.notes))
    for conversation, histories in sorted(ledger.histories.items()):
        counts = ", ".join(f"{name} {len(t)}" for name, t in sorted(histories.items()))
        said = len(storm.said[conversation])
        print(f"{conversation:<14} {said} written; shown to {counts}")
    for fault in found:
        print(f"FAULT          {fault}")
    broken = {fault.split(",")[0] for fault in found}
    print(f"{len(ledger.histories) - len(broken)} held, {len(broken)} failed")
    return 1 if found or any("FAULT" in note for note in storm.notes) else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__)
    parser.add_argument("--kills", type=int, default=Plan().kills)
    parser.add_argument("--messages", type=int, default=Plan().messages)
    parser.add_argument("--seed", type=int, default=Plan().seed)
    parser.add_argument("--keep", type=Path, help="leave homes and logs in this folder")
    words = parser.parse_args()
    plan = Plan(kills=words.kills, messages=words.messages, seed=words.seed)
    if words.keep:
        words.keep.mkdir(parents=True)
        return tell(*asyncio.run(storm(plan, words.keep)))
    with tempfile.TemporaryDirectory() as folder:
        return tell(*asyncio.run(storm(plan, Path(folder))))


if __name__ == "__main__":
    sys.exit(main())
