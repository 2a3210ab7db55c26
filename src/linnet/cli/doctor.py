"""The verb `doctor`: tries every road and says what is blocked here."""

from linnet.cli.call import Call, Verb
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form
from linnet.cli.safe import safe_line
from linnet.cli.shapes import plain
from linnet.client import Diagnosis, Finding


async def _doctor(call: Call) -> Exit:
    # Not connected: the account's own links would dial the same names meanwhile.
    async with call.account(connect=False) as me:
        call.out.aside("Trying every road, one after another. This can take minutes.")
        known: list[bool] = []
        async for found in me.diagnose():
            call.out.show(plain(found), diagnosis_lines(found))
            if isinstance(found, Diagnosis):
                known.append(found.is_reachable)
        if not known:
            call.out.aside("There is no relay to be reached: linnet relays add LINK")
        return Exit.OK if known and all(known) else Exit.WAITING


def diagnosis_lines(found: Finding | Diagnosis) -> list[str]:
    """Return what was found, as lines."""
    if isinstance(found, Diagnosis):
        return [f"relay {found.relay}: {safe_line(one)}" for one in found.sentences]
    where = f"relay {found.relay}, address {found.address}, by {found.road}"
    return [f"{where}: {safe_line(found.sentence)}"]


VERBS = (
    Verb(
        Form(
            "doctor",
            "try every road, and say what is blocked here",
            "linnet doctor",
            more=(
                "Each road is tried alone. Ends with 0 if a road to each relay works."
            ),
            prints="findings and diagnoses, one a line",
        ),
        _doctor,
    ),
)
