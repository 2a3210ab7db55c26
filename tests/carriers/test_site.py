"""Websites that hold folders, by a server of this machine that says anything."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.diagnosis import Unopened
from linnet.carriers.drop import MOST_NAMES, Found
from linnet.carriers.folder_road import folder_drop
from linnet.carriers.parcels import LARGEST_PARCEL
from linnet.carriers.s3 import S3Drop, Signer, moment
from linnet.carriers.site import LARGEST_ANSWER, Answer, Site, site_address
from linnet.carriers.webdav import WebDavDrop
from linnet.errors import LinnetError, Malformed
from linnet.wire.links import Address, Road

NAME = "0f" * 16
KEY = Signer("eu-1", "id", "secret")


class Saying:
    """A reader and writer that hold what a server says, and forget what it hears."""

    def __init__(self, said: bytes) -> None:
        self.reader = asyncio.StreamReader(limit=8_192)
        self.reader.feed_data(said)
        self.reader.feed_eof()
        self.heard = b""
        self.transport = self

    def write(self, data: bytes) -> None:
        self.heard += data

    def abort(self) -> None:
        pass


def says(said: bytes) -> tuple[Site, Saying]:
    """A site whose only connection holds what is said."""
    site, there = Site(site_address("127.0.0.1", 80, tls=False)), Saying(said)
    connection = site._connection

    async def connect() -> Saying:
        connection._reader = there.reader
        return there

    connection._connect = connect  # type: ignore[method-assign,assignment]
    return site, there


def asked(said: bytes) -> Answer:
    return asyncio.run(_ask(said))


async def _ask(said: bytes) -> Answer:
    site, _ = says(said)
    return await site.ask("GET", "/", [])


def http(body: bytes, status: str = "207 Multi-Status") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_any_answer_is_one_or_a_connection_that_broke(said: bytes) -> None:
    for whole in (said, b"HTTP/1.1 200 OK\r\n" + said, http(said)):
        try:
            answer = asked(whole)
        except ConnectionError:
            continue
        assert len(answer.body) <= len(whole)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_chunks_are_put_together(chunks: list[bytes]) -> None:
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for one in [*chunks, b""]:
        said += b"%x\r\n%s\r\n" % (len(one), one)

    assert asked(said).body == b"".join(chunks)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LARGEST_ANSWER + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"1\r\nx\r\n" * 9_999,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999,
        b"HTTP/1.1 200 OK\r\n\r\nwithout a length",
        b"220 mail.example ESMTP\r\n\r\n",
    ],
    ids=["long", "long chunk", "chunks for ever", "long head", "no length", "no web"],
)
def test_what_has_no_bound_or_is_no_website_breaks_the_connection(said: bytes) -> None:
    with pytest.raises(ConnectionError):
        asked(said)


def test_a_file_that_is_larger_than_any_answer_is_none() -> None:
    for size in (LARGEST_ANSWER + 1, 10**12):
        said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
        assert of_dav(said, lambda drop: drop.get(NAME)) == Found(b"")
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"
    assert of_dav(said, lambda drop: drop.get(NAME)) == Found(b"")


def test_what_cannot_be_removed_keeps_nothing_else() -> None:
    async def story() -> bytes:
        site, there = says(http(b"", "423 Locked") + http(b"", "204 No Content"))
        await WebDavDrop((site, site), "/f/", "", "").delete([NAME, "1e" * 16])
        return there.heard

    assert asyncio.run(story()).count(b"DELETE ") == 2


@pytest.mark.parametrize("key", ["dav:ann:word", "s3:eu-1:id:secret"])
def test_a_folder_without_tls_is_on_this_machine(key: str) -> None:
    async def story(host: str) -> None:
        folder_drop(Address(Road.FOLDER, host, 80, "/f/", key))

    asyncio.run(story("127.0.0.1"))
    with pytest.raises(Malformed):
        asyncio.run(story("cloud.example"))


@asynccontextmanager
async def dav(said: bytes) -> AsyncIterator[WebDavDrop]:
    yield WebDavDrop((says(said)[0], says(said)[0]), "/f/", "ann", "pass")


def of_dav(said: bytes, ask: Callable[[WebDavDrop], Awaitable[object]]) -> object:
    async def story() -> object:
        async with dav(said) as drop:
            return await ask(drop)

    return asyncio.run(story())


def test_a_list_of_a_folder_holds_names_of_parcels_alone() -> None:
    body = b"<D:multistatus xmlns:D='DAV:'>" + b"".join(
        b"<D:response><D:href>%s</D:href></D:response>" % one
        for one in (b"/f/", b"/f/holiday.jpg", b"/f/" + NAME.encode(), b"/f/%2e%2e")
    )

    assert of_dav(http(body), lambda drop: drop.names("")) == [NAME]
    assert of_dav(http(body), lambda drop: drop.names("ff")) == []


def test_a_list_is_read_up_to_a_bound() -> None:
    body = b"".join(b"<href>/f/%032x</href>" % n for n in range(9_000))
    names = of_dav(http(body), lambda drop: drop.names(""))

    assert isinstance(names, list)
    assert len(names) == MOST_NAMES


@pytest.mark.fuzz
@given(st.binary(max_size=200), st.sampled_from(["200 OK", "404 X", "401 X", "500 X"]))
def test_whatever_a_folder_holds_is_a_value_or_a_named_error(
    body: bytes, status: str
) -> None:
    said = http(body, status)
    signer = KEY

    async def story() -> None:
        s3 = S3Drop((says(said)[0], says(said)[0]), "/b/", signer)
        for drop in (s3, WebDavDrop((says(said)[0], says(said)[0]), "/f/", "", "")):
            for ask in (drop.names(""), drop.get(NAME), drop.open()):
                try:
                    await ask
                except (OSError, LinnetError):
                    continue

    asyncio.run(story())


def test_what_is_larger_than_a_parcel_is_none() -> None:
    body = bytes(LARGEST_PARCEL + 1)
    found = of_dav(http(body, "200 OK"), lambda drop: drop.get(NAME))

    assert getattr(found, "data", None) == b""


@pytest.mark.parametrize(("status", "word"), [("401", "password"), ("404", "no such")])
def test_a_folder_that_lets_nobody_in_is_told_in_a_sentence(
    status: str, word: str
) -> None:
    with pytest.raises(Unopened, match=word):
        of_dav(http(b"", f"{status} X"), lambda drop: drop.open())


def test_requests_carry_the_password_and_nothing_else_of_the_person() -> None:
    async def story() -> bytes:
        site, there = says(http(b"", "201 Created"))
        drop = WebDavDrop((site, site), "/f/", "ann", "pass")
        await drop.put(NAME, b"data", "")
        return there.heard

    head, _, body = asyncio.run(story()).partition(b"\r\n\r\n")
    names = {line.partition(b":")[0] for line in head.split(b"\r\n")[1:]}

    assert head.startswith(b"PUT /f/" + NAME.encode() + b" HTTP/1.1\r\n")
    assert b"Authorization: Basic YW5uOnBhc3M=" in head
    assert body == b"data"
    assert names == {
        b"Host", b"User-Agent", b"Accept", b"Content-Length", b"Content-Type",
        b"Authorization",
    }  # fmt: skip


# The examples of Amazon's documentation: "Signature Calculations for the Authorization
# Header: Transferring Payload in a Single Chunk (AWS Signature Version 4)".

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EXAMPLE = Signer(
    "us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)
MIDNIGHT = 1_369_353_600.0


@pytest.mark.parametrize(
    ("method", "target", "headers", "signature"),
    [
        (
            "GET",
            "/test.txt",
            {"range": "bytes=0-9"},
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test%24file.text",
            {
                "date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
                "x-amz-content-sha256": (
                    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
                ),
            },
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "/?lifecycle=",
            {},
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            "/?max-keys=2&prefix=J",
            {},
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_signatures_are_those_of_amazons_examples(
    method: str, target: str, headers: dict[str, str], signature: str
) -> None:
    signed = {
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-content-sha256": EMPTY,
        "x-amz-date": moment(MIDNIGHT),
    } | headers

    assert EXAMPLE.sign(method, target, signed, MIDNIGHT).endswith(signature)


def test_keys_are_in_no_repr() -> None:
    assert "EXAMPLE" not in repr(EXAMPLE)
