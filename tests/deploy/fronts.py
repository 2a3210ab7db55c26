"""Fronts as people run them, and caddy as the edge that everybody sees before them."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.proxy.certificates import make_certificate
from tests.proxy.nginx import configured, documented
from tests.proxy.sites import PAGE, running
from tests.relay.processes import free_port

DEPLOYED = Path(__file__).resolve().parent.parent.parent / "deploy" / "front"
ADAPTOR = Path(__file__).with_name("adaptor.mjs")
OUTER, INNER = "outer.example", "inner.example"
_UVICORN = ("--no-access-log", "--no-server-header", "--ws", "none")
_EDGE = """{{
    admin off
    auto_https off
    log {{
        exclude http.log.error http.handlers.reverse_proxy
    }}
}}
https://:{port} {{
    bind 127.0.0.1
    tls {chain} {key}
    root * {folder}
    @inner host {inner}
    handle @inner {{
        reverse_proxy 127.0.0.1:{behind} {{
            header_up Host relay.internal
        }}
    }}
    handle {{
        file_server
    }}
}}
"""


def application(port: int) -> list[str]:
    where = ["--app-dir", str(DEPLOYED), "--host", "127.0.0.1", "--port", str(port)]
    return [sys.executable, "-m", "uvicorn", "front:app", *where, *_UVICORN]


def worker(port: int) -> list[str]:
    return ["node", str(ADAPTOR), str(DEPLOYED / "worker.js"), str(port)]


COMMANDS = {"application": application, "worker": worker}


def require(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a front leads, and by which paths."""

    relay: int
    paths: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        return {
            "LINNET_RELAY": f"http://127.0.0.1:{self.relay}",
            "LINNET_PATHS": ",".join(self.paths),
        }


@contextmanager
def front(kind: str, folder: Path, settings: Settings) -> Iterator[int]:
    """A front that is up: its port."""
    port = free_port()
    command, around = COMMANDS[kind](port), settings.environment()
    with running(command, port, folder / "front.log", around):
        yield port


def caddy(folder: Path, port: int, behind: int) -> list[str]:
    file = folder / "Caddyfile"
    chain, key = make_certificate(folder, OUTER)
    places = {"chain": chain, "key": key, "folder": folder / "site"}
    file.write_text(_EDGE.format(port=port, behind=behind, inner=INNER, **places))
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


def nginx(folder: Path, port: int, behind: int) -> list[str]:
    """As docs/front.md says, beside a site that is asked for by any other name."""
    chain, key = make_certificate(folder, OUTER)
    inner = documented("front.md")
    site = inner.partition("location")[0].replace(INNER, OUTER)
    servers = f"{site} root {folder}/site; }}{inner}"
    for shown, here in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "chain.pem": str(chain),
        "key.pem": str(key),
        "https://relay.example": f"http://127.0.0.1:{behind}",
    }.items():
        assert shown in servers
        servers = servers.replace(shown, here)
    return configured(folder, servers)


EDGES = {"caddy": caddy, "nginx": nginx}


@contextmanager
def edge(server: str, folder: Path, port: int, behind: int) -> Iterator[None]:
    """A web server for the outer name; what asks it for the inner host goes on."""
    site = folder / "site"
    site.mkdir()
    (site / "index.html").write_bytes(PAGE)
    with running(EDGES[server](folder, port, behind), port, folder / "edge.log"):
        yield
