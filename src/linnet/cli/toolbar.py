"""The line at the foot of a chat: who, by which road, how far, and who is typing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from linnet.cli.lines import state_of
from linnet.cli.names import title_of
from linnet.cli.room import Room
from linnet.cli.safe import safe_line
from linnet.client import (
    Event,
    LinkState,
    MessageReceived,
    RelayStatus,
    Status,
    Transfer,
    Typing,
)
from linnet.ids import AccountKey

_TYPING_SECONDS = 6.0
_TRANSFER_SECONDS = 5.0


@dataclass(slots=True)
class Toolbar:
    """What is true right now; typing and transfers fade by themselves."""

    room: Room
    now: Callable[[], float] = time.monotonic
    _typing: dict[AccountKey, tuple[str, float]] = field(default_factory=dict)
    _transfer: tuple[Transfer, float] | None = None

    def hear(self, event: Event) -> None:
        """Take in what happened."""
        here = self.room.conversation.id
        match event:
            case Typing(where, account, name, is_typing) if where == here:
                self._typing.pop(account, None)
                if is_typing:
                    label = self.room.names.of(account, name)
                    self._typing[account] = (label, self.now() + _TYPING_SECONDS)
            case MessageReceived(where, message) if where == here:
                self._typing.pop(message.sender, None)
            case Transfer() if event.conversation == here:
                self._transfer = (event, self.now() + _TRANSFER_SECONDS)
            case _:
                pass

    def text(self) -> str:
        """Return the line; what matters most comes first, as windows are narrow."""
        parts = [
            self._who_types() or title_of(self.room.conversation),
            self._moving(),
            self._last(),
            self._road(),
        ]
        return " | ".join(part for part in parts if part)

    def _road(self) -> str:
        relay = self._relay(self.room.me.status())
        if relay is None:
            return ""
        if relay.state is LinkState.CONNECTED:
            return f"connected by {relay.road}" if relay.road else "connected"
        return safe_line(relay.why) or str(relay.state.value)

    def _relay(self, status: Status) -> RelayStatus | None:
        """Return the relay this conversation lives on."""
        named = self.room.conversation.relay
        for relay in status.relays:
            if relay.relay == named:
                return relay
        return None

    def _last(self) -> str:
        mine = self.room.last_mine
        if mine is None or mine.deleted:
            return ""
        return f"your last: {state_of(mine)}"

    def _moving(self) -> str:
        if self._transfer is None or self._transfer[1] < self.now():
            return ""
        event = self._transfer[0]
        return f"file {event.moved / event.size:.0%}" if event.size else ""

    def _who_types(self) -> str:
        now = self.now()
        names = [name for name, until in self._typing.values() if until > now]
        if not names:
            return ""
        return f"{', '.join(names)} {'types' if len(names) == 1 else 'type'} ..."
