"""Whatever happens to carriers, every message arrives once and in order.

A random client and relay talk over carriers that are cut, tampered with, slow to
notice, replaced while older ones still deliver, and whose keys change on the way.
"""

from collections import deque
from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from linnet.errors import Forged, Replayed
from linnet.wire.client_session import RESUMPTION_ATTEMPTS, ClientSession, Standing
from linnet.wire.noise import public_key
from linnet.wire.reception import Forgotten, Opening, Pending, Reception, RelaySession
from linnet.wire.session import RECORDS_PER_KEY

RELAY_KEY = bytes(range(32))


class Road:
    """One carrier: what is under way in each direction, and the relay's end of it."""

    def __init__(self) -> None:
        self.up: deque[bytes] = deque()
        self.down: deque[bytes] = deque()
        self.pending: Pending | None = None
        self.session: RelaySession | None = None
        self.closed = False
        self.tampered = False


class Conversation(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        entropy = Random(1).randbytes
        self.reception = Reception(RELAY_KEY, entropy=entropy)
        self.client = ClientSession(public_key(RELAY_KEY), entropy=entropy)
        self.relay: RelaySession | None = None
        self.roads: list[Road] = []
        self.said_up: list[bytes] = []
        self.said_down: list[bytes] = []
        self.heard_up: list[bytes] = []
        self.heard_down: list[bytes] = []

    @property
    def road(self) -> Road:
        return self.roads[-1]

    @initialize()
    def open(self) -> None:
        self.dial()
        while self.relay is None:
            self.pump()

    def dial(self) -> None:
        self.roads = [*self.roads[-3:], Road()]
        self.road.up.append(self.client.hello(self.now))

    def pump(self) -> None:
        """Let the newest carrier deliver everything that is under way."""
        self.flush()
        while (self.road.up or self.road.down) and not self.road.closed:
            while self.road.up and not self.road.closed:
                self.take_up(self.road)
            while self.road.down and not self.road.closed:
                self.take_down()
            self.flush()

    def flush(self) -> None:
        if not self.road.closed:
            self.road.up.extend(self.client.flush(self.now))
        if self.relay is not None and isinstance(self.relay.carrier, Road):
            self.relay.carrier.down.extend(self.relay.flush(self.now))

    def take_up(self, road: Road) -> None:
        """The relay's end of a carrier takes its next message, as a driver would."""
        message = road.up.popleft()
        try:
            if road.session is not None:
                self.heard_up += road.session.receive(message, self.now)
            elif road.pending is not None:
                pending, road.pending = road.pending, None
                self.heard_up += self.reception.confirm(pending, message, self.now)
                road.session = self.relay = pending.session
                self.relay.carrier = road
            else:
                self.greet(road, message)
        except Forged:
            assert road.tampered
            self.lose(road)
        except Replayed:
            assert road is not self.road
            self.lose(road)

    def greet(self, road: Road, message: bytes) -> None:
        greeting = self.reception.greet(message, self.now)
        if isinstance(greeting, Forgotten):
            # Its id was tampered with, or a later carrier has overtaken it.
            self.lose(road)
            return
        if isinstance(greeting, Opening):
            greeting = self.reception.accept(greeting, unix_time=0)
        road.pending = greeting
        road.down.append(greeting.answer)
        if isinstance(greeting.replaced, Road):
            greeting.replaced.session, greeting.replaced.closed = None, True

    def take_down(self) -> None:
        """The client takes the next message of its carrier."""
        message = self.road.down.popleft()
        try:
            if self.client.attached:
                self.heard_down += self.client.receive(message, self.now)
            else:
                standing = self.client.welcome(message, self.now)
                assert standing is not Standing.FORGOTTEN
        except Forged:
            assert self.road.tampered
            self.client.detach()
            self.lose(self.road)

    def lose(self, road: Road) -> None:
        road.closed = True
        if road.session is not None and road.session.carrier is road:
            self.reception.detach(road.session, self.now)
        road.session = road.pending = None

    @rule(size=st.integers(0, 6_000))
    def client_speaks(self, size: int) -> None:
        message = len(self.said_up).to_bytes(2, "big") + bytes(size)
        self.said_up.append(message)
        self.client.send(message)

    @rule(size=st.integers(0, 6_000))
    def relay_speaks(self, size: int) -> None:
        assert self.relay is not None
        message = len(self.said_down).to_bytes(2, "big") + bytes(size)
        self.said_down.append(message)
        self.relay.send(message)

    @rule()
    def both_flush(self) -> None:
        self.flush()

    @rule(seconds=st.floats(0.1, 40))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.flush()

    @rule()
    def everything_under_way_arrives(self) -> None:
        if not self.road.closed:
            self.pump()

    @rule(data=st.data())
    def some_carrier_delivers_up(self, data: st.DataObject) -> None:
        live = [road for road in self.roads if road.up and not road.closed]
        if live:
            self.take_up(data.draw(st.sampled_from(live)))

    @rule()
    def the_carrier_delivers_down(self) -> None:
        if self.road.down and not self.road.closed:
            self.take_down()

    @precondition(lambda self: not self.road.closed)
    @rule(up=st.booleans(), place=st.integers(0, 10_000), cut=st.booleans())
    def someone_tampers(self, up: bool, place: int, cut: bool) -> None:
        under_way = self.road.up if up else self.road.down
        if under_way and len(under_way[-1]) < 1_200:
            self.road.tampered = True
            message = bytearray(under_way[-1])
            message[place % len(message)] ^= 1
            # Under 48 bytes an answer means that the session is forgotten.
            length = max(73, place % len(message))
            under_way[-1] = bytes(message[:length] if cut else message)

    @precondition(lambda self: self.attempts_left())
    @rule(notices=st.booleans())
    def the_carrier_is_cut_and_another_dialled(self, notices: bool) -> None:
        if notices:
            self.lose(self.road)
        self.dial()

    @rule(records=st.integers(0, 3))
    def the_keys_are_nearly_used_up(self, records: int) -> None:
        """Move both counters of a direction to just before a key update."""
        road = self.road
        self.everything_under_way_arrives()
        if road.session is None or not self.client.attached or road.up or road.down:
            return
        for out, into in (
            (self.client._out, road.session._in),
            (road.session._out, self.client._in),
        ):
            assert out is not None
            assert into is not None
            out.counter = into.counter = RECORDS_PER_KEY - records - 1

    def attempts_left(self) -> bool:
        return self.client._unanswered < RESUMPTION_ATTEMPTS - 1

    @invariant()
    def nothing_is_repeated_lost_or_out_of_order(self) -> None:
        assert self.heard_up == self.said_up[: len(self.heard_up)]
        assert self.heard_down == self.said_down[: len(self.heard_down)]

    def teardown(self) -> None:
        """At last a carrier works: everything arrives and is acknowledged."""
        if self.relay is None:
            return
        self.everything_under_way_arrives()
        for _ in range(2):
            self.dial()
            self.pump()
        self.now += 1
        self.pump()
        assert (self.heard_up, self.heard_down) == (self.said_up, self.said_down)
        assert (self.client.unacknowledged, self.relay.unacknowledged) == (0, 0)


TestConversation = pytest.mark.fuzz(Conversation.TestCase)
