"""S3: names that are answered by somebody else than was asked."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from random import Random

import pytest

from linnet.carriers.dns.message import Code, Kind, Message, address_record
from linnet.lab.censor import Censor, Effect, Inject
from linnet.lab.packets import Endpoint, Flags, Packet
from linnet.lab.rules.resolvers import ForgedAnswers
from tests.lab.lines import CLIENT, Line, datagram, passed, python_hello

RESOLVER = Endpoint.at("192.0.2.53", 53)
COUNTRIES = [
    ForgedAnswers.of_russia,
    ForgedAnswers.of_iran,
    ForgedAnswers.of_china,
]


def ask(censor: Censor, query: Message) -> list[Effect]:
    return censor.handle(datagram(CLIENT, RESOLVER, query.pack()), 0.0)


def forged(effects: list[Effect]) -> Message:
    """The one answer that was put on the line, as the client takes it."""
    (one,) = (effect for effect in effects if isinstance(effect, Inject))
    assert (one.packet.source, one.packet.target) == (RESOLVER, CLIENT)
    assert 0 <= one.after <= 0.005
    return Message.read(one.packet.payload)


def true_answer(query: Message) -> Packet:
    (question,) = query.questions
    record = address_record(question.labels, IPv4Address("192.0.2.1"), 60)
    return datagram(RESOLVER, CLIENT, query.answered(answers=(record,)).pack())


QUERY = Message.asking("wWw.example.org", Kind.A, 7)


def test_russia_says_that_there_is_no_such_name_and_asks_nobody() -> None:
    censor = Censor([ForgedAnswers.of_russia(["example.org"])], Random(1))

    for kind in (Kind.A, Kind.AAAA, Kind.HTTPS, Kind.TXT):
        query = Message.asking("www.example.org", kind, 7)
        effects = ask(censor, query)
        assert forged(effects) == query.answered(Code.NO_SUCH_NAME)
        assert not passed(effects)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (Kind.A, IPv4Address("10.10.34.36")),
        (Kind.AAAA, IPv6Address("2001:4188:2:600:10:10:34:36")),
    ],
)
def test_iran_gives_the_address_of_its_own_page(
    kind: Kind, address: IPv4Address | IPv6Address
) -> None:
    censor = Censor([ForgedAnswers.of_iran(["example.org"])], Random(1))

    effects = ask(censor, Message.asking("example.org", kind, 7))
    assert [record.address for record in forged(effects).answers] == [address]
    assert not passed(effects)


def test_china_forges_an_address_and_lets_the_question_pass() -> None:
    for kind, pool in (
        (Kind.A, IPv4Network("203.0.113.0/24")),
        (Kind.AAAA, IPv6Network("2001::/32")),
    ):
        censor = Censor([ForgedAnswers.of_china(["example.org"])], Random(1))
        query = Message.asking("www.example.org", kind, 7)
        effects = ask(censor, query)
        answer = forged(effects)
        assert passed(effects)
        assert (answer.number, answer.questions) == (7, query.questions)
        assert answer.answers[0].address in pool


def test_china_s_answer_is_ahead_of_the_true_one_by_up_to_364_milliseconds() -> None:
    leads = []
    for seed in range(60):
        censor = Censor([ForgedAnswers.of_china(["example.org"])], Random(seed))
        (early,) = (one for one in ask(censor, QUERY) if isinstance(one, Inject))
        own = true_answer(QUERY)
        effects = censor.handle(own, 0.03)
        held = [one for one in effects if isinstance(one, Inject)]
        assert [one.packet for one in held] == ([] if passed(effects) else [own])
        leads.append(0.03 + sum(one.after for one in held) - early.after)
    assert 0.02 < min(leads) < 0.05
    assert 0.3 < max(leads) <= 0.364


def test_an_answer_later_than_the_lead_is_not_held() -> None:
    censor = Censor([ForgedAnswers.of_china(["example.org"])], Random(1))
    ask(censor, QUERY)

    assert passed(censor.handle(true_answer(QUERY), 0.37))


@pytest.mark.parametrize("country", COUNTRIES)
def test_other_names_and_their_answers_pass(
    country: Callable[[list[str]], ForgedAnswers],
) -> None:
    censor = Censor([country(["example.org"])], Random(1))

    for name in ("other.example", "notexample.org", "org"):
        query = Message.asking(name, Kind.A, 7)
        for packet in (datagram(CLIENT, RESOLVER, query.pack()), true_answer(query)):
            assert [type(one).__name__ for one in censor.handle(packet, 0.0)] == [
                "Forward"
            ]


@pytest.mark.parametrize("country", COUNTRIES)
def test_tcp_other_ports_and_what_is_no_query_pass(
    country: Callable[[list[str]], ForgedAnswers],
) -> None:
    rule = country(["example.org"])
    line = Line(rule, server=RESOLVER)
    query = QUERY.pack()

    assert line.opens()
    assert passed(line.up(len(query).to_bytes(2) + query))
    elsewhere = Endpoint(RESOLVER.host, 5353)
    assert passed(line.censor.handle(datagram(CLIENT, elsewhere, query), 0.0))
    for said in (b"no query", QUERY.answered().pack()):
        effects = line.censor.handle(datagram(CLIENT, RESOLVER, said), 0.0)
        assert passed(effects)
        assert len(effects) == 1


def test_a_question_for_what_no_address_answers_passes_where_addresses_are_forged() -> (
    None
):
    censor = Censor([ForgedAnswers.of_china(["example.org"])], Random(1))

    assert len(ask(censor, Message.asking("example.org", Kind.TXT, 7))) == 1


@pytest.mark.parametrize("country", COUNTRIES)
def test_resolvers_over_https_are_reset_by_their_names(
    country: Callable[[list[str], list[str]], ForgedAnswers],
) -> None:
    for name, is_met in (("dns.example", True), ("cover.example", False)):
        line = Line(country(["example.org"], ["dns.example"]))
        assert line.opens()
        effects = line.up(python_hello(name)) + line.down(b"ServerHello")
        resets = [
            effect
            for effect in effects
            if isinstance(effect, Inject) and effect.packet.flags & Flags.RST
        ]
        assert bool(resets) == is_met
