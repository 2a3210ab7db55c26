"""ClientHellos as a censor reads them."""

import hashlib

import pytest
import utls
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.lab.hellos import ClientHello, Extension, find_hello
from tests.lab.lines import python_hello
from tests.lab.programs import CHROMES, chrome_hello, heard


def test_pythons_own_hello_is_read() -> None:
    hello = find_hello(python_hello("Cover.Example", "h2", "http/1.1"))

    assert hello is not None
    assert hello.name == "cover.example"
    assert hello.protocols == ("h2", "http/1.1")
    assert not hello.resumes
    assert hello.ja4().startswith("t13d18")
    assert hello.ja4()[8:10] == "h2"


def test_a_hello_without_a_name_has_none() -> None:
    hello = find_hello(python_hello(None))

    assert hello is not None
    assert hello.name == ""
    assert hello.ja4().startswith("t13i")


def test_a_fingerprint_leaves_grease_out_and_sorts_what_browsers_shuffle() -> None:
    signatures = (Extension.SIGNATURE_ALGORITHMS, bytes.fromhex("000404030804"))
    name = (Extension.SERVER_NAME, b"\0\4\0\0\1a")
    grease = (0x2A2A, b"")
    one = ClientHello(0x0303, (0x1301, 0x5A5A, 0x1302), (grease, name, signatures))
    two = ClientHello(0x0303, (0x1302, 0x1301), (signatures, name))

    def short(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    expected = f"t12d020200_{short('1301,1302')}_{short('000d_0403,0804')}"
    assert one.ja4() == two.ja4() == expected
    assert one.ja3() == hashlib.md5(b"771,4865-4866,0-13,,").hexdigest()  # noqa: S324


@pytest.mark.interop
@pytest.mark.parametrize("preset", CHROMES)
def test_another_reader_takes_the_same_fingerprints_of_chrome(preset: str) -> None:
    raw = chrome_hello("cover.example", preset)
    ours, theirs = find_hello(raw), utls.Fingerprint.from_capture(raw)

    assert ours is not None
    assert ours.ja4() == theirs.ja4_hash
    assert ours.ja3() == theirs.ja3_hash


@pytest.mark.interop
@pytest.mark.parametrize("protocols", [(), ("h2",), ("http/1.1", "h2"), ("imap",)])
def test_another_reader_takes_the_same_ja4_of_python(
    protocols: tuple[str, ...],
) -> None:
    raw = python_hello("cover.example", *protocols)
    ours, theirs = find_hello(raw), utls.Fingerprint.from_capture(raw)

    assert ours is not None
    assert ours.ja4() == theirs.ja4_hash


@pytest.mark.interop
@pytest.mark.parametrize("program", heard())
def test_another_reader_takes_the_same_ja4_of_what_was_heard(program: str) -> None:
    raw = heard()[program]
    ours, theirs = find_hello(raw), utls.Fingerprint.from_capture(raw)

    assert ours is not None
    assert ours.ja4() == theirs.ja4_hash


def test_chrome_has_one_ja4_though_it_shuffles_and_greases() -> None:
    hellos = [find_hello(chrome_hello("cover.example")) for _ in range(8)]

    assert len({hello.ja4() for hello in hellos if hello}) == 1
    assert len({hello.ja3() for hello in hellos if hello}) > 1


@given(st.integers(0, 516))
def test_a_part_of_a_hello_is_none_yet(cut: int) -> None:
    assert find_hello(python_hello("cover.example")[:cut]) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_a_hello_none_yet_or_malformed(data: bytes) -> None:
    for stream in (data, b"\x16\3\1" + len(data).to_bytes(2) + b"\1" + data[1:]):
        try:
            hello = find_hello(stream)
        except Malformed:
            continue
        if hello is not None:
            assert len(hello.ja4()) == 36
            assert len(hello.ja3()) == 32
            assert hello.name is not None
            assert hello.protocols is not None


def test_what_is_no_tls_is_malformed() -> None:
    with pytest.raises(Malformed):
        find_hello(b"GET / HTTP/1.1\r\n")
