"""Measures what programs of this machine say first in TLS, for the lab's lists.

Each that is on the PATH is told to ask a listener on the loopback, which answers
nothing. `--write` keeps what they said in tests/lab/hellos.json.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from linnet.lab.hellos import ClientHello, find_hello

KEPT = Path(__file__).resolve().parent.parent / "tests/lab/hellos.json"
SECONDS = 30.0
URL = "https://localhost:PORT/"
WHEEL = f"anything @ {URL}anything-1-py3-none-any.whl"
GO = """package main
import ("crypto/tls"; "os")
func main() { tls.Dial("tcp", os.Args[1], &tls.Config{}) }
"""
URLLIB = "import sys, urllib.request as r; r.urlopen(sys.argv[1])"
SSL = (
    "import ssl, sys, socket as s; ssl.create_default_context().wrap_socket("
    "s.create_connection(('localhost', int(sys.argv[1]))), server_hostname='localhost')"
)
BROWSER = ["--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=HOME"]

Commands = dict[str, tuple[list[str], list[str]]]
PROGRAMS: Commands = {
    "python ssl": (["python", "-VV"], ["python", "-c", SSL, "PORT"]),
    "python urllib": (["python", "-VV"], ["python", "-c", URLLIB, URL]),
    "go": (["go", "version"], ["go", "run", ".", "localhost:PORT"]),
    "rustls": (
        ["uv", "--version"],
        ["uv", "pip", "install", "--no-cache", "--target", "HOME", WHEEL],
    ),
    "chromium": (["chromium", "--version"], ["chromium", *BROWSER, URL]),
    "firefox": (
        ["firefox", "--version"],
        ["firefox", "--headless", "--no-remote", "--profile", "HOME", URL],
    ),
}


def measure(command: list[str]) -> bytes:
    """The ClientHello that a program says to the loopback; "" where it says none."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        socket.create_server(("localhost", 0)) as listener,
    ):
        (Path(home) / "main.go").write_text(GO)
        (Path(home) / "go.mod").write_text("module hello\n\ngo 1.27\n")
        port = str(listener.getsockname()[1])
        words = [w.replace("PORT", port).replace("HOME", home) for w in command]
        listener.settimeout(SECONDS)
        with subprocess.Popen(
            words,
            cwd=home,
            env=os.environ | {"no_proxy": "*", "NO_PROXY": "*"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as program:
            try:
                return heard(listener)
            finally:
                os.killpg(program.pid, signal.SIGKILL)


def heard(listener: socket.socket) -> bytes:
    data = b""
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(SECONDS)
        while find_hello(data) is None and (more := connection.recv(65_536)):
            data += more
    return data


def version(command: list[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


def read(data: bytes) -> ClientHello:
    hello = find_hello(data)
    assert hello is not None
    return hello


def main() -> None:
    kept = {}
    for name, (asks, command) in PROGRAMS.items():
        if shutil.which(command[0]):
            data = measure(command)
            hello = read(data)
            print(f"{name:<14} {hello.ja4()} {hello.ja3()} {version(asks)}", flush=True)
            kept[name] = {"version": version(asks), "hello": data.hex()}
    if sys.argv[1:] == ["--write"]:
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    print(f"{len(kept)} held, {len(PROGRAMS) - len(kept)} not here")


if __name__ == "__main__":
    main()
