"""The page in figures: its size, a slow line, a long chat, MLS beside ts-mls.

The figures come from a real Chromium (`web/bench/page.test.ts`) and from Node.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.goals import WEB, Score

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "web"
FIGURE: Final = re.compile(r"figure: (.+) = ([\d.]+)")


def measured() -> dict[str, float]:
    """Have the page measured; gives what was told, by name."""
    done = subprocess.run(
        ["npx", "vitest", "run", "--project", "bench"],
        cwd=PAGE,
        env={**os.environ, "LINNET_BENCH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-2000:] + done.stderr[-2000:])
    return {name: float(figure) for name, figure in FIGURE.findall(done.stdout)}


def print_mls() -> None:
    """Print what MLS costs beside ts-mls, which only this measurement needs."""
    if not (PAGE / "peers/node_modules/ts-mls").is_dir():
        words = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--silent"]
        subprocess.run(words, cwd=PAGE / "peers", check=True)
    folder = "dist/bench"
    pack = ["npx", "rolldown", "bench/mls.ts", "-p", "node", "-d", folder]
    subprocess.run(pack, cwd=PAGE, check=True, capture_output=True)
    subprocess.run(["node", f"{folder}/mls.js"], cwd=PAGE, check=True)


def main() -> int:
    """Print everything; gives 1 when a figure could not be had."""
    score = Score()
    figures = measured()
    for name, figure in figures.items():
        print(f"{name:<44}{figure:>12,.1f}{score.note(name, figure, WEB.get(name))}")
    if "--quick" not in sys.argv:
        print_mls()
    print(score)
    return 0 if set(WEB) <= set(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
