"""`python -m tests.carriers.drop_times`: how long talks by folder and by mail take.

In virtual time, with the pauses of life; the drop itself takes 0.2 s to put and 0.1 s
to get, and mail is found as if no server told of it.
"""

import asyncio
from statistics import median

from linnet.carriers.correspondence import FOLDER_PACE, MAIL_PACE, Pace
from tests.carriers.drops import MemoryDrop
from tests.carriers.test_parcel_road import Talk, linked, relay
from tests.carriers.virtual import run

TALKS, MESSAGES, THINKING = 20, 20, 30.0


async def talk(pace: Pace) -> tuple[float, list[float], float]:
    """Seconds to the first echo, seconds of each further, and parcels a message."""
    near = MemoryDrop()
    far = near.twin()
    loop = asyncio.get_running_loop()
    async with relay(far, pace), linked(near, pace) as link:
        talk = Talk(link)
        await talk.until_open()
        await talk.echo(b"hello")
        first, before = loop.time(), len(near.puts) + len(far.puts)
        each = []
        for _ in range(MESSAGES):
            await asyncio.sleep(THINKING)
            began = loop.time()
            await talk.echo(bytes(300))
            each.append(loop.time() - began)
        puts = len(near.puts) + len(far.puts) - before
        return first, each, puts / MESSAGES


def main() -> None:
    """Print a line for each kind of drop."""
    for name, pace in (("folder", FOLDER_PACE), ("mail", MAIL_PACE)):
        talks = [run(talk(pace)) for _ in range(TALKS)]
        firsts = sorted(first for first, _, _ in talks)
        each = sorted(one for _, times, _ in talks for one in times)
        puts = median(parcels for _, _, parcels in talks)
        print(
            f"{name}: first echo {median(firsts):.0f} s (at most {firsts[-1]:.0f}), "
            f"each further {median(each):.0f} s (95 % within "
            f"{each[int(0.95 * len(each))]:.0f}), {puts:.1f} parcels an echo"
        )


if __name__ == "__main__":
    main()
