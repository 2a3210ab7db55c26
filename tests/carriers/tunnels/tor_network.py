"""A Tor network of this machine: an authority, two relays, and somebody's own Tor.

Nothing of it leaves loopback, and it asks no name server. Its exits let everything out,
because Tor takes none for an exit that reaches only a machine of its own.
"""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.carriers.real_drops import program

BOOTSTRAP_SECONDS = 90.0
KEY_SECONDS = 60.0
RELAYS = ("authority", "first", "second")
NAME = "relay.invalid"
"""What only this Tor knows: it leads to this machine."""

_EVERYONE = """
TestingTorNetwork 1
DataDirectory {at}
Log notice file {at}/log
__OwningControllerProcess {owner}
TestingV3AuthInitialVotingInterval 5
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
"""
_RELAY = """
Nickname {name}
Address 127.0.0.1
AssumeReachable 1
ORPort 127.0.0.1:{onions}
SocksPort 0
ExitRelay 1
ExitPolicy accept *:*
ExitPolicyRejectPrivate 0
ServerDNSAllowBrokenConfig 1
ServerDNSDetectHijacking 0
ServerDNSResolvConfFile /dev/null
ShutdownWaitLength 0
"""
_AUTHORITY = """
DirPort 127.0.0.1:{directory}
ContactInfo nobody@relay.invalid
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
"""
_CLIENT = """
SocksPort 127.0.0.1:{socks}
HTTPTunnelPort 127.0.0.1:{http}
ControlPort 127.0.0.1:{control}
MapAddress {name} 127.0.0.1
"""


@dataclass(frozen=True)
class Tor:
    """Somebody's own Tor.

    Attributes:
        socks: the port of its SOCKS5 proxy.
        http: the port at which it takes CONNECT.
    """

    socks: int
    http: int
    control: int

    def circuits(self) -> dict[str, set[str]]:
        """The circuits that go out for whom, by the name that was given."""
        with socket.create_connection(("127.0.0.1", self.control), timeout=20) as line:
            line.sendall(b"AUTHENTICATE\r\nGETINFO circuit-status\r\nQUIT\r\n")
            said = b"".join(iter(lambda: line.recv(65_536), b"")).decode()
        found: dict[str, set[str]] = {}
        for circuit in re.finditer(r"^(\d+) BUILT (.*)$", said, re.MULTILINE):
            name = re.search(r'SOCKS_USERNAME="([^"]*)"', circuit[2])
            if name:
                found.setdefault(name[1], set()).add(circuit[1])
        return found


@contextmanager
def tor_network(around: Path) -> Iterator[Tor]:
    """A network of which a Tor has just said that it is ready."""
    tor, mint = program("tor"), program("tor-gencert")
    with ExitStack() as ends:
        named = ("socks", "http", "control", "directory")
        ports = {name: _hold_port(ends) for name in named}
        onions = {name: _hold_port(ends) for name in RELAYS}
        files = _furnished(around, ports, onions)
        trusted = _authority(tor, mint, around / "authority", ports["directory"])
        processes = {}
        for name, file in files.items():
            file.write_text(file.read_text() + trusted)
            processes[name] = _start(tor, file, ends)
        _until_ready(around, processes)
        yield Tor(ports["socks"], ports["http"], ports["control"])


def _hold_port(ends: ExitStack) -> int:
    """A port that nobody else is given meanwhile, though who is told it may listen."""
    probe = ends.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    port: int = probe.getsockname()[1]
    return port


def _furnished(
    around: Path, ports: Mapping[str, int], onions: Mapping[str, int]
) -> dict[str, Path]:
    texts = {name: _RELAY.format(name=name, onions=onions[name]) for name in RELAYS}
    texts["authority"] += _AUTHORITY.format(**ports)
    texts["client"] = _CLIENT.format(name=NAME, **ports)
    return {name: _furnish(around / name, text) for name, text in texts.items()}


def _furnish(at: Path, text: str) -> Path:
    (at / "keys").mkdir(parents=True, mode=0o700)
    at.chmod(0o700)
    file = at / "torrc"
    file.write_text(_EVERYONE.format(at=at, owner=os.getpid()) + text)
    return file


def _authority(tor: str, mint: str, at: Path, directory: int) -> str:
    """Make the keys of the authority; the line by which others trust it."""
    keys = at / "keys"
    parts = {
        "-i": "authority_identity_key",
        "-s": "authority_signing_key",
        "-c": "authority_certificate",
    }
    told = [word for flag, name in parts.items() for word in (flag, str(keys / name))]
    place = f"127.0.0.1:{directory}"
    own = ["--create-identity-key", "-a", place, "--passphrase-fd", "0"]
    _run([mint, *own, *told], "pass\n")
    certificate = (keys / "authority_certificate").read_text()
    vote = re.search(r"^fingerprint (\w+)", certificate, re.MULTILINE)
    torrc = (at / "torrc").read_text()
    onions = re.search(r"^ORPort 127.0.0.1:(\d+)", torrc, re.MULTILINE)
    assert vote
    assert onions
    draft = at / "draft"
    draft.write_text(f"{torrc}DirAuthority orport=1 127.0.0.1:1 {'0' * 40}\n")
    asked = [*_command(tor, draft), "--quiet", "--list-fingerprint"]
    print_of_key = _run(asked).partition(" ")[2].replace(" ", "").strip()
    told_ports = f"orport={onions[1]} v3ident={vote[1]}"
    return f"DirAuthority authority {told_ports} {place} {print_of_key}\n"


def _run(command: list[str], said: str = "") -> str:
    done = subprocess.run(
        command,
        input=said,
        check=True,
        capture_output=True,
        text=True,
        timeout=KEY_SECONDS,
    )
    return done.stdout


def _command(tor: str, file: Path) -> list[str]:
    return [tor, "-f", str(file), "--defaults-torrc", "/dev/null"]


def _start(tor: str, file: Path, ends: ExitStack) -> subprocess.Popen[bytes]:
    # What it says before it has read where its log is.
    out = ends.enter_context((file.parent / "said").open("wb"))
    process = subprocess.Popen(_command(tor, file), stdout=out, stderr=out)
    ends.callback(process.wait)
    ends.callback(process.kill)
    return process


def _until_ready(
    around: Path, processes: Mapping[str, subprocess.Popen[bytes]]
) -> None:
    log = around / "client" / "log"
    until = time.monotonic() + BOOTSTRAP_SECONDS
    while not (log.exists() and "Bootstrapped 100%" in log.read_text()):
        for name, process in processes.items():
            assert process.poll() is None, _told(around / name)
        assert time.monotonic() < until, "Tor does not bootstrap"
        # Nothing tells when another program writes to its log.
        time.sleep(0.05)


def _told(at: Path) -> str:
    """What a Tor told, before it had its log and in it."""
    texts = [file.read_text() for file in (at / "said", at / "log") if file.exists()]
    return "\n".join([at.name, *texts])
