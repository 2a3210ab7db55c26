"""The table of `make bench-peers`: a column for each server, ratios to the first."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Figures, Row


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: how it is called and shown, and whether more of it is better."""

    label: str
    field: str
    digits: int
    more_is_better: bool | None


LINES = (
    Line("online, window 1: delivered/s", "delivered_w1", 0, True),
    Line("online, window 8: delivered/s", "delivered_w8", 0, True),
    Line("server CPU, window 1: us/message", "server_us_w1", 1, False),
    Line("server CPU, window 8: us/message", "server_us_w8", 1, False),
    Line("at the steady rate: p50 ms", "steady_p50_ms", 2, False),
    Line("at the steady rate: p99 ms", "steady_p99_ms", 2, False),
    Line("at half its window-1 rate: p50 ms", "half_p50_ms", 2, False),
    Line("at half its window-1 rate: p99 ms", "half_p99_ms", 2, False),
    Line("for the absent: stored/s", "stored", 0, True),
    Line("for the absent: drained/s", "drained", 0, True),
    Line("an idle connection: KiB", "idle_kib", 1, False),
    Line("share of its core, window 8", "server_share", 2, None),
    Line("share of the generator's core", "generator_share", 2, None),
    Line("taken by other processes, at worst", "others_share", 2, None),
)


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out as a Markdown table, servers across.

    A ratio says how many times better the first server is; below 1 it is worse.
    """
    lines = [["", *(row.name for row in rows)]]
    lines += [[line.label, *_cells(line, rows)] for line in LINES]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    laid = [_lay(lines[0], widths), _lay(rule, widths)]
    laid += [_lay(line, widths) for line in lines[1:]]
    notes = [f"{row.name}: {row.note}" for row in rows if row.note]
    return "\n".join([*laid, *notes])


def ratio(line: Line, *, ours: Figures, theirs: Figures) -> float:
    """How many times better the first is in this figure."""
    mine, other = float(getattr(ours, line.field)), float(getattr(theirs, line.field))
    over, under = (mine, other) if line.more_is_better else (other, mine)
    return over / under if under else float("nan")


def _cells(line: Line, rows: Sequence[Row]) -> list[str]:
    first = rows[0].figures
    cells = []
    for row in rows:
        if row.figures is None:
            cells.append("-")
            continue
        cell = f"{getattr(row.figures, line.field):,.{line.digits}f}"
        if first and row is not rows[0] and line.more_is_better is not None:
            times = ratio(line, ours=first, theirs=row.figures)
            cell += f" ({times:,.{0 if times >= 10 else 1 if times >= 1 else 2}f}x)"
        cells.append(cell)
    return cells


def _lay(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = [
        cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)
    ]
    return "| " + " | ".join([first, *rest]) + " |"
