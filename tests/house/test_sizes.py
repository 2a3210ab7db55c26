"""No file grows past what a reader can hold in mind."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 400
FOLDERS = ("src", "mls", "tests", "bench", "tools", "vectors", "examples", "deploy")


def sources() -> list[Path]:
    return [
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "build" not in path.parts
    ]


def test_no_file_is_longer_than_the_house_allows() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources()}

    assert {p: n for p, n in lengths.items() if n > LONGEST} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        path
        for path in sources()
        if path.name != "__init__.py" and not path.read_text().startswith(('"""', "#!"))
    ]

    assert silent == []
