"""Rows that are lost when nobody asks for them."""

from linnet.lab.tables import MOST_ROWS, Table


def test_a_row_is_kept_as_long_as_somebody_asks_for_it() -> None:
    table: Table[str, int] = Table(10.0)
    table.put("a", 1, 0.0)
    table.put("b", 2, 0.0)

    assert table.find("a", 9.0) == 1
    assert table.find("a", 18.0) == 1
    assert table.find("b", 18.0) is None


def test_a_table_is_finite() -> None:
    table: Table[int, int] = Table()
    for key in range(MOST_ROWS + 2):
        table.put(key, key, 0.0)

    assert table.find(1, 0.0) is None
    assert table.find(2, 0.0) == 2
