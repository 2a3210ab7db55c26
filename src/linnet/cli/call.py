"""One call of a verb: what it was given, where it prints, the door to its account."""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from linnet import client
from linnet.cli.asking import ask_passphrase
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Given
from linnet.cli.names import find_conversation
from linnet.cli.output import Output
from linnet.client import Client, Conversation, LinkState, RelayStatus, Status
from linnet.errors import UsageError

DEFAULT_WAIT_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Call:
    """What a verb works with."""

    given: Given
    out: Output
    home: Path

    @property
    def wait_seconds(self) -> float:
        """How long to wait for the relay at most."""
        return self.given.number(
            "--wait", default=DEFAULT_WAIT_SECONDS, highest=_LONGEST_WAIT_SECONDS
        )

    @asynccontextmanager
    async def account(self, *, connect: bool = True) -> AsyncIterator[Client]:
        """Open the account of this home.

        Raises:
            UsageError: there is none, or the passphrase is wrong.
            StorageError: the home is in use, read-only, full or damaged.
        """
        if not self.home.is_dir() or not any(self.home.iterdir()):
            raise UsageError(
                f"There is no account in {self.home}. Make one with “linnet init NAME "
                "--relay PASS-LINK”, or name the right folder with --home."
            )
        asks = client.needs_passphrase(self.home)
        passphrase = ask_passphrase(self.home) if asks else None
        async with client.open(self.home, passphrase=passphrase, connect=connect) as me:
            yield me

    async def conversation(self, me: Client, who: str) -> Conversation:
        """Find a conversation, reading what is new if it is not here yet.

        Raises:
            UsageError: none, or more than one, is called so.
        """
        try:
            return me.conversation(who)
        except UsageError:
            await self.settle(me)
            return find_conversation(me, who)

    async def settle(self, me: Client) -> Status:
        """Wait until all is sent and read, or the time is over; say what is not."""
        status = await me.settle(timeout_seconds=self.wait_seconds)
        why = unreached(status)
        if why:
            self.out.aside(f"linnet: {why}")
        return status


Run = Callable[[Call], Awaitable[Exit]]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: how it is written, and what it does."""

    form: Form
    run: Run


def unreached(status: Status) -> str:
    """Return a sentence on the relays that were not reached, "" when all were."""
    reasons = [
        f"Relay {relay.relay}: {trouble_of(relay)}"
        for relay in status.relays
        if trouble_of(relay) and (relay.is_mine or relay.conversations or relay.queued)
    ]
    if not reasons:
        return ""
    kept = f" {status.queued} kept to be sent next time." if status.queued else ""
    return f"{' '.join(reasons)}{kept}"


def trouble_of(relay: RelayStatus) -> str:
    """Return why a relay does not serve us, "" when it does."""
    if relay.state is LinkState.CONNECTED:
        return relay.trouble
    return relay.why or f"not connected ({relay.state.value})"


def exit_of_status(status: Status) -> Exit:
    """Return 0 when everything was reached and sent, else 3."""
    return Exit.WAITING if unreached(status) or status.queued else Exit.OK


def default_home() -> Path:
    """Return the home when none is named: LINNET_HOME, or the platform's place."""
    named = os.environ.get("LINNET_HOME")
    if named:
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Linnet"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "Linnet"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "linnet"
