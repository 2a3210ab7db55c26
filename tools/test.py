"""`make test`: every test, spread over the cores, ending with pytest's summary."""

import subprocess
import sys

from rows import BIN, ROOT

if __name__ == "__main__":
    command = [f"{BIN}/python", "-m", "pytest", "-n", "auto", "--dist", "loadfile"]
    done = subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, check=False)
    sys.exit(done.returncode)
