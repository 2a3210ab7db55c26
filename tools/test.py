"""`make test`: every test, spread over the cores, ending with pytest's summary.

The browser client's own come first, and what they came to stands in that summary. With
arguments, which are pytest's, only it runs.
"""

import os
import subprocess
import sys

import web_tests
from rows import BIN, ROOT


def main(arguments: list[str]) -> int:
    failed, lines = (0, []) if arguments else web_tests.run()
    command = [f"{BIN}/python", "-m", "pytest", "-n", "auto", "--dist", "loadfile"]
    told = {**os.environ, "LINNET_BROWSER_CLIENT": "\n".join(lines)}
    done = subprocess.run([*command, *arguments], cwd=ROOT, env=told, check=False)
    return done.returncode or failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
