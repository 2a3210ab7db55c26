"""The kinds of proxies that a chain may name: one line for each."""

from collections.abc import Mapping
from typing import Final

from linnet.carriers.tunnels.http_connect import http_connect
from linnet.carriers.tunnels.socks5 import socks5
from linnet.carriers.tunnels.tunnel import Talk

TALKS: Final[Mapping[str, Talk]] = {
    "http": http_connect,
    "socks5": socks5,
}
