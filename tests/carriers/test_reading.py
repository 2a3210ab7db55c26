"""What a client reads of a website beside its requests."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.reading import (
    BYTES_A_SECOND,
    LARGEST_READ,
    LONGEST_STAY,
    MOST_BYTES,
    MOST_OF_A_PAGE,
    SHORTEST_STAY,
    SLOW_SECONDS,
    Read,
    Reading,
)

HOME = Read("/", is_page=True)
PAGE = b"""<!doctype html><title>Pots</title>
<link rel=stylesheet href="/s.css"><LINK href='/feed.xml' rel=alternate>
<img alt="" src="pots/blue.png?v=1&amp;w=2"><img src="//elsewhere.example/x.png">
<img src="data:image/png;base64,AA"><script src="https://elsewhere.example/a.js">
<script defer src='/app.js'></script><img src=/s.css>
<a href="/kilns#top">Kilns</a> <a href="mailto:us@pots.example">us</a>"""


def things(*paths: str) -> list[Read]:
    return [Read(path, is_page=False) for path in paths]


def reading() -> Reading:
    return Reading(lambda: 0.0)


def test_a_page_brings_what_it_shows_of_its_own_site_each_thing_once() -> None:
    visit = reading()

    assert visit.begin(1.0) == [HOME]
    shown = visit.came(HOME, PAGE, 1.2)

    assert shown == things("/s.css", "/pots/blue.png?v=1&w=2", "/app.js")
    assert visit.came(HOME, PAGE, 1.3) == []


def test_a_visitor_goes_on_to_a_page_that_the_first_names_once_words_go() -> None:
    visit = reading()
    visit.begin(1.0)
    visit.came(HOME, PAGE, 1.2)

    assert visit.wake(100.0) == []
    assert visit.wake_at() == float("inf")
    assert visit.spoke(1.3) == []
    assert visit.wake_at() == 1.2 + SHORTEST_STAY
    assert visit.wake(visit.wake_at()) == [Read("/kilns", is_page=True)]
    assert visit.spoke(1_000.0) == []


@given(st.floats(0, 1, exclude_max=True))
def test_nobody_stays_longer_or_shorter_than_is_said(chance: float) -> None:
    visit = Reading(lambda: chance)
    visit.begin(0.0)
    visit.spoke(0.0)
    visit.came(HOME, PAGE, 0.5)

    assert SHORTEST_STAY <= visit.wake_at() - 0.5 <= LONGEST_STAY


def test_after_a_page_that_came_slowly_nothing_is_read() -> None:
    visit = reading()
    visit.begin(0.0)

    assert visit.came(HOME, PAGE, SLOW_SECONDS + 0.1) == []
    assert visit.spoke(100.0) == []


def test_after_what_did_not_come_nothing_is_read() -> None:
    visit = reading()
    visit.begin(0.0)
    visit.failed()

    assert visit.came(HOME, PAGE, 0.1) == []
    assert visit.spoke(100.0) == []


def test_a_carrier_reads_no_more_than_its_bytes() -> None:
    visit = reading()
    now, read, pages = 0.0, visit.begin(0.0), 0
    while read:
        pages += 1
        visit.came(read[0], bytes(LARGEST_READ), now)
        now += LONGEST_STAY + LARGEST_READ / BYTES_A_SECOND
        read = visit.spoke(now)

    assert (pages - 1) * LARGEST_READ < MOST_BYTES <= pages * LARGEST_READ


@given(st.lists(st.integers(0, LARGEST_READ), max_size=MOST_OF_A_PAGE))
def test_what_a_page_brought_puts_off_the_next_so_that_few_bytes_come_a_minute(
    sizes: list[int],
) -> None:
    visit = reading()
    visit.begin(0.0)
    visit.came(HOME, b"", 0.0)
    for size in sizes:
        visit.came(Read("/thing", is_page=False), bytes(size), 0.0)
    visit.spoke(0.0)

    assert not visit.wake(sum(sizes) / BYTES_A_SECOND - 0.001)
    assert visit.wake(SHORTEST_STAY + sum(sizes) / BYTES_A_SECOND)


@pytest.mark.fuzz
@given(st.binary() | st.text("<imgascript rel=href\"'/:#.?&> ", max_size=400))
def test_any_page_brings_few_things_and_all_of_its_own_site(page: bytes | str) -> None:
    visit = reading()
    visit.begin(0.0)
    body = page if isinstance(page, bytes) else page.encode()

    shown = visit.came(HOME, body, 0.1)
    further = visit.spoke(1_000.0)

    assert len(shown) <= MOST_OF_A_PAGE
    assert len(further) == 1
    for one in (*shown, *further):
        assert re.fullmatch(r"/([!-.0-~][!-~]*)?", one.path)
