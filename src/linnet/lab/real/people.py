"""Two people with Linnet and their relay: made once, and copied for every trial.

Ann is behind the censor, at a command line or at a browser; Bob is in the world.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from linnet.errors import LocalError
from linnet.lab.places import RELAY_PORT, SITE_PORT, ZONE, ZONE_PORT
from linnet.lab.real.network import Network
from linnet.lab.real.programs import Running

COMMAND_SECONDS: Final = 150.0
LINNET: Final = (sys.executable, "-m", "linnet")
PAGE: Final = Path(os.environ.get("LINNET_PAGE", "web/dist"))
"""The built page, which the relay serves."""
BROWSER: Final = Path("web/tools/chat.mjs")
"""A person at a browser, who says what lines tell; from the root of a checkout."""
ENVIRONMENT: Final = {"LINNET_PASSPHRASE": "correct horse", "PYTHONUNBUFFERED": "1"}
"""What every command of somebody's is told beside its words."""


@dataclass(slots=True)
class People:
    """Where they are kept who know each other.

    Attributes:
        folder: where nothing else is.
        addresses: names of their relay's, the listed one first; that of a zone is one
            whose name server it is.
        is_browser: whether Ann is at a browser.
    """

    folder: Path
    addresses: tuple[str, ...]
    is_browser: bool = False
    _lock: Lock = field(default_factory=Lock)

    def come(self, lab: Network) -> Path:
        """Copy them into a lab, and start their relay; the folder of the copy."""
        with self._lock:
            if not self.folder.exists():
                self._meet(lab)
        used = lab.folder / "used"
        shutil.rmtree(used, ignore_errors=True)
        # What has only just been ended may still have written something.
        shutil.copytree(self.folder, used, symlinks=True, dirs_exist_ok=True)
        self._relay(lab, used)
        return used

    def ann(self, lab: Network, folder: Path) -> Running:
        """Have Ann talk to Bob, and say what she is told."""
        if self.is_browser:
            return self._at_browser(lab, folder, "chat", "Bob")
        return person(lab, lab.names.client, folder / "ann", "chat", "Bob")

    def bob(self, lab: Network, folder: Path) -> Running:
        """Have Bob talk to Ann."""
        return person(lab, lab.names.world, folder / "bob", "chat", "Ann")

    def _meet(self, lab: Network) -> None:
        made = lab.folder / "making"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        with lab.trial():
            self._relay(lab, made)
            self._begin(lab, lab.names.world, made, "Bob")
            link = said(person(lab, lab.names.world, made / "bob", "invite"))
            if self.is_browser:
                self._meet_at_browser(lab, made, link)
            else:
                self._begin(lab, lab.names.client, made, "Ann")
                said(person(lab, lab.names.client, made / "ann", "add", link))
                said(person(lab, lab.names.world, made / "bob", "accept", "Ann"))
                said(person(lab, lab.names.client, made / "ann", "chats"))
        self.folder.parent.mkdir(exist_ok=True)
        shutil.copytree(made, self.folder, symlinks=True)

    def _meet_at_browser(self, lab: Network, made: Path, link: str) -> None:
        ann = self._at_browser(lab, made, "meet", link)
        lab.await_word(ann, "asked", COMMAND_SECONDS)
        said(person(lab, lab.names.world, made / "bob", "accept", "Ann"))
        said(person(lab, lab.names.world, made / "bob", "send", "Ann", "welcome."))
        lab.await_word(ann, "welcome.", COMMAND_SECONDS)
        if ann.process.stdin:
            ann.process.stdin.close()
        if ann.wait(COMMAND_SECONDS).code != 0:
            raise LocalError(f"The lab's browser does not end: {ann.said[-500:]}")

    def _begin(self, lab: Network, where: str, made: Path, name: str) -> None:
        asked = ("relay", "invite", "--data", str(made / "relay"))
        link = said(lab.start(lab.names.world, *LINNET, *asked))
        home = made / name.lower()
        said(person(lab, where, home, "init", name, "--relay", link))

    def _relay(self, lab: Network, folder: Path) -> None:
        where = ["--data", str(folder / "relay"), "--listen", f"127.0.0.1:{RELAY_PORT}"]
        for name in self.addresses:
            if name == ZONE:
                where += ["--dns", ZONE, "--dns-listen", f"127.0.0.1:{ZONE_PORT}"]
            else:
                where += ["--address", f"wss:{name}:{SITE_PORT}"]
        page = ["--page", str(PAGE), "--mode", "open"] if self.is_browser else []
        shown = page or ["--no-web"]
        run = ["relay", "run", *where, *shown, "--no-push"]
        relay = lab.start(lab.names.world, *LINNET, *run)
        lab.await_word(relay, '"serving"')

    def _at_browser(self, lab: Network, folder: Path, *words: str) -> Running:
        where = [str(folder / "ann"), f"https://{self.addresses[0]}/"]
        command = ["node", str(BROWSER), *where, *words]
        return lab.start(lab.names.client, *command, is_told=True)


def person(
    lab: Network, where: str, home: Path, *words: str, program: Sequence[str] = LINNET
) -> Running:
    """Start a command of somebody's, who may be told what to say if it is ``chat``."""
    command = [*program, "--home", str(home), "--wait", "30", *words]
    return lab.start(where, *command, more=ENVIRONMENT, is_told=words[0] == "chat")


def said(running: Running) -> str:
    """Return what a command printed last, once it has ended.

    Raises:
        LocalError: it did not work.
    """
    done = running.wait(COMMAND_SECONDS)
    if done.code != 0:
        raise LocalError(f"The lab's people do not come together: {done.said}")
    return done.said.strip().splitlines()[-1] if done.said.strip() else ""
