"""The browser client as this package carries it (spec/web.md)."""

from pathlib import Path
from typing import Final

_CARRIED: Final = Path(__file__).resolve().parent / "dist"
_CHECKOUT: Final = Path(__file__).resolve().parents[3] / "web" / "dist"

NOT_BUILT: Final = (
    "This copy of Linnet carries no page for browsers. With Node.js 20 or newer, "
    "`make web` builds it."
)


def page_folder() -> Path | None:
    """Where the built page is, in the package or the checkout; None when nowhere."""
    for folder in (_CARRIED, _CHECKOUT):
        if (folder / "release.json").is_file():
            return folder
    return None
