"""What a relay signs, checked by a verifier that shares no code with it."""

import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from linnet.relay.vapid import Vapid

NOW = 1_795_000_000
RFC_8292 = (
    "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZ"
    "S5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t"
    "4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, "
    "k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2E"
    "mClBPs"
)
"""The example of RFC 8292 §2.4."""


def plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(header: str) -> tuple[dict[str, str], dict[str, str | int]]:
    """Head and claims of an Authorization header, if its signature holds."""
    scheme, _, parameters = header.partition(" ")
    assert scheme == "vapid"
    given = dict(one.split("=", 1) for one in parameters.split(", "))
    head, claims, signature = given["t"].split(".")
    r, s = plain(signature)[:32], plain(signature)[32:]
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), plain(given["k"]))
    key.verify(der, f"{head}.{claims}".encode(), ECDSA(SHA256()))
    return json.loads(plain(head)), json.loads(plain(claims))


def test_the_verifier_takes_the_example_of_rfc_8292() -> None:
    _, claims = verified(RFC_8292)

    assert claims["aud"] == "https://push.example.net"


def test_the_verifier_refuses_the_example_once_it_is_changed() -> None:
    with pytest.raises(InvalidSignature):
        verified(RFC_8292.replace("eyJhdWQi", "eyJhdWQj"))


def test_a_push_says_whom_it_is_for_until_when_and_whom_to_ask() -> None:
    vapid = Vapid(bytes(32), contact="mailto:relay@example.org")

    head, claims = verified(vapid.authorization("push.example.org", NOW))

    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims == {
        "aud": "https://push.example.org",
        "exp": NOW + 12 * 3_600,
        "sub": "mailto:relay@example.org",
    }


def test_without_a_contact_none_is_named() -> None:
    _, claims = verified(Vapid(bytes(32)).authorization("push.example.org", NOW))

    assert "sub" not in claims


def test_a_token_is_used_for_half_its_life_and_for_one_host() -> None:
    vapid = Vapid(bytes(32))
    first = vapid.authorization("push.example.org", NOW)

    again = vapid.authorization("push.example.org", NOW + 6 * 3_600 - 1)
    later = vapid.authorization("push.example.org", NOW + 6 * 3_600)
    back = vapid.authorization("push.example.org", NOW - 1)
    other = vapid.authorization("push.example.net", NOW)

    assert again == first
    assert len({first, later, back, other}) == 4


def test_the_key_is_the_same_as_long_as_the_relay_s_is() -> None:
    one, same, other = Vapid(bytes(32)), Vapid(bytes(32)), Vapid(b"1" * 32)

    assert one.public_key == same.public_key != other.public_key
    assert (len(one.public_key), one.public_key[0]) == (65, 4)
