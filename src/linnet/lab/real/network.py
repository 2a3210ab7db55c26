"""The real lab as one thing: three namespaces, the box between them, and programs."""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from linnet.errors import LocalError
from linnet.lab.flows import SHARP, Sight
from linnet.lab.places import RESOLVER
from linnet.lab.real import box
from linnet.lab.real.box import Orders, Passed
from linnet.lab.real.namespaces import Namespaces, empty, mark, namespaces
from linnet.lab.real.programs import Done, Running, start
from linnet.lab.real.world import make_certificates
from linnet.lab.simulated.line import Shape
from linnet.lab.verdicts import Entry, read_log

PATIENCE_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.05
LOG: Final = "verdicts.jsonl"


@dataclass(slots=True)
class Network:
    """A client, the world, and the censor between them.

    Attributes:
        names: of the namespaces.
        folder: where programs may keep files, and where what they say is kept.
    """

    names: Namespaces
    folder: Path
    control: Connection
    _running: list[Running] = field(default_factory=list)

    def set_censor(
        self,
        scenario: str = "S0",
        *,
        seed: int = 1,
        sight: Sight = SHARP,
        shape: Shape | None = None,
        cuts: bool = False,
    ) -> None:
        """Put the censor of a scenario in the place of the one there is, from now on.

        `Orders` says what each means.

        Raises:
            LocalError: the box has ended.
        """
        with suppress(OSError):
            self.control.send(Orders(scenario, seed, sight, shape, cuts))
        _expect(self.control)

    def passed(self) -> Passed:
        """What the client's side sent and was brought since this was last asked.

        Raises:
            LocalError: the box has ended.
        """
        with suppress(OSError):
            self.control.send(None)
        told = _expect(self.control)
        return told if isinstance(told, Passed) else Passed()

    def start(
        self,
        where: str,
        *command: str,
        more: Mapping[str, str] | None = None,
        is_told: bool = False,
    ) -> Running:
        """Start a program in a namespace; it is ended with the network."""
        log = self.folder / f"{len(self._running):03}-{Path(command[0]).name}.log"
        running = start(where, command, log, more, is_told=is_told)
        self._running.append(running)
        return running

    def run(
        self,
        where: str,
        *command: str,
        seconds: float,
        more: Mapping[str, str] | None = None,
    ) -> Done:
        """Run a program in a namespace for at most so long."""
        return self.start(where, *command, more=more).wait(seconds)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """End what is started within this when it is over."""
        before = len(self._running)
        try:
            yield
        finally:
            for running in self._running[before:]:
                running.end()
            # A browser is no longer of the program that began it.
            empty(self.names.client)

    def await_word(
        self, running: Running, word: str, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait until a program has said something.

        Raises:
            LocalError: it ended first, or does not say it.
        """
        until = time.monotonic() + seconds
        while word not in running.said:
            ended = running.process.poll() is not None
            if ended or time.monotonic() > until:
                raise LocalError(f"It does not begin to work: {running.said[-500:]}")
            time.sleep(POLL_SECONDS)

    def verdicts(self) -> list[Entry]:
        """What the censor's rules have said so far, oldest first."""
        with (self.folder / LOG).open() as lines:
            return list(read_log(lines))

    def begin_world(self) -> None:
        """Start the servers of the world."""
        make_certificates(self.folder)
        module = "linnet.lab.real.world"
        command = [sys.executable, "-m", module, str(self.folder)]
        self.await_word(self.start(self.names.world, *command), "ready")

    def end_programs(self) -> None:
        """End all that was started."""
        for running in self._running:
            running.end()


@contextmanager
def network() -> Iterator[Network]:
    """Build the lab, with S0 between client and world; afterwards nothing is left.

    Raises:
        UsageError: this person may not, or this machine cannot.
        LocalError: the box would not begin.
    """
    with TemporaryDirectory(prefix=mark()) as kept:
        folder = Path(kept)
        os.chmod(folder, 0o755)  # noqa: S103  # some programs give root up
        with namespaces(str(RESOLVER)) as names, _box(names, folder) as control:
            built = Network(names, folder, control)
            try:
                built.begin_world()
                yield built
            finally:
                built.end_programs()


@contextmanager
def _box(names: Namespaces, folder: Path) -> Iterator[Connection]:
    # A process of its own: it lives in the censor's namespace.
    context = multiprocessing.get_context("spawn")
    control, theirs = context.Pipe()
    (folder / LOG).touch()
    process = context.Process(
        target=box.run, args=(names, folder / LOG, theirs), daemon=True
    )
    process.start()
    theirs.close()
    try:
        _expect(control)
        yield control
    finally:
        control.close()
        process.join(PATIENCE_SECONDS)
        process.kill()


def _expect(control: Connection) -> object:
    try:
        if control.poll(PATIENCE_SECONDS):
            told: object = control.recv()
            return told
    except (EOFError, OSError):
        pass
    raise LocalError("The censor's box has ended; what it said is above.")
