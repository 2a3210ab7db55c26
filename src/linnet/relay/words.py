"""The command line of a relay: what may be said, and what it says back."""

import argparse
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from linnet.errors import UsageError
from linnet.ids import StreamId
from linnet.relay.core.limits import DAY_SECONDS, Limits
from linnet.relay.drops import Drops
from linnet.relay.given_words import add_verb
from linnet.relay.people import Person
from linnet.relay.plugins import Plugin
from linnet.relay.stores.port import Disclosure
from linnet.relay.zone import DNS_PORT, Zone
from linnet.wire.links import Address, Road
from linnet.wire.replies import Mode

MEBIBYTE = 1024 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def parser() -> argparse.ArgumentParser:
    """What `linnet relay` understands."""
    top = argparse.ArgumentParser(
        prog="linnet relay", description="A blind relay for private conversations."
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    verb = partial(add_verb, verbs)
    _run_words(verb("run", "serve until told to stop"))
    invite = verb("invite", "print a pass link for a new person")
    invite.add_argument("--days", type=int, default=0, help="valid so long (ever)")
    invite.add_argument("--streams", type=int, default=2_000, help="most streams")
    invite.add_argument("--megabytes", type=int, default=1_024, help="most data")
    invite.add_argument(
        "--name", metavar="NAME", help="give that person a secret path of their own"
    )
    _address_words(invite)
    front = verb("front", "print a link by a front, for a person of their own")
    front.add_argument("name", metavar="NAME")
    front.add_argument(
        "--address",
        required=True,
        metavar="ROAD:HOST:PORT[//INNER.HOST][#COVER]",
        help="where the front is, and whom it is to be asked for",
    )
    revoke = verb("revoke", "let a person's own path lead nowhere any more")
    revoke.add_argument("name", metavar="NAME")
    verb("people", "show to whom paths of their own were given")
    drop_words(verb("road", "print a road link to its folder or mailbox"))
    disclose = verb("disclose", "print all that is known of a stream")
    disclose.add_argument("stream", metavar="STREAM", help="its id, 32 hex digits")
    manifest = verb("manifest", "carry a signed list of roads to clients")
    manifest.add_argument("file", type=Path, metavar="FILE")
    bag = verb("bag", "carry out a bag that somebody brought, and write the answer")
    bag.add_argument("file", type=Path, metavar="FILE")
    bag.add_argument("answer", type=Path, metavar="ANSWER", help="a new file")
    for name, what in (("backup", "copy the relay to"), ("restore", "restore it from")):
        verb(name, f"{what} FILE").add_argument("file", type=Path)
    return top


def _address_words(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--address",
        action="append",
        default=[],
        metavar="ROAD:HOST:PORT[/PATH][#COVER]",
        help="where clients reach the relay: tcp, ws, wss or dns; repeatable",
    )


def _run_words(run: argparse.ArgumentParser) -> None:
    run.add_argument("--listen", required=True, metavar="HOST:PORT")
    run.add_argument("--mode", choices=["open", "invite", "closed"], default="invite")
    run.add_argument("--metrics", metavar="HOST:PORT", help="show figures there")
    run.add_argument("--website", type=Path, metavar="DIR", help="pages to show")
    run.add_argument(
        "--web",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="serve the page for browsers, unless --website is given",
    )
    run.add_argument(
        "--page", type=Path, metavar="DIR", help="another build of it to serve"
    )
    run.add_argument(
        "--plain-tcp",
        choices=["auto", "yes", "no"],
        default="auto",
        help="let sessions in without WebSocket (auto: on a loopback address)",
    )
    run.add_argument(
        "--push",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="wake browsers that ask for it, through their makers' push services",
    )
    run.add_argument(
        "--push-contact",
        metavar="URL",
        default="",
        help="mailto: or https: address for push services (default: the first wss one)",
    )
    run.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="METHOD[=PROGRAM]@HOST:PORT",
        help="run a plug-in such as obfs4 that clients reach there; repeatable",
    )
    _address_words(run)
    _zone_words(run)
    drop_words(run)
    run.add_argument("--retention-days", type=int, default=30)
    run.add_argument("--max-retention-days", type=int, default=90)
    run.add_argument("--max-blob", type=int, default=256, metavar="MEGABYTES")
    run.add_argument(
        "--max-size", type=int, default=0, metavar="MEGABYTES", help="of the database"
    )


def drop_words(verb: argparse.ArgumentParser) -> None:
    """Say where parcels are looked for."""
    for name, what in (("folder", "a WebDAV or S3 folder"), ("mailbox", "a mailbox")):
        verb.add_argument(
            f"--{name}",
            type=Path,
            metavar="FILE",
            help=f"be reached by {what} too; FILE says how it is opened",
        )


def drops(options: argparse.Namespace) -> Drops:
    """Where parcels are to be looked for."""
    return Drops(options.folder, options.mailbox)


def _zone_words(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--dns", metavar="ZONE", default="", help="be the name server of that zone"
    )
    run.add_argument(
        "--dns-listen",
        metavar="HOST:PORT",
        help="where, by UDP and TCP (default: the host of --listen, port 53)",
    )
    run.add_argument(
        "--dns-server",
        metavar="NAME",
        default="",
        help="the name of this machine in the delegation of the zone",
    )


def zone(options: argparse.Namespace, listen: tuple[str, int]) -> Zone | None:
    """The zone that the relay is to be name server of.

    Raises:
        UsageError: the words do not go together, or one is no name.
    """
    if not options.dns:
        if options.dns_listen or options.dns_server:
            raise UsageError("Say of which zone the relay is name server: --dns ZONE.")
        return None
    at = place(options.dns_listen) if options.dns_listen else (listen[0], DNS_PORT)
    zone = Zone(options.dns.strip(".").lower(), at, options.dns_server.lower())
    zone.check()
    return zone


def limits(options: argparse.Namespace) -> Limits:
    """The limits that the words ask for.

    Raises:
        UsageError: one is too small to be of use.
    """
    longest = max(options.retention_days, options.max_retention_days)
    if min(options.retention_days, options.max_blob) < 1:
        raise UsageError("Retention and the size of blobs are at least 1.")
    return Limits(
        mode=Mode[options.mode.upper()],
        max_blob=options.max_blob * MEBIBYTE,
        retention_seconds=options.retention_days * DAY_SECONDS,
        max_retention_seconds=longest * DAY_SECONDS,
    )


def contact(text: str) -> str:
    """Read a mailto: or https: URL.

    Raises:
        UsageError: it is neither.
    """
    if text and not re.fullmatch(r"(mailto:[!-~]+@[!-~]+|https://[!-~]+)", text):
        raise UsageError(
            f"'{text}' is no contact; write for example mailto:you@example.org."
        )
    return text


def place(text: str) -> tuple[str, int]:
    """Read HOST:PORT.

    Raises:
        UsageError: it is none.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"'{text}' is not an address; write HOST:PORT.")
    return host, int(port)


def address(text: str) -> Address:
    """Read ROAD:HOST:PORT[/PATH][#COVER].

    Raises:
        UsageError: it is none, or not in ASCII.
    """
    found = re.fullmatch(r"(tcp|ws|wss|dns):(.+:\d+)(/[^#\s]*)?(?:#(\S+))?", text)
    if found is None or not text.isascii():
        raise UsageError(
            f"'{text}' is not an address; write for example wss:relay.example:443."
        )
    road, where, path, cover = found.groups()
    host, port = place(where)
    path = path or ""
    if road == "dns":
        path = path.removeprefix("/")
    return Address(Road[road.upper()], host, port, path, cover or "")


def plugin(text: str) -> Plugin:
    """Read METHOD[=PROGRAM]@HOST:PORT.

    Raises:
        UsageError: it is none, or its host is not in ASCII.
    """
    what, at, where = text.rpartition("@")
    method, _, program = what.partition("=")
    if not at or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", method):
        raise UsageError(
            f"'{text}' is no plug-in; write for example obfs4@relay.example:8443."
        )
    host, port = place(where)
    if not host.isascii():
        raise UsageError(f"'{host}' cannot be in a link; write it in ASCII.")
    return Plugin(method, host, port, Path(program) if program else None)


def front(text: str) -> Address:
    """Read where a front is, without the path that is somebody's own.

    Raises:
        UsageError: it is no place, of another road, or names a path.
    """
    found = address(text)
    is_bare = re.fullmatch(r"(//[^/]+)?", found.path)
    if found.road not in {Road.WS, Road.WSS} or is_bare is None:
        raise UsageError("It is reached by ws or wss, and its paths are made here.")
    return found


def is_plain_tcp(options: argparse.Namespace, listen: tuple[str, int]) -> bool:
    """Whether sessions without WebSocket are let in."""
    if options.plain_tcp == "auto":
        return listen[0] in _LOOPBACK
    return bool(options.plain_tcp == "yes")


def stream(text: str) -> StreamId:
    """Read a stream's id.

    Raises:
        UsageError: it is none.
    """
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        raise UsageError("A stream's id is 32 hexadecimal digits.")
    return StreamId(bytes.fromhex(text))


def people(given: list[Person]) -> list[str]:
    """A line for each who was given a path."""
    return [
        f"{one.name}  given {moment(one.made * 1000)[:10]}"
        f"{'  revoked' if one.is_revoked else ''}"
        for one in given
    ]


def as_json(found: Disclosure) -> str:
    """All that is known of a stream, for machines."""
    return json.dumps(asdict(found), indent=2)


def as_sentence(found: Disclosure) -> str:
    """All that is known of a stream, for people."""
    kept = len(found.envelopes)
    size = sum(int(one["bytes"]) for one in found.envelopes)
    fence = f"is in epoch {found.epoch}" if found.is_fenced else "has no epochs"
    paid = "by a pass" if found.pass_number else "without a pass"
    between = ""
    if kept:
        times = [int(one["time_ms"]) for one in found.envelopes]
        between = f", appended between {moment(times[0])} and {moment(times[-1])}"
    return (
        f"The stream {found.stream} was created {paid} on {moment(found.created_ms)}, "
        f"{fence}, keeps envelopes for {found.retention_seconds // DAY_SECONDS} days "
        f"and holds {kept} of them with {size} encrypted bytes{between}. The relay "
        "knows hashes of the tokens that open it; it does not know who holds them, "
        "what the envelopes say, or who wrote or read them."
    )


def moment(time_ms: int) -> str:
    """A time in words."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
