"""Safety numbers: what two people compare to know that nobody is between them.

Specified in ``spec/identity.md`` §6.
"""

from hashlib import sha512

from linnet.errors import LocalError
from linnet.ids import AccountKey

LABEL = b"Linnet safety number 1\x00"
ITERATIONS = 5200
"""So that finding another key with the same 30 digits stays out of reach."""


def safety_number(one: AccountKey, other: AccountKey) -> str:
    """Return the 60 digits of two accounts; the order of the two does not matter.

    Raises:
        LocalError: both are the same account.
    """
    if one == other:
        raise LocalError("An account has no safety number with itself.")
    return "".join(sorted([_half(one), _half(other)]))


def _half(key: AccountKey) -> str:
    digest = LABEL + key
    for _ in range(ITERATIONS):
        digest = sha512(digest + key).digest()
    parts = (digest[at : at + 5] for at in range(0, 30, 5))
    return "".join(f"{int.from_bytes(part) % 100_000:05d}" for part in parts)
