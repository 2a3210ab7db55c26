"""A real relay process that serves a page for browsers."""

import json
import urllib.error
import urllib.request
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor, Road
from tests.relay.processes import RelayProcess
from tests.relay.test_serve import run

pytestmark = pytest.mark.slow


def fetch(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def built(folder: Path) -> Path:
    page = folder / "page"
    page.mkdir()
    (page / "index.html").write_text("<!doctype html>the page")
    return page


def test_an_open_relay_serves_the_page_and_how_to_begin(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        words = ("--mode", "open", "--page", str(built(folder)))
        relay = await RelayProcess(folder / "data", words).start()
        link = await relay.pass_link()
        page, begin = fetch(relay.port, "/"), fetch(relay.port, "/relay.json")
        await relay.end()

        assert page == (200, b"<!doctype html>the page")
        told = json.loads(begin[1])
        packed = urlsafe_b64decode(told["relay"] + "=" * (-len(told["relay"]) % 4))
        assert RelayDescriptor.read(Fields(packed)) == link.relay
        roads = [one.road for one in link.relay.addresses]
        assert roads == [Road.TCP, Road.WS]
        assert link.relay.addresses[1].path == told["path"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("words", "shows_page"),
    [((), True), (("--no-web",), False), (("--website", "{website}"), False)],
)
def test_the_secret_path_stays_secret_unless_the_relay_is_open(
    words: tuple[str, ...], shows_page: bool, tmp_path: Path
) -> None:
    async def story(folder: Path) -> None:
        website = folder / "website"
        website.mkdir()
        (website / "index.html").write_text("my garden")
        chosen = [word.format(website=website) for word in words]
        line = ("--mode", "invite", "--page", str(built(folder)), *chosen)
        relay = await RelayProcess(folder / "data", line).start()
        page, begin = fetch(relay.port, "/"), fetch(relay.port, "/relay.json")
        await relay.end()

        assert (b"the page" in page[1]) is shows_page
        assert begin[0] == 404

    run(story, tmp_path)
