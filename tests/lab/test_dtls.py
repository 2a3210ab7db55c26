"""DTLS handshakes, as a censor reads them."""

import shutil
import socket
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.lab.dtls import Flight, read_flight
from tests.lab.flights import (
    CHROME_JA4,
    EXTENSIONS,
    HELLO,
    VERIFY,
    flight,
    fragment,
    hello_body,
)


def ja4(datagram: bytes) -> str | None:
    hello = read_flight(datagram).hello
    return hello.ja4("d") if hello else None


def test_a_browsers_hello_has_the_fingerprint_that_was_published() -> None:
    assert ja4(HELLO) == CHROME_JA4
    assert ja4(flight(hello_body(b"cookie"))) == CHROME_JA4


def test_the_newest_version_that_is_offered_is_in_the_fingerprint() -> None:
    offers = EXTENSIONS + "002b000504fefcfefd"

    assert str(ja4(flight(hello_body(extensions=offers)))).startswith("dd3i1108")
    assert str(ja4(flight(hello_body(version=0xFEFF)))).startswith("dd1i1107")


def test_a_request_to_verify_is_seen_and_is_no_hello() -> None:
    assert read_flight(VERIFY) == Flight(hello=None, verifies=True)
    assert not read_flight(HELLO).verifies


def test_fragments_in_one_datagram_are_joined_in_any_order() -> None:
    body = hello_body()
    parts = [fragment(body, 60, 200), fragment(body, 0, 40), fragment(body, 30, 70)]

    assert ja4(b"".join(parts)) == CHROME_JA4
    assert ja4(b"".join(parts[:2])) is None
    with pytest.raises(Malformed):
        read_flight(parts[0] + fragment(body + b"x", 0, 40))


def test_what_is_encrypted_or_no_handshake_is_malformed() -> None:
    for datagram in (b"", b"\x17" + HELLO[1:], fragment(hello_body(), 0, 99, epoch=1)):
        with pytest.raises(Malformed):
            read_flight(datagram)


@given(st.binary(max_size=300), st.integers(0, 3), st.integers(0, 200))
def test_any_bytes_are_a_flight_or_malformed(data: bytes, kind: int, cut: int) -> None:
    whole = flight(data, kind=kind)
    pieces = fragment(data, cut, 300) + fragment(data, 0, cut)
    for datagram in (data, whole, pieces, HELLO[:cut] + data, whole[:cut]):
        try:
            found = read_flight(datagram)
        except Malformed:
            continue
        assert found.hello is None or len(found.hello.ja4("d")) == 36


@pytest.mark.interop
@pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not on this machine"
)
def test_openssls_own_hello_is_read() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(30)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        client = subprocess.Popen(
            ["openssl", "s_client", "-dtls1_2", "-connect", address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            datagram = server.recv(65_535)
        finally:
            client.kill()
            client.wait()

    hello = read_flight(datagram).hello
    assert hello is not None
    assert hello.ja4("d").startswith("dd2i")
