"""One side of a carrier of parcels, against any drop (spec/parcels.md §2)."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.correspondence import (
    BROKEN,
    FOLDER_PACE,
    MOST_TRIES,
    NEVER,
    SILENT,
    UNKNOWN,
    WINDOW,
    Correspondence,
    Deliver,
    Effect,
    End,
    Put,
)
from linnet.carriers.parcels import MOST_MESSAGES_BYTES, Parcel, Side

CARRIER = bytes(16)


def of(side: Side) -> Correspondence:
    return Correspondence(CARRIER, side, FOLDER_PACE)


def put(effects: list[Effect]) -> list[Parcel]:
    return [one.parcel for one in effects if isinstance(one, Put)]


def delivered(effects: list[Effect]) -> list[bytes]:
    return [m for one in effects if isinstance(one, Deliver) for m in one.messages]


def parcel(number: int, *messages: bytes, received: int = 0) -> Parcel:
    return Parcel(CARRIER, Side.RELAY, number, received, messages)


class Post:
    """Two sides and a drop between them that does what a seed says."""

    def __init__(self, seed: int, *, loses: float, doubles: float) -> None:
        self.chance = Random(seed)
        self.loses, self.doubles = loses, doubles
        self.sides = {side: of(side) for side in Side}
        self.under_way: list[tuple[float, Parcel]] = []
        self.heard: dict[Side, list[bytes]] = {side: [] for side in Side}
        self.ends: list[str] = []
        self.now = 0.0

    def perform(self, side: Side, effects: list[Effect]) -> None:
        self.heard[side] += delivered(effects)
        self.ends += [one.reason for one in effects if isinstance(one, End)]
        for one in put(effects):
            for _ in range(1 + (self.chance.random() < self.doubles)):
                if self.chance.random() >= self.loses:
                    late = self.chance.choice([0.5, 1, 3, 40, 100])
                    self.under_way.append((self.now + late, one))

    def say(self, side: Side, message: bytes) -> None:
        self.perform(side, self.sides[side].write([message], self.now))

    def run(self, until: float) -> None:
        """Let time pass, each thing at its time."""
        while True:
            times = [at for at, _ in self.under_way]
            times += [one.wake_at() for one in self.sides.values()]
            self.now = max(self.now, min(times, default=NEVER))
            if self.now > until:
                self.now = until
                return
            due = [one for one in self.under_way if one[0] <= self.now]
            self.chance.shuffle(due)
            for one in due:
                self.under_way.remove(one)
                side = one[1].side.other
                self.perform(side, self.sides[side].take(one[1], self.now))
            for side, machine in self.sides.items():
                self.perform(side, machine.wake(self.now))


talks = st.lists(
    st.tuples(st.sampled_from(Side), st.floats(0, 20)), min_size=1, max_size=40
)


@pytest.mark.fuzz
@given(st.integers(0, 2**32), talks)
def test_whatever_a_drop_does_messages_come_once_and_in_order(
    seed: int, talk: list[tuple[Side, float]]
) -> None:
    post = Post(seed, loses=0.3, doubles=0.3)
    said: dict[Side, list[bytes]] = {side: [] for side in Side}
    for number, (side, pause) in enumerate(talk):
        post.run(post.now + pause)
        if not post.sides[side].is_over:
            message = number.to_bytes(4)
            said[side.other].append(message)
            post.say(side, message)
    post.run(post.now + 4_000)

    for side in Side:
        heard = post.heard[side]
        assert heard == said[side][: len(heard)]
        # A carrier that lost too much says so, and the session sends it again.
        assert heard == said[side] or post.ends


@given(st.integers(0, 2**32), talks)
def test_a_drop_that_only_delays_loses_nothing(
    seed: int, talk: list[tuple[Side, float]]
) -> None:
    post = Post(seed, loses=0.0, doubles=0.2)
    said: dict[Side, list[bytes]] = {side: [] for side in Side}
    for number, (side, pause) in enumerate(talk):
        post.run(post.now + pause)
        said[side.other].append(bytes([number]))
        post.say(side, bytes([number]))
    post.run(post.now + 4_000)

    assert post.heard == said
    assert not post.ends
    assert not any(one.awaits for one in post.sides.values())


def test_what_is_written_within_a_pause_shares_a_parcel() -> None:
    one = of(Side.CLIENT)
    first = put(one.write([b"a"], 0.0))
    assert one.write([b"b"], 0.5) == one.write([b"c"], 1.0) == []

    assert [p.messages for p in first] == [(b"a",)]
    assert one.wake_at() == 2.0
    assert [p.messages for p in put(one.wake(2.0))] == [(b"b", b"c")]


def test_a_parcel_holds_no_more_than_fits() -> None:
    one = of(Side.CLIENT)
    large = bytes(MOST_MESSAGES_BYTES - 2)
    first = put(one.write([large, b"x"], 0.0))

    assert [len(p.messages) for p in first] == [1]
    assert put(one.wake(2.0))[0].messages == (b"x",)


def test_a_confirmation_rides_on_what_goes_anyway_and_else_goes_alone() -> None:
    one = of(Side.CLIENT)
    one.take(parcel(0, b"hi"), 0.0)
    (rides,) = put(one.write([b"ho"], 1.0))
    one.take(parcel(1, b"hi", received=1), 10.0)
    (alone,) = put(one.wake(10.0 + FOLDER_PACE.confirm))

    assert (rides.number, rides.received) == (0, 1)
    assert (alone.number, alone.received, alone.counts) == (1, 2, False)
    assert one.wake_at() == NEVER


def test_a_confirmation_is_not_confirmed() -> None:
    one = of(Side.CLIENT)

    assert one.take(Parcel(CARRIER, Side.RELAY, 0, 0), 0.0) == []
    assert one.wake_at() == NEVER


def test_no_more_than_a_window_of_parcels_awaits_confirmation() -> None:
    one = of(Side.CLIENT)
    for number in range(WINDOW + 2):
        one.write([bytes([number])], 2.0 * number)
    assert one.wake_at() == FOLDER_PACE.again

    (more,) = put(one.take(parcel(0, received=3), 20.0))
    assert more.messages == (bytes([WINDOW]), bytes([WINDOW + 1]))


def test_what_comes_from_far_ahead_is_not_kept() -> None:
    one = of(Side.CLIENT)
    one.take(parcel(WINDOW, b"far"), 0.0)
    effects = [
        effect for n in range(WINDOW) for effect in one.take(parcel(n, b"x"), 0.0)
    ]

    assert delivered(effects) == [b"x"] * WINDOW


def test_who_is_never_answered_ends() -> None:
    one = of(Side.CLIENT)
    puts = len(put(one.write([b"a"], 0.0)))
    effects: list[Effect] = []
    while not one.is_over:
        effects = one.wake(one.wake_at())
        puts += len(put(effects))

    assert effects == [End(SILENT)]
    assert puts == MOST_TRIES


def test_a_confirmation_of_what_was_never_sent_ends_the_carrier() -> None:
    assert of(Side.CLIENT).take(parcel(0, received=1), 0.0) == [End(BROKEN)]


def test_a_relay_that_does_not_know_the_carrier_ends_it_whatever_waits() -> None:
    one = of(Side.CLIENT)
    one.take(parcel(0, b"x"), 0.0)
    unknown = Parcel(CARRIER, Side.RELAY, 0, 0, is_unknown=True)

    assert one.take(unknown, 1.0) == [End(UNKNOWN)]


def test_what_was_written_goes_before_the_last_parcel() -> None:
    one = of(Side.CLIENT)
    one.write([b"a"], 0.0)
    one.write([b"b"], 0.1)
    going, last = put(one.close())

    assert (going.messages, going.is_last) == ((b"b",), False)
    assert (last.number, last.is_last) == (2, True)
    assert one.close() == []


def test_a_carrier_on_which_nothing_was_said_ends_without_a_word() -> None:
    assert not put(of(Side.CLIENT).close())


def test_a_stranger_who_was_told_nothing_is_not_told_that_it_ends() -> None:
    relay = of(Side.RELAY)
    relay.take(Parcel(CARRIER, Side.CLIENT, 0, 0, (b"x",)), 0.0)

    assert not put(relay.abort())


def test_a_last_parcel_waits_for_those_before_it() -> None:
    one = of(Side.CLIENT)
    one.take(Parcel(CARRIER, Side.RELAY, 1, 0, is_last=True), 0.0)
    assert not one.is_over

    effects = one.take(parcel(0, b"x"), 1.0)
    assert delivered(effects) == [b"x"]
    assert one.is_over


def test_parcels_of_other_carriers_and_of_ones_own_side_say_nothing() -> None:
    one = of(Side.CLIENT)
    strange = Parcel(bytes([1] * 16), Side.RELAY, 0, 9, (b"x",))
    own = Parcel(CARRIER, Side.CLIENT, 0, 0, (b"x",))

    assert one.take(strange, 0.0) == one.take(own, 0.0) == []
