"""Names that look alike: what stays of a name without what the eye overlooks.

Specified in ``spec/identity.md`` §3.
"""

import unicodedata
from functools import lru_cache
from typing import Final

_SEALS: Final = frozenset(
    "\u2611\u2705\u2713\u2714\U0001f4db\U0001f50f\U0001f510\U0001f511\U0001f512\U0001f513\U0001f5f8\U0001f6e1\U0001f6c2"
)
_TWINS: Final = str.maketrans(
    "\u0430\u0432\u0435\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0455\u0442\u0443\u0445\u04bb\u0501\u051b\u051d\u044c\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c701|l",
    "abeijkmhopcstyxhdqwbabeikvoptuxoiii",
)
_UNSEEN: Final = frozenset("MCZ")


@lru_cache(maxsize=4096)
def likeness(name: str) -> str:
    """Return what two names that are easily taken for each other have in common."""
    seen = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if unicodedata.category(letter)[0] not in _UNSEEN and letter not in _SEALS
    )
    return seen.lower().translate(_TWINS)
