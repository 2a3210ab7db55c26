"""A chat on a terminal: messages come in above the line that is being typed.

What was typed is remembered for the arrow keys while the chat is open, never on disk.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from shutil import get_terminal_size

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style

from linnet.cli.call import Call, exit_of_status
from linnet.cli.commands import Leave, command_words, typed
from linnet.cli.exits import Exit
from linnet.cli.names import title_of
from linnet.cli.room import Room
from linnet.cli.toolbar import Toolbar
from linnet.client import Client, Conversation, Event
from linnet.errors import UsageError

_TYPING_AGAIN_SECONDS = 3.0
_STYLE = Style.from_dict({"bottom-toolbar": "noreverse fg:ansibrightblack"})


async def run_screen(
    call: Call, me: Client, conversation: Conversation, *, limit: int
) -> Exit:
    """Talk until the person leaves; then wait for what is not sent yet."""
    with patch_stdout(raw=True):
        out = replace(call.out, out=sys.stdout)
        room = Room(me, conversation, out, id_length=4, shows_states=False)
        await _Screen(room, me).run(limit)
    return exit_of_status(await call.settle(me))


class _Screen:
    """The typed line, the bar below it, and what happens above."""

    def __init__(self, room: Room, me: Client) -> None:
        self.room = room
        self.me = me
        self.toolbar = Toolbar(room)
        self._changed = asyncio.Event()
        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(),
            completer=WordCompleter(command_words(), sentence=True),
            complete_while_typing=False,
            bottom_toolbar=self._bar,
            key_bindings=_keys(),
            style=_STYLE,
            erase_when_done=True,
            refresh_interval=1.0,
        )
        self._session.default_buffer.on_text_changed += lambda _: self._changed.set()

    async def run(self, limit: int) -> None:
        """Print the history, then type and listen at once."""
        happenings = self.me.events()
        self.room.show_history(limit=limit, as_stream=True)
        self.room.say(
            f"This is your conversation with {title_of(self.room.conversation)}. "
            "/help lists the commands, Ctrl-D leaves."
        )
        await self.room.conversation.mark_read()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._listen(happenings)),
                group.create_task(self._tell_typing()),
            ]
            with suppress(Leave, EOFError):
                await self._type()
            for task in tasks:
                task.cancel()

    async def _type(self) -> None:
        """Read lines until the person leaves."""
        while True:
            try:
                line = await self._session.prompt_async("> ")
                self._fit()
                await typed(self.room, line)
            except KeyboardInterrupt:
                self.room.say("To leave: Ctrl-D or /quit")
            except UsageError as error:
                self.room.say(str(error))

    async def _listen(self, happenings: AsyncIterator[Event]) -> None:
        async for event in happenings:
            self.toolbar.hear(event)
            self._fit()
            self.room.hear(event)
            self._session.app.invalidate()
            if self.room.take_unseen():
                await self.room.conversation.mark_read()

    async def _tell_typing(self) -> None:
        """Tell the others that this person types, at most every few seconds."""
        is_told = False
        while True:
            await self._changed.wait()
            self._changed.clear()
            text = self._session.default_buffer.text
            is_typing = bool(text) and not text.startswith("/")
            if is_typing or is_told:
                await self.room.conversation.typing(is_typing)
                is_told = is_typing
            if is_typing:
                await asyncio.sleep(_TYPING_AGAIN_SECONDS)

    def _fit(self) -> None:
        """Follow the window's size."""
        self.room.out.width = max(20, get_terminal_size().columns)

    def _bar(self) -> FormattedText:
        # As a fragment, nothing in a name can be taken for a command of the markup.
        return FormattedText([("", self.toolbar.text())])


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        """Begin a new line in the message (Alt-Enter)."""
        event.current_buffer.insert_text("\n")

    return keys
