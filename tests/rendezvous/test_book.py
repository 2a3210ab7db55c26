"""Handing out by names: the simulated rules, as somebody runs them for real."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.errors import UsageError
from linnet.rendezvous.book import Book, Turn, place_of
from linnet.rendezvous.groups import LARGEST
from linnet.wire.links import Address, RelayDescriptor, Road, RoadLink

RELAY = b"r" * 32


def links(*places: str, each: int = 1) -> list[RoadLink]:
    return [
        RoadLink((RelayDescriptor(RELAY, (Address(Road.WSS, one, 443, f"/{n}"),)),))
        for one in places
        for n in range(each)
    ]


def proxies(count: int, *, each: int = 1, begin: int = 0) -> list[RoadLink]:
    names = [f"p{n}.example" for n in range(begin, begin + count)]
    return links(*names, each=each)


def place(link: str | None) -> str:
    assert link is not None
    return place_of(RoadLink.parse(link))


def family(book: Book, count: int) -> None:
    """So many people, of whom each was invited by the one before."""
    for n in range(count):
        book.give(str(n), str(n - 1) if n else None)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4)),
        st.tuples(st.just("give"), st.integers(0, 40)),
        st.tuples(st.just("blocked"), st.integers(0, 40)),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_happens_ten_share_a_proxy_and_nobody_has_one_that_fell(
    steps: list[tuple[str, int]],
) -> None:
    book = Book()
    for step, number in steps:
        told: list[Turn] = []
        before = {name: book.road(name) for name in book.names}
        match step:
            case "add":
                told = book.add(proxies(number, begin=len(book.proxies)))
            case "give":
                free = [n for n, p in zip(book.names, book.people) if not p.is_banned]  # noqa: B905
                by = free[number % len(free)] if free else None
                told = book.give(str(len(book.names)), by)
            case _ if number < len(book.proxies):
                try:
                    told = book.lose(book.proxies[number].place)
                except UsageError:
                    continue
        now = {name: book.road(name) for name in book.names}
        changed = {name: now[name] for name in now if now[name] != before.get(name)}
        assert {one.name: one.link for one in told if one.link} == {
            name: link for name, link in changed.items() if link
        }
        fallen = {book.proxies[one].place for one in book.pool.blocked}
        used = Counter(place(one) for one in now.values() if one)
        assert max(used.values(), default=0) <= LARGEST
        assert not fallen & set(used)
        book = Book.read(json.loads(json.dumps(book.written())))
        assert {name: book.road(name) for name in book.names} == now


def test_who_is_invited_has_the_road_of_who_invited_them_by_a_link_of_their_own() -> (
    None
):
    book = Book()
    book.add(proxies(2, each=10))
    family(book, 10)

    roads = [book.road(str(n)) for n in range(10)]
    assert {place(one) for one in roads} == {"p0.example:443"}
    assert len(set(roads)) == 10


def test_a_tenth_waits_for_those_whose_road_fell() -> None:
    book = Book()
    book.add(proxies(10))
    for n in range(10):
        book.give(f"alone {n}", None)
    assert book.road("alone 8") is not None
    assert book.road("alone 9") is None
    assert book.pool.unused == 1

    (turn,) = book.lose(place(book.road("alone 0")))

    assert turn.name == "alone 0"
    assert place(turn.link) == "p9.example:443"


def test_the_informer_of_a_group_ends_alone_and_without() -> None:
    book = Book()
    book.add(proxies(40, each=10))
    family(book, 10)
    for _ in range(6):
        if (told := book.road("6")) is not None:
            book.lose(place(told))

    assert [n for n, p in zip(book.names, book.people, strict=True) if p.is_banned] == [
        "6"
    ]
    assert book.road("6") is None
    assert all(book.road(str(n)) for n in range(10) if n != 6)
    with pytest.raises(UsageError, match="nobody they invite"):
        book.give("friend of 6", "6")


def test_what_cannot_be_changes_nothing() -> None:
    book = Book()
    book.add(proxies(1))
    book.give("Ann", None)
    before = book.written()
    for step in (
        lambda: book.give("Ann", None),
        lambda: book.give("", None),
        lambda: book.give("Bob", "Nobody"),
        lambda: book.lose("elsewhere:443"),
        lambda: book.road("Bob"),
    ):
        with pytest.raises(UsageError):
            step()

    assert book.written() == before
    book.lose("p0.example:443")
    with pytest.raises(UsageError):
        book.lose("p0.example:443")
