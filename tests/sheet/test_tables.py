"""Printed tables as books and web pages set them: bars, dashes, commas, and what Markdown puts below a head."""

import contextlib

import pytest
from work import seconds

from microgrid import Sheet, SheetError
from microgrid.answers import check

SHEET = "param w = 3\nL = w²\nupdate 0.1\n"
TABLES = {
    # a table, and how many numbers of it are checked
    "table round w L\n1 3 9\n2 2.4 5.76": 4,
    "table round w L |\n1 3 9 |\n2 2.4 5.76 |": 4,
    "table round | w | L |\n| 1 | 3 | 9 |\n| 2 | 2.4 | 5.76 |": 4,
    "table round | w | L|\n|1|3|9|\n|2|2.4|5.76|": 4,
    "table round w L\n|---|:-:|--:|\n| 1 | 3 | 9 |\n\n| 2 | 2.4 | . |": 3,
    "table round |w| L |\n1 3 9": 2,
    "table round | w | |w|\n1 3 3": 2,
    "table round | |w| |w|+1 |\n1 3 4": 2,
    "table round w −w\n1 3 \u20133\n2 2.4 \u20132.4": 4,
    "table round w L\n1 3 \u2013\n2 \u2014 5.76": 2,
    "table round w L\n1 3 -\n2 − 5.76": 2,
    "table round w, L\n1, 3, 9\n2, 2.4, .": 3,
}


@pytest.mark.parametrize(("table", "count"), TABLES.items(), ids=map(ascii, TABLES))
def test_a_table_is_read_as_it_was_set(table, count):
    answers = check(Sheet.parse(f"{SHEET}{table}\nw ~= 2.4").run())
    assert [answer.verdict for answer in answers] == ["exact"] * (count + 1)


def test_a_negative_number_with_a_dash_is_judged_to_its_digits():
    (answer,) = check(Sheet.parse(f"{SHEET}table round −w/7\n2 \u20130.34").run())
    assert answer.verdict == "exact"  # −0.342857 to two digits, where a closed form would be a slip


SUMS = ["z = w + |w| + |\n    w|", "z = w +\n    w + w", "z = |\n  w| + 2*w"]


@pytest.mark.parametrize("line", SUMS, ids=map(ascii, SUMS))
def test_a_formula_goes_on_behind_a_bar_that_opens(line):
    assert Sheet.parse(f"param w = 3\n{line}").run().rounds[0]["z"].data == 9


LONG = [
    piece + "| " * 5_000 + end
    for piece in ("1 ", "| 1 ", "|---", "1 , ", "table round ", "1 . ")
    for end in ("", "=", "~= 1", "x", "-|")
] + ["1 " + "a|" * 20_000 + "=", "|" + "-" * 50_000 + "x", "1 " + "- " * 20_000 + "+ |"]  # fmt: skip


def test_every_row_is_read_soon():
    for line in LONG:
        with seconds(5), contextlib.suppress(SheetError):
            Sheet.parse(f"{SHEET}table round w L\n{line}")
