"""The verb `chat`: a screen for a person, lines in and lines out for a program."""

import os
import sys

from linnet.cli.call import Call, Verb
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Option
from linnet.cli.talk import WHO


async def _chat(call: Call) -> Exit:
    limit = int(call.given.number("--limit", default=20, highest=10_000))
    async with call.account() as me:
        conversation = await call.conversation(me, call.given.word("WHO"))
        if _has_screen(call):
            # The screen's library is loaded only when there is a screen.
            from linnet.cli.screen import run_screen  # noqa: PLC0415

            return await run_screen(call, me, conversation, limit=limit)
        from linnet.cli.pipe import run_lines  # noqa: PLC0415

        return await run_lines(call, me, conversation, limit=limit)


def _has_screen(call: Call) -> bool:
    return (
        call.out.is_terminal
        and sys.stdin is not None
        and sys.stdin.isatty()
        and os.environ.get("TERM", "dumb") != "dumb"
    )


VERBS = (
    Verb(
        Form(
            "chat",
            "talk: messages come in above the line you type",
            "linnet chat Bob",
            (WHO,),
            (Option("--limit", "begin with the newest so many (default 20)", "N"),),
            more=(
                "In it, /help lists the commands. Without a terminal it reads lines "
                "from standard\ninput, sends each, and prints what comes until the "
                "input ends."
            ),
            prints="events, one a line",
        ),
        _chat,
    ),
)
