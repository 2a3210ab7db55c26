"""Each shell completes what the table of verbs says; asked of the shells themselves."""

import shutil
import subprocess
from pathlib import Path

import pytest

from linnet.cli.completion import SHELLS, script
from linnet.cli.table import VERBS

FORMS = [verb.form for verb in VERBS.values()]


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(shell) is None, reason=f"{shell} is not on this machine"
    )


def bash(line: str, folder: Path) -> set[str]:
    words = " ".join(f"'{word}'" for word in line.split(" "))
    asked = (
        f"{script('bash', FORMS)}\nCOMP_WORDS=({words}); "
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _linnet; "
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    return run(["bash", "--norc", "-c", asked], folder)


def fish(line: str, folder: Path) -> set[str]:
    asked = f"{script('fish', FORMS)}\ncomplete -C '{line}'"
    found = run(["fish", "--no-config", "-c", asked], folder)
    return {row.split("\t")[0] for row in found}


def run(command: list[str], folder: Path) -> set[str]:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.stderr == ""
    return set(done.stdout.split("\n"))


CASES = [
    ("linnet ", {"send", "chat", "group", "relay"}, {"rename Bob"}),
    ("linnet --home x se", {"send", "search"}, {"chat"}),
    ("linnet group ", {"new", "add", "leave"}, {"send"}),
    ("linnet send Bob --", {"--file", "--reply", "--json"}, {"--follow"}),
    ("linnet completion ", {"bash", "zsh", "fish"}, {"send"}),
    ("linnet preferences typing o", {"on", "off"}, set()),
    ("linnet backup pho", {"photo.jpg"}, set()),
    ("linnet send Bob --file pho", {"photo.jpg"}, {"send"}),
]


@needs("bash")
@pytest.mark.parametrize(("line", "offered", "not_offered"), CASES)
def test_bash_offers_what_fits(
    line: str, offered: set[str], not_offered: set[str], tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").touch()

    found = bash(line, tmp_path)

    assert offered <= found
    assert not not_offered & found


@needs("fish")
@pytest.mark.parametrize(("line", "offered", "not_offered"), CASES)
def test_fish_offers_what_fits(
    line: str, offered: set[str], not_offered: set[str], tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").touch()

    found = fish(line, tmp_path)

    assert offered <= found
    assert not not_offered & found


# Two quotes keep what is typed, which the terminal echoes, from looking like an answer.
_ZSH_DRIVER = r"""
zmodload zsh/zpty
zpty asked zsh -f -i
zpty -w asked "PS1= PROMPT_EOL_MARK=; autoload -U compinit; compinit -u -D; source $1"
zpty -w asked "zstyle ':completion:*' list-colors no=; LISTMAX=1000"
# Said by the line editor itself: what is typed before it runs is no key to it.
zpty -w asked 'zle-line-init() { print READY""_NOW }; zle -N zle-line-init'
zpty -m -r asked out '*READY_NOW*'
zpty -w -n asked "$2"$'\t\t\t'
zpty -w -n asked $'\C-a\C-kecho D""ONE_NOW\n'
zpty -m -r asked out '*DONE_NOW*'
print -r -- $out
"""


@needs("zsh")
@pytest.mark.parametrize(
    ("line", "offered"),
    [("linnet grou", "group"), ("linnet group ", "members"), ("linnet sea", "search")],
)
def test_zsh_offers_what_fits(line: str, offered: str, tmp_path: Path) -> None:
    file = tmp_path / "_linnet"
    file.write_text(script("zsh", FORMS))
    done = subprocess.run(
        ["zsh", "-f", "-c", _ZSH_DRIVER, "zsh", str(file), line],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={"TERM": "dumb", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )

    assert offered in done.stdout.replace("\a", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_says_where_it_goes(shell: str) -> None:
    assert "Save as" in script(shell, FORMS)
