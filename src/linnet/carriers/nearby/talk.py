"""What two devices say to each other over TCP, once they found each other (§9).

A question and an answer, sealed to a key that the answering side makes for each
connection: an onlooker sees sizes. Whom it speaks to neither side knows or needs to.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from linnet.carriers.nearby.lan import Lan
from linnet.errors import LinnetError, Malformed, Unreachable
from linnet.wire import hpke, xwing
from linnet.wire.bags import LARGEST as LARGEST_BAG
from linnet.wire.errands import NONCE_BYTES, Key
from linnet.wire.fields import Fields, u32
from linnet.wire.noise import Entropy

GREETING: Final = b"LINNETNEAR\x02"
INFO: Final = b"linnet nearby\x00" + hpke.HYBRID_SUITE
ANSWER_LABEL: Final = b"linnet nearby answer"
LARGEST: Final = 2 * LARGEST_BAG + 1024
TALK_SECONDS: Final = 90.0

Reply = Callable[[bytes], Awaitable[tuple[bytes, bytes]]]
"""Takes a bag and gives two: answers, and letters; each may be empty."""


async def tell(
    lan: Lan, host: str, port: int, bag: bytes, entropy: Entropy
) -> list[bytes]:
    """Give a neighbour a bag; return the answers and the letters it gives back.

    Raises:
        Unreachable: it is not there any more, or too slow.
        RemoteError: it does not speak as this page says.
    """
    try:
        async with asyncio.timeout(TALK_SECONDS):
            reader, writer = await _connect(lan, host, port)
            try:
                return await _ask(reader, writer, bag, entropy)
            finally:
                writer.close()
    except (OSError, EOFError, TimeoutError):
        raise Unreachable("A device nearby did not answer to the end.") from None


async def _connect(
    lan: Lan, host: str, port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    stream = lan.stream()
    try:
        await asyncio.get_running_loop().sock_connect(stream, (host, port))
        return await asyncio.open_connection(sock=stream)
    except BaseException:
        stream.close()
        raise


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    bag: bytes,
    entropy: Entropy,
) -> list[bytes]:
    if await reader.readexactly(len(GREETING)) != GREETING:
        raise Malformed("What answered nearby is no Linnet, or a newer one.")
    public = await reader.readexactly(xwing.PUBLIC_BYTES)
    enc, context = hpke.send_hybrid(public, INFO, entropy(32))
    writer.write(enc + _framed(context.seal(bag)))
    await writer.drain()
    sealed = await _read(reader)
    fields = Fields(Key(enc, context.export(ANSWER_LABEL)).open(sealed))
    answers, letters = fields.sized(4), fields.sized(4)
    fields.finish()
    return [answers, letters]


async def answer(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    reply: Reply,
    entropy: Entropy,
) -> None:
    """Be told a bag, and answer; whatever goes wrong ends it without a word."""
    try:
        async with asyncio.timeout(TALK_SECONDS):
            seed = entropy(xwing.SEED_BYTES)
            writer.write(GREETING + xwing.public_key(seed))
            enc = await reader.readexactly(xwing.ENC_BYTES)
            context = hpke.receive_hybrid(seed, enc, INFO)
            given = await reply(context.open(await _read(reader)))
            packed = b"".join(u32(len(one)) + one for one in given)
            key = Key(enc, context.export(ANSWER_LABEL))
            writer.write(_framed(key.seal(packed, entropy(NONCE_BYTES))))
            await writer.drain()
    except (OSError, EOFError, TimeoutError, LinnetError):
        return
    finally:
        writer.close()


def _framed(sealed: bytes) -> bytes:
    return u32(len(sealed)) + sealed


async def _read(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4))
    if length > LARGEST:
        raise Malformed("A device nearby says more than a bag holds.")
    return await reader.readexactly(length)
