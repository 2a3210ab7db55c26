"""The table of rules and the tests that break them say the same."""

import ast
from pathlib import Path

from kit.rules import LEAVES, MESSAGES, PROPOSALS
from kit.rules_of_commits import COMMITS, JOINING, LISTS

HERE = Path(__file__).parent
RULES = (*LEAVES, *MESSAGES, *PROPOSALS, *LISTS, *COMMITS, *JOINING)


def found_in(pattern: str) -> set[str]:
    return {
        node.name
        for path in HERE.glob(pattern)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def named() -> set[str]:
    return {test for rule in RULES for test in rule.tests}


def test_every_rule_has_a_test_or_says_who_keeps_it() -> None:
    assert [rule for rule in RULES if bool(rule.tests) == bool(rule.left_to)] == []


def test_every_test_that_the_table_names_exists() -> None:
    assert named() - found_in("test_*.py") == set()


def test_every_test_of_a_refusal_is_in_the_table() -> None:
    assert found_in("test_refuse_*.py") - named() == set()


def test_the_table_holds_the_sections_that_tell_what_to_validate() -> None:
    sections = {part for rule in RULES for part in rule.section.split(", ")}
    needed = {"§6.1", "§6.2", "§6.3.1", "§6.3.2", "§7.2", "§7.3", "§7.9", "§10.1"}
    needed |= {"§11.1", "§11.2", "§11.3", "§12.2", "§12.3", "§12.4", "§12.4.2"}
    needed |= {f"§12.1.{number}" for number in range(2, 9)}
    needed |= {"§12.4.3", "§12.4.3.1", "§12.4.3.2", "§12.4.3.3", "§13.4", "§13.5"}

    assert needed - sections == set()
