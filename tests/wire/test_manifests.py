"""Manifests: what any bytes come to, and what a signature covers (spec/manifest.md)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Forged, LocalError, Malformed, RemoteError
from linnet.wire.links import MAX_ADDRESSES, Address, RelayDescriptor, Road
from linnet.wire.manifests import (
    MAX_MANIFEST,
    MOST_RELAYS,
    Edition,
    Signers,
    UnverifiedManifest,
)
from tests.wire.test_places import PLACES
from vectors.manifests import FIRST, OLD, ONE, secret, signed, signers

TEXTS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40)
ADDRESSES = st.builds(
    Address,
    st.sampled_from(Road),
    TEXTS.filter(bool),
    st.integers(1, 65_535),
    TEXTS,
    TEXTS,
)
KEYS = st.binary(min_size=32, max_size=32)
SIGNERS = st.lists(KEYS, min_size=1, max_size=5, unique=True).flatmap(
    lambda keys: st.builds(
        Signers, st.integers(1, len(keys)), st.just(tuple(sorted(keys)))
    )
)
RELAYS = st.lists(
    st.builds(
        RelayDescriptor,
        KEYS,
        st.lists(ADDRESSES, min_size=1, max_size=MAX_ADDRESSES).map(tuple),
    ),
    max_size=4,
    unique_by=lambda one: one.key,
).map(tuple)
EDITIONS = st.builds(
    Edition,
    KEYS,
    st.integers(1, 2**62 - 1),
    SIGNERS,
    st.none(),
    RELAYS,
    st.lists(PLACES, max_size=4, unique=True).map(tuple),
)


@given(EDITIONS)
def test_an_edition_is_read_as_it_was_written(edition: Edition) -> None:
    draft = UnverifiedManifest.draft(edition)

    assert UnverifiedManifest.unpack(draft.pack()) == draft


@pytest.mark.fuzz
@given(st.binary(max_size=600))
def test_any_bytes_are_a_manifest_or_malformed(data: bytes) -> None:
    for whole in (data, b"\1" + len(data).to_bytes(2, "big") + data + b"\0"):
        try:
            read = UnverifiedManifest.unpack(whole)
        except Malformed:
            continue
        assert read.pack() == whole


@pytest.mark.fuzz
@given(st.integers(0, len(ONE.pack()) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, by: int) -> None:
    data = bytearray(ONE.pack())
    data[at] ^= by

    with pytest.raises(RemoteError):
        UnverifiedManifest.unpack(bytes(data)).verify(OLD)


def test_as_many_as_must_have_signed_and_no_fewer() -> None:
    with pytest.raises(Forged, match="1 of the 2"):
        signed(FIRST, "b").verify(OLD)

    assert signed(FIRST, "b", "c").verify(OLD).edition == FIRST
    assert signed(FIRST, "a", "b", "c").verify(OLD).edition == FIRST


def test_fewer_signatures_cannot_be_made_enough_by_another_threshold() -> None:
    one_is_enough = Signers(1, OLD.keys)
    alone = signed(Edition(OLD.id, 1, one_is_enough, None, FIRST.relays), "a")

    with pytest.raises(Forged, match="other keys"):
        alone.verify(OLD)


def test_only_who_is_named_can_sign() -> None:
    with pytest.raises(LocalError):
        ONE.signed(secret("x"))


def test_the_largest_draft_can_still_be_signed_by_all() -> None:
    many = signers(16, *map(str, range(16)))
    ways = tuple(Address(Road.WSS, "a" * 20, n, "/p") for n in range(1, 9))
    relays = tuple(RelayDescriptor(bytes([n]) * 32, ways) for n in range(MOST_RELAYS))

    with pytest.raises(LocalError, match="too much"):
        UnverifiedManifest.draft(Edition(many.id, 1, many, None, relays * 2))
    draft = UnverifiedManifest.draft(Edition(many.id, 1, many, None, relays))
    for n in range(16):
        draft = draft.signed(secret(str(n)))

    assert len(draft.pack()) <= MAX_MANIFEST
    assert UnverifiedManifest.unpack(draft.pack()).verify(many).edition.relays == relays


def test_no_key_signature_or_road_shows_in_a_repr() -> None:
    shown = repr(ONE) + repr(ONE.verify(OLD))

    assert "pottery" not in shown
    assert ONE.signatures[0][1].hex() not in shown
