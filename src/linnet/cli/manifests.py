"""Verbs about manifests: signed lists of roads that anybody may carry."""

import sys
from pathlib import Path

from linnet.cli.call import Call, Verb
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Kind, Word
from linnet.cli.shapes import plain, show_all
from linnet.client import FollowedManifest, PlaceAsked
from linnet.errors import UsageError

LARGEST = 200_000
ID = Word("ID", "how its id begins, as road followed shows it")


async def _follow(call: Call) -> Exit:
    given = call.given.word("MANIFEST").strip()
    is_place = given.startswith(("https:", "dns:"))
    text, only = (
        "" if is_place else _given(given),
        call.given.word("ID").strip().lower(),
    )
    async with call.account(connect=False) as me:
        following = me.follow_at(given, only) if is_place else me.follow(text, only)
        taken = await following
        said = ["You follow it, and use its roads.", _line(taken)]
        call.out.show(plain(taken), said)
        return Exit.OK


async def _followed(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        show_all(call.out, me.followed(), _line, "You follow no manifest.")
        return Exit.OK


async def _unfollow(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        gone = await me.unfollow(call.given.word("ID").strip())
        call.out.show(plain(gone), [f"Let go: {_line(gone)}"])
        return Exit.OK


async def _fetch(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        asked = await me.fetch_manifests()
        none = "No manifest that you follow names a place to ask."
        show_all(call.out, asked, _said, none)
        return Exit.OK


async def _manifest(call: Call) -> Exit:
    async with call.account(connect=False) as me:
        text = me.manifest_text(call.given.word("ID").strip())
        call.out.show({"manifest": text}, [text])
        return Exit.OK


def _given(what: str) -> str:
    """Return the text itself, that of a file, or what is piped in."""
    if what.lstrip('"').startswith("linnet-manifest:"):
        return what
    try:
        if what == "-":
            return sys.stdin.read(LARGEST)
        with Path(what).expanduser().open(encoding="ascii") as file:
            return file.read(LARGEST)
    except (OSError, ValueError):
        raise UsageError(
            "That is no manifest, and no file that can be read. Give the text that "
            "begins with linnet-manifest:, or a file that holds it."
        ) from None


def _said(one: PlaceAsked) -> str:
    return f"{one.place}: {one.said} Edition {one.number}."


def _line(one: FollowedManifest) -> str:
    of_use = f"{one.usable} to relays you know"
    return f"manifest {one.id}, edition {one.number}: {one.roads} roads, {of_use}"


VERBS = (
    Verb(
        Form(
            "road follow",
            "use the roads of a signed list, and later its newer editions",
            "linnet road follow roads.txt",
            (
                Word(
                    "MANIFEST",
                    "a file, the text itself, - for a pipe, https://NAME/PATH, or "
                    "dns:NAME",
                    Kind.FILE,
                ),
                Word("ID", "follow it only if this is its id, whole", is_needed=False),
            ),
            more="The first time, give the id that whoever publishes it says "
            "elsewhere, or compare it. Without it you trust the page that you name, "
            "and with dns: whoever answers. From then on it does not matter who brings "
            "an edition: one that is older, or not signed by enough of its keys, is "
            "refused.",
            prints="a manifest",
        ),
        _follow,
    ),
    Verb(
        Form(
            "road followed",
            "the signed lists you follow",
            "linnet road followed",
            prints="a list of manifests",
        ),
        _followed,
    ),
    Verb(
        Form(
            "road fetch",
            "ask where they say that newer editions are, now",
            "linnet road fetch",
            more="While it runs, Linnet asks there by itself: once a day, and when no "
            "road leads to a relay. Who answers there, or looks at the way there, sees "
            "that you do. If a chain is set (linnet road through), it goes by that.",
            prints="a list of places, and what came of each",
        ),
        _fetch,
    ),
    Verb(
        Form(
            "road manifest",
            "print one as text, to carry it to others",
            "linnet road manifest 3fa9 > roads.txt",
            (ID,),
            prints='`{"manifest"}`',
        ),
        _manifest,
    ),
    Verb(
        Form(
            "road unfollow",
            "let one go",
            "linnet road unfollow 3fa9",
            (ID,),
            prints="a manifest",
        ),
        _unfollow,
    ),
)
