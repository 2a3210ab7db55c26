"""Every limit refuses by its name, and what hostile clients get."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.ids import BlobId, Epoch, Handle, RequestNumber, ShelfId, StreamId
from linnet.relay.core.limits import Limits
from linnet.relay.core.state import Guest
from linnet.relay.stores.port import NewPass
from linnet.wire.codec import Request, encode
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Done, Grants, Mode, Opened, PassState
from linnet.wire.requests import (
    About,
    Append,
    Create,
    Ephemeral,
    Open,
    Read,
    Subscribe,
)
from linnet.wire.requests_blobs import BlobCreate, BlobDelete, BlobPut, BlobStat
from linnet.wire.requests_shelves import ShelfClaim, ShelfCount, ShelfPut
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import (
    APPEND,
    NOW,
    OPEN,
    READ,
    STREAM,
    Desk,
    hashed,
    named,
    refused,
    sequence,
)
from tests.wire.messages import all_requests

PASS = b"p" * 32


def at(limits: Limits, *, streams: int = 10, size: int = 10_000) -> tuple[Desk, Guest]:
    """A desk with these limits and somebody with a pass at it."""
    store = MemoryStore()
    store.add_pass(NewPass(hashed(PASS), streams, size, NOW // 1000 + 60, NOW))
    desk = Desk(store, limits=limits)
    return desk, desk.join(PASS)


def create(number: int) -> Create:
    return Create(StreamId(number.to_bytes(16, "big")), *(hashed(READ),) * 3)


def handle_of(desk: Desk, guest: Guest) -> Handle:
    desk.create(guest)
    return desk.opened(guest)


def test_an_envelope_may_be_as_large_as_the_limit_and_no_larger() -> None:
    desk, guest = at(replace(OPEN, max_envelope=100))
    handle = handle_of(desk, guest)

    desk.ask(guest, Append(handle, named(1), bytes(100)))
    over = desk.ask(guest, Append(handle, named(2), bytes(101)))

    assert refused(over) == (Refusal.TOO_LARGE, 100)


def test_ephemeral_data_has_a_size_and_a_rate() -> None:
    desk, guest = at(replace(OPEN, max_ephemeral=10, ephemeral_burst=2))
    handle = handle_of(desk, guest)

    large = desk.begin(guest, Ephemeral(handle, bytes(11)))
    many = [desk.begin(guest, Ephemeral(handle, b"x")) for _ in range(3)]

    assert refused(desk.answers[large]) == (Refusal.TOO_LARGE, 10)
    assert [one in desk.answers for one in many] == [False, False, True]
    code, wait = refused(desk.answers[many[2]])
    assert (code, 0 < wait <= 1000) == (Refusal.SLOW_DOWN, True)


def test_a_session_opens_only_so_many_streams() -> None:
    desk, guest = at(replace(OPEN, max_handles=2))
    desk.create(guest)
    desk.opened(guest)
    desk.opened(guest)

    third = desk.ask(guest, Open(STREAM, read_token=READ))

    assert refused(third) == (Refusal.TOO_MANY_HANDLES, 2)


def test_a_session_follows_only_so_many_streams_and_none_twice() -> None:
    desk, guest = at(replace(OPEN, max_subscriptions=1))
    desk.create(guest)
    one, two = desk.opened(guest), desk.opened(guest)
    desk.ask(guest, Subscribe(one))

    again = desk.ask(guest, Subscribe(one))
    other = desk.ask(guest, Subscribe(two))

    assert refused(again) == (Refusal.SUBSCRIBED_ALREADY, 0)
    assert refused(other) == (Refusal.TOO_MANY_SUBSCRIPTIONS, 1)


def test_a_pass_pays_for_so_many_streams_and_bytes() -> None:
    desk, guest = at(Limits(mode=Mode.INVITE), streams=2, size=1_000)
    handle = handle_of(desk, guest)
    assert desk.ask(guest, create(1)) == Done()

    assert refused(desk.ask(guest, create(2))) == (Refusal.TOO_MANY_STREAMS, 2)
    desk.ask(guest, Append(handle, named(1), bytes(820)))
    over = desk.ask(guest, Append(handle, named(2), bytes(101)))
    assert refused(over) == (Refusal.TOO_MANY_BYTES, 1_000)
    blob = desk.ask(guest, BlobCreate(BlobId(b"b" * 32), 101, bytes(32), handle))
    assert refused(blob) == (Refusal.TOO_MANY_BYTES, 1_000)


def test_who_appends_to_a_stream_is_paid_for_by_its_pass() -> None:
    desk, alice = at(Limits(mode=Mode.INVITE), size=1_000)
    handle_of(desk, alice)
    bob = desk.join()
    his = desk.opened(bob)

    desk.ask(bob, Append(his, named(1), bytes(600)))
    over = desk.ask(bob, Append(his, named(2), bytes(600)))

    assert refused(over) == (Refusal.TOO_MANY_BYTES, 1_000)


@pytest.mark.parametrize(
    ("token", "later", "refusal"),
    [
        (None, 0, Refusal.PASS_NEEDED),
        (b"?" * 32, 0, Refusal.PASS_INVALID),
        (PASS, 61_000, Refusal.PASS_EXPIRED),
    ],
)
def test_creating_on_an_invite_relay_needs_a_valid_pass(
    token: bytes | None, later: int, refusal: Refusal
) -> None:
    desk, _ = at(Limits(mode=Mode.INVITE))
    guest = desk.join(token)
    desk.now += later

    assert refused(desk.ask(guest, create(1)))[0] == refusal
    put = ShelfPut(ShelfId(bytes(16)), bytes(32), bytes(32))
    assert refused(desk.ask(guest, put))[0] == refusal
    blob = BlobCreate(BlobId(bytes(32)), 1, bytes(32))
    assert refused(desk.ask(guest, blob))[0] == refusal


def test_a_closed_relay_serves_only_people_with_a_pass() -> None:
    desk, alice = at(Limits(mode=Mode.CLOSED))
    hers = handle_of(desk, alice)
    bob = desk.join()

    his = desk.ask(bob, Open(STREAM, Epoch(0), APPEND, READ))
    append = desk.ask(bob, Append(Handle(1), named(1), b"x"))

    assert refused(his) == refused(append) == (Refusal.MEMBERS_ONLY, 0)
    assert sequence(desk.ask(alice, Append(hers, named(1), b"x"))) == 1
    assert isinstance(desk.ask(bob, About()), Grants)


def test_about_tells_what_is_granted_and_what_the_pass_leaves() -> None:
    desk, guest = at(Limits(mode=Mode.INVITE), streams=5, size=1_000)
    handle = handle_of(desk, guest)
    desk.ask(guest, Append(handle, named(1), bytes(300)))

    told = desk.ask(guest, About())

    assert isinstance(told, Grants)
    assert (told.mode, told.pass_state) == (Mode.INVITE, PassState.VALID)
    assert (told.streams_left, told.bytes_left) == (4, 620)
    assert told.pass_expires == NOW // 1000 + 60


def test_a_blob_has_a_largest_size_and_its_pieces_fit_it() -> None:
    desk, guest = at(replace(OPEN, max_blob=1_000))
    large = desk.ask(guest, BlobCreate(BlobId(b"L" * 32), 1_001, bytes(32)))
    blob = BlobId(b"b" * 32)
    desk.ask(guest, BlobCreate(blob, 100, hashed(b"d" * 32)))

    assert refused(large) == (Refusal.TOO_LARGE, 1_000)
    assert refused(desk.ask(guest, BlobPut(blob, 0, bytes(101))))[1] == 100
    gap = desk.ask(guest, BlobPut(blob, 1, b"x"))
    assert refused(gap) == (Refusal.WRONG_OFFSET, 0)
    wrong = desk.ask(guest, BlobDelete(blob, b"?" * 32))
    assert refused(wrong) == (Refusal.WRONG_TOKEN, 0)
    other = desk.ask(guest, BlobCreate(blob, 99, hashed(b"d" * 32)))
    assert refused(other) == (Refusal.EXISTS, 0)


def test_a_shelf_has_a_number_and_a_size_of_packages() -> None:
    desk, guest = at(replace(OPEN, max_package=10, max_packages=2))
    shelf, owner = ShelfId(b"h" * 16), b"o" * 32

    large = desk.ask(guest, ShelfPut(shelf, owner, bytes(32), (bytes(11),)))
    desk.ask(guest, ShelfPut(shelf, owner, bytes(32), (b"1",)))
    many = desk.ask(guest, ShelfPut(shelf, owner, bytes(32), (b"2", b"3")))
    other = desk.ask(guest, ShelfPut(shelf, b"?" * 32, bytes(32), (b"2",)))

    assert refused(large) == (Refusal.TOO_LARGE, 10)
    assert refused(many) == (Refusal.SHELF_FULL, 2)
    assert refused(other) == (Refusal.WRONG_TOKEN, 0)


def test_creating_has_a_rate() -> None:
    desk, guest = at(replace(OPEN, costly_burst=3, costly_per_second=1.0), streams=99)
    replies = [desk.ask(guest, create(number)) for number in range(4)]

    assert replies[:3] == [Done()] * 3
    assert refused(replies[3]) == (Refusal.SLOW_DOWN, 1_000)
    desk.now += 1_000
    assert desk.ask(guest, create(4)) == Done()


def test_who_appends_faster_than_the_disk_is_asked_to_slow_down() -> None:
    desk, guest = at(replace(OPEN, max_batch_bytes=1_000))
    handle = handle_of(desk, guest)
    desk.holds_back = True
    asked = [
        desk.begin(guest, Append(handle, named(n), bytes(600))) for n in range(1, 4)
    ]
    assert refused(desk.answers[asked[2]])[0] == Refusal.SLOW_DOWN
    desk.commit()

    again = desk.begin(guest, Append(handle, named(3), bytes(600)))
    desk.commit()
    assert sequence(desk.answers[again]) == 3


def test_guessing_tokens_is_slowed_down_and_tells_nothing() -> None:
    desk, guest = at(replace(OPEN, costly_burst=50, costly_per_second=1.0))
    handle_of(desk, guest)
    stranger = desk.join()
    guesses = [
        refused(desk.ask(stranger, Open(STREAM, read_token=bytes([n]) * 32)))[0]
        for n in range(60)
    ]

    assert guesses == [Refusal.WRONG_TOKEN] * 50 + [Refusal.SLOW_DOWN] * 10


def test_handles_of_one_session_are_nothing_in_another() -> None:
    desk, alice = at(OPEN)
    hers = handle_of(desk, alice)
    mallory = desk.join()

    for request in (Append(hers, named(1), b"x"), Read(hers), Subscribe(hers)):
        assert refused(desk.ask(mallory, request)) == (Refusal.NO_SUCH_HANDLE, 0)


def test_a_handle_gives_only_the_rights_it_was_opened_with() -> None:
    desk, alice = at(OPEN)
    handle_of(desk, alice)
    bob = desk.join()
    opened = desk.ask(bob, Open(STREAM, read_token=READ))
    assert isinstance(opened, Opened)

    reply = desk.ask(bob, Append(opened.handle, named(1), b"x"))
    assert refused(reply) == (Refusal.NOT_ALLOWED, 0)
    desk.ask(alice, Append(Handle(1), named(1), b"x"))
    writer = desk.ask(bob, Open(STREAM, append_token=APPEND))
    assert isinstance(writer, Opened)
    assert refused(desk.ask(bob, Read(writer.handle))) == (Refusal.NOT_ALLOWED, 0)


def test_who_sends_garbage_is_told_and_then_sent_away() -> None:
    desk, guest = at(OPEN)
    for _ in range(OPEN.max_unreadable):
        desk.send(guest, b"\x11\0\0\0\x07 this is no request")
    assert desk.disconnected == {}

    desk.send(guest, b"")

    assert guest.number in desk.disconnected


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=120) | st.just(b"\x13"), max_size=8))
def test_any_bytes_get_an_answer_and_break_nothing(messages: list[bytes]) -> None:
    desk, guest = at(OPEN)
    handle_of(desk, guest)
    for message in messages:
        desk.send(guest, message)

    assert isinstance(desk.ask(guest, About()), Grants)


@pytest.mark.fuzz
@given(st.lists(all_requests, max_size=8), st.sampled_from(Mode))
def test_any_requests_in_any_order_are_answered(
    requests: list[Request], mode: Mode
) -> None:
    desk, guest = at(replace(OPEN, mode=mode))
    handle_of(desk, guest)
    for request in requests:
        if not isinstance(request, Ephemeral):
            desk.ask(guest, request)


def test_a_giant_count_costs_nothing() -> None:
    desk, guest = at(OPEN)
    one = ShelfPut(ShelfId(bytes(16)), bytes(32), bytes(32), (b"x",))
    put = encode(RequestNumber(1), one)
    desk.send(guest, put[: -2 - 5] + b"\xff\xff" + put[-5:])

    reply = desk.answers.popitem()[1]
    assert refused(reply) == (Refusal.MALFORMED, 0)


def test_what_is_not_there_is_named() -> None:
    desk, guest = at(OPEN)
    asked: list[tuple[Request, Refusal]] = [
        (Open(STREAM, read_token=READ), Refusal.NO_SUCH_STREAM),
        (ShelfClaim(ShelfId(bytes(16)), bytes(32)), Refusal.NO_SUCH_SHELF),
        (ShelfCount(ShelfId(bytes(16)), bytes(32)), Refusal.NO_SUCH_SHELF),
        (BlobStat(BlobId(bytes(32))), Refusal.NO_SUCH_BLOB),
    ]
    for request, refusal in asked:
        assert refused(desk.ask(guest, request)) == (refusal, 0)
    desk.create(guest)
    future = desk.ask(guest, Open(STREAM, Epoch(9), read_token=READ))
    assert refused(future) == (Refusal.UNKNOWN_EPOCH, 0)
