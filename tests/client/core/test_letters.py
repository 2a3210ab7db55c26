"""Letters: there and back for members of an epoch, and nothing for anybody else."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.client.core import letters
from linnet.client.core.envelope import EpochKeys
from linnet.client.core.letters import LARGEST, Sealed
from linnet.errors import Forged, RemoteError
from linnet.ids import EnvelopeId, Epoch, StreamId
from linnet.wire.limits import MAX_ENVELOPE

STREAM, OTHER = StreamId(bytes(16)), StreamId(bytes(range(16)))
KEYS = EpochKeys(Epoch(3), b"a" * 32, b"r" * 32, b"e" * 32, b"w" * 32)
NEXT = EpochKeys(Epoch(4), b"a" * 32, b"r" * 32, b"f" * 32, b"w" * 32)

envelopes = st.lists(
    st.tuples(
        st.binary(min_size=16, max_size=16).map(EnvelopeId),
        st.binary(min_size=1, max_size=3000),
    ),
    min_size=1,
    max_size=30,
)


@given(envelopes)
def test_letters_hold_every_envelope_in_its_order(said: list[Sealed]) -> None:
    written = [*letters.seal(KEYS, STREAM, said, os.urandom)]

    read = [one for letter in written for one in letters.unseal(KEYS, STREAM, letter)]

    assert read == said
    assert all(len(letter) <= LARGEST + 100 for letter in written)


def test_the_largest_envelope_fits_a_letter() -> None:
    said = [(EnvelopeId(bytes(16)), bytes(MAX_ENVELOPE))] * 2

    written = [*letters.seal(KEYS, STREAM, said, os.urandom)]

    assert [letters.unseal(KEYS, STREAM, one) for one in written] == [[said[0]]] * 2


def test_nothing_to_say_makes_no_letter() -> None:
    assert [*letters.seal(KEYS, STREAM, [], os.urandom)] == []


@pytest.mark.parametrize(("keys", "stream"), [(NEXT, STREAM), (KEYS, OTHER)])
def test_a_letter_of_another_epoch_or_conversation_does_not_open(
    keys: EpochKeys, stream: StreamId
) -> None:
    [letter] = letters.seal(KEYS, STREAM, [(EnvelopeId(bytes(16)), b"x")], os.urandom)

    with pytest.raises(Forged):
        letters.unseal(keys, stream, letter)


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_any_bytes_are_no_letter(data: bytes) -> None:
    with pytest.raises(Forged):
        letters.unseal(KEYS, STREAM, data)


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_any_letter_of_a_hostile_member_gives_envelopes_or_a_named_error(
    body: bytes,
) -> None:
    for whole in (body, b"\1" + body):
        letter = letters._seal(KEYS, STREAM, whole, os.urandom)
        try:
            letters.unseal(KEYS, STREAM, letter)
        except RemoteError:
            continue
