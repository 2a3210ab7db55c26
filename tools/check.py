"""`make check`: everything that can be said of the code without running it."""

import sys

from rows import BIN, run

STEPS = [
    ("format", [f"{BIN}/ruff", "format", "--check", "--quiet", "."]),
    ("lint", [f"{BIN}/ruff", "check", "--quiet", "."]),
    ("types", [f"{BIN}/mypy"]),
    ("imports", [f"{BIN}/lint-imports"]),
    ("house", [f"{BIN}/python", "-m", "pytest", "-q", "tests/house"]),
    ("web", [f"{BIN}/python", "tools/web.py", "check"]),
]

if __name__ == "__main__":
    sys.exit(run(STEPS))
