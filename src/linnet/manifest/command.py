"""The words `linnet manifest ...` understands (docs/manifest.md).

The status is 0 when all went well, 1 when the machine or a file did not let it, 2 when
the words were wrong.
"""

import argparse
import os
import sys
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from linnet.errors import LinnetError, Malformed, StorageError, UsageError
from linnet.manifest import drafting
from linnet.relay.given_files import read_road_links, read_text
from linnet.wire.following import Following, Series, parse_series, series_text
from linnet.wire.links import RelayDescriptor
from linnet.wire.manifests import MOST_SIGNERS, Signers, UnverifiedManifest
from linnet.wire.places import MOST_PLACES, Place


def main(line: Sequence[str]) -> int:
    """Run one `linnet manifest` command and return its exit status."""
    options = _parser().parse_args(line)
    try:
        _VERBS[options.verb](options)
    except UsageError as error:
        print(f"linnet manifest: {error}", file=sys.stderr)
        return 2
    except LinnetError as error:
        print(f"linnet manifest: {error}", file=sys.stderr)
        return 1
    return 0


def _key(options: argparse.Namespace) -> None:
    secret = os.urandom(32)
    try:
        handle = os.open(options.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(b64encode(secret) + b"\n")
    except OSError as error:
        raise StorageError(f"The key cannot be kept there: {error.strerror}.") from None
    print(_public(secret).hex())


def _make(options: argparse.Namespace) -> None:
    relays = drafting.gathered(_roads(options.roads))
    signers, places = _signers(options), _places(options.place)
    if options.after is not None:
        known = Following.begin(_read(options.after))
        series = drafting.following(known, relays, signers, places=places)
    elif signers is not None:
        series = drafting.first(signers, relays, places or ())
    else:
        raise UsageError(
            "Say with --signer whose keys sign it, or with --after what it follows."
        )
    _write(options.file, series)


def _sign(options: argparse.Namespace) -> None:
    try:
        secret = b64decode(read_text(options.key), validate=False)
    except NotBase64:
        secret = b""
    if len(secret) != 32:
        raise UsageError("That is no key that `linnet manifest key` has made.")
    signed = drafting.signed(_read(options.file), secret, _public(secret))
    _write(options.file, signed)


def _join(options: argparse.Namespace) -> None:
    copies = [_read(options.file), *map(_read, options.copies)]
    _write(options.file, drafting.joined(copies))


def _show(options: argparse.Namespace) -> None:
    for line in lines(_read(options.file)):
        print(line)


def lines(series: Series) -> list[str]:
    """Say what a series is, for who is to sign it or to publish it."""
    said = [f"manifest {series[-1].edition.id.hex()}"]
    for one in series:
        said += _edition_lines(one)
    lacking = sum(map(drafting.missing, series))
    if lacking:
        said.append(f"{lacking} signature{'s' * (lacking > 1)} missing")
    else:
        Following.begin(series)
        said.append("signed as it must be")
    return said


def _edition_lines(one: UnverifiedManifest) -> list[str]:
    edition = one.edition
    by = {key for key, _ in one.signatures}
    needed = edition.signers.threshold
    said = [f"edition {edition.number}: {needed} of {len(edition.signers.keys)} keys"]
    if edition.next_signers:
        later = edition.next_signers
        said[0] += f", from then on {later.threshold} of {len(later.keys)}"
    for key in sorted(drafting.keys_of(one)):
        said.append(f"  {'signed' if key in by else 'not yet'} {key.hex()}")
    for relay in edition.relays:
        for way in relay.addresses:
            where = f"{way.road.name.lower()}:{way.host}:{way.port}"
            said.append(f"  relay {relay.key.hex()[:8]} by {where}")
    said += [f"  newer ones at {place.text}" for place in edition.places]
    return said


def _signers(options: argparse.Namespace) -> Signers | None:
    if not options.signer and options.threshold is None:
        return None
    try:
        keys = sorted({bytes.fromhex(one) for one in options.signer})
    except ValueError:
        keys = []
    count = len(options.signer)
    if not 1 <= count <= MOST_SIGNERS or [len(one) for one in keys] != [32] * count:
        raise UsageError(
            f"--signer takes a key as `linnet manifest key` prints it: 1 to "
            f"{MOST_SIGNERS} different ones."
        )
    if options.threshold is None or not 1 <= options.threshold <= count:
        raise UsageError(f"Say with --threshold how many must sign: 1 to {count}.")
    return Signers(options.threshold, tuple(keys))


def _places(texts: Sequence[str]) -> tuple[Place, ...] | None:
    """Return the places that were given; None where nothing was said of them."""
    if texts == ["none"]:
        return ()
    if len(texts) > MOST_PLACES:
        raise UsageError(f"A manifest names at most {MOST_PLACES} places.")
    try:
        found = tuple(dict.fromkeys(map(Place.parse, texts)))
    except Malformed as error:
        raise UsageError(str(error)) from None
    return found or None


def _roads(files: Sequence[Path]) -> list[RelayDescriptor]:
    links = [link for file in files for link in read_road_links(file)]
    return [relay for link in links for relay in link.relays]


def _read(file: Path) -> Series:
    return parse_series(read_text(file))


def _write(file: Path, series: Series) -> None:
    fresh = file.with_name(file.name + ".new")
    try:
        fresh.write_text(series_text(series) + "\n")
        fresh.replace(file)
    except OSError as error:
        raise StorageError(f"It cannot be kept there: {error.strerror}.") from None
    for line in lines(series):
        print(line)


def _public(secret: bytes) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    return key.public_key().public_bytes_raw()


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="linnet manifest",
        description="A list of roads that several people sign and anybody may carry.",
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    key = _verb(verbs, "key", "make a signing key, and print its public half")
    key.add_argument("file", type=Path, metavar="FILE")
    make = _verb(verbs, "make", "draft an edition, for others to sign")
    make.add_argument("file", type=Path, metavar="FILE", help="where the draft goes")
    _make_words(make)
    sign = _verb(verbs, "sign", "sign a draft; look at it with show before")
    sign.add_argument("file", type=Path, metavar="FILE")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE")
    join = _verb(verbs, "join", "put signatures together that were made on copies")
    join.add_argument("file", type=Path, metavar="FILE")
    join.add_argument("copies", type=Path, nargs="+", metavar="COPY")
    show = _verb(verbs, "show", "say what a manifest names and who has signed it")
    show.add_argument("file", type=Path, metavar="FILE")
    return top


def _make_words(make: argparse.ArgumentParser) -> None:
    make.add_argument(
        "--roads",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="road links, one a line; repeatable",
    )
    make.add_argument(
        "--place",
        action="append",
        default=[],
        metavar="PLACE",
        help="where newer editions will be found: https://NAME/PATH, or dns:NAME for "
        "its TXT records; repeatable; none: nowhere (default: as before)",
    )
    make.add_argument(
        "--after", type=Path, metavar="FILE", help="the newest edition there is"
    )
    make.add_argument(
        "--signer",
        action="append",
        default=[],
        metavar="KEY",
        help="who signs: of a new manifest, or from this edition on; repeatable",
    )
    make.add_argument("--threshold", type=int, metavar="K", help="how many must sign")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    return verbs.add_parser(name, help=what, description=what.capitalize() + ".")


_VERBS: dict[str, Callable[[argparse.Namespace], None]] = {
    "key": _key,
    "make": _make,
    "sign": _sign,
    "join": _join,
    "show": _show,
}
