"""Real web servers, for a proxy to stand before."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.cli.scene import answers
from tests.relay.processes import free_port

READY_SECONDS = 20.0
END_SECONDS = 20.0
PAGE = b"<!doctype html><title>Heron Pottery</title><h1>Heron Pottery</h1>\n"
_CADDYFILE = """{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    root * {folder}
    file_server
}}
"""


def python_site(folder: Path, port: int) -> list[str]:
    where = ["--bind", "127.0.0.1", "--directory", str(folder)]
    return [sys.executable, "-m", "http.server", str(port), *where, "-p", "HTTP/1.1"]


def caddy_site(folder: Path, port: int) -> list[str]:
    file = folder.parent / "Caddyfile"
    file.write_text(_CADDYFILE.format(port=port, folder=folder))
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


_FRONT = """{{
    admin off
    auto_https off
    log {{
        exclude http.log.error http.handlers.reverse_proxy
    }}
}}
http://:{port} {{
    bind 127.0.0.1
    root * {folder}
    reverse_proxy 127.0.0.1:{doorkeeper} {{
        method GET
        @person status 204
        handle_response @person {{
            reverse_proxy 127.0.0.1:{proxy} {{
                @site status 4xx 5xx
                handle_response @site {{
                    file_server
                }}
            }}
        }}
        handle_response {{
            file_server
        }}
    }}
}}
http://:{alone} {{
    bind 127.0.0.1
    root * {folder}
    file_server
}}
"""
"""As docs/proxy.md says to set caddy up, and beside it the same site alone."""

SITES = {"http.server": python_site, "caddy": caddy_site}


def is_here(server: str) -> bool:
    return server != "caddy" or shutil.which("caddy") is not None


@contextmanager
def site(server: str, around: Path) -> Iterator[tuple[int, Path]]:
    """A site that is up: its port, and the file it logs to."""
    folder, log = around / "site", around / "site.log"
    folder.mkdir()
    (folder / "index.html").write_bytes(PAGE)
    (folder / "big").write_bytes(bytes(range(256)) * 4_096)
    port = free_port()
    with running(SITES[server](folder, port), port, log):
        yield port, log


@contextmanager
def front(around: Path, proxy: int, doorkeeper: int) -> Iterator[tuple[int, int, Path]]:
    """A caddy that hands people on: its port, one where it does not, and its log."""
    folder, file, log = around / "site", around / "Caddyfile", around / "front.log"
    folder.mkdir()
    (folder / "index.html").write_bytes(PAGE)
    port, alone = free_port(), free_port()
    places = {"port": port, "alone": alone, "proxy": proxy, "doorkeeper": doorkeeper}
    file.write_text(_FRONT.format(folder=folder, **places))
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with running(command, port, log):
        yield port, alone, log


@contextmanager
def running(
    command: list[str], port: int, log: Path, around: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server that listens at a port until the end."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            cwd=log.parent,
            env={**os.environ, **(around or {})},
        )
    try:
        until = time.monotonic() + READY_SECONDS
        while not answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
