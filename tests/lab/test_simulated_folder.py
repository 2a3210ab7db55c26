"""A network that lets only a list through (S11), and a folder at a host on the list."""

import asyncio
import re
import ssl
from ipaddress import IPv4Network
from pathlib import Path
from random import Random

import pytest

from linnet.carriers import drop_keys
from linnet.carriers.correspondence import FOLDER_PACE
from linnet.carriers.depot import Depot
from linnet.carriers.folder_road import folder_drop
from linnet.carriers.link import Link
from linnet.carriers.openers import open_road
from linnet.carriers.poller import poll
from linnet.ids import Epoch, Handle
from linnet.lab.censor import Censor
from linnet.lab.rules.allow_list import AllowList
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.replies import Appended
from linnet.wire.requests import Append, Create, Open
from tests.carriers.people import RELAY_KEY
from tests.carriers.real_drops import own_certificate
from tests.lab.relays import FIRST, relay_in
from tests.lab.test_simulated_link import Talk
from tests.lab.town import QUIET, Town
from tests.relay.desk import APPEND, READ, STREAM, hashed, named

CLOUD, HOST = "cloud.example", "203.0.113.5"
FOLDER = Address(
    Road.FOLDER, CLOUD, 443, "/parcels/", drop_keys.join("davs", "ann", "word")
)


class Cloud:
    """A place for files, as little of WebDAV as a drop needs."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                found = re.search(r"Content-Length: (\d+)", head)
                body = await reader.readexactly(int(found[1]) if found else 0)
                method, path, _ = head.split(" ", 2)
                status, said = self.answer(method, path.rpartition("/")[2], body)
                size = f"HTTP/1.1 {status} X\r\nContent-Length: {len(said)}\r\n\r\n"
                writer.write(size.encode() + said)
        except (EOFError, ConnectionError):
            writer.close()

    def answer(self, method: str, name: str, body: bytes) -> tuple[int, bytes]:
        match method:
            case "PROPFIND":
                names = "".join(f"<href>/parcels/{one}</href>" for one in self.files)
                return 207, names.encode()
            case "PUT":
                self.files[name] = body
                return 201, b""
            case "GET" if name in self.files:
                return 200, self.files[name]
            case "DELETE" if self.files.pop(name, None) is not None:
                return 200, b""
            case _:
                return 404, b""


def test_where_only_a_list_passes_a_folder_on_it_carries_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = own_certificate(tmp_path, CLOUD)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    listed = AllowList((IPv4Network("203.0.113.0/24"),), frozenset({CLOUD}))
    town = Town(7, QUIET, Censor([listed], Random(7)))
    town.network.names[CLOUD] = [HOST]
    cloud = town.network.host(HOST)

    async def story() -> tuple[float, float, list[str]]:
        loop = asyncio.get_running_loop()
        with cloud.here():
            await asyncio.start_server(Cloud().serve, HOST, 443, ssl=tls)
        async with relay_in(town, 7) as listener:
            with town.server.here():
                depot = Depot(
                    folder_drop(FOLDER), listener, FOLDER_PACE, is_alone=False
                )
                looking = loop.create_task(depot.run())
            with town.client.here():
                descriptor = RelayDescriptor(public_key(RELAY_KEY), (FIRST, FOLDER))
                chance = Random(7).randbytes
                link = Link(descriptor, entropy=chance, dial=open_road, poll=poll)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(link.run())
                    talk = Talk(link)
                    await talk.until_open()
                    tokens = hashed(APPEND), hashed(READ), hashed(READ)
                    wanted = Open(STREAM, Epoch(0), APPEND, READ)
                    await talk.ask(Create(STREAM, *tokens), wanted)
                    first, answers = loop.time(), []
                    for number in range(10):
                        said = Append(Handle(1), named(number), b"words")
                        answers.append(await talk.ask(said))
                    assert all(isinstance(one, Appended) for one in answers)
                    each = (loop.time() - first) / len(answers)
                    await link.close()
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        return first, each, [host for host, _ in talk.roads]

    first, each, roads = town.run(story)

    assert roads == [CLOUD]
    assert first < 60
    assert each < 15
