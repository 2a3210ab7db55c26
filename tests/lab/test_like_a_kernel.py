"""The same stories on this machine's kernel and in the simulated lab end alike."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import cast

import pytest

from linnet.carriers.outside import unchecked
from tests.lab.town import NAME, QUIET, Town, certificate

HERE = "127.0.0.1"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Story = Callable[[], Coroutine[None, None, object]]


async def joined(*, tls: bool = False) -> tuple[Streams, Streams, asyncio.Server]:
    """Both ends of a connection, the one who asked for it first."""
    arrived: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(
        lambda *streams: arrived.set_result(streams),
        HERE,
        0,
        ssl=certificate() if tls else None,
    )
    port = server.sockets[0].getsockname()[1]
    near = await asyncio.open_connection(
        HERE, port, ssl=unchecked() if tls else None, server_hostname=NAME * tls or None
    )
    return near, await arrived, server


async def left(streams: Streams, server: asyncio.Server) -> object:
    """What an end meets when it reads on, and who it was is closed."""
    reader, writer = streams
    try:
        return await reader.read()
    except OSError as error:
        return type(error)
    finally:
        writer.close()
        server.close()


async def say_and_close(*, tls: bool = False) -> object:
    near, far, server = await joined(tls=tls)
    near[1].write(b"that is all")
    near[1].close()
    return await left(far, server)


async def say_and_close_over_tls() -> object:
    return await say_and_close(tls=True)


async def say_and_abort() -> object:
    near, far, server = await joined()
    near[1].write(b"that is all")
    near[1].transport.abort()
    return await left(far, server)


async def close_without_reading() -> object:
    near, far, server = await joined()
    cast("asyncio.Transport", near[1].transport).pause_reading()
    far[1].write(b"are you there?")
    await asyncio.sleep(0.001)  # a kernel needs none
    near[1].close()
    return await left(far, server)


async def write_to_who_left() -> object:
    near, far, server = await joined()
    near[1].close()
    await far[0].read()
    try:
        for _ in range(20):
            far[1].write(b"more")
            await far[1].drain()
            await asyncio.sleep(0.001)
    except OSError as error:
        return isinstance(error, ConnectionError)
    finally:
        far[1].close()
        server.close()
    return False


async def close_half() -> object:
    near, far, server = await joined()
    near[1].write(b"question")
    near[1].write_eof()
    heard = await far[0].read()
    far[1].write(heard.upper())
    far[1].close()
    return await left(near, server)


async def ask_where_nobody_listens() -> object:
    near, far, server = await joined()
    port = server.sockets[0].getsockname()[1]
    server.close()
    near[1].close()
    far[1].close()
    await asyncio.sleep(0)
    try:
        await asyncio.open_connection(HERE, port)
    except OSError as error:
        return type(error), error.errno
    return None


@pytest.mark.parametrize(
    "story",
    [
        say_and_close,
        say_and_close_over_tls,
        say_and_abort,
        close_without_reading,
        write_to_who_left,
        close_half,
        ask_where_nobody_listens,
    ],
)
def test_what_ends_meet_is_what_they_meet_on_a_kernel(story: Story) -> None:
    async def bounded() -> object:
        async with asyncio.timeout(20):
            return await story()

    town = Town(shape=QUIET)

    async def simulated() -> object:
        with town.client.here():
            return await bounded()

    assert town.run(simulated) == asyncio.run(bounded())
