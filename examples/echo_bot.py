"""A bot that accepts whoever asks and repeats what they say.

python examples/echo_bot.py HOME   (made before with: linnet --home HOME init Echo ...)
"""

import asyncio
import os
import sys

import linnet.client


async def main(home: str) -> None:
    """Echo until interrupted."""
    passphrase = os.environ.get("LINNET_PASSPHRASE")
    async with linnet.client.open(home, passphrase=passphrase) as me:
        events = me.events()
        print(me.invite(), flush=True)
        for request in me.requests():
            await me.accept(request)
        async for event in events:
            match event:
                case linnet.client.ContactRequested(request):
                    await me.accept(request)
                case linnet.client.MessageReceived(chat, message) if message.text:
                    await me.conversation(chat).send(message.text, reply_to=message.id)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
