"""S5: who hides the name is cut off; who only seems to is not."""

from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.hellos import Extension, find_hello
from linnet.lab.packets import Endpoint, Flags
from linnet.lab.rules.hidden_names import HiddenNames
from tests.lab.lines import CLIENT, Line, passed, python_hello, ruled
from tests.lab.programs import CHROMES, chrome_hello

OUTER = "cloudflare-ech.com"


def grown(hello: bytes, kind: int, data: bytes) -> bytes:
    """The same ClientHello with one extension more, as a record."""
    extension = kind.to_bytes(2) + len(data).to_bytes(2) + data
    body = hello[9:]
    at = 35 + body[34]  # behind version, random and session
    at += 2 + int.from_bytes(body[at : at + 2])
    at += 1 + body[at]
    length = int.from_bytes(body[at : at + 2]) + len(extension)
    body = body[:at] + length.to_bytes(2) + body[at + 2 :] + extension
    message = b"\1" + len(body).to_bytes(3) + body
    return hello[:3] + len(message).to_bytes(2) + message


ESNI_HELLO = grown(python_hello(None), Extension.ESNI, bytes(100))
ECH_HELLO = grown(python_hello(OUTER), Extension.ECH, bytes(100))


def test_esni_ends_what_the_client_sends_and_not_what_the_server_does() -> None:
    line = Line(HiddenNames.of_china())

    assert line.opens()
    assert ruled(line.up(ESNI_HELLO)) == [("S5", "drop")]
    assert not passed(line.up(b"more"))
    assert passed(line.down(b"data"))


def test_esni_s_silence_is_of_the_triple_and_lasts_120_to_180_seconds() -> None:
    ended_by_150 = set()
    for seed in range(20):
        line = Line(censor=Censor([HiddenNames.of_china()], Random(seed)))
        line.opens()
        line.up(ESNI_HELLO)
        other = Line(client=Endpoint(CLIENT.host, 40_001), censor=line.censor)
        elsewhere = Line(server=Endpoint.at("192.0.2.10", 8443), censor=line.censor)
        other.now = elsewhere.now = 119.9
        assert not passed(other.up(flags=Flags.SYN))
        assert elsewhere.opens()
        other.now = 150.0
        ended_by_150.add(passed(other.up(flags=Flags.SYN)))
        other.now = 180.0
        assert passed(other.up(flags=Flags.SYN))
    assert ended_by_150 == {True, False}


def test_ech_under_the_name_of_its_servers_is_silence_both_ways() -> None:
    for hello in (ECH_HELLO, chrome_hello(OUTER)):
        line = Line(HiddenNames.of_russia())
        assert line.opens()
        assert ruled(line.up(hello)) == [("S5", "drop")]
        assert not passed(line.down(b"data"))
        assert not passed(line.up(b"more"))


@pytest.mark.parametrize("preset", CHROMES)
def test_a_browser_s_empty_ech_under_another_name_passes(preset: str) -> None:
    raw = chrome_hello("cover.example", preset)
    hello = find_hello(raw)

    assert hello is not None
    assert hello.extension(Extension.ECH) is not None
    for rule in (HiddenNames.of_russia(), HiddenNames.of_china()):
        line = Line(rule)
        assert line.opens()
        assert passed(line.up(raw))
        assert passed(line.down(b"data"))


@pytest.mark.parametrize("name", [OUTER, f"www.{OUTER}", "cover.example", None])
def test_a_name_without_ech_passes(name: str | None) -> None:
    line = Line(HiddenNames.of_russia())

    assert passed(line.up(python_hello(name)))


def test_ech_under_a_name_below_that_of_its_servers_passes() -> None:
    line = Line(HiddenNames.of_russia())

    assert passed(line.up(chrome_hello(f"www.{OUTER}")))


def test_each_state_looks_for_its_own() -> None:
    assert passed(Line(HiddenNames.of_russia()).up(ESNI_HELLO))
    assert passed(Line(HiddenNames.of_china()).up(ECH_HELLO))
