"""Verbs of keeping: export, backup, restore."""

from pathlib import Path

from linnet import client
from linnet.cli.asking import ask_new_passphrase, ask_phrase
from linnet.cli.call import Call, Verb
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Kind, Word
from linnet.errors import UsageError


def _empty_folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if not _is_free(folder):
        raise UsageError(f"{folder} is there already; name a new or empty folder.")
    return folder


def _is_free(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _new_file(name: str) -> Path:
    file = Path(name).expanduser()
    if file.exists():
        raise UsageError(f"{file} is there already; name a new file.")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {file.parent} to write it in.")
    return file


def _backup_file(name: str, home: Path) -> Path:
    file = Path(name).expanduser()
    if not file.is_file():
        raise UsageError(f"There is no file {file}.")
    if not _is_free(home):
        raise UsageError(
            f"{home} is not empty. Restore into a new folder: linnet --home "
            "NEW-FOLDER restore FILE. Nothing was changed."
        )
    return file


async def _export(call: Call) -> Exit:
    folder = _empty_folder(call.given.word("DIR"))
    async with call.account(connect=False) as me:
        written = await me.export(folder)
        call.out.show(
            {"path": str(written)},
            [
                f"Written to {written}, as plain text.",
                "Whoever has this folder can read everything in it.",
            ],
        )
        return Exit.OK


async def _backup(call: Call) -> Exit:
    file = _new_file(call.given.word("FILE"))
    async with call.account(connect=False) as me:
        phrase = await me.backup(file)
        call.out.show(
            {"path": str(file), "phrase": phrase},
            [
                f"Written to {file}. It opens with this phrase and with nothing else;",
                "write it on paper and keep it apart from the file:",
                "",
                f"  {phrase}",
                "",
                f"To come back: linnet --home NEW-FOLDER restore {file}",
            ],
        )
        return Exit.OK


async def _restore(call: Call) -> Exit:
    file = _backup_file(call.given.word("FILE"), call.home)
    phrase = ask_phrase()
    passphrase = ask_new_passphrase()
    await client.restore(file, call.home, phrase=phrase, passphrase=passphrase)
    call.out.show(
        {"home": str(call.home)},
        [
            f"The account is back, in {call.home}.",
            "Do not use it on the old machine any more: two copies of one device "
            "cannot both be right.",
        ],
    )
    return Exit.OK


_FILE = Word("FILE", "the backup file", Kind.FILE)

VERBS = (
    Verb(
        Form(
            "export",
            "write all conversations and files as plain text",
            "linnet export ~/linnet-export",
            (Word("DIR", "a new or empty folder", Kind.FOLDER),),
            prints='`{"path"}`',
        ),
        _export,
    ),
    Verb(
        Form(
            "backup",
            "write an encrypted backup; prints the phrase that opens it",
            "linnet backup ~/linnet.backup",
            (_FILE,),
            prints='`{"path", "phrase"}`',
        ),
        _backup,
    ),
    Verb(
        Form(
            "restore",
            "make the account again from a backup and its phrase",
            "linnet --home ~/alice restore ~/linnet.backup",
            (_FILE,),
            more="The phrase is asked for, or taken from LINNET_PHRASE.",
            prints='`{"home"}`',
        ),
        _restore,
    ),
)
