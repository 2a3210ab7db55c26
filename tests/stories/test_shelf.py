"""The shelf of key packages, when the relay's answers get lost."""

import asyncio
from pathlib import Path

import pytest

from linnet.client.core.keys import InviteKeys
from linnet.client.sync.line import Line, SessionLost
from linnet.wire import replies
from linnet.wire.codec import Reply, Request
from linnet.wire.requests_shelves import ShelfClaim, ShelfPut
from tests.stories.people import Person, town

pytestmark = pytest.mark.slow


async def claim_all(person: Person) -> list[bytes]:
    """Take every package of somebody's shelf; the last resort ends it."""
    (relay,) = person.me._hub.store.account.relays()
    secret = person.me._hub.store.profile.invite_secret
    keys = InviteKeys.derive(secret, relay.descriptor.key)
    line = person.me._hub.line(relay.descriptor)
    claimed: list[bytes] = []
    while True:
        reply = await line.ask(ShelfClaim(keys.shelf, keys.claim_token))
        assert isinstance(reply, replies.Package)
        if reply.is_last_resort:
            return claimed
        claimed.append(reply.package)


@pytest.mark.parametrize("arrives", [True, False], ids=["answer lost", "request lost"])
@pytest.mark.parametrize("which", [1, 2, 5])
def test_a_package_is_laid_out_once_and_the_last_resort_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, arrives: bool, which: int
) -> None:
    asked, real = 0, Line.ask

    async def ask(line: Line, request: Request) -> Reply:
        nonlocal asked
        asked += isinstance(request, ShelfPut)
        is_lost = isinstance(request, ShelfPut) and asked == which
        if is_lost and not arrives:
            raise SessionLost("lost")
        reply = await real(line, request)
        if is_lost:
            raise SessionLost("lost")
        return reply

    monkeypatch.setattr(Line, "ask", ask)

    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")

            claimed = await claim_all(alice)

            assert len(claimed) >= 10
            assert len(set(claimed)) == len(claimed)

    asyncio.run(story())
