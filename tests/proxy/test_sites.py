"""What the servers of these tests leave behind."""

import sys
from pathlib import Path

import pytest

from tests.cli.scene import answers
from tests.proxy import sites
from tests.relay.processes import free_port

_STUBBORN = """
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as door:
    while True:
        door.accept()[0].close()
"""


def test_a_server_that_does_not_end_when_asked_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "END_SECONDS", 0.1)
    port = free_port()
    command = [sys.executable, "-c", _STUBBORN, str(port)]

    with sites.running(command, port, tmp_path / "log"):
        assert answers(port)

    assert not answers(port)
