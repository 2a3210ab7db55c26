"""What a session costs: per record, per opening, per idle session.

`python -m bench.session` prints medians. Memory is that of a relay's own process with
sessions held open from another process, after a garbage collection.
"""

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from linnet.carriers.dial import dial
from linnet.carriers.doorway import Front
from linnet.carriers.listener import Listener
from linnet.carriers.website import Page, Website
from linnet.wire.client_session import ClientSession
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import Address, Road
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, Reception, RelaySession

RELAY_KEY = bytes(range(32))
PATH = "/bench"
MESSAGE = os.urandom(300)
ROUNDS = 9


def main() -> None:
    for name, figure, unit in [*records(), *handshakes(), *memory()]:
        print(f"{name:<58} {figure:10.2f} {unit}")


def opened() -> tuple[ClientSession, RelaySession]:
    reception = Reception(RELAY_KEY, entropy=os.urandom)
    client = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
    opening = reception.greet(client.hello(0), 0)
    assert isinstance(opening, Opening)
    pending = reception.accept(opening, unix_time=0)
    client.welcome(pending.answer, 0)
    reception.confirm(pending, client.flush(0)[0], 0)
    return client, pending.session


def median_us(work: Callable[[], None], times: int) -> float:
    """The median over rounds of the time one of ``times`` pieces of work takes."""
    spans = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spans.append((time.process_time() - began) / times * 1e6)
    return statistics.median(spans)


def records() -> list[tuple[str, float, str]]:
    """One way through a session, by messages in a record."""
    rows = []
    for many in (1, 8):
        client, relay = opened()
        sealing, opening = one_way(client, relay, many)
        rows.append((f"send and seal, {many} x 300 bytes in a record", sealing, "us"))
        rows.append((f"open and parse, {many} x 300 bytes in a record", opening, "us"))
    client, relay = opened()

    def there_and_back() -> None:
        for _ in range(2_000):
            for giver, taker in ((client, relay), (relay, client)):
                giver.send(MESSAGE)
                taker.receive(giver.flush(0)[0], 0)

    both = median_us(there_and_back, 4_000)
    rows.append(("both sides of a record, acknowledged by the next", both, "us"))
    return rows


def one_way(
    giver: ClientSession, taker: RelaySession, many: int
) -> tuple[float, float]:
    """Microseconds to seal and to open a record of ``many`` messages."""
    sealing, opening, burst = [], [], 50
    for _ in range(40 * ROUNDS):
        sealed: list[bytes] = []
        began = time.process_time()
        for _ in range(burst):
            for _ in range(many):
                giver.send(MESSAGE)
            sealed += giver.flush(0)
        middle = time.process_time()
        for record in sealed:
            taker.receive(record, 0)
        ended = time.process_time()
        sealing.append((middle - began) / burst * 1e6)
        opening.append((ended - middle) / burst * 1e6)
        for record in taker.flush(1e9):
            giver.receive(record, 0)
    return statistics.median(sealing), statistics.median(opening)


def handshakes() -> list[tuple[str, float, str]]:
    reception = Reception(RELAY_KEY, entropy=os.urandom)
    hellos = [
        ClientSession(public_key(RELAY_KEY), entropy=os.urandom).hello(0)
        for _ in range(100 * ROUNDS)
    ]
    rest = iter(hellos)

    def greet() -> None:
        for _ in range(100):
            opening = reception.greet(next(rest), 0)
            assert isinstance(opening, Opening)
            reception.accept(opening, unix_time=0)

    return [("opening, the relay's part", median_us(greet, 100), "us")]


class Quiet:
    """Guests who say nothing."""

    def admits(self, opening: Opening) -> OpeningRefusal | None:
        return None

    def arrived(self, session: RelaySession) -> None:
        pass

    def received(
        self, session: RelaySession, messages: list[bytes], now: float
    ) -> None:
        pass

    def eased(self, session: RelaySession) -> None:
        pass

    def departed(self, session: RelaySession) -> None:
        pass


class Holder:
    """A client that opens a session and then does nothing."""

    def __init__(self) -> None:
        self.session = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
        self.ready = asyncio.get_running_loop().create_future()

    def arrived(self, message: bytes) -> None:
        if not self.session.attached:
            self.session.welcome(message, 0)
            self.carrier.write(self.session.flush(0))
        elif not self.ready.done():
            self.ready.set_result(None)

    def lost(self) -> None:
        pass

    def writable(self) -> None:
        pass

    async def open(self, address: Address) -> None:
        self.carrier = await dial(address, self)
        self.carrier.write([self.session.hello(0)])
        await self.ready


def memory() -> list[tuple[str, float, str]]:
    rows = []
    for road in (Road.TCP, Road.WS):
        many = 2_000
        out = subprocess.run(
            [sys.executable, "-m", "bench.session", "relay", str(int(road)), str(many)],
            capture_output=True,
            check=True,
            text=True,
        )
        rows.append(
            (f"relay's memory per idle session, {road.name}", float(out.stdout), "KiB")
        )
    return rows


def resident() -> int:
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def hold(road: Road, many: int) -> None:
    """The relay's process: print what each of many idle sessions takes."""
    site = Website({"/": Page(b"", "text/html", 0)}, b"")
    front = Front(site, (PATH.encode(),), plain_tcp=True)
    listener = Listener(RELAY_KEY, Quiet(), front=front)
    port = await listener.listen("127.0.0.1", 0)
    await fill(road, port, 50)
    before = resident()
    child = await fill(road, port, many, keep=True)
    taken = (resident() - before) / many / 1024
    assert listener.carriers == many, listener.carriers
    print(taken)
    child.kill()
    await child.wait()


async def fill(
    road: Road, port: int, many: int, *, keep: bool = False
) -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.session", "clients", str(int(road)), str(port),
        str(many), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    await child.stdout.readline()
    if not keep:
        child.kill()
        await child.wait()
    await asyncio.sleep(0.5)
    return child


async def clients(road: Road, port: int, many: int) -> None:
    address = Address(road, "127.0.0.1", port, PATH)
    holders = [Holder() for _ in range(many)]
    for place in range(0, many, 50):
        await asyncio.gather(*(h.open(address) for h in holders[place : place + 50]))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    import uvloop

    match sys.argv[1:]:
        case ["relay", road, many]:
            uvloop.run(hold(Road(int(road)), int(many)))
        case ["clients", road, port, many]:
            uvloop.run(clients(Road(int(road)), int(port), int(many)))
        case _:
            main()
