"""What to say of an error that nobody expected, without telling what it was about.

One conversation that meets a bug of ours must not stop the others: it waits and says
so. The log names the kind of error and the place in the code; its text may hold
anything and stays out.
"""

import logging
import traceback

from linnet.errors import BugError

_log = logging.getLogger(__name__)


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
