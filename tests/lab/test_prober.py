"""S7: what a prober asks, whom it blocks for the answers, and whom it lets be."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from linnet.lab.censor import Answered, Effect, Probe
from linnet.lab.packets import Endpoint
from linnet.lab.probes import Kind
from linnet.lab.rules.prober import HOME, ActiveProber
from linnet.lab.suspicion import Suspicion
from tests.lab.lines import SERVER, Line, passed, python_hello
from tests.lab.servers import Said, Server, certificate, relay, tls_site, website
from tests.wire.parties import strangers

COVER = Endpoint.at("198.51.100.7", 443)
SECRET = b"\x93" + Random(1).randbytes(299)


def suspicious(cover: Endpoint | None = None) -> Line:
    """An open flow to a server whose every first packet is suspicious."""
    line = Line(ActiveProber(Random(1), frozenset({SERVER}), cover))
    line.opens()
    return line


def probes(effects: list[Effect]) -> list[Probe]:
    return [one for one in effects if isinstance(one, Probe)]


def answer(
    line: Line,
    asked: Iterable[Probe],
    server: Server,
    cover: Server | None = None,
    shown: Callable[[str], bytes] = lambda _: b"",
    seconds: float = 1.0,
) -> None:
    """Perform probes, and tell the censor what they met."""
    for probe in asked:
        is_cover = probe.packet.target == COVER
        asks = cover if is_cover and cover else server
        data, closed = asks(probe.packet.payload)
        told = b"" if is_cover else shown(probe.kind)
        met = Answered(probe.number, data, closed, seconds, told)
        assert line.censor.handle(met, line.now) == []


def blocked(line: Line) -> bool:
    return not passed(line.up(b"more"))


def differing(one: bytes, other: bytes) -> list[int]:
    assert len(one) == len(other)
    return [at for at in range(len(one)) if one[at] != other[at]]


def test_a_suspicious_packet_is_followed_by_every_kind_of_probe() -> None:
    line = suspicious()
    asked = probes(line.up(SECRET))
    said = {probe.kind: probe.packet.payload for probe in asked}

    assert said[Kind.REPLAY] == SECRET
    assert differing(SECRET, said[Kind.FIRST_CHANGED]) == [0]
    assert differing(SECRET, said[Kind.TWO_CHANGED]) == [6, 16]
    assert len(said[Kind.LONG_NOISE]) == 221
    assert said[Kind.GET].startswith(b"GET / HTTP/1.1\r\n")
    assert said[Kind.FLOOD].endswith(b"\x14\3\3\0\1\1" * 64)
    sizes = [len(p.packet.payload) for p in asked if p.kind == Kind.SHORT_NOISE]
    middles = (8, 12, 16, 22, 33, 41, 49)
    assert all(abs(a - b) <= 1 for a, b in zip(sizes, middles, strict=True))
    assert {Kind.NO_NAME, Kind.OTHER_NAME} < said.keys()
    assert all(probe.packet.target == SERVER for probe in asked)
    assert len({probe.number for probe in asked}) == len(asked)


def test_a_hello_is_said_again_and_its_name_is_asked_for_once_it_is_whole() -> None:
    line, hello = suspicious(), python_hello("cover.example")

    first = {probe.kind for probe in probes(line.up(hello[:100]))}
    second = {p.kind: p.packet.payload for p in probes(line.up(hello[100:]))}
    assert Kind.HELLO_AGAIN not in first
    assert second.keys() == {Kind.HELLO_AGAIN, Kind.SAME_NAME}
    again = Line(censor=line.censor, client=Endpoint.at("10.0.0.2", 40_001))
    assert probes(again.up(hello)) == []
    assert second[Kind.HELLO_AGAIN] == hello
    assert b"cover.example" in second[Kind.SAME_NAME]


def test_two_more_replays_come_only_if_a_replay_was_answered() -> None:
    silent, speaks = suspicious(), suspicious()
    answer(silent, probes(silent.up(SECRET)), lambda _: Said(b""))
    answer(
        speaks, probes(speaks.up(SECRET)), lambda _: Said(b"421 no\r\n", closed=True)
    )

    assert probes(silent.up(b"x")) == []
    more = {probe.kind: probe.packet.payload for probe in probes(speaks.up(b"x"))}
    assert differing(SECRET, more[Kind.HEAD_CHANGED]) == [*range(8), 62, 63]
    assert differing(SECRET, more[Kind.SALT_END_CHANGED]) == [16]
    assert probes(speaks.up(b"x")) == []


def test_probes_come_after_the_delays_that_were_measured() -> None:
    rule = ActiveProber(Random(1))
    delays = sorted(rule.delay() for _ in range(4_000))

    assert min(delays) >= 0.28
    assert max(delays) <= 570 * 3_600
    for part, seconds in ((0.2, 1.0), (0.5, 60.0), (0.75, 900.0)):
        before = sum(delay < seconds for delay in delays) / len(delays)
        assert before == pytest.approx(part, abs=0.03)


def test_the_same_seed_probes_alike() -> None:
    one, other = suspicious(), suspicious()

    assert one.up(SECRET) == other.up(SECRET)


def test_a_server_is_probed_anew_only_after_a_rest_and_never_by_itself() -> None:
    line = suspicious()
    line.up(SECRET)
    again = Line(censor=line.censor, client=Endpoint.at("10.0.0.2", 40_001))
    rule = ActiveProber(Random(1), frozenset({SERVER}))
    own = Line(rule, client=Endpoint(HOME, 40_000))

    assert probes(again.up(SECRET)) == []
    assert probes(own.up(SECRET)) == []
    later = Line(censor=line.censor, client=Endpoint.at("10.0.0.2", 40_002))
    later.now = 86_400.0
    assert probes(later.up(SECRET))


def test_random_packets_are_probed_and_web_traffic_hardly_ever() -> None:
    found: Counter[str] = Counter()
    for seed in range(1_000):
        chances = Random(seed)
        for name, opening in (
            ("random", chances.randbytes(chances.randint(160, 700))),
            ("long", chances.randbytes(1_300)),
            ("get", b"GET / HTTP/1.1\r\nHost: cover.example\r\n\r\n"),
        ):
            line = Line(ActiveProber(chances))
            line.up(b"")
            found[name] += bool(probes(line.up(opening)))

    assert found.keys() == {"random", "long", "get"}
    assert 40 < found["random"] < 120
    assert found["long"] == found["get"] == 0


def test_only_the_first_payload_of_a_flow_can_be_suspicious() -> None:
    rule = ActiveProber(Random(1), suspicion=Suspicion(share=20.0))
    first, later = Line(rule), Line(rule, server=COVER)

    assert probes(first.up(SECRET))
    later.up(b"GET / HTTP/1.1\r\n\r\n")
    assert not probes(later.up(SECRET))


def test_a_server_that_answers_replays_with_random_octets_is_blocked() -> None:
    line = suspicious()
    asked = probes(line.up(SECRET))
    answer(line, asked[1:], lambda _: Said(b""))
    assert not blocked(line)
    answer(line, asked[:1], lambda heard: Said(Random(len(heard)).randbytes(90)))

    assert blocked(line)
    assert not passed(line.down(b"answer"))
    neighbour = Line(censor=line.censor, server=Endpoint(SERVER.host, 8_443))
    assert neighbour.opens()


def test_a_silent_server_that_closes_from_some_length_on_is_blocked() -> None:
    line = suspicious()
    asked = probes(line.up(SECRET))
    answer(line, asked[:7], closing)
    assert not blocked(line)
    answer(line, asked[7:], closing)

    assert blocked(line)


def closing(heard: bytes) -> Said:
    return Said(b"", closed=len(heard) >= 20)


@pytest.mark.parametrize(
    ("server", "seconds"),
    [
        (lambda _: Said(b""), 1.0),
        (lambda _: Said(b"", closed=True), 1.0),
        (lambda heard: Said(b"", closed=10 < len(heard) < 40), 1.0),
        (lambda heard: Said(b"", closed=len(heard) < 20), 1.0),
        (closing, 10.0),
        (
            lambda heard: closing(heard) if b"GET" not in heard else Said(b"no", True),
            1.0,
        ),
    ],
)
def test_a_silent_server_without_such_a_length_is_let_be(
    server: Server, seconds: float
) -> None:
    line = suspicious()
    asked = probes(line.up(SECRET))
    asked.sort(key=lambda probe: probe.kind != Kind.GET)
    answer(line, asked, server, seconds=seconds)

    assert not blocked(line)


def test_what_only_the_cover_site_answers_is_held_against_nobody() -> None:
    line = suspicious(COVER)
    asked = [p for p in probes(line.up(SECRET)) if p.packet.target == COVER]
    answer(line, asked, website(), lambda _: Said(b"\x93\xe1"))

    assert not blocked(line)


def test_linnets_plain_tcp_is_told_from_a_website_by_its_opening_said_again() -> None:
    client, _ = strangers()
    hello = client.hello(0.0)
    opening = len(hello).to_bytes(2) + hello
    server = relay(plain_tcp=True)
    assert server(opening).data
    line = suspicious(COVER)
    asked = [one for one in probes(line.up(opening)) if one.kind == Kind.REPLAY]
    answer(line, asked, server, website())

    assert blocked(line)


def test_linnets_website_answers_as_the_same_website_without_a_relay() -> None:
    line = suspicious(COVER)
    opening = b"GET / HTTP/1.1\r\nHost: cover.example\r\n\r\n"
    asked = probes(line.up(opening))
    answer(line, asked, relay(plain_tcp=False), website())
    more = probes(line.up(b"x"))
    answer(line, more, relay(plain_tcp=False), website())

    assert more
    assert not blocked(line)


def test_linnets_plain_tcp_is_told_from_its_website_by_noise() -> None:
    line = suspicious(COVER)
    asked = probes(line.up(b"\1" + SECRET))

    async def story() -> None:
        # Who became a carrier has a loop's time.
        answer(line, asked, relay(plain_tcp=True), website())

    asyncio.run(story())
    assert blocked(line)


def test_a_real_site_of_the_same_make_is_let_be(tmp_path: Path) -> None:
    shown = certificate("cover.example")
    site = tls_site(shown.context(tmp_path))
    cover = tls_site(certificate("other.example").context(tmp_path))
    line = suspicious(COVER)
    asked = probes(line.up(python_hello("cover.example")))
    default = certificate("default.example")

    def show(kind: str) -> bytes:
        return (shown if kind == Kind.SAME_NAME else default).der

    answer(line, asked, site, cover, show)
    answer(line, probes(line.up(b"x")), site, cover)

    assert Kind.SAME_NAME in {probe.kind for probe in asked}
    assert not blocked(line)


def test_a_site_that_speaks_another_tls_than_its_cover_is_blocked(
    tmp_path: Path,
) -> None:
    context = certificate("cover.example").context(tmp_path)
    cover = tls_site(certificate("cover.example").context(tmp_path))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    line = suspicious(COVER)
    asked = probes(line.up(python_hello("cover.example")))
    answer(line, asked, tls_site(context), cover)

    assert blocked(line)


@pytest.mark.parametrize(
    ("names", "issuer"),
    [(("cover.example",), "cover.example"), (("other.example",), "An authority")],
)
def test_a_certificate_of_ones_own_or_for_another_name_is_held_against_a_server(
    names: tuple[str, ...], issuer: str, tmp_path: Path
) -> None:
    shown = certificate(*names, issuer=issuer)
    site = tls_site(shown.context(tmp_path))
    line = suspicious()
    asked = probes(line.up(python_hello("cover.example")))
    answer(line, asked, site, shown=lambda _: shown.der)

    assert blocked(line)


def test_answers_that_nobody_asked_for_are_overlooked() -> None:
    line = suspicious()
    line.up(SECRET)
    line.censor.handle(Answered(-1, b"\x93\xe1", True, 1.0), 0.0)

    assert not blocked(line)
