"""Any bytes give a value or one named error; a value reads back as it was written."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.insider import Bend, send
from kit.mangle import Mangle, mangled, mangles
from kit.samples import kinds
from kit.scenes import scene

from mls import ContentType, LeafIndex, MLSError, Remove, WireFormat, peek

KINDS = kinds()
SAMPLES = tuple(sample for kind in KINDS.values() for sample in kind.samples)
every_kind = pytest.mark.parametrize("name", KINDS)


@every_kind
def test_what_is_written_reads_back(name: str) -> None:
    for sample in KINDS[name].samples:
        assert KINDS[name].read(sample) == sample


def read_or_refuse(name: str, data: bytes) -> None:
    """Nothing is read that would be written in another way: encoding is canonical."""
    with contextlib.suppress(MLSError):
        again = KINDS[name].read(data)
        assert again == data or not KINDS[name].is_canonical


@pytest.mark.fuzz
@every_kind
@given(data=st.binary(max_size=400))
def test_random_bytes_give_a_value_or_a_named_error(name: str, data: bytes) -> None:
    read_or_refuse(name, data)


@pytest.mark.fuzz
@every_kind
@given(which=st.integers(0, 15), changes=mangles)
def test_mangled_bytes_give_a_value_or_a_named_error(
    name: str, which: int, changes: list[Mangle]
) -> None:
    samples = KINDS[name].samples
    data = mangled(samples[which % len(samples)], changes, SAMPLES)
    read_or_refuse(name, data)


@pytest.mark.fuzz
@every_kind
@given(which=st.integers(0, 15), cut=st.floats(0, 1, exclude_max=True))
def test_bytes_cut_short_are_refused(name: str, which: int, cut: float) -> None:
    samples = KINDS[name].samples
    sample = samples[which % len(samples)]
    with pytest.raises(MLSError):
        KINDS[name].read(sample[: int(cut * len(sample))])


@pytest.mark.fuzz
@given(which=st.integers(0), changes=mangles)
def test_a_look_at_the_outside_gives_a_value_or_a_named_error(
    which: int, changes: list[Mangle]
) -> None:
    with contextlib.suppress(MLSError):
        peek(mangled(SAMPLES[which % len(SAMPLES)], changes, SAMPLES))


def test_a_look_at_the_outside_tells_what_is_written_there() -> None:
    alice = scene().alice
    for private in (False, True):
        message = send(alice, Remove(LeafIndex(1)), Bend(private=private))
        kind = WireFormat.PRIVATE_MESSAGE if private else WireFormat.PUBLIC_MESSAGE
        seen = peek(message)
        assert (seen.kind, seen.group_id, seen.epoch, seen.content_type) == (
            kind,
            alice.group_id,
            alice.epoch,
            ContentType.PROPOSAL,
        )
