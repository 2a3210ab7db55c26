"""The words `linnet rendezvous ...` understands (docs/rendezvous.md).

The status is 0 when all went well, 1 when the machine or its data did not let it or
somebody is without a road, 2 when the words were wrong.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from linnet.errors import LinnetError, UsageError
from linnet.relay.given_files import read_road_links
from linnet.relay.given_words import add_verb, read_pass, usual_folder
from linnet.rendezvous.book import Book, Turn
from linnet.rendezvous.folder import Folder
from linnet.rendezvous.pool import ProxyId
from linnet.wire.links import PassLink, RoadLink


def main(line: Sequence[str]) -> int:
    """Run one `linnet rendezvous` command and return its exit status."""
    options = _parser().parse_args(line)
    try:
        return _VERBS[options.verb](options)
    except UsageError as error:
        print(f"linnet rendezvous: {error}", file=sys.stderr)
        return 2
    except LinnetError as error:
        print(f"linnet rendezvous: {error}", file=sys.stderr)
        return 1


def _add(options: argparse.Namespace) -> int:
    links = [link for file in options.files for link in read_road_links(file)]
    with Folder(options.data).changing() as book:
        before = len(book.proxies)
        turns = book.add(links)
    print(f"{len(book.proxies) - before} new proxies; {_held(book)}")
    return _tell(turns)


def _give(options: argparse.Namespace) -> int:
    token = read_pass(options.pass_link) if options.pass_link else None
    name = options.name.strip()
    with Folder(options.data).changing() as book:
        if name in book.names and options.invited_by is None:
            turns: list[Turn] = []
        else:
            turns = book.give(name, options.invited_by)
        link = book.road(name)
        _check(token, link)
    if link is None:
        print(f"No road is free for “{name}” now: add some.", file=sys.stderr)
    elif token is None:
        print(link)
    else:
        print(f"linnet init NAME --relay {token.text()} --road {link}")
    _tell([one for one in turns if one.name != name])
    return 0 if link else 1


def _lose(options: argparse.Namespace) -> int:
    with Folder(options.data).changing() as book:
        turns = book.lose(options.place)
    print(f"Noted; {_held(book)}")
    return _tell(turns)


def _show(options: argparse.Namespace) -> int:
    book = Folder(options.data).read()
    for at, proxy in enumerate(book.proxies):
        number = ProxyId(at)
        state = f"{book.users(number)} people, {len(proxy.links)} links"
        if number in book.pool.blocked:
            state = "blocked"
        elif number in book.pool.free:
            state = f"free, {len(proxy.links)} links"
        print(f"{proxy.place}: {state}")
    for name, person in zip(book.names, book.people, strict=True):
        by = "" if person.inviter is None else f", by {book.names[person.inviter]}"
        without = "" if book.road(name) else ", without a road"
        doubt = ", given nothing more" if person.is_banned else ""
        print(f"{name}{by}{without}{doubt}")
    print(_held(book))
    return 0


def _tell(turns: Iterable[Turn]) -> int:
    """Print whose road is another one now, to be passed on to them."""
    is_without = False
    for turn in turns:
        is_without = is_without or turn.link is None
        print(f"{turn.name}: {turn.link or 'none is free'}")
    return 1 if is_without else 0


def _held(book: Book) -> str:
    free = book.pool.unused
    return f"{free} of {len(book.proxies)} proxies are in nobody's hands."


def _check(token: PassLink | None, link: str | None) -> None:
    if token is None or link is None:
        return
    if token.relay.key not in {one.key for one in RoadLink.parse(link).relays}:
        raise UsageError("The road for that person does not lead to that relay.")


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="linnet rendezvous",
        description="Hands roads out along the invite tree, ten people to a proxy.",
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    verb = partial(add_verb, verbs, folder=usual_folder("linnet-rendezvous"))
    add = verb("add", "take in road links of proxies, one a line")
    add.add_argument("files", type=Path, nargs="+", metavar="FILE")
    give = verb("give", "print somebody's road; who is new here is taken in")
    give.add_argument("name", metavar="NAME", help="what you call that person")
    give.add_argument("--invited-by", metavar="NAME", help="who brought them")
    give.add_argument(
        "--pass",
        dest="pass_link",
        metavar="PASS-LINK",
        help="print all that person types to begin",
    )
    lose = verb("blocked", "note that a proxy is blocked, and print new roads")
    lose.add_argument("place", metavar="HOST:PORT")
    verb("show", "show proxies and people, without links")
    return top


_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "add": _add,
    "give": _give,
    "blocked": _lose,
    "show": _show,
}
