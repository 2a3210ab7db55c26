"""S9: the fifth ClientHello of one kind within ten seconds goes nowhere."""

from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.hellos import find_hello
from linnet.lab.packets import Endpoint
from linnet.lab.rules.hello_policing import CHROME, HelloPolicing
from tests.lab.lines import CLIENT, Line, passed, python_hello, ruled
from tests.lab.programs import CHROMES, chrome_hello, heard

HELLO = python_hello("cover.example")


def fingerprint(record: bytes) -> str:
    hello = find_hello(record)
    assert hello
    return hello.ja4()


def resuming(record: bytes) -> bytes:
    """The same hello with an empty pre_shared_key at its end."""
    at = 9 + 2 + 32 + 1 + record[43]
    at += 2 + int.from_bytes(record[at : at + 2])
    at += 1 + record[at]
    extensions = record[at + 2 :] + b"\0\x29\0\0"
    body = record[9:at] + len(extensions).to_bytes(2) + extensions
    message = b"\1" + len(body).to_bytes(3) + body
    return record[:3] + len(message).to_bytes(2) + message


class Crowd:
    """Connections past one censor, each from a port of its own."""

    def __init__(self, *prints: str, most: int = 4) -> None:
        rule = HelloPolicing(frozenset(prints or {fingerprint(HELLO)}), most=most)
        self.censor, self.port = Censor((rule,), Random(3)), 40_000

    def connects(
        self, hello: bytes = HELLO, now: float = 0.0, host: str = "192.0.2.10"
    ) -> bool:
        self.port += 1
        client, server = Endpoint(CLIENT.host, self.port), Endpoint.at(host, 443)
        line = Line(censor=self.censor, client=client, server=server)
        line.now = now
        return line.opens() and passed(line.up(hello))


@pytest.mark.parametrize("most", [3, 4, 6, 12])
def test_one_hello_too_many_within_ten_seconds_is_dropped(most: int) -> None:
    crowd = Crowd(most=most)
    hosts = [f"192.0.2.{number}" for number in range(1, most + 2)]

    came = [crowd.connects(now=0.5 * at, host=host) for at, host in enumerate(hosts)]
    assert came == [True] * most + [False]


def test_hellos_that_take_their_time_pass() -> None:
    crowd = Crowd()

    assert all(crowd.connects(now=2.5 * number) for number in range(40))


def test_the_drop_lasts_from_one_minute_to_two() -> None:
    crowd = Crowd()
    assert [crowd.connects() for _ in range(5)][-1] is False

    assert not any(crowd.connects(now=59.0) for _ in range(10))
    assert crowd.connects(now=120.0)


def test_another_name_network_or_fingerprint_passes_meanwhile() -> None:
    crowd = Crowd()
    assert [crowd.connects() for _ in range(5)][-1] is False

    assert crowd.connects(python_hello("other.example"))
    assert crowd.connects(host="192.0.3.10")
    assert crowd.connects(python_hello("cover.example", "h2"))


@pytest.mark.parametrize(
    "hello", [python_hello(None), resuming(HELLO), b"SSH-2.0-OpenSSH_9.2\r\n"]
)
def test_no_name_a_resumption_or_no_tls_is_not_counted(hello: bytes) -> None:
    prints = [fingerprint(python_hello(None)), fingerprint(resuming(HELLO))]
    crowd = Crowd(*prints)

    assert all(crowd.connects(hello) for _ in range(40))


@pytest.mark.parametrize("preset", ["chromium", *CHROMES])
def test_every_chrome_is_policed_by_default_and_firefox_is_not(preset: str) -> None:
    hello = heard().get(preset) or chrome_hello("cover.example", preset)
    crowd = Crowd(*CHROME)

    assert [crowd.connects(hello) for _ in range(5)] == [True] * 4 + [False]
    assert all(crowd.connects(heard()["firefox"]) for _ in range(9))


def test_a_hello_that_is_sent_again_is_dropped_again() -> None:
    crowd = Crowd(most=0)
    line = Line(censor=crowd.censor)
    line.opens()

    assert ruled(line.up(HELLO)) == [("S9", "drop")]
    line.now = 3.0
    assert ruled(line.up(HELLO)) == [("S9", "drop")]


def test_a_hello_that_is_sent_again_is_counted_once() -> None:
    line = Line(censor=Crowd().censor)
    line.opens()

    assert all(passed(line.up(HELLO)) for _ in range(6))


def test_a_server_that_speaks_first_exempts_nobody() -> None:
    line = Line(censor=Crowd(most=0).censor)
    line.opens()
    line.down(b"220 welcome\r\n")

    assert not passed(line.up(HELLO))
    assert not passed(line.up(HELLO))


def test_a_connection_that_was_answered_goes_on() -> None:
    crowd = Crowd()
    line = Line(censor=crowd.censor)
    line.opens()
    assert passed(line.up(HELLO))
    assert passed(line.down(b"\x16\3\3\0\1\2"))
    assert [crowd.connects() for _ in range(4)][-1] is False

    assert passed(line.up(b"\x17\3\3\0\1\0"))
