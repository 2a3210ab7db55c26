"""Whose path leads to which relay, at one proxy (spec/carriers.md)."""

import hmac
from collections.abc import Container
from hashlib import sha256
from typing import Final

from linnet.carriers.personal_paths import PersonalPaths, PersonId
from linnet.wire.links import RelayDescriptor

_LABEL: Final = b"linnet relay of proxy v1"


class People:
    """Everybody who has a link of this proxy.

    A person at a relay is known by the relay's place in the list and the person's id.

    Args:
        key: the proxy's, 32 secret bytes.
        relays: those that paths may lead to, at most 255.
        revoked: people whose paths are no longer known.
    """

    def __init__(
        self,
        key: bytes,
        relays: tuple[RelayDescriptor, ...],
        revoked: Container[PersonId] = (),
    ) -> None:
        self._relays = relays
        self._revoked = revoked
        self._paths = [PersonalPaths(_key_for(key, one), revoked) for one in relays]

    def whose(self, asked: bytes) -> bytes | None:
        """Whose path this is, and to where; ``None`` if it is nobody's."""
        found: bytes | None = None
        for place, paths in enumerate(self._paths):
            person = paths.whose(asked)
            if person is not None:
                found = bytes((place,)) + person
        return found

    def knows(self, whose: bytes) -> bool:
        """Whether somebody whose path was found once would still be let in."""
        is_relay = whose[0] < len(self._relays)
        return is_relay and person_of(whose) not in self._revoked

    def paths(self, person: PersonId) -> tuple[str, ...]:
        """The paths of a person, in the order of the relays."""
        return tuple(one.path(person) for one in self._paths)

    def relay(self, whose: bytes) -> RelayDescriptor:
        """Where a path leads that was found to be somebody's."""
        return self._relays[whose[0]]


def person_of(whose: bytes) -> PersonId:
    """Who it is whose path was found."""
    return PersonId(whose[1:])


def _key_for(key: bytes, relay: RelayDescriptor) -> bytes:
    return hmac.digest(key, _LABEL + relay.key, sha256)
