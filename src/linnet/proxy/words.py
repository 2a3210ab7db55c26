"""What `linnet proxy` understands: its words, read into values."""

import argparse
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from linnet.errors import Malformed, UsageError
from linnet.proxy.passage import Upstream
from linnet.relay.given_words import add_verb, read_pass, usual_folder
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor, RoadLink

_PORTS = {"http": 80, "https": 443}


def read(line: Iterable[str]) -> argparse.Namespace:
    """Read what was typed; the program ends with status 2 where it is wrong."""
    words: list[str] = []
    for word in line:
        if words[-1:] == ["--relay"]:
            # A descriptor may begin with a dash, and is no option for that.
            words[-1] = f"--relay={word}"
        else:
            words.append(word)
    return parser().parse_args(words)


def parser() -> argparse.ArgumentParser:
    """What `linnet proxy` understands."""
    top = argparse.ArgumentParser(
        prog="linnet proxy",
        description="A door to relays that looks like an ordinary website.",
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    verb = partial(add_verb, verbs, folder=usual_folder("linnet-proxy"))
    _run_words(verb("run", "serve until told to stop"))
    link = verb("link", "print a link for one person, and draw its code")
    link.add_argument("name", metavar="NAME", help="what you call that person")
    link.add_argument(
        "--pass",
        dest="pass_link",
        metavar="PASS-LINK",
        help="make it a pass link, with which that person can begin at once",
    )
    link.add_argument(
        "--count",
        type=int,
        metavar="N",
        help="so many links, one a line, for people that somebody else knows",
    )
    link.add_argument("--address", metavar="ROAD:HOST:PORT[#COVER]")
    link.add_argument("--no-qr", dest="qr", action="store_false", help="no code")
    revoke = verb("revoke", "let a person's link lead nowhere any more")
    revoke.add_argument("name", metavar="NAME")
    verb("links", "show to whom links were given")
    return top


def _run_words(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--relay",
        action="append",
        default=[],
        metavar="LINK",
        help="a relay to lead to: its pass link, road link or descriptor; repeatable",
    )
    run.add_argument("--listen", default="0.0.0.0:443", metavar="HOST:PORT")
    run.add_argument(
        "--address",
        metavar="ROAD:HOST:PORT[#COVER]",
        help="where people reach it, ROAD being ws or wss",
    )
    run.add_argument(
        "--site", metavar="FOLDER", help="pages to show, or 'page': the browser client"
    )
    run.add_argument(
        "--upstream", metavar="URL", help="the website to stand before, as it is"
    )
    run.add_argument(
        "--doorkeeper",
        metavar="HOST:PORT",
        help="where the web server in front asks which requests are a person's",
    )
    run.add_argument("--cert", type=Path, metavar="FILE", help="its chain, as PEM")
    run.add_argument("--key", type=Path, metavar="FILE", help="the certificate's key")
    run.add_argument("--joints", type=int, default=16, help="of one person at once")
    run.add_argument(
        "--daily", type=int, default=2_000, metavar="MB", help="of one person in a day"
    )


def relays(texts: list[str]) -> tuple[RelayDescriptor, ...]:
    """Read the relays to lead to, each once, in the order given.

    Raises:
        UsageError: one cannot be read, or there are too many.
    """
    found: dict[bytes, RelayDescriptor] = {}
    for text in texts:
        for relay in _relays_of(text.strip()):
            found.setdefault(relay.key, relay)
    if len(found) > 8:
        raise UsageError("A proxy leads to at most 8 relays.")
    return tuple(found.values())


def _relays_of(text: str) -> tuple[RelayDescriptor, ...]:
    if not text.lower().startswith("linnet:"):
        return (_descriptor(text),)
    try:
        return RoadLink.parse(text).relays
    except Malformed:
        return (read_pass(text).relay,)


def _descriptor(text: str) -> RelayDescriptor:
    try:
        fields = Fields(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        relay = RelayDescriptor.read(fields)
        fields.finish()
    except (Malformed, ValueError):
        raise UsageError(
            "What --relay was given is no relay: give a pass link, a road link, or "
            "the descriptor that an open relay shows in /relay.json."
        ) from None
    return relay


def upstream(url: str) -> Upstream:
    """Read where the website is.

    Raises:
        UsageError: it is no such place.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        parts, port = urlsplit(""), 0
    if not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise UsageError(
            f"'{url}' is no website to stand before; write for example "
            "http://127.0.0.1:8080."
        )
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    return Upstream(parts.hostname, port, tls)


def certificate(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Read what TLS needs, as a web server has it.

    Raises:
        UsageError: one of the two is missing or cannot be used.
    """
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise UsageError("A certificate needs both --cert and --key.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError):
        raise UsageError("The certificate or its key cannot be read.") from None
    return context
