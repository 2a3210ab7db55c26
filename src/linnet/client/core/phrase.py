"""Recovery phrases: 140 random bits and a checksum, as 8 groups of 4 characters.

Specified in ``spec/identity.md`` §8. The alphabet has no I, L, O or U (as Crockford's
base 32 has not); what people type instead is read as what they mean.
"""

from hashlib import sha256

from linnet.client.core.identity import Entropy
from linnet.errors import Malformed

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_CHARACTERS = 28
CHECK_CHARACTERS = 4
LABEL = b"Linnet recovery phrase 1\x00"

_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V", "-": "", " ": ""})


def new_phrase(entropy: Entropy) -> str:
    """Make a phrase from 18 random bytes, of which it keeps 140 bits."""
    number = int.from_bytes(entropy(18)) >> 4
    secret = "".join(
        ALPHABET[number >> (5 * place) & 31] for place in reversed(range(28))
    )
    return _grouped(secret + _check(secret))


def read_phrase(text: str) -> bytes:
    """Return the secret in a phrase that a person typed, for a key derivation.

    Raises:
        Malformed: it is no phrase, or has a slip of the pen.
    """
    plain = "".join(text.split()).upper().translate(_READ_AS)
    secret, check = plain[:SECRET_CHARACTERS], plain[SECRET_CHARACTERS:]
    if len(plain) != SECRET_CHARACTERS + CHECK_CHARACTERS:
        raise Malformed("A recovery phrase has 8 groups of 4 characters.")
    if any(c not in ALPHABET for c in plain) or _check(secret) != check:
        raise Malformed("The recovery phrase has a slip in it; compare it again.")
    return secret.encode()


def _check(secret: str) -> str:
    number = int.from_bytes(sha256(LABEL + secret.encode()).digest()[:3]) >> 4
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(4)))


def _grouped(text: str) -> str:
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
