"""Does Linnet's traffic look like the web's? `make shapes`; needs root.

In the real lab (docs/lab.md) one caddy is an ordinary website and, at secret paths, a
relay. Chromium visits the one; whole clients talk through the other, by one use of
their roads after another. Every packet of the client's line is captured, and what
others make of it is printed: nDPI, by nfstream; tshark; and a classifier that is
trained on both. See bench/shapes_judge.py, which has an environment of its own.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from bench.shapes_site import write
from linnet.lab.places import PROXY, RELAY_PORT, SITE_PORT
from linnet.lab.real.network import Network, network
from linnet.lab.real.people import COMMAND_SECONDS, ENVIRONMENT, LINNET, person, said
from linnet.lab.real.programs import Running
from linnet.lab.real.tun import DEVICE

ROOT: Final = Path(__file__).resolve().parent.parent
JUDGES: Final = ROOT / ".shapes" / "bin" / "python"
COUPLES: Final = 4
TRIES: Final = 3
LOOK_SECONDS: Final = 0.2
USES: Final = ("socket", "requests", "bursts")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is captured.

    Attributes:
        rounds: of each kind, with as many people at once as there are couples.
        seconds: of each round on average; chance takes or adds half.
        chances: who says what, and when.
    """

    rounds: int
    seconds: float
    chances: Random

    def end(self) -> float:
        """When a round that begins now is over, by the clock of this machine.

        Drawn alike for all kinds, so that how long a flow lasts is no mark of one.
        """
        return time.monotonic() + self.seconds * self.chances.uniform(0.5, 1.5)


def main(arguments: Sequence[str]) -> int:
    """Capture, and have it judged."""
    parser = argparse.ArgumentParser(prog="make shapes ARGS=...")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder to keep the captures in")
    options = parser.parse_args(arguments)
    plan = Plan(options.rounds, options.seconds, Random(options.seed))  # noqa: S311
    with TemporaryDirectory() as kept:
        folder = options.keep or Path(kept)
        folder.mkdir(exist_ok=True)
        with network() as lab:
            capture_all(lab, plan, folder)
        judge = [str(JUDGES), "-m", "bench.shapes_judge", str(folder)]
        return subprocess.run(judge, cwd=ROOT, check=False).returncode


def capture_all(lab: Network, plan: Plan, folder: Path) -> None:
    """Capture people at a browser, and people with Linnet."""
    begin_site(lab, plan.chances)
    for turn in range(plan.rounds):
        # A trial ends all that runs on the client's side, a capture too.
        with lab.trial(), capture(lab, folder / f"browser-{turn}.pcap"):
            lab.passed()
            for number in range(COUPLES):
                browse(lab, number, plan.chances.randrange(12))
            await_begin(lab)
            time.sleep(max(0.0, plan.end() - time.monotonic()))
    couples = meet(lab)
    for use in USES:
        for turn in range(plan.rounds):
            with lab.trial(), capture(lab, folder / f"{use}-{turn}.pcap"):
                lab.passed()
                talk(lab, couples, use, plan)


def begin_site(lab: Network, chances: Random) -> None:
    """Start the website, what it says by itself, and the relay behind it."""
    file = write(lab.folder, chances)
    news = lab.start(
        lab.names.world, sys.executable, "-m", "bench.shapes_site", more=ENVIRONMENT
    )
    lab.await_word(news, "ready")
    words = ["run", "--config", str(file), "--adapter", "caddyfile"]
    caddy = lab.start(lab.names.world, "caddy", *words, more={"HOME": str(lab.folder)})
    lab.await_word(caddy, "serving initial configuration")
    where = ["--data", str(lab.folder / "relay"), "--listen", f"127.0.0.1:{RELAY_PORT}"]
    address = ["--address", f"wss:{PROXY}:{SITE_PORT}", "--no-web", "--no-push"]
    relay = linnet(lab, lab.names.world, "relay", "run", *where, *address)
    lab.await_word(relay, '"serving"')


@contextmanager
def capture(lab: Network, file: Path) -> Iterator[None]:
    """Capture the client's line into a file."""
    words = ["-i", DEVICE, "-w", str(file), "-q"]
    dump = lab.start(lab.names.client, "dumpcap", *words)
    lab.await_word(dump, "Capturing on")
    try:
        yield
    finally:
        time.sleep(1)
        dump.process.terminate()
        dump.wait(10)


def await_begin(lab: Network) -> None:
    """Wait until something goes out: programs begin slowly on a busy machine."""
    for _ in range(int(COMMAND_SECONDS / LOOK_SECONDS)):
        if lab.passed().connections:
            return
        time.sleep(LOOK_SECONDS)


def browse(lab: Network, number: int, page: int) -> None:
    """Start a Chromium with a profile of its own."""
    lab.start(
        lab.names.client,
        *("chromium", "--headless=new", "--no-sandbox", "--ignore-certificate-errors"),
        *("--disable-background-networking", "--disable-component-update"),
        f"--user-data-dir={lab.folder / f'profile-{number}'}",
        f"https://{PROXY}/p{page}.html",
    )


def meet(lab: Network) -> list[tuple[Path, Path]]:
    """Make couples who know each other; where they are kept."""
    couples = []
    for number in range(COUPLES):
        ann, bob = (lab.folder / f"{name}-{number}" for name in ("ann", "bob"))
        invite = ["relay", "invite", "--data", str(lab.folder / "relay")]
        for home, name, where in (
            (ann, f"Ann{number}", lab.names.client),
            (bob, f"Bob{number}", lab.names.world),
        ):
            link = said(linnet(lab, lab.names.world, *invite))
            said(person(lab, where, home, "init", name, "--relay", link))
        link = said(person(lab, lab.names.world, bob, "invite"))
        # On a busy machine something may not settle in time and still come: that
        # they know each other shows when they talk.
        person(lab, lab.names.client, ann, "add", link).wait(COMMAND_SECONDS)
        for _ in range(TRIES):
            accepted = person(lab, lab.names.world, bob, "accept", f"Ann{number}")
            if accepted.wait(COMMAND_SECONDS).code == 0:
                break
        person(lab, lab.names.client, ann, "chats").wait(COMMAND_SECONDS)
        couples.append((ann, bob))
    return couples


def talk(
    lab: Network, couples: Sequence[tuple[Path, Path]], use: str, plan: Plan
) -> None:
    """Let all of them talk for a while, as people do: now and then."""
    chances = plan.chances
    pipes: list[Running] = []
    heard: list[tuple[Running, str]] = []
    for number, (ann, bob) in enumerate(couples):
        as_one = (sys.executable, "-m", "bench.shapes_person", use)
        one = person(lab, lab.names.client, ann, "chat", f"Bob{number}", program=as_one)
        two = person(lab, lab.names.world, bob, "chat", f"Ann{number}")
        pipes += [one, two]
        say(two, f"are you there at {time.monotonic()}?")
        hear = f"I am, {number} at {time.monotonic()}."
        say(one, hear)
        heard.append((two, hear))
    await_begin(lab)
    until = plan.end()
    for pipe, word in heard:
        lab.await_word(pipe, word, COMMAND_SECONDS)
    while time.monotonic() < until:
        time.sleep(chances.expovariate(len(pipes) / 4.0))
        say(chances.choice(pipes), "word " * chances.choice([1, 2, 5, 10, 40, 200]))


def say(pipe: Running, words: str) -> None:
    """Have somebody say something; nobody, where the program has ended."""
    if pipe.process.stdin is not None and pipe.process.poll() is None:
        pipe.process.stdin.write(f"{words.strip()}\n".encode())
        pipe.process.stdin.flush()


def linnet(lab: Network, where: str, *words: str) -> Running:
    """Start a command that is nobody's in particular."""
    return lab.start(where, *LINNET, *words, more=ENVIRONMENT)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
