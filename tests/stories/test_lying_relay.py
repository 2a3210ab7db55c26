"""A relay that opens sessions as it should, and then lies in every answer."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import linnet.client
from linnet.carriers.doorway import Front
from linnet.carriers.listener import Listener
from linnet.carriers.website import Website
from linnet.client import Client, NewAccount
from linnet.ids import EnvelopeId, Epoch, Handle, RequestNumber, Sequence
from linnet.wire import codec, events, replies
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, RelaySession
from linnet.wire.refusals import Refusal
from tests.stories.people import PASSPHRASE

pytestmark = pytest.mark.slow
Lie = Callable[[RequestNumber, codec.Request], list[bytes]]
HUGE = (1 << 64) - 1


class Liar:
    """What a relay does with its sessions, done wrong."""

    def __init__(self, lie: Lie) -> None:
        self.lie = lie
        self.listener: Listener | None = None
        self.asked = 0

    def admits(self, opening: Opening) -> OpeningRefusal | None:
        return None

    def arrived(self, session: RelaySession) -> None:
        pass

    def received(
        self, session: RelaySession, messages: list[bytes], now: float
    ) -> None:
        for message in messages:
            number, request = codec.decode_request(message)
            self.asked += 1
            for answer in self.lie(number, request):
                session.send(answer)
        assert self.listener is not None
        self.listener.flush(session)

    def eased(self, session: RelaySession) -> None:
        pass

    def departed(self, session: RelaySession) -> None:
        pass


def garbage(number: RequestNumber, request: codec.Request) -> list[bytes]:
    return [os.urandom(40)]


def done_with_everything(number: RequestNumber, request: codec.Request) -> list[bytes]:
    return [codec.encode(number, replies.Done())]


def rewound_for_ever(number: RequestNumber, request: codec.Request) -> list[bytes]:
    refused = replies.RefusedReply(Refusal.REWOUND, HUGE)
    return [codec.encode(number, refused)]


def unknown_refusals(number: RequestNumber, request: codec.Request) -> list[bytes]:
    return [codec.encode(number, replies.RefusedReply(250, HUGE))]


def places_that_cannot_be(number: RequestNumber, request: codec.Request) -> list[bytes]:
    kind = type(request).__name__
    place = Sequence(HUGE)
    opened = replies.Opened(Handle(1), Epoch(HUGE), place, place, Sequence(0))
    subscribed = replies.Subscribed(place, place)
    envelope = replies.Envelope(place, Epoch(HUGE), HUGE, EnvelopeId(bytes(16)), b"x")
    deliver = events.Deliver(((Handle(1), envelope),))
    match kind:
        case "Open":
            return [codec.encode(number, opened)]
        case "Subscribe":
            nobody = RequestNumber(0)
            return [codec.encode(number, subscribed), codec.encode(nobody, deliver)]
        case "ShelfCount" | "ShelfPut":
            return [codec.encode(number, replies.ShelfState(0, False))]
        case _:
            pass
    return [codec.encode(number, replies.Done())]


@asynccontextmanager
async def at_a_liar(home: Path, liar: Liar) -> AsyncIterator[Client]:
    private = bytes(range(32))
    website = Website.composed(public_key(private), unix_time=0)
    listener = Listener(private, liar, front=Front(website, (b"path",), True))
    liar.listener = listener
    port = await listener.listen("127.0.0.1", 0)
    address = Address(Road.TCP, "127.0.0.1", port)
    link = PassLink(RelayDescriptor(public_key(private), (address,)), bytes(32))
    new = NewAccount("Alice", link.text())
    try:
        async with linnet.client.open(home, passphrase=PASSPHRASE, create=new) as me:
            yield me
    finally:
        await listener.close()


@pytest.mark.parametrize(
    "lie",
    [
        garbage,
        done_with_everything,
        rewound_for_ever,
        unknown_refusals,
        places_that_cannot_be,
    ],
)
def test_a_lying_relay_is_complained_of_and_harms_nothing(
    tmp_path: Path, lie: Lie
) -> None:
    async def story() -> None:
        liar = Liar(lie)
        async with at_a_liar(tmp_path / "home", liar) as me:
            group = await me.new_group("Plans")
            await group.send("kept")
            status = await me.settle(timeout_seconds=2)

            assert status.relays[0].why.endswith(".")
            assert "unexpected" not in status.relays[0].why
            assert [one.text for one in group.history() if one.text] == ["kept"]
            assert 2 <= liar.asked < 500

    asyncio.run(asyncio.wait_for(story(), 30))
