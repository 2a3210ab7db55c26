"""`linnet` that takes one use of its roads and no other, so that each can be looked at.

`python -m bench.shapes_person USE WORDS...`, USE being socket, requests or bursts.
Every address is met as Chrome, because what it is held against is Chromium; with Chrome
150's ClientHello, which is as long as that of a Chromium without updates: Chrome 152's
has trust anchors besides, which updates bring.
"""

import sys
from dataclasses import replace
from functools import partial
from typing import Final

from linnet.__main__ import main as linnet
from linnet.carriers.burst import burst
from linnet.carriers.guises import CHROME, WARDROBE
from linnet.carriers.link import Link
from linnet.carriers.openers import Dial, open_road
from linnet.carriers.poller import poll
from linnet.client.sync import line

USES: Final[dict[str, Dial]] = {
    "socket": open_road,
    "requests": poll,
    "bursts": burst,
}

if __name__ == "__main__":
    use, *words = sys.argv[1:]
    setattr(WARDROBE, "_guises", (replace(CHROME, preset="chrome150"),))  # noqa: B010
    setattr(line, "Link", partial(Link, dial=USES[use], poll=None))  # noqa: B010
    sys.exit(linnet(words))
