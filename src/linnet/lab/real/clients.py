"""Who talks past the censor: Linnet, and programs that one would have without it.

Each begins to talk when it is told to, and gives the lanes on which it does. A new kind
is one line of `CLIENTS`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from linnet.lab.places import PROXY, RELAYS, ZONE
from linnet.lab.real import tunnels
from linnet.lab.real.namespaces import mark
from linnet.lab.real.network import Network
from linnet.lab.real.people import BROWSER, PAGE, People
from linnet.lab.real.talks import Lane

LISTED: Final = ("relay.example",)
"""Of a relay: at a hoster that lists know, by a name that they know."""
ABROAD: Final = (*LISTED, "abroad-relay.example")
"""That, and an address of which no list knows anything."""
ALL: Final = tuple(RELAYS)
"""These, and one within the country, where a list lets everybody through."""
NAMED: Final = (*ABROAD, ZONE)
"""These abroad, and a zone of which the relay is the name server."""
PLAIN: Final = tunnels.Way("blocked.example", "", "checked")
"""A server of the same hoster as Linnet's, by a name that lists know too."""

Begin = Callable[[], None]
Talking = Callable[[Network, Begin], list[Lane]]


@dataclass(frozen=True, slots=True)
class Client:
    """A kind of client.

    Attributes:
        begins: starts what is needed, then the censor, then the client's own programs.
        addresses: the relay's, of Linnet; others have none, and nothing is demanded.
        needs: programs, and files of the checkout.
    """

    begins: Talking
    addresses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@contextmanager
def clients() -> Iterator[dict[str, Client]]:
    """All kinds, by their names; who knows whom is forgotten afterwards."""
    with TemporaryDirectory(prefix=mark()) as kept:
        folder = Path(kept)
        yield {
            "Linnet": _linnet(folder / "abroad", ABROAD),
            "Linnet, address inside": _linnet(folder / "all", ALL),
            "Linnet, by names": _linnet(folder / "named", NAMED),
            "Linnet, listed only": _linnet(folder / "listed", LISTED),
            "Linnet in Chromium": _linnet(folder / "browser", ABROAD, is_browser=True),
            "plain WebSocket": Client(partial(_plain, None)),
            "TLS within TLS": _tunnel(tunnels.within_tls, "haproxy"),
            "self-signed HAProxy": _tunnel(tunnels.haproxy, "haproxy"),
            "obfs4": _tunnel(tunnels.obfs4, "obfs4proxy"),
            "Shadowsocks": _tunnel(tunnels.shadowsocks, "ss-server", "ss-local"),
            "V2Ray within TLS": _tunnel(tunnels.v2ray, "v2ray"),
            "Trojan": _tunnel(tunnels.trojan, "trojan"),
        }


def _linnet(
    folder: Path, addresses: tuple[str, ...], *, is_browser: bool = False
) -> Client:
    people = People(folder, addresses, is_browser)
    needs = ("node", "chromium", str(BROWSER), str(PAGE)) if is_browser else ()
    return Client(partial(_people, people), addresses, needs)


def _people(people: People, lab: Network, begin: Begin) -> list[Lane]:
    folder = people.come(lab)
    bob = people.bob(lab, folder)
    # What the one in the world does first is no part of what is measured.
    bob.tell("ready.")
    lab.await_word(bob, "ready.")
    begin()
    ann = people.ann(lab, folder)
    return [Lane(ann, bob, "out"), Lane(bob, ann, "back")]


def _tunnel(tunnel: tunnels.Tunnel, *needs: str) -> Client:
    return Client(partial(_plain, tunnel), needs=needs)


def _plain(tunnel: tunnels.Tunnel | None, lab: Network, begin: Begin) -> list[Lane]:
    begin()
    way = tunnel(lab, PROXY) if tunnel else PLAIN
    url = f"ws{'s' if way.tls else ''}://{way.inner}/chat"
    words = ["linnet.lab.real.plain", url, str(lab.folder), way.proxy, way.tls]
    talks = lab.start(lab.names.client, sys.executable, "-m", *words, is_told=True)
    return [Lane(talks, talks, "out")]
