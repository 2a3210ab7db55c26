"""The README's conversation runs as it is printed."""

import re
from pathlib import Path

import mls

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_conversation_of_the_readme_runs() -> None:
    (code, *_) = re.findall(r"```python\n(import os.*?)```", README.read_text(), re.S)

    exec(compile(code, "README.md", "exec"), {})  # noqa: S102


def test_the_readme_names_nothing_that_is_not_there() -> None:
    text = README.read_text()
    named = set(re.findall(r"\b([A-Z][a-z]+(?:[A-Z][a-z]+)+)\(", text))

    assert [name for name in sorted(named) if not hasattr(mls, name)] == []
