"""`make docs`: every link leads somewhere, every example runs, every word is used."""

import sys

from rows import BIN, run

STEPS = [
    (
        "links, words and code map",
        [f"{BIN}/python", "-m", "pytest", "-q", "tests/house"],
    ),
    ("examples", [f"{BIN}/python", "-m", "pytest", "-q", "tests/docs"]),
]

if __name__ == "__main__":
    sys.exit(run(STEPS))
