"""TCP as a machine: what it sends, what it survives, what ends it."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.lab.packets import Flags, Packet, Protocol
from linnet.lab.simulated.segments import MOST_WINDOW, MSS
from linnet.lab.simulated.tcp import (
    Arrived,
    Break,
    Deliver,
    End,
    Forget,
    Open,
    Reason,
    Tcp,
    Transmit,
    Wish,
    Wrote,
)
from tests.lab.pair import FAR, NEAR, End2End

MSS_OPTION = bytes.fromhex("020405b4")


def shape(packet: Packet) -> tuple[str, str, int]:
    """Who sent what kind of packet, and how much was in it."""
    who = "near" if packet.source == NEAR else "far"
    return who, packet.flags.name or "", len(packet.payload)


def test_a_connection_opens_with_three_packets() -> None:
    near, far = Tcp(NEAR, FAR, 100), Tcp(FAR, NEAR, 900)
    syn = Packet(
        NEAR, FAR, Protocol.TCP, b"", Flags.SYN, 100, 0, MSS_OPTION, MOST_WINDOW
    )
    answer = Packet(
        FAR, NEAR, Protocol.TCP, b"", Flags.SYN | Flags.ACK, 900, 101, MSS_OPTION
    )
    last = Packet(NEAR, FAR, Protocol.TCP, b"", Flags.ACK, 101, 901)

    assert near.handle(Wish.OPENED, 0.0) == [Transmit(syn)]
    assert far.handle(Arrived(syn), 0.1) == [Transmit(answer)]
    assert near.handle(Arrived(answer), 0.2) == [Open(), Transmit(last)]
    assert far.handle(Arrived(last), 0.3) == [Open()]


def test_every_second_segment_is_acknowledged_at_once_and_a_last_one_soon() -> None:
    pair = End2End()
    pair.opens()
    del pair.sent[:]
    began = pair.now
    pair.do(pair.near, Wrote(bytes(3 * MSS)))
    pair.run(1)

    assert [(round(at - began, 3), *shape(packet)) for at, packet in pair.sent] == [
        (0.0, "near", "ACK", MSS),
        (0.0, "near", "ACK", MSS),
        (0.0, "near", "PSH|ACK", MSS),
        (0.03, "far", "ACK", 0),
        (0.07, "far", "ACK", 0),
    ]
    assert pair.heard(pair.far) == bytes(3 * MSS)


def test_ten_segments_go_before_the_first_answer_and_more_after_it() -> None:
    pair = End2End()
    pair.opens()
    del pair.sent[:]
    pair.do(pair.near, Wrote(bytes(40 * MSS)))

    assert len(pair.sent) == 10
    pair.run(0.065)
    assert sum(packet.source == NEAR for _, packet in pair.sent) > 20


def test_a_syn_into_silence_is_said_again_after_1_2_4_seconds_until_given_up() -> None:
    pair = End2End(loses=lambda _: True)
    pair.do(pair.near, Wish.OPENED)
    pair.run(200)

    assert [at for at, _ in pair.sent] == [0, 1, 3, 7, 15, 31, 63]
    assert pair.news(pair.near) == [Break(Reason.TIMED_OUT), Forget()]


def test_silence_in_the_middle_ends_in_an_error() -> None:
    cut = False
    pair = End2End(loses=lambda _: cut)
    pair.opens()
    cut = True
    pair.do(pair.near, Wrote(b"hello"))
    pair.run(3_600)

    assert pair.news(pair.near) == [Open(), Break(Reason.TIMED_OUT), Forget()]


def test_one_lost_segment_comes_again_before_the_timer() -> None:
    lost: list[Packet] = []

    def loses(packet: Packet) -> bool:
        if len(packet.payload) == MSS and not lost:
            lost.append(packet)
            return True
        return False

    pair = End2End(loses)
    pair.opens()
    began = pair.now
    pair.do(pair.near, Wrote(bytes(10 * MSS)))
    pair.run(0.5)

    sequence = lost[0].sequence
    again = [at for at, one in pair.sent if one.payload and one.sequence == sequence]
    assert [round(at - began, 3) for at in again] == [0.0, 0.06]
    assert len(pair.heard(pair.far)) == 10 * MSS


def reset(pair: End2End, ahead: int) -> Packet:
    """A reset as if from the far end, so far beyond what the near one awaits."""
    _, packet = next(one for one in reversed(pair.sent) if one[1].source == NEAR)
    told = packet.acknowledged + ahead
    flags = Flags.RST | Flags.ACK
    return Packet(FAR, NEAR, Protocol.TCP, b"", flags, told % 2**32, packet.after)


def test_a_reset_with_the_awaited_number_ends_a_connection() -> None:
    pair = End2End()
    pair.opens()
    pair.do(pair.near, Arrived(reset(pair, 0)))

    assert pair.news(pair.near) == [Open(), Break(Reason.RESET), Forget()]


@pytest.mark.parametrize(("ahead", "answers"), [(1, 1), (60_000, 1), (70_000, 0)])
def test_a_reset_with_another_number_does_not(ahead: int, answers: int) -> None:
    pair = End2End()
    pair.opens()
    del pair.sent[:-1]
    pair.do(pair.near, Arrived(reset(pair, ahead)))

    assert pair.news(pair.near) == [Open()]
    assert len(pair.sent) == 1 + answers


def test_a_reset_to_a_syn_is_a_refusal_only_if_it_answers_it() -> None:
    near = Tcp(NEAR, FAR, 100)
    near.handle(Wish.OPENED, 0.0)
    refusal = Packet(FAR, NEAR, Protocol.TCP, b"", Flags.RST | Flags.ACK, 0, 101)

    assert near.handle(Arrived(replace(refusal, acknowledged=102)), 0.1) == []
    assert near.handle(Arrived(refusal), 0.1) == [Break(Reason.REFUSED), Forget()]


def test_either_side_can_close_first_and_the_other_still_speak() -> None:
    pair = End2End()
    pair.opens()
    pair.do(pair.near, Wrote(b"that is all"), Wish.FINISHED)
    pair.run(1)
    pair.do(pair.far, Wrote(b"so it is"), Wish.LEFT)
    pair.run(59)

    assert pair.heard(pair.near) == b"so it is"
    assert pair.news(pair.near) == [Open(), End()]
    pair.run(10)
    assert pair.news(pair.near) == [Open(), End(), Forget()]
    assert pair.news(pair.far) == [Open(), End(), Forget()]


def test_who_left_answers_what_still_comes_with_a_reset() -> None:
    pair = End2End()
    pair.opens()
    pair.do(pair.near, Wish.LEFT)
    pair.run(1)
    pair.do(pair.far, Wrote(b"are you there"))
    pair.run(1)

    assert pair.news(pair.far) == [Open(), End(), Break(Reason.RESET), Forget()]


def test_who_left_resets_for_nothing_but_octets() -> None:
    pair = End2End()
    pair.opens()
    pair.do(pair.near, Wish.LEFT)
    pair.run(1)
    _, answer = next(one for one in reversed(pair.sent) if one[1].source == FAR)
    ahead = replace(answer, sequence=answer.sequence + 100)
    pair.do(pair.near, Arrived(ahead))

    assert not any(packet.flags & Flags.RST for _, packet in pair.sent)


def test_an_abort_is_a_reset() -> None:
    pair = End2End()
    pair.opens()
    pair.do(pair.near, Wish.ABORTED)
    pair.run(1)

    assert pair.news(pair.far) == [Open(), Break(Reason.RESET), Forget()]


def test_a_reader_that_takes_nothing_stops_the_sender_until_it_takes_again() -> None:
    pair = End2End()
    pair.opens()
    pair.do(pair.far, Wish.HELD)
    data = Random(1).randbytes(200_000)
    pair.do(pair.near, Wrote(data))
    pair.run(300)

    assert pair.heard(pair.far) == b""
    assert pair.near.unacknowledged >= len(data) - MOST_WINDOW
    pair.do(pair.far, Wish.RELEASED)
    pair.run(10)
    assert pair.heard(pair.far) == data


def test_a_lost_word_that_the_window_is_open_again_does_not_end_in_silence() -> None:
    deaf = False
    pair = End2End(loses=lambda packet: deaf and packet.source == FAR)
    pair.opens()
    pair.do(pair.far, Wish.HELD)
    pair.do(pair.near, Wrote(bytes(100_000)))
    pair.run(10)
    deaf = True
    pair.do(pair.far, Wish.RELEASED)
    deaf = False
    pair.run(60)

    assert len(pair.heard(pair.far)) == 100_000


@given(
    st.integers(0, 29),
    st.integers(0, 2**32),
    st.integers(0, 60_000),
    st.integers(0, 60_000),
    st.integers(0, 2**32 - 1),
)
@settings(deadline=None)
def test_whatever_is_lost_every_octet_comes_in_order_or_an_error(
    percent: int, seed: int, up: int, down: int, first: int
) -> None:
    chances = Random(seed)
    pair = End2End(lambda _: chances.random() * 100 < percent, near_first=first)
    said = {pair.far: chances.randbytes(up), pair.near: chances.randbytes(down)}
    pair.do(pair.near, Wish.OPENED, Wish.RELEASED, Wrote(said[pair.far]), Wish.FINISHED)
    pair.do(pair.far, Wish.RELEASED, Wrote(said[pair.near]), Wish.FINISHED)
    pair.run(20_000)

    for end, expected in said.items():
        broke = any(isinstance(one, Break) for one in pair.news(end))
        assert broke or pair.heard(end) == expected
        assert expected.startswith(pair.heard(end))
        assert broke or End() in pair.news(end)
        assert end.is_over


@given(st.data())
@settings(deadline=None)
def test_no_packet_from_outside_breaks_the_machine(data: st.DataObject) -> None:
    pair = End2End()
    pair.opens()
    numbers = st.integers(-70_000, 70_000)
    for _ in range(data.draw(st.integers(1, 20))):
        flags = Flags(data.draw(st.integers(0, 31))) & ~Flags.RST
        payload = bytes(data.draw(st.integers(0, MSS)))
        sequence = (7_001 + data.draw(numbers)) % 2**32
        acknowledged = (2**32 - 2_999 + data.draw(numbers)) % 2**32
        window = data.draw(st.integers(0, 65_535))
        packet = Packet(
            FAR, NEAR, Protocol.TCP, payload, flags, sequence, acknowledged,
            b"", window,
        )  # fmt: skip
        pair.do(pair.near, Arrived(packet), Wrote(b"more"))
    wake = pair.near.wake_at()

    assert wake is None or wake >= pair.now
    kinds = Open | Deliver | End | Break | Forget
    assert all(isinstance(one, kinds) for one in pair.told[pair.near])
