"""Real web servers, for a proxy to stand before."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.scene import answers, free_port

READY_SECONDS = 20.0
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
    with log.open("wb") as out:
        process = subprocess.Popen(
            SITES[server](folder, port), stdout=out, stderr=out, cwd=around
        )
    try:
        until = time.monotonic() + READY_SECONDS
        while not answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.02)
        yield port, log
    finally:
        process.terminate()
        process.wait(20)
