"""What mails hold, and what mail servers may say, by strangers (spec/parcels.md §5)."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers import drop_keys, smtp
from linnet.carriers.diagnosis import Unopened
from linnet.carriers.drop import Found
from linnet.carriers.imap import LARGEST_ANSWER, MOST_SEARCHED, Imap
from linnet.carriers.mail_line import LARGEST_LINE, MailLine, Server
from linnet.carriers.mail_road import read_post
from linnet.carriers.mail_text import (
    LARGEST_MAIL,
    is_address,
    read_mail,
    write_mail,
)
from linnet.carriers.parcels import LARGEST_PARCEL, Parcel, Side
from linnet.carriers.smtp import Account
from linnet.errors import LinnetError, Malformed
from tests.carriers.real_drops import own_certificate

ANN, RELAY = "ann@mail.example", "relay+linnet@mail.example"
NAME = "5a" * 16
PARCEL = Parcel(bytes(16), Side.CLIENT, 3, 1, (b"hello", bytes(100))).pack()
SERVER = Server("127.0.0.1", 1, tls=False)
ACCOUNT = Account(ANN, ANN, "word")


def mail(data: bytes = PARCEL) -> bytes:
    return write_mail(NAME, data, sender=ANN, to=RELAY, now=1_790_000_000.0)


@given(st.lists(st.binary(max_size=2_000), max_size=20))
def test_what_a_mail_was_given_is_read(messages: list[bytes]) -> None:
    data = Parcel(bytes(16), Side.RELAY, 0, 0, tuple(messages)).pack()

    assert read_mail(mail(data)) == Found(data, ANN)


def test_the_largest_parcel_fits_into_a_mail() -> None:
    data = Parcel(bytes(16), Side.RELAY, 0, 0, (bytes(65_535), bytes(61))).pack()

    assert len(data) == LARGEST_PARCEL
    assert len(mail(data)) < LARGEST_MAIL
    assert read_mail(mail(data)).data == data


def test_a_mail_that_servers_wrapped_anew_or_put_a_footer_to_is_read() -> None:
    head, _, body = mail().partition(b"\r\n\r\n")
    rewrapped = b"\r\n".join(
        body.replace(b"\r\n", b"")[at : at + 40] for at in range(0, 999, 40)
    )
    multipart = (
        b"From: =?utf-8?q?Ann?=\r\n <" + ANN.encode() + b">\r\n"
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nHello,\r\n\r\n'
        b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + rewrapped + b"\r\n--x\r\n"
        b"Content-Type: text/plain\r\n\r\nSent from a provider.\r\n--x--\r\n"
    )

    assert read_mail(multipart) == Found(PARCEL, ANN)
    assert read_mail(mail().replace(b"\r\n", b"\n")) == Found(PARCEL, ANN)
    assert head


def test_one_subject_goes_through_all_mails_of_a_carrier_and_says_nothing() -> None:
    heads = {mail(data).partition(b"Subject: ")[2][:40] for data in (PARCEL, b"x" * 99)}

    assert len(heads) == 1
    assert b"linnet" not in mail().lower().replace(RELAY.encode(), b"")


@pytest.mark.fuzz
@given(st.binary(max_size=400), st.binary(max_size=200))
def test_any_mail_is_a_parcel_or_nothing(head: bytes, body: bytes) -> None:
    for one in (head, head + b"\n\n" + body, mail()[:-20] + body, head + mail()):
        found = read_mail(one)
        if found.data:
            Parcel.read(found.data)
        assert not found.sender or is_address(found.sender)


def test_who_wrote_is_one_plain_address_or_nobody() -> None:
    lines = {
        f"From: Ann <{ANN}>": ANN,
        f"from:{ANN}": ANN,
        f"From: <a@b>\r\n\t<{ANN}>": ANN,
        "From: <evil@x> RCPT TO:<y@z>": "",
        "From: a b": "",
        "X: y": "",
    }
    body = mail().partition(b"\r\n\r\n")[2]

    for line, sender in lines.items():
        whole = line.encode() + b"\r\n\r\n" + body
        assert read_mail(whole).sender in {sender, "y@z" if "RCPT" in line else sender}


def test_a_flood_of_runs_ends_the_reading() -> None:
    flood = b"\n\nAAAAAAAAAAAAAAAAAAAA!" * 5_000

    assert read_mail(flood + mail()).data == b""


# Servers that say anything


class Saying(MailLine):
    """A line on which something was said already."""

    def __init__(self, said: bytes) -> None:
        super().__init__(SERVER)
        self.said, self.heard = said, b""

    @property
    def is_open(self) -> bool:
        return self._reader is not None

    async def open(self) -> None:
        self._reader = asyncio.StreamReader(limit=LARGEST_LINE)
        self._reader.feed_data(self.said)
        self._reader.feed_eof()

    def say(self, data: bytes) -> None:
        self.heard += data

    def close(self) -> None:
        self._reader = None


def told(said: bytes, ask: Callable[[Imap], Awaitable[object]]) -> object:
    """What comes of a request when a server says this and then ends."""

    async def story() -> object:
        imap = Imap(SERVER, ACCOUNT)
        imap._line = Saying(said)
        return await ask(imap)

    return asyncio.run(story())


ENTERED = (
    b"* OK ready\r\na1 OK in\r\n* CAPABILITY IMAP4rev1 IDLE UIDPLUS\r\na2 OK\r\n"
    b"* 2 EXISTS\r\na3 OK\r\n"
)


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_whatever_a_server_of_imap_says_is_a_value_or_a_named_error(
    said: bytes,
) -> None:
    asks: list[Callable[[Imap], Awaitable[object]]] = [
        lambda imap: imap.search(""),
        lambda imap: imap.search('FROM "a@b.example"'),
        lambda imap: imap.fetch("7", 1_000),
        lambda imap: imap.delete(["7"], everything=False),
    ]
    for ask in asks:
        for whole in (said, ENTERED + said, ENTERED + b"* 1 FETCH (X " + said):
            try:
                told(whole, ask)
            except (OSError, LinnetError):
                continue


@pytest.mark.parametrize(
    "said",
    [
        b"* 1 FETCH (BODY[] {%d}\r\n" % (LARGEST_ANSWER + 1),
        b"* 1 FETCH " + b"{1}\r\nx" * 99,
        b"* 1 FETCH " + b"x" * 99_999,
        b"* 1 EXISTS\r\n" * 99_999,
        b"* BYE\r\n",
        b"a4 NO\r\n",
    ],
    ids=["literal", "literals", "line", "lines", "bye", "no"],
)
def test_what_has_no_bound_ends_the_connection(said: bytes) -> None:
    with pytest.raises(ConnectionError):
        told(ENTERED + said, lambda imap: imap.fetch("7", 1_000))


def test_a_search_and_a_mail_are_read_among_what_else_is_said() -> None:
    searched = (
        ENTERED + b"* 3 EXISTS\r\na4 OK\r\n* SEARCH 4 9\r\n* search 12\r\na5 OK\r\n"
    )
    fetched = ENTERED + (
        b"* 9 EXISTS\r\n* 1 FETCH (UID 7 BODY[]<0> {5}\r\nhello FLAGS ())\r\na4 OK\r\n"
    )

    assert told(searched, lambda imap: imap.search("ALL")) == ["4", "9", "12"]
    assert told(fetched, lambda imap: imap.fetch("7", 1_000)) == b"hello"


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_whatever_a_server_of_smtp_says_is_a_value_or_a_named_error(
    said: bytes,
) -> None:
    for whole in (said, b"220 x\r\n250-x\r\n250 y\r\n235 in\r\n250 z\r\n" + said):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(smtp, "MailLine", lambda _, whole=whole: Saying(whole))
            try:
                asyncio.run(smtp.send(SERVER, ACCOUNT, RELAY, mail(), starts_tls=False))
            except (OSError, LinnetError):
                continue


def test_of_many_mails_the_newest_are_searched_and_fit_into_a_line() -> None:
    async def story() -> tuple[list[str], bytes]:
        imap = Imap(SERVER, ACCOUNT)
        uids = [str(4_000_000_000 + n) for n in range(MOST_SEARCHED)]
        found = f"* SEARCH {' '.join(uids)}\r\na5 OK\r\n".encode()
        line = Saying(ENTERED + b"* 9000 EXISTS\r\na4 OK\r\n" + found)
        imap._line = line
        assert await imap.search('FROM "a@b.example"') == uids
        return uids, line.heard

    _, heard = asyncio.run(story())

    assert b'a5 UID SEARCH 8401:9000 FROM "a@b.example" UNDELETED' in heard


@pytest.mark.parametrize(
    "end", [b"450 later", b"250 a\r\n451 x", b"251 b\r\n354 c\r\n452 full"]
)
def test_what_is_refused_for_a_while_is_refused_and_not_tried_for_ever(
    end: bytes,
) -> None:
    line = Saying(b"220 x\r\n250 y\r\n235 in\r\n250 z\r\n" + end + b"\r\n")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp, "MailLine", lambda _: line)
        with pytest.raises(Unopened, match="refused a mail"):
            asyncio.run(smtp.send(SERVER, ACCOUNT, RELAY, mail(), starts_tls=False))


@pytest.mark.parametrize(
    ("kinds", "host", "is_one"),
    [
        (("imaps", "smtps"), "mail.example", True),
        (("imap", "smtps"), "mail.example", False),
        (("imaps", "smtp"), "mail.example", False),
        (("imap", "smtp"), "localhost", True),
    ],
)
def test_an_account_without_tls_is_on_this_machine(
    kinds: tuple[str, str], host: str, is_one: bool
) -> None:
    reads, sends = kinds
    key = drop_keys.join(reads, host, "1", sends, host, "2", ANN, ANN, "word")
    try:
        read_post(key)
    except Malformed:
        assert not is_one
    else:
        assert is_one


def test_where_tls_is_taken_away_no_password_is_said() -> None:
    line = Saying(b"220 x\r\n250 y\r\n502 no such command\r\n")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp, "MailLine", lambda _: line)
        with pytest.raises(LinnetError):
            asyncio.run(smtp.send(SERVER, ACCOUNT, RELAY, mail(), starts_tls=True))

    assert line.heard == b"EHLO localhost\r\nSTARTTLS\r\n"


def test_what_is_said_before_tls_is_not_believed_within_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = own_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    heard: list[bytes] = []

    def inject(server: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        near, _ = server.accept()
        near.sendall(b"220 x\r\n")
        near.recv(100)
        near.sendall(b"250 y\r\n")
        near.recv(100)
        near.sendall(b"220 go\r\n250 injected\r\n235 in\r\n")
        with context.wrap_socket(near, server_side=True) as tls:
            heard.append(tls.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=inject, args=[server])
        thread.start()
        there = Server("localhost", server.getsockname()[1], tls=False)
        with pytest.raises(ConnectionError):
            asyncio.run(smtp.send(there, ACCOUNT, RELAY, mail(), starts_tls=True))
        thread.join()

    assert heard == [b"EHLO localhost\r\n"]


@given(st.lists(st.text(st.characters(categories=("L", "P", "S", "N", "Zs")))))
def test_keys_are_read_as_they_were_written(fields: list[str]) -> None:
    written = [one for one in fields if one.isprintable()]

    assert drop_keys.split(drop_keys.join(*written)) == (tuple(written) or ("",))


@pytest.mark.fuzz
@given(st.text(max_size=120))
def test_any_key_is_one_or_malformed(key: str) -> None:
    for read in (drop_keys.split, read_post):
        try:
            read(key)
        except Malformed:
            continue


def test_a_key_cannot_smuggle_lines() -> None:
    with pytest.raises(Malformed):
        drop_keys.split("davs:a%0d%0ab:c")
