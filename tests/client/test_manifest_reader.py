"""When a relay is asked for manifests, in virtual time (spec/manifest.md §5)."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from linnet.client import manifests
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line
from linnet.client.sync.manifest_reader import AGAIN_SECONDS, ManifestReader
from linnet.wire.codec import Reply, Request
from linnet.wire.following import series_text
from linnet.wire.refusals import Refusal, refused
from tests.carriers import virtual
from tests.client.test_manifests import HOME, opened
from vectors.manifests import ONE


class Refusing(Line):
    """A line whose session stays, to a relay that refuses whatever it is asked."""

    asked = 0
    refusal = Refusal.UNKNOWN_REQUEST

    async def up(self) -> int:
        return 1

    async def ask(self, request: Request) -> Reply:
        self.asked += 1
        raise refused(self.refusal)


@pytest.mark.parametrize(
    ("refusal", "times"), [(Refusal.UNKNOWN_REQUEST, 1), (Refusal.UNAVAILABLE, 4)]
)
def test_a_relay_that_knows_no_manifests_is_not_asked_again_in_a_session(
    refusal: Refusal, times: int, tmp_path: Path
) -> None:
    store = opened(tmp_path)
    manifests.follow(store, series_text((ONE,)))
    hub = Hub(store)
    line = Refusing(HOME, None, changed=hub.connection_changed)
    line.refusal = refusal
    hub._lines[HOME.key] = line

    async def story() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(3.5 * AGAIN_SECONDS):
                await ManifestReader(hub, HOME.key).run()

    virtual.run(story())
    store.db.close()

    assert line.asked == times
