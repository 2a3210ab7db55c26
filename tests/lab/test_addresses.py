"""S1: what goes to a listed address goes nowhere."""

from linnet.lab.censor import Inject
from linnet.lab.packets import Endpoint, Flags
from linnet.lab.rules.addresses import AddressBlock
from tests.lab.lines import CLIENT, Line, datagram, passed, ruled


def test_a_listed_network_is_silence_both_ways() -> None:
    line = Line(AddressBlock.of(["192.0.2.0/24"]))

    assert ruled(line.up(flags=Flags.SYN)) == [("S1", "drop")]
    assert not passed(line.down(flags=Flags.SYN | Flags.ACK))
    name_server = Endpoint.at("192.0.2.53", 53)
    assert not passed(line.censor.handle(datagram(CLIENT, name_server, b"x"), 0.0))


def test_what_is_not_listed_passes() -> None:
    assert Line(AddressBlock.of(["198.51.100.0/24"])).opens()


def test_the_variant_turns_the_servers_answer_into_a_reset() -> None:
    line = Line(AddressBlock.of(["192.0.2.0/24"], resets=True))

    assert passed(line.up(flags=Flags.SYN))
    effects = line.down(flags=Flags.SYN | Flags.ACK)
    (reset,) = (effect for effect in effects if isinstance(effect, Inject))
    assert reset.packet.flags == Flags.RST | Flags.ACK
    assert reset.packet.target == CLIENT
    assert not passed(effects)
