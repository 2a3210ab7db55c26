"""The second table: whether messages come through, of Linnet's and of a plain client's.

Two people with Linnet's command line, one behind the censor and one in the world, use
a real relay; beside them a plain WebSocket client speaks to a server of its own. All
were acquainted before the censor came. What is seen is printed, not judged.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from linnet.errors import LinnetError, LocalError
from linnet.lab.real.network import Network
from linnet.lab.real.places import RELAY_PORT, SITE_PORT
from linnet.lab.real.programs import Running

MESSAGES: Final = 10
APART_SECONDS: Final = 0.5
WINDOW_SECONDS: Final = 30.0
"""From the start of the programs; what has not come by then is called lost."""
POLL_SECONDS: Final = 0.05
COMMAND_SECONDS: Final = 60.0
LISTED: Final = ("relay.example",)
"""Of a relay: at a hoster that lists know, by a name that they know."""
BOTH: Final = (*LISTED, "abroad-relay.example")
"""That, and an address of which no list knows anything."""
PLAIN_URL: Final = "wss://blocked.example/chat"
"""A server of the same hoster, by a name that lists know."""

SCENARIOS: Final = (
    *("S0", "S1", "S2 SNI-I", "S2 SNI-II", "S2 SNI-IV", "S2 GFW", "S3 Russia"),
    *("S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13 650B", "S13 5%", "S16"),
    *("ru-home", "ru-mobile", "cn", "ir-2025", "ir-blackout"),
)
MIDWAY: Final = {"S1": "S1 abroad", "S13 5%": "S1 abroad"}
"""Scenarios that also begin when some messages have come, and what was before.

That is what leaves no road but the one that is then closed.
"""
BEFORE: Final = 3
"""How many have then."""
TITLE: Final = (
    "scenario           client            came   lost  first s  last s  verdicts"
)


@dataclass(frozen=True, slots=True)
class Talk:
    """Two programs: what one is told, the other should say."""

    told: Running
    heard: Running

    def say(self, line: str) -> None:
        """Tell the first a line; nothing where it has ended."""
        pipe = self.told.process.stdin
        if pipe is not None and self.told.process.poll() is None:
            pipe.write(f"{line}\n".encode())
            pipe.flush()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        scenario: under which rules.
        client: of what kind both sides are.
        is_midway: whether the censor begins only when some messages have come.
        came: how many came.
        first: seconds from the start of the programs to the first of them.
        last: seconds to the last of them.
        verdicts: how often a rule acted.
        says: why it could not be tried.
    """

    scenario: str
    client: str
    is_midway: bool = False
    came: int = 0
    first: float | None = None
    last: float | None = None
    verdicts: int = 0
    says: str = ""

    @property
    def holds(self) -> None:
        """Nothing is demanded."""

    def __str__(self) -> str:
        """Write it."""
        scenario = f"{self.scenario}{', midway' if self.is_midway else ''}"
        first, last = (
            "-" if each is None else f"{each:.1f}" for each in (self.first, self.last)
        )
        counts = f"{self.came:>4} {MESSAGES - self.came:>6} {first:>8} {last:>7}"
        line = (
            f"{scenario:<18} {self.client:<17} {counts} {self.verdicts:>9}  {self.says}"
        )
        return line.rstrip()


def rows() -> Iterator[Row]:
    """All that is tried, in order."""
    for scenario in SCENARIOS:
        for is_midway in (False, True) if scenario in MIDWAY else (False,):
            for client in TALKS:
                yield Row(scenario, client, is_midway)


def fill(row: Row, lab: Network, seed: int) -> Row:
    """Send some messages past a censor that knows of nothing before."""

    def censor(scenario: str) -> Callable[[], None]:
        return lambda: lab.set_censor(scenario, seed=seed)

    lab.set_censor(seed=seed, cuts=True)
    logged = len(lab.verdicts())
    later = censor(row.scenario)
    at_first = censor(MIDWAY[row.scenario]) if row.is_midway else later
    try:
        with lab.trial():
            talk = TALKS[row.client](lab, at_first)
            times = _converse(talk, later if row.is_midway else None)
    except LinnetError as error:
        return replace(row, says=str(error).splitlines()[0])
    first, last = (times[0], times[-1]) if times else (None, None)
    acts = len(lab.verdicts()) - logged
    return replace(row, came=len(times), first=first, last=last, verdicts=acts)


def _converse(talk: Talk, censor: Callable[[], None] | None) -> list[float]:
    """Say all messages, the last ones past a censor that comes; when each came."""
    times: list[float] = []
    said = 0
    while (now := time.monotonic() - talk.told.began) < WINDOW_SECONDS:
        if censor and len(times) >= BEFORE:
            censor()
            censor = None
        due = BEFORE if censor else MESSAGES
        if said < due and now >= said * APART_SECONDS:
            talk.say(f"message {said}.")
            said += 1
        heard = talk.heard.said
        came = sum(f"message {number}." in heard for number in range(MESSAGES))
        times += [now] * (came - len(times))
        if came == MESSAGES:
            break
        time.sleep(POLL_SECONDS)
    return times


def _plain(lab: Network, begin: Callable[[], None]) -> Talk:
    begin()
    words = ["linnet.lab.real.plain", PLAIN_URL, str(lab.folder)]
    talk = lab.start(lab.names.client, sys.executable, "-m", *words, is_told=True)
    return Talk(talk, talk)


def _linnet(
    addresses: tuple[str, ...], lab: Network, begin: Callable[[], None]
) -> Talk:
    kept = acquainted(lab, addresses)
    used = lab.folder / "used"
    shutil.rmtree(used, ignore_errors=True)
    shutil.copytree(kept, used)
    _relay(lab, used, addresses)
    bob = _person(lab, lab.names.world, used / "bob", "chat", "Ann")
    begin()
    ann = _person(lab, lab.names.client, used / "ann", "chat", "Bob")
    return Talk(ann, bob)


Talking = Callable[[Network, Callable[[], None]], Talk]
TALKS: Final[dict[str, Talking]] = {
    "linnet": partial(_linnet, BOTH),
    "linnet, listed": partial(_linnet, LISTED),
    "plain WebSocket": _plain,
}
"""By kind of client; the second's relay has no address but the listed one."""


def acquainted(lab: Network, addresses: tuple[str, ...]) -> Path:
    """A folder with a relay and the homes of two people who know each other."""
    kept = lab.folder / f"acquainted-{len(addresses)}"
    if kept.exists():
        return kept
    made = lab.folder / "making"
    shutil.rmtree(made, ignore_errors=True)
    relay = _relay(lab, made, addresses)
    for where, name in ((lab.names.client, "Ann"), (lab.names.world, "Bob")):
        asked = ("relay", "invite", "--data", str(made / "relay"))
        link = _said(lab.start(lab.names.world, *LINNET, *asked))
        home = made / name.lower()
        _said(_person(lab, where, home, "init", name, "--relay", link))
    link = _said(_person(lab, lab.names.world, made / "bob", "invite"))
    _said(_person(lab, lab.names.client, made / "ann", "add", link))
    _said(_person(lab, lab.names.world, made / "bob", "accept", "Ann"))
    _said(_person(lab, lab.names.client, made / "ann", "chats"))
    relay.end()
    return made.rename(kept)


LINNET: Final = (sys.executable, "-m", "linnet")
_ENVIRONMENT: Final = {"LINNET_PASSPHRASE": "correct horse", "PYTHONUNBUFFERED": "1"}


def _relay(lab: Network, folder: Path, addresses: tuple[str, ...]) -> Running:
    folder.mkdir(exist_ok=True)
    where = ["--data", str(folder / "relay"), "--listen", f"127.0.0.1:{RELAY_PORT}"]
    for name in addresses:
        where += ["--address", f"wss:{name}:{SITE_PORT}"]
    run = ["relay", "run", *where, "--no-web", "--no-push"]
    relay = lab.start(lab.names.world, *LINNET, *run)
    lab.await_word(relay, '"serving"')
    return relay


def _person(lab: Network, where: str, home: Path, *words: str) -> Running:
    command = [*LINNET, "--home", str(home), "--wait", "30", *words]
    return lab.start(where, *command, more=_ENVIRONMENT, is_told=words[0] == "chat")


def _said(running: Running) -> str:
    """What a command that has to work printed last."""
    done = running.wait(COMMAND_SECONDS)
    if done.code != 0:
        raise LocalError(f"The lab's people do not come together: {done.said}")
    return done.said.strip().splitlines()[-1] if done.said.strip() else ""
