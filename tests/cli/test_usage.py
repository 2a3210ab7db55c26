"""Every verb explains itself, in lines that fit a terminal."""

import pytest

from linnet.cli.grammar import Form
from linnet.cli.table import FAMILIES, VERBS
from linnet.cli.usage import explanation, family, overview

FORMS = [verb.form for verb in VERBS.values()]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_verb_is_explained_with_an_example(form: Form) -> None:
    text = explanation(form)

    assert text.startswith(f"usage: linnet {form.name}")
    assert form.example in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_overview_names_every_verb() -> None:
    text = overview({t: [v.form for v in vs] for t, vs in FAMILIES.items()})

    assert [name for name in VERBS if f"  {name} " not in text] == []


def test_a_family_lists_its_verbs() -> None:
    assert "group rename" in family("group", FORMS)
