"""S4: QUIC by its version, and by the name in its first packet."""

from random import Random

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint
from linnet.lab.rules.quic import QuicNameBlock, QuicVersionBlock
from tests.lab.initials import crypto, initial, quic_hello
from tests.lab.lines import CLIENT, SERVER, datagram, passed, ruled

BLOCKED = frozenset({"blocked.example"})


class Road:
    """UDP past one rule."""

    def __init__(self, rule: QuicVersionBlock | QuicNameBlock) -> None:
        self.censor = Censor([rule], Random(1))
        self.now = 0.0

    def goes(
        self, payload: bytes, source: Endpoint = CLIENT, target: Endpoint = SERVER
    ) -> bool:
        """Whether a datagram passes."""
        return passed(self.censor.handle(datagram(source, target, payload), self.now))


def hello(name: str) -> bytes:
    return initial(crypto(quic_hello(name)))


def test_a_flow_that_begins_quic_is_dropped_both_ways_for_420_seconds() -> None:
    road = Road(QuicVersionBlock())

    assert not road.goes(hello("cover.example"))
    assert not road.goes(b"x")
    assert not road.goes(b"x", SERVER, CLIENT)
    assert road.goes(b"x", Endpoint(CLIENT.host, 40_001))
    road.now = 420.0
    assert road.goes(b"x")


def test_what_is_not_quic_version_1_to_port_443_passes() -> None:
    road = Road(QuicVersionBlock())
    packet = hello("cover.example")

    assert road.goes(packet[:1_000])
    assert road.goes(packet, target=Endpoint(SERVER.host, 8_443))
    assert road.goes(b"\xd0\x6b\x33\x43\xcf" + packet[5:])
    assert road.goes(packet[:1_001].replace(b"\0\0\0\1", b"\0\0\0\2"))
    assert not road.goes(packet[:1_001])


def test_a_listed_name_blocks_its_host_from_the_port_for_180_seconds() -> None:
    road = Road(QuicNameBlock(BLOCKED))
    again = Endpoint(CLIENT.host, 40_001)

    effects = road.censor.handle(
        datagram(CLIENT, SERVER, hello("www.blocked.example")), 0.0
    )
    assert ruled(effects) == [("S4", "pass")]
    assert not road.goes(b"x")
    assert not road.goes(b"x", again)
    assert road.goes(b"x", SERVER, CLIENT)
    assert road.goes(b"x", CLIENT, Endpoint(SERVER.host, 8_443))
    assert road.goes(b"x", Endpoint.at("10.0.0.3", 40_000))
    road.now = 180.0
    assert road.goes(b"x", again)


def test_a_name_that_is_not_listed_passes() -> None:
    road = Road(QuicNameBlock(BLOCKED))

    for name in ("cover.example", "unblocked.example", "example"):
        source = Endpoint(CLIENT.host, 50_000 + len(name))
        assert road.goes(hello(name), source)
        assert road.goes(b"more", source)


def test_a_source_port_that_is_not_above_the_target_is_let_pass() -> None:
    road = Road(QuicNameBlock(BLOCKED))
    low, high = Endpoint(CLIENT.host, 4_000), Endpoint(SERVER.host, 5_000)

    assert road.goes(hello("blocked.example"), low, high)
    assert road.goes(b"more", low, high)
    same = Endpoint(CLIENT.host, 5_000)
    assert road.goes(hello("blocked.example"), same, high)
    assert road.goes(b"more", same, high)


def test_any_datagram_before_exempts_a_flow_until_it_is_forgotten() -> None:
    road = Road(QuicNameBlock(BLOCKED))
    packet = hello("blocked.example")

    assert road.goes(b"noise")
    for _ in range(3):
        road.now += 59.0
        assert road.goes(packet)
    road.now += 60.0
    assert road.goes(packet)
    assert not road.goes(packet)


def test_only_a_box_that_joins_frames_reads_a_hello_between_others() -> None:
    message = quic_hello("blocked.example")
    mixed = initial(b"\1" + crypto(message[50:], 50) + b"\0" + crypto(message[:50]))

    def blocks(rule: QuicNameBlock) -> bool:
        road = Road(rule)
        return road.goes(mixed) and not road.goes(b"more")

    assert not blocks(QuicNameBlock(BLOCKED))
    assert blocks(QuicNameBlock(BLOCKED, joins_frames=True))


def test_a_hello_over_two_datagrams_is_never_read() -> None:
    road = Road(QuicNameBlock(BLOCKED, joins_frames=True))
    message = quic_hello("blocked.example")

    assert road.goes(initial(crypto(message[:99])))
    assert road.goes(initial(crypto(message[99:], 99), number=3))
    assert road.goes(b"more")
