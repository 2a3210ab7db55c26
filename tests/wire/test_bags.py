"""Bags as files and as the texts of codes: there and back, and anything else."""

import random
from base64 import b32encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed, RemoteError
from linnet.wire import bags
from linnet.wire.bags import PIECE, Bag, Carried, Letter, ToCarry
from linnet.wire.links import Address, RelayDescriptor, Road

RELAY = RelayDescriptor(bytes(32), (Address(Road.TCP, "relay.example", 443),))
TO_CARRY = (ToCarry(RELAY, b"first"), ToCarry(RELAY, b"second"))

some = st.binary(min_size=1, max_size=2000)
all_bags: st.SearchStrategy[Bag] = st.lists(
    st.builds(ToCarry, st.just(RELAY), some) | st.builds(Letter, some),
    min_size=1,
    max_size=5,
).map(tuple) | st.lists(
    st.builds(Carried, st.binary(min_size=16, max_size=16), st.just(0), some)
    | st.builds(
        Carried,
        st.binary(min_size=16, max_size=16),
        st.integers(1, 255),
        st.just(b""),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


@given(all_bags)
def test_a_bag_is_read_as_it_was_written(bag: Bag) -> None:
    assert bags.decode(bags.encode(bag)) == bag


@given(all_bags, st.randoms(use_true_random=False))
def test_the_texts_of_codes_make_the_bag_in_any_order_and_again(
    bag: Bag, chance: random.Random
) -> None:
    data = bags.encode(bag)
    texts = [*bags.parts(data), *bags.parts(data)]
    chance.shuffle(texts)

    assert bags.joined(" seen\n".join(texts).lower()) == data


def test_a_part_fits_a_code_that_a_terminal_can_show() -> None:
    longest = max(bags.parts(bytes(PIECE)), key=len)

    assert longest == longest.upper()
    assert len(longest) <= 667  # alphanumeric, version 14, level L: 77 columns


def test_missing_codes_are_named_from_one() -> None:
    texts = bags.parts(bytes(PIECE * 5))

    with pytest.raises(Malformed, match=r"Of the 5 codes .* missing: 2, 4\."):
        bags.joined("\n".join([texts[0], texts[2], texts[4]]))


def test_codes_of_two_bags_are_not_put_together() -> None:
    one, other = bags.parts(bytes(PIECE * 2)), bags.parts(bytes(PIECE * 2 + 1))

    with pytest.raises(Malformed, match="different bags"):
        bags.joined(one[0] + " " + other[1])


def test_a_code_that_was_read_wrongly_is_to_be_scanned_again() -> None:
    [text] = bags.parts(b"bag")
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")

    with pytest.raises(Malformed, match="scan it again"):
        bags.joined(wrong)


def test_codes_that_belong_together_and_make_another_whole_are_refused() -> None:
    name, pieces = bytes(4), [b"a" * PIECE, b"b"]
    texts = [bags.part(name, n, 2, piece) for n, piece in enumerate(pieces)]

    with pytest.raises(Malformed, match="damaged"):
        bags.joined("\n".join(texts))


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("nothing", b""),
        ("cut off", bags.encode(TO_CARRY)[:-1]),
        ("another version", bags.MAGIC + b"\2" + bags.encode(TO_CARRY)[10:]),
        ("too large", bags.MAGIC + bytes(bags.LARGEST)),
    ],
)
def test_what_is_no_bag_is_malformed(why: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        bags.decode(data)


@pytest.mark.fuzz
@given(all_bags, st.data())
def test_a_bag_with_a_bit_changed_is_refused(bag: Bag, data: st.DataObject) -> None:
    changed = bytearray(bags.encode(bag))
    at = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[at // 8] ^= 1 << at % 8

    with pytest.raises(Malformed):
        bags.decode(bytes(changed))


@pytest.mark.fuzz
@given(st.integers(0, 3), st.integers(0, 70), st.binary(max_size=300))
def test_any_entries_behind_a_right_checksum_give_a_bag_or_a_named_error(
    kind: int, count: int, body: bytes
) -> None:
    content = bags.MAGIC + bytes((1, kind)) + count.to_bytes(2, "big") + body
    whole = content + sha256(content).digest()[:8]
    try:
        bag = bags.decode(whole)
    except RemoteError:
        return

    assert bags.encode(bag) == whole


@pytest.mark.fuzz
@given(st.text(max_size=200), st.binary(max_size=60))
def test_any_text_gives_a_bag_or_malformed(text: str, packed: bytes) -> None:
    content = b"\1" + packed
    whole = content + sha256(content).digest()[:4]
    code = bags.SCHEME + b32encode(whole).decode().rstrip("=")
    for one in (text, bags.SCHEME + text, code + text):
        try:
            bags.joined(one)
        except Malformed:
            continue


@pytest.mark.parametrize("letter", ["\u212a", "\u0130", "\u0131"])
def test_letters_that_only_look_like_those_of_a_code_are_refused(letter: str) -> None:
    with pytest.raises(Malformed):
        bags.joined(f"LINNETBAG:AAAAAAA{letter}")
