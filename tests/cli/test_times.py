"""Times and sizes, read and written as people do."""

from datetime import timedelta

import pytest

from linnet.cli.times import duration, local, size_in_words, span_in_words
from linnet.errors import UsageError


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("5M", timedelta(minutes=5)),
        ("1 h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("off", None),
    ],
)
def test_a_span_is_a_number_and_a_letter(text: str, span: timedelta | None) -> None:
    assert duration(text) == span


@pytest.mark.parametrize("text", ["", "5", "h", "-5m", "0s", "999999w", "1.5h", "٣m"])
def test_what_is_no_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="such as 5m"):
        duration(text)


def test_a_span_is_written_in_its_largest_whole_unit() -> None:
    assert span_in_words(timedelta(days=14)) == "2 weeks"
    assert span_in_words(timedelta(hours=36)) == "36 hours"
    assert span_in_words(timedelta(seconds=1)) == "1 second"


def test_a_size_is_written_as_people_read_it() -> None:
    assert size_in_words(999) == "999 bytes"
    assert size_in_words(1_500) == "1.5 kB"
    assert size_in_words(999_900) == "1 MB"
    assert size_in_words(2_340_000_000) == "2.34 GB"


def test_a_time_that_no_calendar_holds_does_not_stop_the_reader() -> None:
    assert local(1e300).year == 1970
