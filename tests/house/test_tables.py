"""What both clients must agree on is written once (web/src/wire/tables.ts)."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_tables_of_the_web_client_are_those_of_the_python_side() -> None:
    tables = runpy.run_path(str(ROOT / "tools/frames.py"))

    written = tables["TARGET"].read_text(encoding="utf-8")

    assert written == tables["write"](), "run: .venv/bin/python tools/frames.py"
