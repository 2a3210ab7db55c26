"""An nginx that hands people on to a proxy, as docs/proxy.md says to set it up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.carriers.real_drops import program
from tests.carriers.recorders import certificate
from tests.proxy.sites import PAGE, running
from tests.relay.processes import free_port

_DOCS = Path(__file__).parents[2] / "docs"
_MAIN = """
daemon off;
user root;
pid {at}/pid;
error_log {at}/errors;
events {{}}
http {{
    log_format protocols "$server_protocol $status";
    client_body_temp_path {at}/bodies;
    proxy_temp_path {at}/answers;
    fastcgi_temp_path {at}/1;
    uwsgi_temp_path {at}/2;
    scgi_temp_path {at}/3;
    {servers}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """An nginx that runs: its ports, and what it wrote down.

    Attributes:
        plain: where it hands people on, without TLS.
        tls: the same with TLS.
        alone: where the same site stands without a proxy, without TLS.
        protocols: the version of HTTP and the status of each answer to people's TLS.
    """

    plain: int
    tls: int
    alone: int
    protocols: Path
    at: Path


def documented(page: str) -> str:
    """The part of nginx's configuration that a page of the manual shows."""
    blocks = (_DOCS / page).read_text().split("```")
    (block,) = [one for one in blocks if one.lstrip().startswith("server {")]
    return block


def configured(at: Path, servers: str) -> list[str]:
    """The command that runs an nginx of these servers."""
    file = at / "nginx.conf"
    file.write_text(_MAIN.format(at=at, servers=servers))
    return [program("nginx"), "-c", str(file)]


def _server(at: Path, text: str, *listens: str) -> str:
    """The documented server at other places, or what is left of it."""
    changed = {
        "listen 443 ssl http2;": " ".join(
            f"listen 127.0.0.1:{one};" for one in listens
        ),
        "chain.pem": str(at / "host.pem"),
        "key.pem": str(at / "host.pem"),
        "/srv/pottery": str(at / "site"),
        "access_log off;": f"access_log {at}/protocols protocols;",
    }
    for shown, here in changed.items():
        assert shown in text
        text = text.replace(shown, here)
    return text


@contextmanager
def nginx_front(at: Path, proxy: int, doorkeeper: int) -> Iterator[Nginx]:
    """An nginx as documented, before a proxy, and beside it the same site alone."""
    (at / "site").mkdir()
    (at / "site" / "index.html").write_bytes(PAGE)
    (at / "site" / "big").write_bytes(bytes(range(256)) * 4_096)
    (at / "host.pem").write_bytes(certificate())
    plain, tls, alone = free_port(), free_port(), free_port()
    shown = documented("proxy.md").replace(":7000", f":{proxy}")
    shown = shown.replace(":7001", f":{doorkeeper}")
    site = shown.partition("location")[0] + "}"
    servers = _server(at, shown, f"{plain}", f"{tls} ssl http2")
    command = configured(at, servers + _server(at, site, f"{alone}"))
    with running(command, plain, at / "said"):
        yield Nginx(plain, tls, alone, at / "protocols", at)
