"""What a client reads of the website beside its requests (spec/carriers.md §15); pure.

A carrier made of requests shares its connection with a visit to the site that hides it:
a page, what the page shows, after a while the next page. What is read has the sizes
of that site, because it is that site.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

PROOF_BYTES: Final = 32_768
"""What words bring down a connection before anything is read on it."""

BYTES_A_SECOND: Final = 10_000
"""What was read puts off the next page by as many seconds as it holds of these."""

MOST_OF_A_PAGE: Final = 24
"""Things that are fetched for one page."""

MOST_BYTES: Final = 1_500_000
"""What one carrier reads; past it nothing more is begun."""

LARGEST_READ: Final = 262_144
"""Bytes of one answer; a larger one is let go in the middle."""

SLOW_SECONDS: Final = 1.0
"""A page that takes longer is the last: words would wait for what is read."""

PATIENCE: Final = 3.0
"""Seconds after which what is being read is let go."""

SHORTEST_STAY, LONGEST_STAY = 2.0, 20.0
"""Seconds on a page, drawn with a long tail."""

_TAG: Final = re.compile(r"<(img|script|link|a)\s([^<>]{1,400})>", re.IGNORECASE)
_TARGET: Final = re.compile(
    r"""(?:^|\s)(?:src|href)=["']?([^"'\s>]{1,200})""", re.IGNORECASE
)
_STYLE: Final = re.compile(r"rel=[\"']?(?:stylesheet|icon)", re.IGNORECASE)
_PATH: Final = re.compile(r"/(?:[\w.~%+=&?,;@!-][\w./~%+=&?,;@!-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Read:
    """Fetch something of the website.

    Attributes:
        path: of it, beginning with one stroke.
        is_page: whether it is a page, and not what one shows.
    """

    path: str
    is_page: bool


class Reading:
    """One visit to a website.

    Args:
        chance: from 0 to 1.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._known: set[str] = set()
        self._left = MOST_BYTES
        self._next = "/"
        self._asked_at = 0.0
        self._due = float("inf")
        self._free_at = 0.0
        self._spoken = False
        self._is_over = False

    def begin(self, now: float) -> list[Read]:
        """Come to the website: its first page."""
        return self._turn_to("/", now)

    def spoke(self, now: float) -> list[Read]:
        """Words came, which alone is what makes a visitor go on."""
        self._spoken = True
        return self.wake(now)

    def wake(self, now: float) -> list[Read]:
        """Go on to the next page where it is time."""
        if now < self.wake_at() or not self._spoken or self._is_over:
            return []
        return self._turn_to(self._next, now)

    def wake_at(self) -> float:
        """When to be woken."""
        is_waiting = self._spoken and not self._is_over
        return max(self._due, self._free_at) if is_waiting else float("inf")

    def came(self, read: Read, body: bytes, now: float) -> list[Read]:
        """Something was fetched whole; what to fetch with it.

        Args:
            read: what it was.
            body: of it; a page's with nothing compressed.
            now: the time in seconds.
        """
        self._left -= len(body)
        self._free_at = max(self._free_at, now) + len(body) / BYTES_A_SECOND
        if self._left <= 0:
            self._is_over = True
        if not read.is_page:
            return []
        if now - self._asked_at > SLOW_SECONDS:
            self._is_over = True
        stay = SHORTEST_STAY * (LONGEST_STAY / SHORTEST_STAY) ** self._chance()
        self._due = now + stay
        shown, links = _look(body, read.path)
        self._next = links[int(self._chance() * len(links)) % len(links)]
        return [] if self._is_over else self._new(shown)

    def failed(self) -> None:
        """Something did not come in time, or not at all: leave it at that."""
        self._is_over = True

    def _turn_to(self, page: str, now: float) -> list[Read]:
        self._asked_at, self._due, self._spoken = now, float("inf"), False
        return [Read(page, is_page=True)]

    def _new(self, shown: list[str]) -> list[Read]:
        fresh = [one for one in dict.fromkeys(shown) if one not in self._known]
        self._known.update(fresh[:MOST_OF_A_PAGE])
        return [Read(one, is_page=False) for one in fresh[:MOST_OF_A_PAGE]]


def _look(body: bytes, page: str) -> tuple[list[str], list[str]]:
    """What a page shows, and where it leads; to the start at least."""
    shown: list[str] = []
    links: list[str] = []
    for kind, target in _targets(body.decode("utf-8", "replace"), page):
        (links if kind == "a" else shown).append(target)
    return shown, links or ["/"]


def _targets(text: str, page: str) -> Iterator[tuple[str, str]]:
    for kind, inside in _TAG.findall(text):
        found = _TARGET.search(inside)
        if found and (kind.lower() != "link" or _STYLE.search(inside)):
            target = found[1].replace("&amp;", "&").partition("#")[0]
            if target and not target.startswith("/"):
                target = page.partition("?")[0].rpartition("/")[0] + "/" + target
            # With two strokes, or a colon, it would be somebody else's.
            if _PATH.fullmatch(target):
                yield kind.lower(), target
