"""vectors/identity.json is what its generator writes, and the code agrees with it."""

import json
from typing import Any

import pytest

from linnet.client.core.identity import Account, UnverifiedCredential, decode_name
from linnet.client.core.keys import InviteKeys, OwnerKeys, stream_control_token
from linnet.client.core.phrase import read_phrase
from linnet.client.core.posts import unseal_package, unseal_post
from linnet.client.core.safety import safety_number
from linnet.errors import Forged, Malformed
from linnet.ids import AccountKey, EnvelopeId, StreamId
from linnet.wire.invites import InviteLink
from vectors import identity

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(identity.TARGET.read_text())
ERRORS = {"Forged": Forged, "Malformed": Malformed}


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(identity.build())) == VECTORS


def test_an_account_key_comes_of_its_seed() -> None:
    row = VECTORS["account"]
    assert Account(bytes.fromhex(row["seed"])).key.hex() == row["key"]


@pytest.mark.parametrize("row", VECTORS["credentials"], ids=lambda row: row["name"])
def test_a_credential_is_believed_or_refused(row: Row) -> None:
    data, key = bytes.fromhex(row["credential"]), bytes.fromhex(row["signature_key"])
    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            UnverifiedCredential.parse(data).verify(key)
        return
    device = UnverifiedCredential.parse(data).verify(key)
    assert (device.account.hex(), device.id.hex()) == (row["account"], row["device"])


@pytest.mark.parametrize("row", VECTORS["names"], ids=lambda row: row["bytes"][:16])
def test_a_name_is_read_or_refused(row: Row) -> None:
    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            decode_name(bytes.fromhex(row["bytes"]))
    else:
        assert decode_name(bytes.fromhex(row["bytes"])) == row["name"]


@pytest.mark.parametrize("row", VECTORS["invites"], ids=lambda row: row["name"])
def test_a_link_is_read_or_refused(row: Row) -> None:
    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            InviteLink.parse(row["link"])
        return
    link = InviteLink.parse(row["link"])
    assert (link.account.hex(), link.secret.hex()) == (row["account"], row["secret"])
    assert link.name == row["display_name"]
    assert [one.pack().hex() for one in link.relays] == row["relays"]


def test_everything_derived_is_as_the_file_says() -> None:
    row = {key: bytes.fromhex(value) for key, value in VECTORS["derived"].items()}
    invite = InviteKeys.derive(row["invite_secret"], row["relay_key"])
    owner = OwnerKeys.derive(row["owner_secret"], row["relay_key"], invite.inbox)
    control = stream_control_token(
        row["owner_secret"], row["relay_key"], StreamId(row["stream"])
    )

    for one, names in (
        (invite, "inbox append_token inbox_key shelf claim_token shelf_key"),
        (owner, "read_token control_token shelf_token"),
    ):
        assert all(getattr(one, name) == row[name] for name in names.split())
    assert control == row["stream_control_token"]


@pytest.mark.parametrize("row", VECTORS["safety_numbers"])
def test_a_safety_number_is_as_the_file_says(row: Row) -> None:
    one, other = (AccountKey(bytes.fromhex(row[key])) for key in ("one", "other"))
    assert safety_number(other, one) == row["digits"]


@pytest.mark.parametrize(
    "row", VECTORS["phrases"][1:], ids=lambda row: row["typed"][:9]
)
def test_a_phrase_is_read_or_refused(row: Row) -> None:
    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            read_phrase(row["typed"])
    else:
        assert read_phrase(row["typed"]).decode() == row["secret"]


@pytest.mark.parametrize(
    "row", VECTORS["sealed"], ids=lambda row: f"{row['what']} {row['name']}"
)
def test_what_is_sealed_is_opened_or_refused(row: Row) -> None:
    derived = VECTORS["derived"]
    keys = InviteKeys.derive(
        bytes.fromhex(derived["invite_secret"]), bytes.fromhex(derived["relay_key"])
    )
    data, name = (
        bytes.fromhex(row["sealed"]),
        EnvelopeId(bytes.fromhex(row["envelope"])),
    )

    def opened() -> bytes:
        if row["what"] == "package":
            return unseal_package(keys.shelf_key, keys.shelf, data)
        return unseal_post(keys.inbox_key, keys.inbox, envelope=name, data=data)

    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            opened()
    else:
        assert opened().hex() == row["body"]
