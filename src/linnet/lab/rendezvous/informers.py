"""What a censor does with what informers tell it, each day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from linnet.lab.rendezvous.people import Day, Resident
from linnet.rendezvous.pool import ProxyId


class Strategy(Protocol):
    """How a censor uses its informers."""

    def blocks(
        self, day: Day, known: Mapping[ProxyId, list[Resident]], chances: Random
    ) -> set[ProxyId]:
        """Choose what to block; `known` is who uses each proxy that works now."""


def _told(known: Mapping[ProxyId, list[Resident]]) -> set[ProxyId]:
    return {one for one, users in known.items() if any(user.informs for user in users)}


@dataclass(slots=True)
class Aggressive:
    """Block whatever an informer is given, on the same day."""

    def blocks(
        self, day: Day, known: Mapping[ProxyId, list[Resident]], chances: Random
    ) -> set[ProxyId]:
        """Choose everything that was told."""
        return _told(known)


@dataclass(slots=True)
class Conservative:
    """Keep still to be trusted, and strike everywhere at once every few weeks."""

    every: int = 21
    """Days between strikes."""

    def blocks(
        self, day: Day, known: Mapping[ProxyId, list[Resident]], chances: Random
    ) -> set[ProxyId]:
        """Choose everything that was told, on the day of a strike."""
        return _told(known) if day % self.every == self.every - 1 else set()


@dataclass(slots=True)
class ZigZag:
    """Block what is told, and watch who used it: where they go next is a proxy too.

    Attributes:
        seen_through: the part of watched people a day whose next proxy is made out in
            spite of its cover site; with none, this is Aggressive.
        watches_for: days until a watched person is lost from sight, because the address
            they are known by is somebody else's then.
    """

    seen_through: float = 0.02
    watches_for: int = 7
    _watched: dict[int, Day] = field(default_factory=dict)

    def blocks(
        self, day: Day, known: Mapping[ProxyId, list[Resident]], chances: Random
    ) -> set[ProxyId]:
        """Choose what was told, and what watched people were seen to use."""
        told = _told(known)
        self._watch(told, known, day)
        followed = {
            one
            for one, users in sorted(known.items())
            for user in users
            if self._sees(user, day) and chances.random() < self.seen_through
        }
        self._watch(followed, known, day)
        return told | followed

    def _watch(
        self, proxies: set[ProxyId], known: Mapping[ProxyId, list[Resident]], day: Day
    ) -> None:
        self._watched |= {user.id: day for one in proxies for user in known[one]}

    def _sees(self, user: Resident, day: Day) -> bool:
        return day - self._watched.get(user.id, -self.watches_for) < self.watches_for
