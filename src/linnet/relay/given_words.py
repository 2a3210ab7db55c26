"""What all of an operator's commands understand alike: verbs, folders, pass links."""

import argparse
import os
from pathlib import Path

from linnet.errors import Malformed, UsageError
from linnet.wire.links import PassLink


def add_verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    *,
    folder: Path | None = None,
) -> argparse.ArgumentParser:
    """Add a verb that works on a folder.

    Args:
        verbs: to what it is added.
        name: what is typed.
        what: what it does, as its help says it.
        folder: where ``--data`` is unless it is named; without one it must be.
    """
    made = verbs.add_parser(name, help=what, description=what.capitalize() + ".")
    made.add_argument(
        "--data", type=Path, default=folder, required=folder is None, metavar="DIR"
    )
    return made


def usual_folder(name: str) -> Path:
    """Where a command keeps what it must, unless another place is named."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / name


def read_pass(text: str) -> PassLink:
    """Read a pass link.

    Raises:
        UsageError: it is none.
    """
    try:
        return PassLink.parse(text)
    except Malformed as error:
        raise UsageError(str(error)) from None
