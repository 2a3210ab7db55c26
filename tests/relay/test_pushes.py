"""When pushes go, in virtual time."""

from dataclasses import dataclass, field

from linnet.ids import StreamId
from linnet.relay.core.pushes import (
    DOUBT_SECONDS,
    GAP_SECONDS,
    GIVE_UP_SECONDS,
    MOST_FLYING,
    MOST_FLYING_TO_HOST,
    MOST_WAITING,
    Look,
    Outcome,
    Post,
    Pushes,
)

STREAM, OTHER = StreamId(b"s" * 16), StreamId(b"o" * 16)
URL = b"https://push.example.org/one"


@dataclass
class Clockwork:
    """Lets time go by; posts take none unless they are held."""

    pushes: Pushes = field(default_factory=Pushes)
    now: float = 0.0
    outcome: Outcome = Outcome.TAKEN
    is_taken: bool = True
    holds: bool = False
    posted: list[tuple[float, bytes]] = field(default_factory=list)
    held: list[Post] = field(default_factory=list)
    gone: list[StreamId] = field(default_factory=list)

    def stir(
        self, url: bytes = URL, *, stream: StreamId = STREAM, present: object = None
    ) -> None:
        there = [] if present is None else [present]
        self.pushes.stir(stream, url, present=there, now=self.now)
        self.settle()

    def settle(self) -> None:
        while wanted := self.pushes.due(self.now):
            for one in wanted:
                if isinstance(one, Look):
                    self.pushes.looked(one, is_taken=self.is_taken, now=self.now)
                    continue
                self.posted.append((self.now, one.url))
                if self.holds:
                    self.held.append(one)
                else:
                    self.end(one)

    def end(self, post: Post) -> None:
        self.gone += self.pushes.done(post, self.outcome, self.now)

    def until(self, end: float) -> None:
        while (at := self.pushes.wake_at()) <= end:
            assert at > self.now - 1e-9, "woken for nothing"
            self.now = max(self.now, at)
            self.settle()
        self.now = end

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.posted]


def named(number: int, host: str = "push.example.org") -> bytes:
    return f"https://{host}/{number}".encode()


def test_a_client_that_is_away_is_pushed_to_at_once() -> None:
    clock = Clockwork()

    clock.stir()

    assert clock.posted == [(0.0, URL)]


def test_what_comes_within_thirty_seconds_is_one_push_after_them() -> None:
    clock = Clockwork()
    for _ in range(5):
        clock.stir()
    clock.until(10)
    clock.stir(stream=OTHER)

    clock.until(1_000)

    assert clock.times == [0, GAP_SECONDS]


def test_what_comes_while_a_push_is_on_its_way_is_another() -> None:
    clock = Clockwork(holds=True)
    clock.stir()
    clock.stir()
    clock.until(5)
    clock.end(clock.held.pop())

    clock.until(1_000)

    assert clock.times == [0, 5 + GAP_SECONDS]


def test_a_client_that_is_there_gets_no_push() -> None:
    clock = Clockwork(is_taken=True)
    clock.stir(present="session")

    clock.until(1_000)

    assert clock.posted == []


def test_a_client_that_only_seemed_to_be_there_gets_one_push_when_that_is_known() -> (
    None
):
    clock = Clockwork(is_taken=False)
    clock.stir(present="session")
    clock.stir(present="session")

    clock.until(1_000)

    assert clock.times == [DOUBT_SECONDS]


def test_a_client_pushed_to_meanwhile_is_not_pushed_to_again_before_its_time() -> None:
    clock = Clockwork(is_taken=False)
    clock.stir(present="session")
    clock.until(80)
    clock.stir()

    clock.until(1_000)

    assert clock.times == [80, 80 + GAP_SECONDS]


def test_a_gone_endpoint_says_which_streams_it_is_gone_from_and_is_let_go() -> None:
    clock = Clockwork(holds=True, outcome=Outcome.GONE)
    clock.stir(stream=STREAM)
    clock.stir(stream=OTHER)
    clock.end(clock.held.pop())

    clock.until(1_000)

    assert clock.gone == [STREAM, OTHER]
    assert len(clock.pushes) == 0


def test_a_push_that_is_refused_is_lost_and_the_next_one_goes() -> None:
    clock = Clockwork(outcome=Outcome.REFUSED)
    clock.stir()
    clock.until(1_000)
    assert clock.times == [0]

    clock.stir()

    assert clock.times == [0, 1_000]
    assert clock.gone == []


def test_a_busy_push_service_is_asked_ever_more_seldom_for_a_day() -> None:
    clock = Clockwork(outcome=Outcome.BUSY)
    clock.stir()

    clock.until(10 * GIVE_UP_SECONDS)

    pauses = [b - a for a, b in zip(clock.times, clock.times[1:], strict=False)]
    assert pauses[:9] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert GIVE_UP_SECONDS <= clock.times[-1] <= GIVE_UP_SECONDS + 3_600
    assert len(clock.pushes) == 0


def test_a_push_that_gets_through_in_the_end_goes_once() -> None:
    clock = Clockwork(outcome=Outcome.BUSY)
    clock.stir()
    clock.until(100)
    clock.outcome = Outcome.TAKEN

    clock.until(10_000)

    assert clock.times == [0, 30, 90, 210]


def test_a_silent_host_is_tried_by_one_push_at_a_time() -> None:
    clock = Clockwork(outcome=Outcome.SILENT)
    clock.stir(named(0))
    for number in range(1, 10):
        clock.stir(named(number))

    clock.until(20)

    # A rest of 1, 2, 4 and 8 seconds between them.
    assert clock.times == [0, 1, 3, 7, 15]


def test_a_silent_host_does_not_hold_up_another() -> None:
    clock = Clockwork(outcome=Outcome.SILENT)
    clock.stir(named(0))

    clock.stir(named(1, "other.example.org"))

    assert clock.times == [0, 0]


def test_only_so_many_posts_are_on_their_way() -> None:
    clock = Clockwork(holds=True)
    for number in range(3 * MOST_FLYING):
        clock.stir(named(number, f"host{number % 6}.example.org"))
    assert len(clock.held) == MOST_FLYING

    while clock.held:
        clock.end(clock.held.pop(0))
        clock.settle()

    assert len({url for _, url in clock.posted}) == 3 * MOST_FLYING


def test_one_host_gets_only_so_many_posts_at_once() -> None:
    clock = Clockwork(holds=True)

    for number in range(3 * MOST_FLYING_TO_HOST):
        clock.stir(named(number))

    assert len(clock.held) == MOST_FLYING_TO_HOST


def test_what_waits_is_bounded_and_is_forgotten_when_it_is_done() -> None:
    clock = Clockwork(holds=True)
    for number in range(MOST_WAITING + 10):
        clock.pushes.stir(STREAM, named(number), present=[], now=0.0)
    assert len(clock.pushes) == MOST_WAITING
    clock.holds = False
    clock.settle()

    clock.until(10_000)

    assert len(clock.posted) == MOST_WAITING
    assert len(clock.pushes) == 0
