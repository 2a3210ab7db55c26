"""Secret paths of which each is one person's (spec/carriers.md §9.1).

Pure: whoever has the key makes a path for any person, and reads the person from a path
without a list of those given out. So one path that has leaked is revoked alone.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Container
from hashlib import sha256
from typing import Final, NewType

PersonId = NewType("PersonId", bytes)
"""Eight random bytes: whom a path was made for."""

PERSON_BYTES: Final = 8
PATH_LENGTH: Final = 33
_TAG_BYTES: Final = 16
_FORMED: Final = b"A" * (PATH_LENGTH - 1)
_RELAY_LABEL: Final = b"linnet paths of relay v1"
_LABEL: Final = b"linnet personal path v1"
_ALPHABET: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)


class PersonalPaths:
    """The paths of one key.

    Args:
        key: 32 secret bytes.
        revoked: people whose paths are no longer known.
    """

    def __init__(self, key: bytes, revoked: Container[PersonId] = ()) -> None:
        self._key = key
        self._revoked = revoked

    @classmethod
    def of_relay(
        cls, private_key: bytes, revoked: Container[PersonId] = ()
    ) -> "PersonalPaths":
        """The paths that a relay itself gives out."""
        return cls(hmac.digest(private_key, _RELAY_LABEL, sha256), revoked)

    def path(self, person: PersonId) -> str:
        """The path of a person."""
        return "/" + urlsafe_b64encode(person + self._tag(person)).decode()

    def whose(self, asked: bytes) -> PersonId | None:
        """Whose path this is: ``None`` if it is nobody's, or revoked.

        The tag is compared in constant time, and what has not even the form of a path
        costs as much: a prober who measures must not learn what the form is.
        """
        is_formed = len(asked) == PATH_LENGTH and may_begin_path(asked)
        packed = urlsafe_b64decode(asked[1:] if is_formed else _FORMED)
        person = PersonId(packed[:PERSON_BYTES])
        is_right = hmac.compare_digest(packed[PERSON_BYTES:], self._tag(person))
        is_known = is_right and person not in self._revoked
        return person if is_formed & is_known else None

    def _tag(self, person: PersonId) -> bytes:
        return hmac.digest(self._key, _LABEL + person, sha256)[:_TAG_BYTES]


def may_begin_path(begun: bytes) -> bool:
    """Whether bytes are a personal path by their form, or the beginning of one."""
    is_short = 0 < len(begun) <= PATH_LENGTH
    return is_short and begun[:1] == b"/" and _ALPHABET.issuperset(begun[1:])
