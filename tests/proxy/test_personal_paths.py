"""Paths of which each is one person's (spec/carriers.md §9.1)."""

import hmac
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.personal_paths import (
    PATH_LENGTH,
    PersonalPaths,
    PersonId,
    may_begin_path,
)
from linnet.proxy.people import People, person_of
from linnet.wire.links import Address, RelayDescriptor, Road
from tests.proxy.places import ALICE, BOB

KEY = bytes(range(32))
PATHS = PersonalPaths(KEY)
RELAYS = tuple(
    RelayDescriptor(bytes((n,)) * 32, (Address(Road.WS, "x", 1),)) for n in range(3)
)


def test_a_path_is_made_as_the_specification_says() -> None:
    tag = hmac.digest(KEY, b"linnet personal path v1" + ALICE, "sha256")[:16]

    assert PATHS.path(ALICE) == "/" + urlsafe_b64encode(ALICE + tag).decode()
    assert len(PATHS.path(ALICE)) == PATH_LENGTH


@given(st.binary(min_size=8, max_size=8))
def test_whose_a_path_is_can_be_read_from_it_without_a_list(person: bytes) -> None:
    assert PATHS.whose(PATHS.path(PersonId(person)).encode()) == person


@given(st.integers(0, PATH_LENGTH - 1), st.integers(0, 255))
def test_a_path_with_one_byte_changed_is_nobodys(place: int, byte: int) -> None:
    path = bytearray(PATHS.path(ALICE).encode())
    path[place] = byte if byte != path[place] else byte ^ 1

    assert PATHS.whose(bytes(path)) is None


@pytest.mark.fuzz
@given(st.binary(max_size=64))
def test_any_bytes_are_somebodys_path_or_nobodys(asked: bytes) -> None:
    assert PATHS.whose(asked) is None
    assert PATHS.whose(b"/" + asked) is None


def test_a_revoked_path_is_nobodys_and_the_others_are_as_before() -> None:
    paths = PersonalPaths(KEY, {ALICE})

    assert paths.whose(paths.path(ALICE).encode()) is None
    assert paths.whose(paths.path(BOB).encode()) == BOB


def test_a_path_of_another_key_is_nobodys() -> None:
    assert PATHS.whose(PersonalPaths(bytes(32)).path(ALICE).encode()) is None


@given(st.integers(1, PATH_LENGTH))
def test_each_beginning_of_a_path_may_become_one(length: int) -> None:
    assert may_begin_path(PATHS.path(ALICE).encode()[:length])


def test_what_no_path_begins_with_is_known_at_once() -> None:
    said = (b"", b"*", b"/index.html", b"/a/", b"//", b"/" + b"a" * PATH_LENGTH)

    assert not any(map(may_begin_path, said))


def test_a_path_leads_to_the_relay_it_was_made_for_and_to_no_other() -> None:
    people = People(KEY, RELAYS)
    paths = people.paths(ALICE)
    found = [people.whose(path.encode()) for path in paths]

    assert len(set(paths)) == 3
    assert [people.relay(one or b"") for one in found] == list(RELAYS)
    assert {person_of(one or b"") for one in found} == {ALICE}
    assert People(KEY, RELAYS[:1]).whose(paths[1].encode()) is None
