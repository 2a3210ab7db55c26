"""The site that is probed: one caddy, and a Linnet proxy behind one of its ports."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.peers_process import free_port, listening
from linnet.wire.links import Address, RelayDescriptor, Road, RoadLink
from linnet.wire.noise import public_key

READY_SECONDS: Final = 30.0
_HEAD: Final = """{
    admin off
    auto_https off
    log {
        exclude http.log.error http.handlers.reverse_proxy
    }
}
"""
_ALONE: Final = """http://:PORT {
    bind 127.0.0.1
    root * FOLDER
    file_server
}
"""
_LINNET: Final = """http://:PORT {
    bind 127.0.0.1
    root * FOLDER
    reverse_proxy 127.0.0.1:ASKED {
        method GET
        @person status 204
        handle_response @person {
            reverse_proxy 127.0.0.1:PROXY
        }
        handle_response {
            file_server
        }
    }
}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the site is.

    Attributes:
        ports: "alone", "again" and "Linnet".
        revoked: the path of somebody who is let in no more.
    """

    ports: dict[str, int]
    revoked: str = field(repr=False)


@contextmanager
def site(around: Path) -> Iterator[Site]:
    """Run it; everything is on loopback, and ends with the block."""
    ports = {
        name: free_port() for name in ("alone", "again", "Linnet", "asked", "proxy")
    }
    (around / "site").mkdir()
    (around / "site" / "index.html").write_text("<!doctype html><title>Pots</title>\n")
    data = around / "proxy"
    link = RoadLink((RelayDescriptor(public_key(bytes(32)), (_NOWHERE,)),)).text()
    listen = ["--listen", f"127.0.0.1:{ports['proxy']}"]
    asked = ["--doorkeeper", f"127.0.0.1:{ports['asked']}"]
    with ExitStack() as running:
        words = ["run", "--relay", link, *listen, *asked]
        running.enter_context(_running(_proxy(data, *words), ports["asked"]))
        revoked = _verb(data, "link", "gone", "--no-qr").strip()
        _verb(data, "revoke", "gone")
        running.enter_context(_running(_caddy(around, ports), ports["Linnet"]))
        time.sleep(3)  # a revoked path is known within two seconds
        yield Site(ports, RoadLink.parse(revoked).relays[0].addresses[0].path)


_NOWHERE: Final = Address(Road.WS, "127.0.0.1", 9, "/" + "b" * 32)


def _proxy(data: Path, verb: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "linnet", "proxy", verb, "--data", str(data), *words]


def _verb(data: Path, *words: str) -> str:
    command = _proxy(data, *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def _caddy(around: Path, ports: dict[str, int]) -> list[str]:
    file = around / "Caddyfile"
    blocks = [
        _ALONE.replace("PORT", str(ports["alone"])),
        _ALONE.replace("PORT", str(ports["again"])),
        _LINNET.replace("PORT", str(ports["Linnet"]))
        .replace("ASKED", str(ports["asked"]))
        .replace("PROXY", str(ports["proxy"])),
    ]
    text = _HEAD + "".join(blocks).replace("FOLDER", str(around / "site"))
    file.write_text(text)
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    out = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        until = time.monotonic() + READY_SECONDS
        while not listening(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{command[0]} does not start.")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)
