"""`make test`: every test, spread over the cores, ending with pytest's summary.

The browser client's own come first. With arguments, which are pytest's, only it runs.
"""

import subprocess
import sys

import web
from rows import BIN, ROOT

if __name__ == "__main__":
    failed = 0 if sys.argv[1:] else web.run("test")
    command = [f"{BIN}/python", "-m", "pytest", "-n", "auto", "--dist", "loadfile"]
    done = subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, check=False)
    sys.exit(done.returncode or failed)
