"""Countries: each bites as its rules do, and lets the rest of the world pass."""

from functools import cache
from ipaddress import IPv4Network
from random import Random

import pytest

from linnet.carriers.dns.message import Code, Kind, Message
from linnet.lab.censor import Censor, Inject
from linnet.lab.packets import Endpoint
from linnet.lab.profiles import PROFILES, World
from tests.lab.lines import CLIENT, Line, datagram, passed, ruled
from tests.lab.programs import chrome_hello, heard

RESOLVER = Endpoint.at("10.0.0.53", 53)
ABROAD = Endpoint.at("192.0.2.10", 443)
"""At a hoster abroad."""
AT_HOME = Endpoint.at("203.0.113.10", 443)
CLOSED = Endpoint.at("198.51.100.10", 443)


hello_for = cache(chrome_hello)


def censor(name: str, seed: int = 1) -> Censor:
    """A country's, in a world with one name that is blocked and one that is not."""
    world = World(
        Random(seed),
        RESOLVER,
        foreign=(IPv4Network("192.0.2.0/24"),),
        closed=(IPv4Network("198.51.100.0/24"),),
        allowed_networks=(IPv4Network("203.0.113.0/24"),),
        allowed_names=frozenset({"allowed.example"}),
        blocked_names=frozenset({"blocked.example"}),
    )
    return Censor(PROFILES[name](world), Random(seed))


def line(name: str, server: Endpoint = ABROAD, port: int = 40_000) -> Line:
    return Line(censor=censor(name), client=Endpoint(CLIENT.host, port), server=server)


def asked(name: str, about: str) -> tuple[bool, list[Message]]:
    """Whether a question goes on, and what is said to it instead."""
    query = Message.asking(about, Kind.A, 7).pack()
    effects = censor(name).handle(datagram(CLIENT, RESOLVER, query), 0.0)
    said = [one.packet.payload for one in effects if isinstance(one, Inject)]
    return passed(effects), [Message.read(payload) for payload in said]


def served(on: Line, name: str, packets: int = 60) -> int:
    """How many of so many packets after a hello pass, both ways in turn."""
    on.opens()
    on.up(hello_for(name))
    ways = on.down, on.up
    return sum(passed(ways[number % 2](b"data")) for number in range(packets))


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("ru-home", "S2 S3 S5 S8 S9 S10 S14 S15"),
        ("ru-mobile", "S11 S3"),
        ("cn", "S2 S3 S4 S6 S7"),
        ("ir-2025", "S12 S2 S3 S13"),
        ("ir-blackout", "S16"),
    ],
)
def test_a_country_has_the_rules_that_were_published_of_it(name: str, ids: str) -> None:
    world = World(Random(1), RESOLVER)
    first, second = PROFILES[name](world), PROFILES[name](world)

    assert " ".join(rule.ID for rule in first) == ids
    assert not {id(rule) for rule in first} & {id(rule) for rule in second}


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "ir-blackout"])
def test_an_allowed_name_at_home_is_served_in_every_country_but_one(name: str) -> None:
    assert served(line(name, AT_HOME), "www.allowed.example") == 60


@pytest.mark.parametrize("name", PROFILES)
def test_the_providers_resolver_is_asked_for_other_names(name: str) -> None:
    assert asked(name, "allowed.example") == (True, [])


def test_russia_at_home_is_silent_to_blocked_names_and_old_programs() -> None:
    assert served(line("ru-home", AT_HOME), "blocked.example") == 0

    old = line("ru-home", AT_HOME)
    old.opens()
    program = next(hello for name, hello in heard().items() if "go" in name.lower())
    assert ruled(old.up(program)) == [("S10", "drop")]


def test_russia_at_home_freezes_most_flows_abroad_but_ssh() -> None:
    box = censor("ru-home")
    lines = [
        Line(censor=box, client=Endpoint(CLIENT.host, port), server=ABROAD)
        for port in range(40_000, 40_020)
    ]
    for number, each in enumerate(lines):
        each.now = 20.0 * number
    whole = [served(each, "cover.example") for each in lines]
    ssh = line("ru-home", Endpoint(ABROAD.host, 22))
    ssh.opens()

    assert set(whole) == {21, 60}
    assert whole.count(21) > whole.count(60)
    assert all(passed(ssh.up(b"SSH-2.0-OpenSSH_9.2\r\n")) for _ in range(60))


def test_russia_at_home_lists_a_server_that_looks_like_nothing() -> None:
    on = line("ru-home")
    on.opens()
    first = on.up(Random(2).randbytes(300))
    second, third = on.down(Random(3).randbytes(300)), on.up(b"more")
    on.now = 970.0

    assert [ruled(effects) for effects in (first, second)] == [[], []]
    assert ruled(third) == [("S15", "pass")]
    assert ruled(on.down(b"later")) == [("S15", "drop")]


def test_russia_on_the_move_lets_nothing_else_speak() -> None:
    assert line("ru-mobile").opens()
    assert served(line("ru-mobile"), "allowed.example") == 0
    assert served(line("ru-mobile", AT_HOME), "other.example") == 0


def test_names_are_forged_as_each_country_does() -> None:
    for name in ("ru-home", "ru-mobile"):
        passes, (answer,) = asked(name, "blocked.example")
        assert (passes, answer.code) == (False, Code.NO_SUCH_NAME)
    for name, passes in (("cn", True), ("ir-2025", False)):
        told = asked(name, "blocked.example")
        assert told[0] is passes
        assert told[1][0].code == Code.FINE
    assert asked("ir-blackout", "blocked.example") == (True, [])


def resets(on: Line, hello: bytes) -> int:
    on.opens()
    return sum(isinstance(effect, Inject) for effect in on.up(hello))


def test_china_resets_what_asks_for_a_blocked_name_and_iran_once() -> None:
    hello = hello_for("blocked.example")

    assert resets(line("cn"), hello) == 6
    assert resets(line("ir-2025"), hello) == 1


def test_iran_in_2025_closes_ports_datagrams_and_hosters() -> None:
    box = censor("ir-2025")

    assert not line("ir-2025", CLOSED).opens()
    assert not line("ir-2025", Endpoint(ABROAD.host, 8_443)).opens()
    assert not passed(box.handle(datagram(CLIENT, ABROAD, b"x"), 0.0))


def uploaded(server: Endpoint) -> int:
    on = line("ir-2025", server)
    on.opens()
    on.up(hello_for("cover.example"))
    return sum(passed(on.up(bytes(1_000))) for _ in range(60))


def test_iran_in_2025_slows_what_is_sent_abroad() -> None:
    assert uploaded(AT_HOME) == 60
    assert uploaded(ABROAD) < 20


def test_iran_cut_off_loses_almost_all() -> None:
    box, packet = censor("ir-blackout"), datagram(CLIENT, AT_HOME, b"x")

    assert sum(passed(box.handle(packet, 0.0)) for _ in range(1_000)) < 50
