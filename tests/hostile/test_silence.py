"""What a relay gives away: in logs, errors, figures, words and times."""

import asyncio
import io
import logging
import os
import time
from contextlib import redirect_stderr
from statistics import median

import pytest

from linnet.carriers.doorway import Doorway
from linnet.errors import LinnetError
from linnet.ids import Epoch, StreamId
from linnet.relay.core.events import Asked
from linnet.relay.core.state import Door, Guest
from linnet.wire.client_session import ClientSession
from linnet.wire.codec import REQUESTS, encode
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, Reception
from linnet.wire.refusals import Refusal
from linnet.wire.requests import Append, Open
from tests.carriers.people import SECRET_PATH, echo_relay
from tests.carriers.test_doorway import UPGRADE, say, without_date
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import APPEND, CONTROL, READ, STREAM, Desk, named, refused

KEY = bytes(range(32))
SECRETS = (APPEND, READ, CONTROL, b"plaintext of mine", b"p" * 32, KEY)


def shows_a_secret(text: str) -> bool:
    """Whether any secret is in a text, in any of the usual spellings."""
    forms = [f for s in SECRETS for f in (repr(s)[2:-1], s.hex(), str(list(s))[1:-1])]
    return any(form in text for form in forms)


def test_no_value_of_a_session_or_a_request_shows_a_secret_when_printed() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    append = Append(handle, named(1), b"plaintext of mine")
    desk.ask(guest, append)
    client = ClientSession(public_key(KEY), entropy=os.urandom, pass_token=b"p" * 32)
    reception = Reception(KEY, entropy=os.urandom)
    opening = reception.greet(client.hello(0), 0)
    assert isinstance(opening, Opening)
    pending = reception.accept(opening, unix_time=0)
    client.welcome(pending.answer, 0)
    stream = desk.relay.memory.streams[STREAM]
    door: Door = next(iter(stream.doors))

    things: list[object] = [
        *(stream, door, guest, opening, pending, client, reception, client.welcomed),
        *(append, Open(STREAM, Epoch(0), APPEND, READ, CONTROL)),
        Asked(guest, encode(desk.number, append)),  # type: ignore[arg-type]  # any number
    ]
    for thing in things:
        assert not shows_a_secret(repr(thing)), type(thing).__name__


def test_an_unknown_stream_and_a_wrong_token_differ_in_their_code_alone() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest)
    unknown = desk.ask(guest, Open(StreamId(b"?" * 16), Epoch(0), APPEND))
    wrong = desk.ask(guest, Open(STREAM, Epoch(0), b"?" * 32))
    past = desk.ask(guest, Open(STREAM, Epoch(0), APPEND, b"?" * 32, CONTROL))

    assert refused(unknown) == (Refusal.NO_SUCH_STREAM, 0)
    assert refused(wrong) == refused(past) == (Refusal.WRONG_TOKEN, 0)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("origin", ["", "Origin: https://elsewhere.example\r\n"])
def test_every_method_on_the_secret_path_is_answered_as_on_any_other(
    method: str, origin: str
) -> None:
    asked = f"HTTP/1.1\r\nHost: x\r\n{origin}Connection: close\r\n\r\n"

    known = say(f"{method} {SECRET_PATH} {asked}")
    unknown = say(f"{method} {SECRET_PATH[:-1]}X {asked}")

    assert without_date(known) == without_date(unknown)
    assert b"Access-Control" not in known


def test_what_breaks_inside_is_logged_without_what_was_said() -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logger = logging.getLogger("asyncio")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with redirect_stderr(heard):
            say(f"GET {SECRET_PATH} HTTP/1.1\r\n{UPGRADE}" + "p" * 99)
            say((b"\x00\x49" + b"p" * 73) * 8)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)

    assert not shows_a_secret(heard.getvalue())
    assert SECRET_PATH not in heard.getvalue()


def test_a_near_guess_of_the_secret_path_takes_no_longer_than_a_far_one() -> None:
    async def story() -> tuple[float, float]:
        async with echo_relay() as (echo, _):
            doorway = Doorway(echo.listener)

            def timed(path: str) -> float:
                doorway._buffer = f"GET {path} HTTP/1.1\r\n{UPGRADE}".encode()
                began = time.perf_counter()
                doorway._serve_next()
                return time.perf_counter() - began

            near = [timed(SECRET_PATH[:-1] + "X") for _ in range(400)]
            far = [timed("/XXXXXXXX") for _ in range(400)]
            return median(near), median(far)

    near, far = asyncio.run(story())

    assert 0.5 < near / far < 2


def test_every_error_is_a_sentence_without_values() -> None:
    found = []
    reception = Reception(KEY, entropy=os.urandom)
    for size in (0, 72, 73, 1_247, 1_248, 1_400, 65_535):
        try:
            reception.greet(b"p" * size, 0)
        except LinnetError as error:
            found.append(str(error))
    for kind in REQUESTS:
        desk = Desk(MemoryStore())
        guest: Guest = desk.join()
        desk.send(guest, bytes((kind, 0, 0, 0, 1)) + b"p" * 40)

    assert found
    assert all(text.endswith(".") and not shows_a_secret(text) for text in found)
