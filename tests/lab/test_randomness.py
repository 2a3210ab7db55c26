"""S6: the fully encrypted is caught, and what passes in the world passes."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint
from linnet.lab.rules.randomness import FullyEncrypted
from tests.lab.lines import CLIENT, SERVER, Line, datagram, passed, python_hello, ruled
from tests.wire.parties import strangers

NETWORKS = ["192.0.2.0/24"]
ALL = FullyEncrypted.of(NETWORKS, share=1.0)
SECRET = b"\x93" + Random(1).randbytes(299)


def always() -> FullyEncrypted:
    return FullyEncrypted.of(NETWORKS, share=1.0)


def goes_on(line: Line, opening: bytes) -> bool:
    """Whether a client that began so is heard afterwards."""
    assert line.opens()
    line.up(opening)
    return passed(line.up(b"more"))


def test_random_octets_arrive_and_what_follows_does_not() -> None:
    line = Line(always())
    line.opens()

    assert ruled(line.up(SECRET)) == [("S6", "pass")]
    assert ruled(line.up(SECRET)) == [("S6", "drop")]
    assert passed(line.down(b"answer"))


def test_linnets_own_session_over_plain_tcp_is_caught() -> None:
    client, _ = strangers()
    opening = client.hello(0.0)

    assert not goes_on(Line(always()), len(opening).to_bytes(2) + opening)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (bytes(100) + SECRET, "its ones are too few or too many"),
        (b"\xff" * 100 + SECRET, "its ones are too few or too many"),
        (b"Linnet" + SECRET, "its beginning is printable"),
        (b"\xe0km" * 6, "most of it is printable"),
        (SECRET + b"\xe9" + b"kmngusyokmngusyokmngu", "a long part of it is printable"),
        (b"\x17\3\3" + SECRET, "it begins as TLS does"),
        (b"\x16\3\x09" + SECRET, "it begins as TLS does"),
        (b"PUT " + SECRET, "it begins as HTTP does"),
        (b"POST " + SECRET, "it begins as HTTP does"),
    ],
)
def test_each_exemption_lets_a_payload_pass(payload: bytes, why: str) -> None:
    assert ALL.exemption(payload) == why
    assert goes_on(Line(always()), payload)


@pytest.mark.parametrize(
    "payload",
    [
        SECRET,
        b"Linne" + SECRET,
        SECRET + b"\xe9" + b"kmngusyokmngusyokmng\xe9",
        b"\x16\3\x0a" + SECRET,
        b"\x15\3\3" + SECRET,
        b"PUT" + SECRET,
    ],
)
def test_what_just_misses_an_exemption_is_caught(payload: bytes) -> None:
    assert not ALL.exemption(payload)
    assert not goes_on(Line(always()), payload)


def test_tls_http_and_ssh_pass() -> None:
    for opening in (
        python_hello("cover.example"),
        b"GET / HTTP/1.1\r\nHost: cover.example\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    ):
        assert goes_on(Line(always()), opening)


def test_only_the_first_payload_to_a_listed_network_is_looked_at() -> None:
    elsewhere = Endpoint.at("198.51.100.1", 443)
    later = Line(always())
    later.opens()
    later.up(b"GET / HTTP/1.1\r\n\r\n")
    later.up(SECRET)

    assert passed(later.up(SECRET))
    assert goes_on(Line(always(), server=elsewhere), SECRET)


def test_datagrams_are_not_looked_at() -> None:
    censor = Censor([always()], Random(1))

    for _ in range(2):
        assert passed(censor.handle(datagram(CLIENT, SERVER, SECRET), 0.0))


def test_a_client_is_blocked_from_that_port_alone_and_for_180_seconds() -> None:
    line = Line(always())
    assert not goes_on(line, SECRET)
    again = Endpoint(CLIENT.host, 40_001)
    other_port = Endpoint(SERVER.host, 8_443)
    neighbour = Endpoint.at("10.0.0.3", 40_000)

    assert not Line(censor=line.censor, client=again).opens()
    assert Line(censor=line.censor, client=again, server=other_port).opens()
    assert Line(censor=line.censor, client=neighbour).opens()
    later = Line(censor=line.censor, client=again)
    later.now = 180.0
    assert later.opens()


def test_about_a_quarter_of_such_flows_is_blocked() -> None:
    caught = 0
    for seed in range(400):
        censor = Censor([FullyEncrypted.of(NETWORKS)], Random(seed))
        caught += not goes_on(Line(censor=censor), SECRET)

    assert 0.2 < caught / 400 < 0.33


@given(st.binary(min_size=1, max_size=400))
def test_any_payload_is_judged(payload: bytes) -> None:
    assert isinstance(ALL.exemption(payload), str)
