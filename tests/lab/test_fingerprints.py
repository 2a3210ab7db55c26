"""S10: programs that are known by their first words."""

import pytest

from linnet.lab.censor import Inject
from linnet.lab.hellos import ClientHello, find_hello
from linnet.lab.packets import Endpoint
from linnet.lab.reactions import Resets
from linnet.lab.rules.fingerprints import FingerprintBlock
from tests.lab.lines import CLIENT, SERVER, Line, passed, python_hello, ruled
from tests.lab.programs import CHROMES, chrome_hello, heard


def read(raw: bytes) -> ClientHello:
    hello = find_hello(raw)
    assert hello is not None
    return hello


OTHER = Endpoint.at("192.0.2.11", 443)
PYTHON = read(python_hello("once.example"))


@pytest.mark.parametrize(
    ("name", "protocols"),
    [("cover.example", ()), ("other.example", ("h2", "http/1.1")), (None, ("h2",))],
)
def test_a_learnt_program_is_silenced_whatever_it_asks_for(
    name: str | None, protocols: tuple[str, ...]
) -> None:
    line = Line(FingerprintBlock.learnt([PYTHON]))

    assert line.opens()
    assert ruled(line.up(python_hello(name, *protocols))) == [("S10", "drop")]
    assert not passed(line.down(b"data"))
    assert not passed(line.up(b"more"))


@pytest.mark.parametrize("fingerprint", [PYTHON.ja3(), PYTHON.ja4()])
def test_a_whole_fingerprint_stands_for_one_kind_of_hello(fingerprint: str) -> None:
    rule = FingerprintBlock(frozenset({fingerprint}))

    assert not passed(Line(rule).up(python_hello("cover.example")))
    assert passed(Line(rule, server=OTHER).up(python_hello("cover.example", "h2")))


def test_the_variant_resets_both_ends() -> None:
    line = Line(FingerprintBlock.learnt([PYTHON], Resets(count=1)))

    assert line.opens()
    effects = line.up(python_hello("cover.example"))
    resets = [one.packet.target for one in effects if isinstance(one, Inject)]
    assert resets == [CLIENT, SERVER]


@pytest.mark.parametrize("preset", CHROMES)
def test_a_chrome_s_hello_passes(preset: str) -> None:
    for rule in (FingerprintBlock.learnt([PYTHON]), FingerprintBlock()):
        line = Line(rule)
        assert line.opens()
        assert passed(line.up(chrome_hello("cover.example", preset)))
        assert passed(line.down(b"data"))


@pytest.mark.parametrize(
    ("program", "passes"),
    [
        ("python ssl", False),
        ("python urllib", False),
        ("go", False),
        ("rustls", False),
        ("chromium", True),
        ("firefox", True),
    ],
)
def test_programs_that_were_heard_are_silenced_and_browsers_are_not(
    program: str, passes: bool
) -> None:
    line = Line(FingerprintBlock())

    assert line.opens()
    assert passed(line.up(heard()[program])) is passes
    assert passed(line.down(b"data")) is passes


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_mail_over_the_web_s_port_ends_a_flow_and_over_its_own_does_not(
    protocol: str,
) -> None:
    hello = python_hello("mail.example", protocol)
    rule = FingerprintBlock(frozenset())

    assert not passed(Line(rule).up(hello))
    assert passed(Line(rule, server=Endpoint.at("192.0.2.10", 993)).up(hello))
    assert passed(Line(rule, server=OTHER).up(python_hello("mail.example", "h2")))
