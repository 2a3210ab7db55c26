"""One JSON object a line: what happened, and numbers; never who, which or where.

A log line is built from a fixed word and figures. There is no way to put a stream id,
an address, a token or a sentence of somebody else into it.
"""

import json
import sys
import time
from typing import TextIO


class Log:
    """Writes lines of events and figures."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream

    def write(self, event: str, **figures: float | bool) -> None:
        """Say what happened."""
        line = {"time": round(time.time(), 3), "event": event, **figures}
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()
