"""The words `linnet relay ...` understands (docs/relay.md).

Errors are sentences on standard error; the status is 0 when all went well, 1 when the
machine or its data did not let it, 2 when the words were wrong.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from linnet.carriers.personal_paths import PersonalPaths
from linnet.errors import LinnetError, UsageError
from linnet.relay import words
from linnet.relay.backup import back_up, restore
from linnet.relay.bag_tray import hand_in
from linnet.relay.core.guards import hash_of
from linnet.relay.core.limits import DAY_SECONDS
from linnet.relay.folder import Folder
from linnet.relay.logs import Log
from linnet.relay.manifest_file import ManifestFile
from linnet.relay.people import PeopleFile
from linnet.relay.serve import Settings, run
from linnet.relay.stores.disclosure import disclose as disclosed
from linnet.relay.stores.port import NewPass
from linnet.relay.stores.schema import connect
from linnet.relay.stores.sqlite import add_pass
from linnet.web import NOT_BUILT, page_folder
from linnet.wire.links import PassLink, RelayDescriptor, RoadLink
from linnet.wire.noise import public_key

MEBIBYTE = 1024 * 1024


def main(line: Sequence[str]) -> int:
    """Run one `linnet relay` command and return its exit status."""
    options = words.parser().parse_args(line)
    try:
        _VERBS[options.verb](options)
    except UsageError as error:
        print(f"linnet relay: {error}", file=sys.stderr)
        return 2
    except LinnetError as error:
        print(f"linnet relay: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run(options: argparse.Namespace) -> None:
    listen = words.place(options.listen)
    settings = Settings(
        folder=Folder(options.data),
        listen=listen,
        limits=words.limits(options),
        metrics=words.place(options.metrics) if options.metrics else None,
        addresses=tuple(map(words.address, options.address)),
        website=options.website,
        page=_page(options),
        plain_tcp=words.is_plain_tcp(options, listen),
        pushes=options.push,
        push_contact=words.contact(options.push_contact),
        zone=words.zone(options, listen),
        plugins=tuple(map(words.plugin, options.plugin)),
        drops=words.drops(options),
        max_pages=options.max_size * MEBIBYTE // 4096 if options.max_size else None,
    )
    run(settings, Log())


def _page(options: argparse.Namespace) -> Path | None:
    """The page for browsers; a website of one's own is shown instead of it."""
    if not options.web or options.website is not None:
        return None
    folder: Path | None = options.page or page_folder()
    if folder is None:
        print(NOT_BUILT, flush=True)
    return folder


def _invite(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.prepare()
    folder.require_whole()
    given = tuple(map(words.address, options.address))
    descriptor = folder.descriptor(folder.complete(given))
    if options.name is not None:
        descriptor = _with_own_path(folder, descriptor, options.name)
    token = secrets.token_bytes(32)
    now = time.time()
    expires = int(now) + options.days * DAY_SECONDS if options.days else 0
    connection = connect(folder.database)
    new = NewPass(
        token_hash=hash_of(token),
        max_streams=options.streams,
        max_bytes=options.megabytes * MEBIBYTE,
        expires=expires,
        created_ms=int(now * 1000),
    )
    add_pass(connection, new)
    connection.close()
    print(PassLink(descriptor, token).text())


def _with_own_path(
    folder: Folder, relay: RelayDescriptor, name: str
) -> RelayDescriptor:
    """The same addresses with a path that is one person's in place of everybody's."""
    shared = folder.secret_path()
    if all(one.path != shared for one in relay.addresses):
        raise UsageError(
            "None of these addresses has the relay's secret path, so none can have a "
            "path of one person's in its place. Name one as wss:HOST:PORT."
        )
    person = PeopleFile(folder.path).add(name, time.time())
    path = PersonalPaths.of_relay(folder.private_key()).path(person)
    addresses = [
        replace(one, path=path) if one.path == shared else one
        for one in relay.addresses
    ]
    return RelayDescriptor(relay.key, tuple(addresses))


def _front(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    where = words.front(options.address)
    person = PeopleFile(folder.path).add(options.name, time.time())
    path = PersonalPaths.of_relay(folder.private_key()).path(person)
    road = folder.descriptor((replace(where, path=where.path + path),))
    print(path)
    print(RoadLink((road,)).text())


def _revoke(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    PeopleFile(folder.path).revoke(options.name)
    print(
        "Revoked. A relay that runs lets that path in no more within two seconds; the "
        "pass that came with it, and what it paid for, stay."
    )


def _people(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    for line in words.people(PeopleFile(folder.path).all()):
        print(line)


def _road(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    addresses = words.drops(options).addresses()
    if not addresses:
        raise UsageError("Say which: --folder FILE, --mailbox FILE or both.")
    key = public_key(folder.private_key())
    print(RoadLink((RelayDescriptor(key, addresses),)).text())


def _disclose(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    stream = words.stream(options.stream)
    connection = connect(folder.database, is_new_allowed=False)
    found = disclosed(connection, stream)
    connection.close()
    if found is None:
        raise UsageError("The relay holds no such stream, and nothing is known of it.")
    print(words.as_json(found))
    print(words.as_sentence(found))


def _manifest(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    found = ManifestFile(folder.path).put(options.file)
    print(
        f"This relay carries edition {found.number} of manifest {found.id.hex()}. One "
        "that runs does so within two seconds."
    )


def _bag(options: argparse.Namespace) -> None:
    folder = Folder(options.data)
    folder.require()
    for line in hand_in(folder, options.file, options.answer):
        print(line)


def _backup(options: argparse.Namespace) -> None:
    back_up(Folder(options.data), options.file)
    print(f"Backed up to {options.file} and {options.file}.key; keep both, in private.")


def _restore(options: argparse.Namespace) -> None:
    restore(Folder(options.data), options.file)
    print(
        "Restored; what was here is kept beside it as replaced-N.db. Start the relay: "
        "clients notice what it has lost and send it again."
    )


_VERBS: dict[str, Callable[[argparse.Namespace], None]] = {
    "run": _run,
    "invite": _invite,
    "front": _front,
    "revoke": _revoke,
    "people": _people,
    "road": _road,
    "disclose": _disclose,
    "manifest": _manifest,
    "bag": _bag,
    "backup": _backup,
    "restore": _restore,
}
