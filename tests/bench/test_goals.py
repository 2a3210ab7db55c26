"""A goal that cannot be missed would say nothing."""

from bench.goals import Score, at_least, at_most


def test_goals_are_counted_as_held_or_failed() -> None:
    score = Score()

    notes = [
        score.note("speed", 41, at_least(40)),
        score.note("latency", 9, at_most(8)),
        score.note("share", 0.5, None),
    ]

    assert notes == ["  goal at least 40: held", "  goal at most 8: failed", ""]
    assert str(score) == "1 held, 1 failed"
