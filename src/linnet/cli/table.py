"""All verbs, by group: the one list that dispatch, help and completion read."""

from linnet.cli import (
    account,
    bags,
    chat,
    devices,
    doctor,
    groups,
    keep,
    manifests,
    moving,
    nearby,
    people,
    roads,
    status,
    talk,
    writing,
)
from linnet.cli.call import Call, Verb
from linnet.cli.completion import SHELLS, script
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Kind, Word
from linnet.errors import UsageError


async def _completion(call: Call) -> Exit:
    shell = call.given.word("SHELL")
    if shell not in SHELLS:
        raise UsageError(f"There is completion for {', '.join(SHELLS)}, not “{shell}”.")
    text = script(shell, [verb.form for verb in VERBS.values()])
    call.out.show({"script": text}, text.rstrip("\n").split("\n"))
    return Exit.OK


_COMPLETION = Verb(
    Form(
        "completion",
        "print a script that lets your shell complete",
        "linnet completion fish > ~/.config/fish/completions/linnet.fish",
        (Word("SHELL", ", ".join(SHELLS), Kind.SHELL),),
        prints='`{"script"}`',
    ),
    _completion,
)

FAMILIES: dict[str, tuple[Verb, ...]] = {
    "Begin": account.VERBS,
    "Devices": devices.VERBS,
    "People": people.VERBS,
    "Talk": (*chat.VERBS, *talk.VERBS, *writing.VERBS, *moving.VERBS),
    "Groups": groups.VERBS,
    "Roads": (*status.VERBS, *roads.VERBS, *manifests.VERBS, *doctor.VERBS),
    "Without a network": (*bags.VERBS, *nearby.VERBS),
    "Keep": keep.VERBS,
    "Shell": (_COMPLETION,),
}

VERBS: dict[str, Verb] = {
    verb.form.name: verb for verbs in FAMILIES.values() for verb in verbs
}
