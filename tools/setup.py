"""Makes the virtual environment from a lock and installs both distributions in it.

Runs under the system's Python, before anything is installed, so it may use the
standard library only.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    lock, folder = sys.argv[1], ROOT / sys.argv[2]
    if sys.version_info < (3, 11):
        sys.exit(
            f"Linnet needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
            "Name a newer one: make PYTHON=python3.12 ..."
        )
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"Making {folder.name} ...")
        try:
            venv.create(folder, with_pip=True, clear=True)
        except subprocess.CalledProcessError:
            sys.exit(
                "This Python has no ensurepip, so the environment could not be made. "
                "On Debian and Ubuntu: apt install python3-venv."
            )
    print(f"Installing what {lock} names ...")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    locked = ["--require-hashes", "--no-deps", "-r", str(ROOT / lock)]
    if subprocess.run([*pip, *locked], check=False).returncode:
        sys.exit(
            "The environment could not be completed (see the lines above). Nothing "
            "outside this folder was touched; run the same command again."
        )
    put_own_packages(folder)


def put_own_packages(folder: Path) -> None:
    """Let the environment import from this checkout, and give it the command."""
    site = next((folder / "lib").glob("python*")) / "site-packages"
    (site / "linnet.pth").write_text(f"{ROOT / 'src'}\n{ROOT / 'mls' / 'src'}\n")
    command = folder / "bin" / "linnet"
    command.write_text(
        f"#!{folder / 'bin' / 'python'}\n"
        "import sys\n\nfrom linnet.__main__ import main\n\nsys.exit(main())\n"
    )
    command.chmod(0o755)


if __name__ == "__main__":
    main()
