"""What others wrote cannot command the terminal, turn its letters, or forge a line."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from linnet.cli.safe import columns, pad, safe_line, safe_lines, safe_name, wrap


def test_an_escape_sequence_is_shown_and_not_obeyed() -> None:
    assert safe_line("\x1b[2Jgone") == "<U+001B>[2Jgone"


def test_a_turned_file_name_shows_what_turns_it() -> None:
    assert safe_line("photo\u202egpj.exe") == "photo<U+202E>gpj.exe"


def test_marks_that_persian_and_arabic_need_stay() -> None:
    wish = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\u200f"

    assert safe_line(wish) == wish


def test_an_emoji_family_and_a_tagged_flag_stay_whole() -> None:
    england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

    assert safe_line(f"👩\u200d👧 {england}") == f"👩\u200d👧 {england}"


def test_hidden_tag_text_is_shown() -> None:
    assert safe_line("a\U000e0061") == "a<U+E0061>"


def test_a_tower_of_combining_marks_is_cut() -> None:
    assert len(safe_line("a" + "\u0301" * 500)) == 9


def test_a_name_is_one_bounded_line() -> None:
    assert safe_name("Alice\n10:00 Bob: hi") == "Alice 10:00 Bob: hi"
    assert len(safe_name("x" * 500)) == 48
    assert safe_name("  \t ") == "(no name)"


def test_every_kind_of_line_end_becomes_ours() -> None:
    assert safe_lines("a\r\nb\u2028c\nd") == ["a", "b", "c", "d"]
    assert safe_lines("a\rb") == ["a<U+000D>b"]


@given(st.text())
def test_no_text_gets_a_control_or_a_turn_through(text: str) -> None:
    shown = safe_line(text)

    turns = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert not turns & set(shown)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cs", "Zl", "Zp"}


def test_wide_letters_take_two_columns_and_marks_none() -> None:
    assert columns("語e\u0301") == 3
    assert pad("語", 4) == "語  "


@given(st.text(), st.integers(min_value=4, max_value=60))
def test_wrapping_loses_nothing_but_space_and_fits(text: str, width: int) -> None:
    line = safe_line(text)
    lines = wrap(line, width)

    assert "".join("".join(lines).split()) == "".join(line.split())
    assert all(columns(part) <= width for part in lines)
