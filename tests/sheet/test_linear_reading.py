"""Every line takes the same work to read, however many there are before it."""

import contextlib

import pytest
from work import calls, is_linear

from microgrid import Program, Sheet, SheetError, Value
from microgrid.engine import FUNCTIONS
from microgrid.sheet.lines import ends_in_opening_bar

HEAD = "param w = 1\ninput x = 2\nL = w*x\n"
LINES = {
    "titles": "title a long story\n", "sources": "source somebody\n", "notes": "note of nothing\n",
    "one line that goes on": "  + x\n", "ranges without an end": "for l = 1..3:\n", "what is no line": "z == = q\n",
    "unknown functions": "sigmod(x) ~= 2\n", "what is defined twice": "input x = 3\n", "tables": "table round w L\n",
    "unknown names": "param w = qq + zz\n", "checks of rounds": "at round 3: w ~= 0.24\n", "comments": "# nothing\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", LINES)
def test_reading_is_linear_in_the_lines(kind):
    def read(count):
        with contextlib.suppress(SheetError):
            Sheet.parse(HEAD + LINES[kind] * count)

    assert is_linear(read, 300, 1500)


def test_only_a_line_that_ends_with_a_bar_is_searched_for_bars():
    short, long = "L = a + b", "L = " + " + ".join(["|a| + b"] * 1000)
    assert calls(ends_in_opening_bar, long) == calls(ends_in_opening_bar, short)


def test_a_sum_is_lowered_in_linear_work():
    def lower(count):
        xs = [Value(1 + i / 1000) for i in range(count)]
        str(Program(FUNCTIONS["sum"](*xs) ** 2, xs[:1], xs[1:]).plan)

    assert is_linear(lower, 600, 3000)


@pytest.mark.parametrize("text", ["w*(w for i in 1..3)", "(w for i in 1..3) + 1", "-(w for i in 1..3)"])
def test_a_range_that_no_function_takes_is_refused(text):
    with pytest.raises(SheetError, match="range"):
        Sheet.parse(f"param w = [1 2]\nL = sum({text})\n")
