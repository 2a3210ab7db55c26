"""The bot of examples/echo_bot.py, as a process of its own."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.stories.people import PASSPHRASE, town

pytestmark = pytest.mark.slow
BOT = Path(__file__).parent.parent.parent / "examples" / "echo_bot.py"


def test_the_echo_bot_accepts_and_repeats(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, echo = await place.person("Alice"), await place.person("Echo")
            await echo.go()
            bot = await asyncio.create_subprocess_exec(
                *[sys.executable, str(BOT), str(echo.home)],
                env={**os.environ, "LINNET_PASSPHRASE": PASSPHRASE},
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                assert bot.stdout is not None
                link = (await bot.stdout.readline()).decode().strip()
                await alice.me.add(link)
                await alice.chat("Echo").send("is anybody there?")

                await alice.hears("Echo", "is anybody there?", "is anybody there?")
            finally:
                bot.terminate()
                await bot.wait()

    asyncio.run(story())
