"""A command line becomes a verb and what it was given, or a sentence."""

import shlex
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.cli.grammar import Given
from linnet.cli.parse import parse
from linnet.cli.table import VERBS
from linnet.errors import UsageError

FORMS = [verb.form for verb in VERBS.values()]


def given_by(line: str) -> Given:
    return parse(line.split(), FORMS).given


def test_words_of_a_text_need_no_quotes() -> None:
    assert given_by("send Bob the tram runs").word("TEXT") == "the tram runs"


def test_options_may_stand_before_between_and_after_the_words() -> None:
    for line in (
        "send --reply 1a2b Bob yes it does",
        "send Bob --reply 1a2b yes it does",
        "send Bob yes it does --reply=1a2b",
    ):
        assert given_by(line).option("--reply") == "1a2b"
        assert given_by(line).word("TEXT") == "yes it does"


def test_global_options_are_taken_before_and_after_the_verb() -> None:
    before, after = given_by("--home d --json chats"), given_by("chats --json --home d")

    assert before == after
    assert before.option("--home") == "d"


def test_two_dashes_end_the_options() -> None:
    assert given_by("send Bob -- --file is an option").word("TEXT") == (
        "--file is an option"
    )


def test_a_verb_of_two_words_wins_over_one_of_one() -> None:
    form = parse(["relays", "add", "linnet:x"], FORMS).form

    assert form is not None
    assert form.name == "relays add"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("sned Bob hi", "Did you mean “send”"),
        ("group foo", "There is: group new"),
        ("read Bob --folow", "Did you mean --follow"),
        ("send Bob --hi", "put -- before the text"),
        ("read", "WHO is missing"),
        ("accept Bob Carol", "“Carol” is one word too many"),
        ("read Bob --limit", "--limit needs a value"),
        ("read Bob --follow=yes", "--follow takes no value"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(line: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse(line.split(), FORMS)


def test_help_needs_no_other_words() -> None:
    for line in ("send --help", "send -h", "help send"):
        parsed = parse(line.split(), FORMS)

        assert parsed.form is not None
        assert parsed.form.name == "send"
        assert parsed.given.has("--help")


@given(st.lists(st.text()))
def test_any_words_are_understood_or_refused_in_a_sentence(line: list[str]) -> None:
    with suppress(UsageError):
        parse(line, FORMS)


def test_every_example_in_the_help_can_be_typed() -> None:
    for form in FORMS:
        words = shlex.split(form.example.split(" > ")[0])
        assert words[0] == "linnet"
        assert parse(words[1:], FORMS).form is form
