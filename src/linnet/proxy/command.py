"""The words `linnet proxy ...` understands (docs/proxy.md).

Errors are sentences on standard error; the status is 0 when all went well, 1 when the
machine or its data did not let it, 2 when the words were wrong.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import segno

from linnet.carriers.client_page import client_page
from linnet.carriers.website import Website
from linnet.errors import LinnetError, UsageError
from linnet.proxy import words
from linnet.proxy.entrance import Bounds
from linnet.proxy.folder import Folder
from linnet.proxy.passage import Upstream
from linnet.proxy.serve import Settings, run
from linnet.relay.given_words import read_pass
from linnet.relay.logs import Log
from linnet.relay.words import front, people, place
from linnet.web import NOT_BUILT, page_folder
from linnet.wire.links import (
    MAX_ADDRESSES,
    Address,
    PassLink,
    RelayDescriptor,
    RoadLink,
)
from linnet.wire.noise import public_key

MEBIBYTE: Final = 1024 * 1024
MOST_AT_ONCE: Final = 100
_ANYWHERE: Final = {"0.0.0.0", "::", ""}  # noqa: S104


def main(line: Sequence[str]) -> int:
    """Run one `linnet proxy` command and return its exit status."""
    options = words.read(line)
    try:
        _VERBS[options.verb](options)
    except UsageError as error:
        print(f"linnet proxy: {error}", file=sys.stderr)
        return 2
    except LinnetError as error:
        print(f"linnet proxy: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.prepare()
    with folder.locked():
        told, known = words.relays(options.relay), folder.remembered()
        listen = place(options.listen)
        if not told and not known.relays:
            raise UsageError("Say with --relay to which relay it leads.")
        if min(options.joints, options.daily) < 1:
            raise UsageError("--joints and --daily are at least 1.")
        reached = _address(options.address) or known.address
        if reached is None and listen[0] in _ANYWHERE:
            raise UsageError(
                "Say with --address where people reach it, such as "
                "wss:proxy.example:443."
            )
        settings = Settings(
            folder=folder,
            relays=told or known.relays,
            listen=listen,
            site=_site(options, folder),
            doorkeeper=place(options.doorkeeper) if options.doorkeeper else None,
            address=reached,
            tls=words.certificate(options.cert, options.key),
            bounds=Bounds(options.joints, day_bytes=options.daily * MEBIBYTE),
        )
        run(settings, Log(), ready=lambda: _give_first(folder))


def _site(options: argparse.Namespace, folder: Folder) -> Website | Upstream:
    """What everyone sees who has no path."""
    if options.upstream:
        if options.site:
            raise UsageError("Give --site or --upstream, not both.")
        return words.upstream(options.upstream)
    key = folder.key()
    started = int((folder.path / "proxy.key").stat().st_mtime)
    try:
        if options.site == "page":
            return client_page(_page(), unix_time=started, begin=None, path="")
        if options.site:
            return Website.from_folder(Path(options.site))
    except OSError as error:
        raise UsageError(
            f"The folder of the site cannot be read: {error.strerror}."
        ) from None
    return Website.composed(public_key(key), unix_time=started)


def _page() -> Path:
    folder = page_folder()
    if folder is None:
        raise UsageError(NOT_BUILT)
    return folder


def _give_first(folder: Folder) -> None:
    """Print a link when nobody was given one yet: it is what a proxy is run for."""
    if folder.people.all():
        return
    if sys.stdout.isatty():
        _print_link(_road_link(folder, "first", None).text(), is_drawn=True)
        print("That link is for one person. For the next: linnet proxy link NAME")
    else:
        # What is no screen may be a log, and no link belongs there.
        print("Nobody has a link yet: linnet proxy link NAME")
    sys.stdout.flush()


def _link(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    given = read_pass(options.pass_link) if options.pass_link else None
    reached = _address(options.address)
    if given is not None and given.relay.key not in {
        one.key for one in folder.remembered().relays
    }:
        raise UsageError("That pass is for a relay this proxy does not lead to.")
    if options.count is not None:
        _print_links(folder, options, reached)
        return
    roads = _road_link(folder, options.name, reached)
    text = roads.text() if given is None else _with_road(given, roads).text()
    _print_link(text, is_drawn=options.qr)


def _print_links(
    folder: Folder, options: argparse.Namespace, reached: Address | None
) -> None:
    if options.pass_link or not 1 <= options.count <= MOST_AT_ONCE:
        raise UsageError(f"--count takes 1 to {MOST_AT_ONCE}, and no --pass beside it.")
    for number in range(1, options.count + 1):
        print(_road_link(folder, f"{options.name} {number}", reached).text())


def _road_link(folder: Folder, name: str, reached: Address | None) -> RoadLink:
    """A new link for somebody."""
    known = folder.remembered()
    reached = reached or known.address or known.listens
    if reached is None:
        raise UsageError("Say with --address where people reach this proxy.")
    person = folder.people.add(name, time.time())
    paths = folder.let_in(known.relays).paths(person)
    return RoadLink(
        tuple(
            RelayDescriptor(one.key, (replace(reached, path=reached.path + path),))
            for one, path in zip(known.relays, paths, strict=True)
        )
    )


def _with_road(given: PassLink, roads: RoadLink) -> PassLink:
    """A pass link that names the proxy before the relay's own addresses."""
    key = given.relay.key
    ways = [way for one in roads.relays if one.key == key for way in one.addresses]
    ways += given.relay.addresses
    return PassLink(RelayDescriptor(key, tuple(ways[:MAX_ADDRESSES])), given.token)


def _revoke(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    folder.people.revoke(options.name)
    print("Revoked. A proxy that runs lets that link in no more within two seconds.")


def _links(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    for line in people(folder.people.all()):
        print(line)


def _print_link(link: str, *, is_drawn: bool) -> None:
    if is_drawn:
        drawn = io.StringIO()
        segno.make(link, error="l", micro=False).terminal(drawn, border=2, compact=True)
        print(drawn.getvalue())
    print(link)


def _address(text: str | None) -> Address | None:
    if not text:
        return None
    return front(text)


_VERBS: dict[str, Callable[[argparse.Namespace], None]] = {
    "run": _run,
    "link": _link,
    "revoke": _revoke,
    "links": _links,
}
