"""Every Python example in the documents runs against the code as it is.

Examples that open an account are compiled, and every name they take from a package of
ours must be there; the others are executed. The examples in `examples/` have stories.
"""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("linnet", "mls")


def examples() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        blocks = re.findall(
            r"```python\n(.*?)```", (ROOT / name).read_text(), re.DOTALL
        )
        for number, block in enumerate(blocks, 1):
            yield f"{name}, example {number}", block


def names_of_ours(block: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in OURS:
                yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            ours = (alias.name for alias in node.names)
            yield from ((name, "") for name in ours if name.split(".")[0] in OURS)


def is_program(block: str) -> bool:
    """Whether an example is more than a list of signatures."""
    try:
        return any(True for _ in names_of_ours(block))
    except SyntaxError:
        return False


@pytest.mark.parametrize(
    "block",
    [pytest.param(text, id=name) for name, text in examples() if is_program(text)],
)
def test_an_example_names_only_what_there_is(block: str) -> None:
    for module, name in names_of_ours(block):
        found = importlib.import_module(module)

        assert not name or hasattr(found, name)
