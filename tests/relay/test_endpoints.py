"""To which URLs a relay is ready to post at all (spec/wire.md §9.2)."""

from dataclasses import replace

import pytest

from linnet.relay.core.endpoints import Endpoint
from linnet.wire.refusals import Refusal
from linnet.wire.requests_pushes import Watch
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import OPEN, Desk, refused


@pytest.mark.parametrize(
    "url",
    [
        b"http://push.example.org/a",
        b"ftp://push.example.org/a",
        b"https://push.example.org",
        b"https://push.example.org:8443/a",
        b"https://push.example.org:0443/a",
        b"https://push.example.org:/a",
        b"https://user@push.example.org/a",
        b"https://user:word@push.example.org/a",
        b"https://push.example.org/a#b",
        b"https://push.example.org\\@localhost/a",
        b"https://push.example.org?a",
        b"https://localhost/a",
        b"https://127.0.0.1/a",
        b"https://127.1/a",
        b"https://2130706433/a",
        b"https://0x7f.0.0.1/a",
        b"https://0177.0.0.0x1/a",
        b"https://[::1]/a",
        b"https://[::ffff:127.0.0.1]/a",
        b"https://push.example.org./a",
        b"https://push..example.org/a",
        b"https://-push.example.org/a",
        b"https://push.example.1/a",
        b"https://push_.example.org/a",
        b"https://Push.Example.Org/a",
        b"https://" + b"a." * 200 + b"org/a",
        b"//push.example.org/a",
        b"a",
    ],
)
def test_an_endpoint_that_is_no_push_service_s_is_refused(url: bytes) -> None:
    desk = Desk(MemoryStore(), replace(OPEN, push_key=bytes(65)))
    guest = desk.join()
    desk.create(guest)

    reply = desk.ask(guest, Watch(desk.opened(guest), 0, url))

    assert refused(reply)[0] == Refusal.BAD_ENDPOINT


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        (b"https://push.example.org/", "push.example.org", "/"),
        (b"https://push.example.org:443/a", "push.example.org", "/a"),
        (
            b"https://fcm.googleapis.com/fcm/send/a:b-C_d?x=%20",
            "fcm.googleapis.com",
            "/fcm/send/a:b-C_d?x=%20",
        ),
    ],
)
def test_an_endpoint_says_host_and_target(url: bytes, host: str, target: str) -> None:
    assert Endpoint.parse(url) == Endpoint(host, target)
