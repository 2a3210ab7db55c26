"""Programs of others that carry what is said to them through something else.

Each has a server in the world, at a site's address, and a client beside the person's
programs; what they do is tried by fetching a page that only the world can reach.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from linnet.lab.places import INNER_PORT, NAMES, PROXY, SITE_PORT
from linnet.lab.real.network import Network
from linnet.lab.real.world import AUTHORITY, CERTIFICATE, PAGE, SELF_SIGNED

SECONDS: Final = 6.0
PAUSE_SECONDS: Final = 3.0
PROBED_SECONDS: Final = 45.0
"""A prober waits 30 for a server that says nothing."""
SOCKS: Final = 1080
NEAR: Final = 1081
"""Where the near end listens of a tunnel for one server."""
PASSWORD: Final = "correct horse"  # noqa: S105  # of servers that live for seconds
USER: Final = "7f3cc5e2-0e36-4d0f-8f2e-3a1a53c9f9b4"


@dataclass(frozen=True, slots=True)
class Way:
    """How programs are told of a tunnel.

    Attributes:
        inner: the place that only the world can reach, without the scheme.
        proxy: a proxy's address; with the scheme tcp, what is connected to in place of
            the inner one.
        tls: whether TLS is spoken with the inner place: "" for none, or that, and
            "unchecked" where its certificate may be anybody's.
    """

    inner: str = f"127.0.0.1:{INNER_PORT}"
    proxy: str = f"socks5h://127.0.0.1:{SOCKS}"
    tls: str = ""

    @property
    def curl(self) -> tuple[str, ...]:
        """What curl is told, to fetch the inner page."""
        words: tuple[str, ...] = ("--insecure",) if self.tls == "unchecked" else ()
        if self.proxy.startswith("tcp://"):
            words += ("--connect-to", f"::{self.proxy.removeprefix('tcp://')}")
        elif self.proxy:
            words += ("-x", self.proxy)
        return *words, f"http{'s' if self.tls else ''}://{self.inner}/"


Tunnel = Callable[[Network, str], Way]
"""Starts both ends; whoever tries it ends them with the trial."""


def page(lab: Network, *words: str) -> bool:
    """Have curl fetch a page; whether all of it came."""
    kept = lab.folder / "page"
    kept.unlink(missing_ok=True)
    trust = ["--cacert", str(lab.folder / AUTHORITY), "-m", str(SECONDS)]
    command = ["curl", "-sS", *trust, "-o", str(kept), *words]
    lab.run(lab.names.client, *command, seconds=SECONDS + 2)
    return kept.exists() and kept.read_bytes() == PAGE


def probed(tunnel: Tunnel, lab: Network, name: str) -> bool:
    """Use a tunnel until it is stopped, or a prober must be through with it."""
    way = tunnel(lab, name)
    until = time.monotonic() + PROBED_SECONDS
    while page(lab, *way.curl):
        if time.monotonic() > until:
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def through(tunnel: Tunnel, lab: Network, name: str) -> bool:
    """Fetch the inner page through a tunnel whose server is at a site."""
    return page(lab, *tunnel(lab, name).curl)


def _port(name: str, usual: int) -> int:
    """Where a server listens: as it should, where nothing else does."""
    return SITE_PORT if name == PROXY else usual


def _configured(
    lab: Network, where: str, name: str, configuration: dict[str, Any]
) -> None:
    file = lab.folder / f"{name}.json"
    file.write_text(json.dumps(configuration))
    running = lab.start(where, "v2ray", "-config", str(file))
    lab.await_word(running, "started")


def shadowsocks(lab: Network, name: str) -> Way:
    """Shadowsocks with its usual cipher."""
    where = ["-s", str(NAMES[name]), "-p", str(_port(name, 8388))]
    secret = ["-k", PASSWORD, "-m", "aes-256-gcm"]
    server = lab.start(lab.names.world, "ss-server", *where, *secret)
    near = ["-b", "127.0.0.1", "-l", str(SOCKS)]
    client = lab.start(lab.names.client, "ss-local", *where, *near, *secret)
    lab.await_word(server, "listening at")
    lab.await_word(client, "listening at")
    return Way()


def obfs4(lab: Network, name: str) -> Way:
    """Tor's obfs4, by the protocol between Tor and its transports."""
    common = {"TOR_PT_MANAGED_TRANSPORT_VER": "1", "TOR_PT_EXIT_ON_STDIN_CLOSE": "0"}
    place = f"{NAMES[name]}:{_port(name, 4443)}"
    far = {
        "TOR_PT_STATE_LOCATION": str(lab.folder / "obfs4-server"),
        "TOR_PT_SERVER_TRANSPORTS": "obfs4",
        "TOR_PT_SERVER_BINDADDR": f"obfs4-{place}",
        "TOR_PT_ORPORT": f"127.0.0.1:{INNER_PORT}",
    }
    server = lab.start(lab.names.world, "obfs4proxy", more=common | far)
    lab.await_word(server, "SMETHODS DONE")
    known = server.said.split("ARGS:")[1].split()[0].split(",")
    near = {
        "TOR_PT_STATE_LOCATION": str(lab.folder / "obfs4-client"),
        "TOR_PT_CLIENT_TRANSPORTS": "obfs4",
    }
    client = lab.start(lab.names.client, "obfs4proxy", more=common | near)
    lab.await_word(client, "CMETHODS DONE")
    socks = client.said.split("CMETHOD obfs4 socks5 ")[1].split()[0]
    # What a bridge is known by is told in place of a name and a password.
    bridge = f"{quote(known[0] + ';', '')}:{quote(known[1], '')}"
    return Way(place, f"socks5://{bridge}@{socks}")


def v2ray(lab: Network, name: str) -> Way:
    """V2Ray's VMess within its own TLS, which is Go's."""
    user: dict[str, Any] = {"id": USER, "alterId": 0}
    files = {"certificateFile": str(lab.folder / CERTIFICATE)}
    files["keyFile"] = files["certificateFile"]
    here = {"security": "tls", "tlsSettings": {"certificates": [files]}}
    there = {
        "security": "tls",
        "tlsSettings": {"serverName": name, "allowInsecure": True},
    }
    place = {"address": str(NAMES[name]), "port": _port(name, 8443)}
    vmess = {"protocol": "vmess", "settings": {"clients": [user]}}
    far = {
        "inbounds": [
            {"listen": place["address"], "port": place["port"]}
            | vmess
            | {"streamSettings": here}
        ],
        "outbounds": [{"protocol": "freedom"}],
    }
    near = {
        "inbounds": [{"listen": "127.0.0.1", "port": SOCKS, "protocol": "socks"}],
        "outbounds": [
            {
                "protocol": "vmess",
                "settings": {"vnext": [place | {"users": [user]}]},
                "streamSettings": there,
            }
        ],
    }
    _configured(lab, lab.names.world, "v2ray-server", far)
    _configured(lab, lab.names.client, "v2ray-client", near)
    return Way()


def trojan(lab: Network, name: str) -> Way:
    """Trojan: what is said, and TLS of its own, within TLS."""
    file = str(lab.folder / CERTIFICATE)
    place = {"remote_addr": str(NAMES[name]), "remote_port": _port(name, 8443)}
    common = {"password": [PASSWORD], "log_level": 1}
    far = common | {
        "run_type": "server",
        "local_addr": place["remote_addr"],
        "local_port": place["remote_port"],
        "remote_addr": "127.0.0.1",
        "remote_port": INNER_PORT,
        "ssl": {"cert": file, "key": file},
    }
    trust = {"cert": str(lab.folder / AUTHORITY), "sni": name}
    here = {"local_addr": "127.0.0.1", "local_port": SOCKS}
    near = common | place | here | {"run_type": "client", "ssl": trust}
    for where, said in ((lab.names.world, far), (lab.names.client, near)):
        written = lab.folder / f"trojan-{said['run_type']}.json"
        written.write_text(json.dumps(said))
        running = lab.start(where, "trojan", str(written))
        lab.await_word(running, "started")
    return Way()


def haproxy(lab: Network, name: str) -> Way:
    """HAProxy with a certificate of its own, as a messenger has its users run it."""
    place = f"{NAMES[name]}:{_port(name, 8443)}"
    bind = f"{place} ssl crt {lab.folder / SELF_SIGNED}"
    _haproxy(lab, lab.names.world, bind, f"127.0.0.1:{INNER_PORT}")
    return Way(f"{name}:{_port(name, 8443)}", "", "unchecked")


def within_tls(lab: Network, name: str) -> Way:
    """TLS to a messenger's server within TLS to a proxy, by HAProxy at both ends."""
    file, trust = lab.folder / CERTIFICATE, lab.folder / AUTHORITY
    place, near = f"{NAMES[name]}:{_port(name, 8443)}", f"127.0.0.1:{NEAR}"
    inner = f"{NAMES['blocked.example']}:{SITE_PORT}"
    _haproxy(lab, lab.names.world, f"{place} ssl crt {file}", inner)
    outer = f"{place} ssl ca-file {trust} verify required sni str({name})"
    _haproxy(lab, lab.names.client, near, outer)
    return Way("blocked.example", f"tcp://{near}", "checked")


def _haproxy(lab: Network, where: str, bind: str, server: str) -> None:
    lines = (
        *("defaults", " mode tcp", " timeout connect 5s", " timeout client 60s"),
        *(" timeout server 60s", "frontend proxy", f" bind {bind}"),
        *(" default_backend inner", "backend inner", f" server inner {server}"),
    )
    written = lab.folder / f"{where}-haproxy.cfg"
    written.write_text("\n".join(lines) + "\n")
    started = lab.start(where, "haproxy", "-V", "-db", "-f", str(written))
    lab.await_word(started, "Available polling systems")
