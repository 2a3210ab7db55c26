"""Medians, percentiles and ratios say what they claim."""

from dataclasses import fields, replace
from math import isnan

import pytest

from bench.figures import Figures, Row, Stopwatch, least_disturbed, middle, percentile
from bench.peers_table import LINES, ratio, table

ONES = Figures(**{field.name: 1.0 for field in fields(Figures)})


def test_the_median_is_taken_of_every_figure_by_itself() -> None:
    runs = [
        replace(ONES, stored=3.0, drained=10.0),
        replace(ONES, stored=1.0, drained=30.0),
        replace(ONES, stored=2.0, drained=20.0),
    ]

    assert middle(runs) == replace(ONES, stored=2.0, drained=20.0)


def test_runs_are_chosen_by_the_quiet_and_not_by_the_result() -> None:
    noisy = replace(ONES, others_share=0.9, stored=100.0)
    quiet = replace(ONES, others_share=0.1, stored=1.0)

    assert least_disturbed([noisy, quiet], 1) == [quiet]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)]
)
def test_a_percentile_is_the_smallest_sample_that_covers_the_share(
    share: float, expected: float
) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_no_samples_have_no_percentile() -> None:
    assert isnan(percentile([], 0.5))


def test_a_span_divides_the_servers_time_among_the_messages() -> None:
    clock = iter((5.0, 5.2))
    stopwatch = Stopwatch(lambda: next(clock))

    span = stopwatch.stop(1000, [0.001, 0.002, 0.003])

    assert span.server_us == pytest.approx(200)
    assert (span.p50_ms, span.p99_ms) == (2.0, 3.0)


def test_a_ratio_above_one_is_in_favour_of_the_first_server() -> None:
    rates = {line.field: line for line in LINES}
    slow = replace(ONES, stored=0.5, steady_p99_ms=4.0)

    assert ratio(rates["stored"], ours=ONES, theirs=slow) == 2.0
    assert ratio(rates["steady_p99_ms"], ours=ONES, theirs=slow) == 4.0


def test_the_table_has_a_line_for_every_figure_and_says_what_is_missing() -> None:
    laid = table([Row("ours", ONES), Row("theirs", ONES), Row("gone", None, "no")])

    assert {line.field for line in LINES} == {field.name for field in fields(Figures)}
    assert "1 (1.0x)" in laid
    assert laid.splitlines()[-1] == "gone: no"
