"""What to say of an error that nobody expected, without telling what it was about.

One conversation that meets a bug of ours must not stop the others: it waits and says
so. The log names the kind of error and the place in the code; its text may hold
anything and stays out.
"""

import logging
import traceback

from linnet.errors import BugError, Refused
from linnet.wire.refusals import Refusal

_log = logging.getLogger(__name__)


def kind_of(error: Exception) -> str:
    """Name an error for the log: its kind, and why a relay said no."""
    kind = type(error).__name__
    if not isinstance(error, Refused) or error.code not in list(Refusal):
        return kind
    return f"{kind} ({Refusal(error.code).name})"


def mishap(error: Exception) -> BugError:
    """Log where an unexpected error happened; return what to show."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "nowhere"
    kind = type(error).__name__
    _log.error("An unexpected %s happened in %s.", kind, place)
    return BugError(
        f"Something unexpected happened ({kind} in {place}); please report it. "
        "What was stored is safe; this is tried again later."
    )
