"""A set of keys that shares its structure with the sets it came from.

To change one key in a set of n costs about log n, where copying a `frozenset` costs n.
A leaf of the trie is a small `frozenset`; a branch is 32 tries, chosen by five bits of
the key's hash, which Python keys per process: nobody can choose keys that collide.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_BITS, _WIDTH, _SMALL = 5, 32, 16

_Trie = frozenset[bytes] | tuple["_Trie", ...]
_Change = Callable[[frozenset[bytes], tuple[bytes]], frozenset[bytes]]


@dataclass(frozen=True, slots=True)
class KeySet:
    """A set of byte strings."""

    _root: _Trie = field(default=frozenset(), repr=False)

    @staticmethod
    def of(keys: Iterable[bytes]) -> "KeySet":
        """The set of some keys."""
        return KeySet(_build(list(keys), 0))

    def __contains__(self, key: bytes) -> bool:
        at, bits = self._root, hash(key)
        while isinstance(at, tuple):
            at, bits = at[bits % _WIDTH], bits >> _BITS
        return key in at

    def add(self, key: bytes) -> "KeySet":
        """This set and one more key."""
        return KeySet(_changed(self._root, key, 0, frozenset.union))

    def discard(self, key: bytes) -> "KeySet":
        """This set without a key."""
        return KeySet(_changed(self._root, key, 0, frozenset.difference))


def _slot(key: bytes, depth: int) -> int:
    return (hash(key) >> (_BITS * depth)) % _WIDTH


def _build(keys: list[bytes], depth: int) -> _Trie:
    if len(keys) <= _SMALL or depth > 11:
        return frozenset(keys)
    slots: list[list[bytes]] = [[] for _ in range(_WIDTH)]
    for key in keys:
        slots[_slot(key, depth)].append(key)
    return tuple(_build(slot, depth + 1) for slot in slots)


def _changed(at: _Trie, key: bytes, depth: int, change: _Change) -> _Trie:
    if isinstance(at, tuple):
        slot = _slot(key, depth)
        below = _changed(at[slot], key, depth + 1, change)
        return (*at[:slot], below, *at[slot + 1 :])
    keys = change(at, (key,))
    return keys if len(keys) <= _SMALL else _build(list(keys), depth)
