"""Names that are easily taken for each other, and those that are not."""

import pytest

from linnet.client.core.likeness import likeness


@pytest.mark.parametrize(
    "other",
    [
        "BOB WALL",
        "B\u043eb W\u0430ll",
        "Bob  Wa\u00adll",
        "Bob Wa11 \u2705",
        "\U0001f6e1\ufe0f B\u00f3b Wall",
        "\U0001d401ob Wall",
    ],
)
def test_names_that_look_alike_have_one_likeness(other: str) -> None:
    assert likeness(other) == likeness("Bob Wall")


@pytest.mark.parametrize(
    "other",
    [
        "Rob Wall",
        "Bob",
        "\u0411\u043e\u0431 \u0421\u0442\u0435\u043d\u0430",
        "\u9b91\u52c3",
    ],
)
def test_names_that_differ_have_another(other: str) -> None:
    assert likeness(other) != likeness("Bob Wall")


def test_case_counts_in_no_script() -> None:
    assert likeness("\u041c\u0410\u0420\u0418\u041d\u0410") == likeness(
        "\u041c\u0430\u0440\u0438\u043d\u0430"
    )
