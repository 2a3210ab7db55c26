"""What the documents say of the tree is true of it."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_every_relative_link_leads_to_a_file() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked("*.md")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_every_word_of_the_glossary_is_used_in_the_code() -> None:
    rows = (ROOT / "docs/glossary.md").read_text().splitlines()
    words = [m[1] for row in rows if (m := re.match(r"\| ([a-z ]+) \|", row))]
    code = " ".join(
        path.read_text().lower() for path in (ROOT / "src").rglob("*.py")
    ).replace("_", " ")

    assert [word for word in words if word not in code and word != "word"] == []


def test_the_code_map_names_every_package() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    packages = [
        init.parent.relative_to(ROOT).as_posix()
        for init in (ROOT / "src/linnet").rglob("__init__.py")
    ]

    assert [name for name in packages if f"`{name}/`" not in page] == []


def test_no_lock_carries_a_download_address() -> None:
    assert [p.name for p in tracked("*.lock") if "://" in p.read_text()] == []
