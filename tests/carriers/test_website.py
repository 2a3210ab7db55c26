"""The website that a relay shows to everyone (spec/session.md §8.3)."""

from pathlib import Path

from linnet.carriers.http import Request
from linnet.carriers.website import Page, Website

SITE = Website({"/": Page(b"home", "text/html", 5)}, b"missing")


def ask(
    site: Website, path: bytes, method: bytes = b"GET", **headers: bytes
) -> Request:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Request(method, path, named, keeps=True)


def test_a_page_is_shown_with_what_caches_need() -> None:
    response = SITE.answer(ask(SITE, b"/"))

    assert (response.status, response.body) == (200, b"home")
    assert dict(response.headers)["Last-Modified"] == "Thu, 01 Jan 1970 00:00:05 GMT"


def test_a_page_that_the_visitor_has_is_not_sent_again() -> None:
    tag = dict(SITE.answer(ask(SITE, b"/")).headers)["ETag"].encode()

    response = SITE.answer(ask(SITE, b"/", if_none_match=tag))

    assert (response.status, response.body) == (304, b"")


def test_whatever_is_not_there_is_not_found() -> None:
    for path in (b"/secret", b"/../etc/passwd", b"//", b"/%2e%2e/"):
        response = SITE.answer(ask(SITE, path))
        assert (response.status, response.body) == (404, b"missing")


def test_a_website_only_shows() -> None:
    response = SITE.answer(ask(SITE, b"/", b"POST"))

    assert (response.status, dict(response.headers)) == (405, {"Allow": "GET, HEAD"})


def test_a_folder_becomes_a_website(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text("home")
    (tmp_path / "sub" / "index.html").write_text("sub home")
    (tmp_path / "style.css").write_text("body{}")
    (tmp_path / "404.html").write_text("lost")

    site = Website.from_folder(tmp_path)

    bodies = [
        site.answer(ask(site, path)).body
        for path in (b"/", b"/index.html", b"/sub/", b"/style.css", b"/404.html")
    ]
    assert bodies == [b"home", b"home", b"sub home", b"body{}", b"lost"]
    assert site.answer(ask(site, b"/style.css")).kind == "text/css"


def test_composed_websites_differ_from_relay_to_relay_and_not_from_day_to_day() -> None:
    pages = {
        Website.composed(bytes([key]) * 32, unix_time=0).answer(ask(SITE, b"/")).body
        for key in range(40)
    }
    assert len(pages) > 35

    one = Website.composed(bytes(32), unix_time=0).answer(ask(SITE, b"/"))
    two = Website.composed(bytes(32), unix_time=999).answer(ask(SITE, b"/"))
    assert one.body == two.body
    assert b"innet" not in one.body
