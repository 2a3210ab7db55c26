"""What is read from answers and certificates, whatever they are."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.lab.certificates import complaint
from linnet.lab.hellos import find_hello
from linnet.lab.impressions import MOST_READ, Impression, Manner
from linnet.lab.probes import changed, hello
from tests.lab.servers import certificate

GOOD = certificate("cover.example", "*.cover.example")


def read(data: bytes) -> Impression:
    return Impression.read(data, closes=False)


@pytest.mark.parametrize(
    ("data", "manner"),
    [
        (b"", Manner.SILENT),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Manner.HTTP),
        (b"\x15\3\3\0\2\2\x46", Manner.TLS),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", Manner.TEXT),
        (b"\x93\xe1\x08", Manner.STRANGE),
    ],
)
def test_an_answer_is_of_one_manner(data: bytes, manner: Manner) -> None:
    assert read(data).manner is manner


def test_the_same_site_reacts_alike_on_another_day_and_another_does_not() -> None:
    head = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: "
    monday, tuesday = (read(head + day + b"\r\n\r\nhome") for day in (b"Mo", b"Tu"))

    assert monday == tuesday
    assert monday != read(head + b"Mo\r\n\r\nother")
    assert monday != read(head + b"Mo\r\nX-Powered-By: x\r\n\r\nhome")
    assert monday != Impression.read(head + b"Mo\r\n\r\nhome", closes=True)


def test_only_the_beginning_of_a_long_answer_is_compared() -> None:
    long = b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MOST_READ)

    assert read(long + b"a") == read(long + b"b")


def test_what_a_server_hello_chooses_is_told_apart_and_its_chance_is_not() -> None:
    def chosen(seed: int, cipher: bytes) -> Impression:
        chance = Random(seed).randbytes(32) + b"\x20" + Random(-seed).randbytes(32)
        body = b"\3\3" + chance + cipher + b"\0" + b"\0\6\0\x2b\0\2\3\4"
        message = b"\2" + len(body).to_bytes(3) + body
        return read(b"\x16\3\3" + len(message).to_bytes(2) + message)

    assert chosen(1, b"\x13\1") == chosen(2, b"\x13\1")
    assert chosen(1, b"\x13\1") != chosen(1, b"\x13\2")


def test_alerts_are_told_apart() -> None:
    assert read(b"\x15\3\3\0\2\2\x46") != read(b"\x15\3\3\0\2\2\x28")


def test_a_certificate_is_complained_about_only_for_a_reason() -> None:
    assert complaint(GOOD.der) == ""
    assert complaint(GOOD.der, "cover.example") == ""
    assert complaint(GOOD.der, "www.cover.example") == ""
    assert "another name" in complaint(GOOD.der, "a.www.cover.example")
    assert "another name" in complaint(GOOD.der, "blocked.example")
    own = certificate("cover.example", issuer="cover.example")
    assert "self-signed" in complaint(own.der, "cover.example")
    assert "cannot be read" in complaint(b"no certificate")
    # Its serial number, which follows the version, made 0: no longer allowed.
    assert complaint(GOOD.der.replace(b"\2\1\2\2\1\1", b"\2\1\2\2\1\0", 1)) == ""


@given(st.integers(0, len(GOOD.der) - 1), st.integers(0, 255), st.binary(max_size=9))
def test_any_bytes_are_a_certificate_or_a_complaint(
    at: int, octet: int, more: bytes
) -> None:
    der = GOOD.der[:at] + bytes((octet,)) + GOOD.der[at + 1 :]
    for data in (more, der, GOOD.der[:at] + more):
        assert isinstance(complaint(data, "cover.example"), str)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_impression(data: bytes) -> None:
    record = b"\x16\3\3" + len(data).to_bytes(2) + data
    server_hello = b"\x16\3\3\1\0\2" + data
    for answer in (data, record, server_hello, b"HTTP/" + data):
        assert read(answer) == read(answer)


@given(st.text(alphabet="abc.-é�", max_size=40), st.randoms())
def test_a_probe_asks_for_the_name_that_it_was_given(
    name: str, chances: Random
) -> None:
    read_back = find_hello(hello(name, chances))

    assert read_back is not None
    expected = name.encode("ascii", "replace").decode().rstrip(".")
    assert read_back.name == expected
    assert read_back.protocols == ("http/1.1",)


@given(st.binary(max_size=80), st.randoms())
def test_octets_are_changed_where_they_are_to_be_and_nowhere_else(
    payload: bytes, chances: Random
) -> None:
    places = (6, 16)
    other = changed(payload, places, chances)

    assert len(other) == len(payload)
    differ = [at for at in range(len(payload)) if payload[at] != other[at]]
    assert differ == [at for at in places if at < len(payload)]
