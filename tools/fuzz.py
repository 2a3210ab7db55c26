"""`make fuzz`: every property and fuzz test with many more, and fresh, examples.

`make fuzz ARGS="--examples 20000"` sets how many a test tries; what one run takes is
bounded by that number. A failure prints the example that shows it.
"""

import argparse
import os
import subprocess
import sys

from rows import BIN, ROOT, held_and_failed

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=5000)
    arguments, rest = parser.parse_known_args()
    environment = os.environ | {
        "LINNET_HYPOTHESIS": "long",
        "LINNET_EXAMPLES": str(arguments.examples),
    }
    command = [f"{BIN}/python", "-m", "pytest", "-q", "-n", "auto", "-m", "fuzz"]
    done = subprocess.run(
        [*command, *rest],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(done.stdout, end="")
    print(held_and_failed(done.stdout))
    sys.exit(done.returncode)
