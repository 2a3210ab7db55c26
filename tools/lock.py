"""`make lock`: writes the locks anew from their .in files (needs `uv` on the PATH)."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
]

if __name__ == "__main__":
    for name in ("requirements", "requirements-dev", "requirements-shapes"):
        command = ["uv", "pip", "compile", *OPTIONS, f"{name}.in", "-o", f"{name}.lock"]
        subprocess.run(command, cwd=ROOT, check=True)
    print("3 held, 0 failed")
