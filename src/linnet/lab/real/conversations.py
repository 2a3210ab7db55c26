"""Programs of others that are tried by something else than a page."""

import os
import sys
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Final

from linnet.errors import LocalError
from linnet.lab.places import NAMES, RESOLVER
from linnet.lab.real.namespaces import ip
from linnet.lab.real.network import Network
from linnet.lab.real.tunnels import SECONDS
from linnet.lab.real.world import AUTHORITY, CERTIFICATE

SSH_OCTETS: Final = 60_000
"""More than 25 packets hold."""
MESSAGES: Final = 30


def plain_websocket(lab: Network, name: str) -> bool:
    """Say thirty messages over one WebSocket of Python's, and hear each again."""
    words = ["linnet.lab.real.plain", f"wss://{name}/chat", str(lab.folder)]
    talk = lab.start(lab.names.client, sys.executable, "-m", *words, is_told=True)
    told = talk.process.stdin
    if told is None:
        return False
    told.write(b"".join(b"message %d\n" % number for number in range(MESSAGES)))
    told.close()
    return talk.wait(SECONDS).said.count("message") == MESSAGES


def visit(kind: str, count: int, lab: Network, name: str) -> bool:
    """Fetch pages with a program of Python's, so many at once."""
    words = ["linnet.lab.real.visits", kind, str(count), name, str(lab.folder)]
    command = [sys.executable, "-m", *words]
    return lab.run(lab.names.client, *command, seconds=SECONDS + 4).code == 0


def dig(lab: Network, name: str, *words: str) -> bool:
    """Ask the world's resolver for a name; whether the first answer is true."""
    asked = ["+short", "+tries=2", "+time=3", *words, name, f"@{RESOLVER}"]
    done = lab.run(lab.names.client, "dig", *asked, seconds=SECONDS + 2)
    return done.said.split() == [str(NAMES[name])]


def ssh(lab: Network, name: str) -> bool:
    """Fetch 60,000 octets over OpenSSH."""
    key, host_key = lab.folder / "ssh-key", lab.folder / "ssh-host-key"
    for file in (key, host_key):
        if not file.exists():
            made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)]
            lab.run(lab.names.client, *made, seconds=SECONDS)
    # Where it gives root up; Debian's service makes it, and none runs here.
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    here = {
        "AuthorizedKeysFile": f"{key}.pub",
        "HostKey": str(host_key),
        "ListenAddress": str(NAMES[name]),
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
    }
    options = [word for pair in here.items() for word in ("-o", "=".join(pair))]
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", *options]
    server = lab.start(lab.names.world, *command)
    lab.await_word(server, "listening")
    known = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    there = ["-F", "/dev/null", "-i", str(key), *known, f"root@{NAMES[name]}"]
    asked = ["ssh", *there, f"head -c {SSH_OCTETS} /dev/zero"]
    done = lab.run(lab.names.client, *asked, seconds=SECONDS + 2)
    return done.said.count("\0") == SSH_OCTETS


def wireguard(lab: Network, name: str) -> bool:
    """Shake hands with WireGuard, in its form that needs no module of the kernel."""
    far, near = _Wireguard(lab, lab.names.world), _Wireguard(lab, lab.names.client)
    far.set("listen-port", "51820", "peer", near.public, "allowed-ips", "0.0.0.0/0")
    where = ["endpoint", f"{NAMES[name]}:51820", "persistent-keepalive", "1"]
    near.set("peer", far.public, *where, "allowed-ips", "10.99.0.0/24")
    try:
        return near.shakes_hands()
    finally:
        # What is told to them comes by files that they leave behind when they are
        # killed; without them they end.
        for file in (far.file, near.file):
            file.unlink(missing_ok=True)


class _Wireguard:
    def __init__(self, lab: Network, where: str) -> None:
        self._lab, self._where = lab, where
        # Its name is also that of a file that all namespaces see.
        side = "w" if where == lab.names.world else "c"
        self._device = f"wg{os.getpid()}{lab.control.fileno()}{side}"
        self.file = Path(f"/var/run/wireguard/{self._device}.sock")
        command = ["wireguard-go", "-f", self._device]
        self._running = lab.start(where, *command, more={"LOG_LEVEL": "verbose"})
        lab.await_word(self._running, "UAPI listener started")
        key = lab.folder / f"{self._device}.key"
        key.write_text(b64encode(os.urandom(32)).decode())
        self.set("private-key", str(key))
        ip("-n", where, "link", "set", self._device, "up")
        asked = ["wg", "show", self._device, "public-key"]
        self.public = lab.run(where, *asked, seconds=SECONDS).said.strip()

    def set(self, *words: str) -> None:
        command = ["wg", "set", self._device, *words]
        done = self._lab.run(self._where, *command, seconds=SECONDS)
        if done.code:
            raise LocalError(f"wg would not: {done.said}")

    def shakes_hands(self) -> bool:
        with suppress(LocalError):
            # It says its first message again after five seconds and a little more.
            word, seconds = "Received handshake response", 2 * SECONDS
            self._lab.await_word(self._running, word, seconds)
            return True
        return False


def openvpn(lab: Network, name: str) -> bool:
    """Shake hands with OpenVPN over UDP, without a device."""
    place = str(NAMES[name])
    file, authority = str(lab.folder / CERTIFICATE), str(lab.folder / AUTHORITY)
    common = ["--dev", "null", "--ca", authority, "--cert", file, "--key", file]
    common += ["--verb", "3", "--data-ciphers", "AES-256-GCM"]
    here = ["--tls-server", "--dh", "none", "--local", place, "--lport", "1194"]
    server = lab.start(lab.names.world, "/usr/sbin/openvpn", *common, *here)
    lab.await_word(server, "link local")
    there = ["--tls-client", "--nobind", "--remote", place, "1194", "udp4"]
    client = lab.start(lab.names.client, "/usr/sbin/openvpn", *common, *there)
    try:
        lab.await_word(client, "Peer Connection Initiated", SECONDS)
    except LocalError:
        return False
    return True
