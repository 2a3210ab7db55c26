"""The browser client's own tools: found, installed, run, or visibly left out.

`python tools/web.py VERB` runs an npm script of `web/`; what the lock names is
installed first if it has changed. `build` also signs the page, and does nothing when
neither the sources nor the tools have changed since.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys

from rows import ROOT

WEB = ROOT / "web"
OLDEST_NODE = 20
SOURCES = (
    "src",
    "public",
    "tools",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
)
BUILT = WEB / "dist" / ".built"


def missing() -> str | None:
    """Say why the browser client cannot be built here, or None when it can."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "Node.js is not on this machine"
    version = subprocess.run([node, "--version"], capture_output=True, text=True)  # noqa: PLW1510
    found = re.match(r"v(\d+)\.", version.stdout)
    if found is None or int(found[1]) < OLDEST_NODE:
        return f"Node.js is {version.stdout.strip()}; {OLDEST_NODE} or newer is needed"
    return None


def install() -> int:
    """Install what the lock names, unless that was done already."""
    lock, done = WEB / "package-lock.json", WEB / "node_modules" / ".linnet"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return 0
    print("Installing what web/package-lock.json names ...", flush=True)
    words = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--silent"]
    status = subprocess.run(words, cwd=WEB, check=False).returncode
    if status == 0:
        done.write_bytes(lock.read_bytes())
    return status


def run(verb: str) -> int:
    """Run an npm script; without Node, say so, and fail where CI demands it."""
    if why := missing():
        print(f"web {verb}: skipped, {why}")
        return 1 if os.environ.get("CI") == "true" else 0
    if status := install():
        return status
    return _build() if verb == "build" else _script(verb)


def _script(verb: str) -> int:
    words = ["npm", "run", "--silent", verb]
    return subprocess.run(words, cwd=WEB, check=False).returncode


def _build() -> int:
    # Two verbs at once must not write the same folder.
    with (WEB / "node_modules" / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = _state_of_sources()
        if BUILT.exists() and BUILT.read_text() == state:
            return 0
        print("Building the page ...", flush=True)
        status = _script("build")
        if status == 0:
            BUILT.write_text(state)
    return status


def _state_of_sources() -> str:
    """Return a digest of everything the page is built from."""
    digest = hashlib.sha256()
    for name in SOURCES:
        place = WEB / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file():
                path, data = file.relative_to(WEB).as_posix(), file.read_bytes()
                digest.update(f"{path} {len(data)} ".encode() + data)
    return digest.hexdigest()


if __name__ == "__main__":
    status = run(sys.argv[1])
    if sys.argv[1] == "build":
        print("0 held, 1 failed" if status else "1 held, 0 failed")
    sys.exit(status)
