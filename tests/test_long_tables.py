"""Tables: the same by hand as by rich, page after page; of a long one the first lines before the last rows."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from itertools import count, islice

import pytest
from rich.console import Console

from microgrid.terminal import tables
from microgrid.terminal.printing import Pipe, emit
from microgrid.terminal.tables import plain, table

COLUMNS = ("<", ">line", "<quantity", ">value")
NARROW = ("<quantity", "<computed from", ">value")


def rows(number: int):
    """Rows that grow wider, with signs that take no column, one, and two."""
    marks = ("✓", "", "✗", "中")
    for i in range(number):
        yield plain(marks[i % 4], "green"), str(i), plain(f"ŷ{i} of {'w' * (i % 7)}"), plain(f"{i * 1.5}", "cyan")


def printed(to_pipe: bool, *columns: str, of, width: int) -> list[str]:
    out = io.StringIO()
    with redirect_stdout(out):
        where = Pipe() if to_pipe else Console(file=out, width=width, highlight=False)
        where.__dict__["width"] = width
        emit(where, table(*columns, rows=of))
    return out.getvalue().splitlines()


def by_rich(*columns: str, of, width: int) -> list[str]:
    """The same table by rich alone."""
    from rich.table import Table

    out = Console(file=io.StringIO(), width=width, highlight=False)
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for each in columns:
        grid.add_column(each[1:], justify="right" if each[0] == ">" else "left", overflow="fold")
    for row in of:
        grid.add_row(*row)
    out.print(grid)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


@pytest.mark.parametrize("to_pipe", [True, False])
def test_a_table_that_fits_is_as_rich_prints_it(to_pipe):
    for number in (0, 1, 30, tables.PAGE):
        wanted = by_rich(*COLUMNS, of=rows(number), width=80)
        assert printed(to_pipe, *COLUMNS, of=rows(number), width=80) == wanted, number


def test_a_table_that_is_too_wide_is_folded_as_rich_folds_it(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    many = [(plain("z"), plain("w1*x1 + w2*x2 + " * 8), "1"), (plain("z2"), "", "2")]
    found = printed(True, *NARROW, of=many, width=40)
    assert len(found) > 4
    assert found == by_rich(*NARROW, of=many, width=40)


def test_the_columns_of_a_long_table_stay_where_they_are(monkeypatch):
    monkeypatch.setattr(tables, "PAGE", 10)
    found = printed(True, *COLUMNS, of=rows(35), width=80)
    assert len(found) == 36  # one head
    assert [line.split() for line in found] == [line.split() for line in by_rich(*COLUMNS, of=rows(35), width=80)]
    pages = [found[1 + i : 1 + i + 10] for i in range(0, 35, 10)]
    begins = [{line.index("ŷ") for line in page if "中" not in line} for page in pages]
    assert all(len(each) == 1 for each in begins)
    assert len(set(map(frozenset, begins))) == 1, "lines have two digits from the second page on, below a head of four"


def test_a_long_table_that_is_too_wide_keeps_its_columns(monkeypatch):
    monkeypatch.setattr(tables, "PAGE", 4)
    monkeypatch.setenv("COLUMNS", "40")
    many = [(plain(f"z{i}"), plain("w1*x1 + w2*x2 + " * 4), str(i)) for i in range(90, 110)]
    found = printed(True, *NARROW, of=many, width=40)
    assert max(map(len, found)) <= 40
    assert len([line for line in found if line.startswith("z")]) == 20
    assert [line.split()[-1] for line in found if line.startswith("z")] == [str(i) for i in range(90, 110)]


def test_of_an_endless_table_the_first_lines_are_there():
    made, out = count(), io.StringIO()
    endless = ((plain(f"z{i}"), plain("w*x"), str(i)) for i in made)
    of = table(*NARROW, rows=endless)
    pages = of.pages()
    first, is_all = next(pages)
    assert (len(first), is_all, next(made)) == (tables.PAGE, False, tables.PAGE + 1), "a page, and one row to see more"
    assert [str(row[0]) for row in islice(next(pages)[0], 2)] == [f"z{tables.PAGE}", f"z{tables.PAGE + 2}"]
    assert not out.getvalue()
