"""The browser client as a relay serves it (spec/session.md §8.3)."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from linnet.carriers.client_page import RELAY_FILE, client_page
from linnet.carriers.http import Request, Response
from linnet.carriers.website import Website
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor, Road
from tests.carriers.people import descriptor

SCRIPT = "/assets/index-Bx91_aZk.js"
FILES = {
    "/index.html": b"<!doctype html>",
    SCRIPT: b"let one = 1",
    SCRIPT + ".br": b"brotli",
    SCRIPT + ".gz": b"gzip",
    SCRIPT + ".map": b"{}",
    "/sw.js": b"self",
    "/icon.svg": b"<svg/>",
    "/manifest.webmanifest": b"{}",
    "/.hidden": b"no",
}
RELAY = descriptor(7000, Road.TCP, Road.WS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, content in FILES.items():
        path = tmp_path / place[1:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def site(folder: Path, begin: RelayDescriptor | None = None) -> Website:
    return client_page(folder, unix_time=5, begin=begin, path="/door")


def get(website: Website, path: str, **headers: bytes) -> Response:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return website.answer(Request(b"GET", path.encode(), named, keeps=True))


def said(response: Response) -> dict[str, str]:
    return dict(response.headers)


def test_the_page_is_at_the_root_and_is_asked_for_again_each_time(folder: Path) -> None:
    response = get(site(folder), "/")

    assert (response.status, response.body) == (200, b"<!doctype html>")
    assert response.kind == "text/html; charset=utf-8"
    assert said(response)["Cache-Control"] == "no-cache"
    assert said(get(site(folder), "/sw.js"))["Cache-Control"] == "no-cache"


def test_what_is_named_by_its_content_is_kept_for_ever(folder: Path) -> None:
    response = get(site(folder), SCRIPT)

    assert said(response)["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.kind == "text/javascript; charset=utf-8"


def test_a_browser_runs_nothing_from_elsewhere(folder: Path) -> None:
    for path in ("/", SCRIPT, "/nowhere"):
        headers = said(get(site(folder), path))
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=(self), microphone=(self)" in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("accepted", "body", "coding"),
    [
        (b"gzip, deflate, br", b"brotli", "br"),
        (b"gzip;q=1.0, br;q=0", b"gzip", "gzip"),
        (b"br;q=0.0, identity", b"let one = 1", None),
        (b"", b"let one = 1", None),
    ],
)
def test_a_visitor_gets_the_coding_it_takes(
    folder: Path, accepted: bytes, body: bytes, coding: str | None
) -> None:
    response = get(site(folder), SCRIPT, accept_encoding=accepted)

    assert (response.body, said(response).get("Content-Encoding")) == (body, coding)
    assert said(response)["Vary"] == "Accept-Encoding"


def test_a_file_that_the_visitor_has_is_not_sent_again_but_a_changed_one_is(
    folder: Path,
) -> None:
    tag = said(get(site(folder), "/"))["ETag"].encode()
    assert get(site(folder), "/", if_none_match=tag).status == 304
    coded = get(site(folder), SCRIPT, accept_encoding=b"br")
    plain = get(site(folder), SCRIPT)
    assert said(coded)["ETag"] != said(plain)["ETag"]

    (folder / "index.html").write_bytes(b"<!DOCTYPE html>")

    assert get(site(folder), "/", if_none_match=tag).status == 200


@pytest.mark.parametrize("path", [SCRIPT + ".br", SCRIPT + ".map", "/.hidden", "/x"])
def test_what_is_no_part_of_the_page_is_not_found(folder: Path, path: str) -> None:
    assert get(site(folder), path).status == 404


def test_an_open_relay_tells_its_page_how_to_begin(folder: Path) -> None:
    response = get(site(folder, RELAY), RELAY_FILE)

    told = json.loads(response.body)
    packed = urlsafe_b64decode(told["relay"] + "==")
    assert (told["format"], told["path"]) == (1, "/door")
    assert RelayDescriptor.read(Fields(packed)) == RELAY
    assert said(response)["Cache-Control"] == "no-cache"


def test_another_relay_keeps_its_secret_path(folder: Path) -> None:
    assert get(site(folder), RELAY_FILE).status == 404
