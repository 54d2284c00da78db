"""Numbers that are asked for: left open by the judge, counted apart, and filled in the key."""

import json
import random
import re

import pytest

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.key import filled, written
from microgrid.answers.precision import Habit, Precision
from microgrid.terminal.piles import Marked, counted, heads
from microgrid.terminal.report import as_json, summary

SHEET = "input x = 0.5\ntarget t = 1\nparam w = 0.73, b = -0.2\nz = w*x + b\na = tanh(z)\nL = (a - t)^2/2\n"
ASKED = ["z", "dL/dw", "w*x", "w*dL/dz", "z²", "w_{}", "-dL/db"]


def answers(text):
    return check(Sheet.parse(text).run())


def test_a_blank_is_open_and_counts_for_nothing():
    lines = ["z ~= 0.165", "L ~= 0.3", "a ~= 0.2"]
    for name in ASKED[:5]:
        alone, beside = answers(SHEET + "\n".join(lines)), answers(SHEET + "\n".join([f"{name} ~= ?", *lines]))
        assert [(each.verdict, each.why) for each in beside[1:]] == [(each.verdict, each.why) for each in alone]
        blank = beside[0]
        assert (blank.quantity, blank.printed, blank.verdict, blank.why) == (name, "?", "open", "")
        assert blank.is_open and not blank.right and not blank.wrong


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("z ~= ?", "1 open"),
        ("z ~= ?\na ~= ?", "2 open"),
        ("z ~= ?\nz ~= 0.165", "1 right, 1 open"),
        ("z ~= ?\nz ~= 0.165\na ~= 0.1635", "all 2 right, 1 open"),
        ("z ~= ?\nz ~= 0.265\na ~= 0.1635", "1 slip (z), 1 right, 1 open"),
        ("z ~= 0.165", "1 right"),
    ],
)
def test_the_summary_counts_it_apart(lines, said):
    assert str(summary(answers(SHEET + lines))) == said


def test_a_pile_has_a_column_for_it_only_where_there_is_one():
    asked, answered = (Marked(name, answers(SHEET + f"z ~= {what}")) for name, what in (("a", "?"), ("b", "0.165")))
    assert not asked.has_wrong(strict=True)
    assert heads(counted([answered])) == ("file", "right", "close", "carried", "slips", "first slip")
    assert heads(counted([asked, answered])) == ("file", "right", "close", "carried", "slips", "open", "first slip")
    assert asked.row(counted([asked])) == ("a", "0", "0", "0", "0", "1", "")
    assert Marked("c", (), "c: no").row(counted([asked])) == ("c", "", "", "", "", "", "no")


def test_as_data_its_answer_is_not_told():
    run = Sheet.parse(SHEET + "z ~= ?").run()
    (found,) = json.loads(json.dumps(as_json(run, check(run))))["checks"]
    assert (found["verdict"], found["value"], found["printed"]) == ("open", None, "?")


# ── the key ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "author", "text"),
    [
        (2 / 3, Habit(), "0.6667"),
        (0.5, Habit(), "0.5"),
        (-1234.5678, Habit(), "-1235"),
        (123456.7, Habit(), "123457"),
        (3.0, Habit(), "3"),
        (0.0, Habit(), "0"),
        (0.000123456, Habit(), "0.0001235"),
        (-4.5678e-7, Habit(), "-4.568e-7"),
        (6.02214076e23, Habit(), "6.022e23"),
        (2 / 3, Habit((Precision(3),)), "0.667"),
        (0.5, Habit((Precision(3),)), "0.500"),
        (-0.0004, Habit((Precision(3),)), "-0.0004"),
        (-0.00041237, Habit((Precision(3),)), "-0.0004124"),  # 0.000 would say nothing
        (0.0, Habit((Precision(3),)), "0.000"),
        (0.6666666, Habit((Precision(3),), (True,)), "0.666"),  # who cuts off
        (0.0123456, Habit((Precision(2, significant=True),)), "0.012"),
        (float("nan"), Habit(), "?"),
        (float("inf"), Habit((Precision(3),)), "?"),
    ],
)
def test_a_number_is_printed_as_its_author_prints(value, author, text):
    assert written(value, author) == text


HABITS = {"z ~= 0.165\na ~= 0.164\nL ~= 0.350\n": ".3f", "z ~= 0.1650\na ~= 0.1635\nL ~= 0.3498\n": ".4f", "": ".4g"}
ENDS = ("\n", "\r\n", "\r")
COMMENTS = ("", "  # what is it?", "\t# 1 point ≈ ?", "   ")
SIGNS = ("~= ?", "≈ ?", " ~=   ?", "~=?", "~=\n   ?", "~=  # first work it out\n ?")


@pytest.mark.parametrize("published", HABITS)
def test_every_blank_is_filled_and_every_other_byte_stays(published):
    """The expected text is put together beside the sheet, from numbers of its own."""
    slope = (0.163518860 - 1) * (1 - 0.163518860**2)
    numbers = {"z": 0.165, "a": 0.163518860, "dL/dw": slope * 0.5, "w*dL/dz": 0.73 * slope, "z*a": 0.165 * 0.163518860}
    for seed in range(30):
        rng = random.Random(seed)
        chosen = rng.sample([*numbers], rng.randint(1, 5))
        shown = [f"{name} {rng.choice(SIGNS)}{rng.choice(COMMENTS)}" for name in chosen]
        texts = [f"{numbers[name]:{HABITS[published]}}" for name in chosen]
        keys = [re.sub(r"\?(?=[^?]*$|[ \t]*#)", text, line, count=1) for line, text in zip(shown, texts)]
        lines = ["title  what? why?", *SHEET.splitlines(), "", *published.splitlines(), "# ?"]
        asked, key = ("\n".join([*lines, *mine]) + rng.choice(["", "\n"]) for mine in (shown, keys))
        asked = asked.rstrip("\n") + "\n" * key.endswith("\n")
        end, mark = rng.choice(ENDS), rng.choice(["", "\ufeff"])
        asked, key = (mark + each.replace("\n", end) for each in (asked, key))
        assert filled(asked, Sheet.parse(asked).run()) == key
        assert all(answer.right for answer in check(Sheet.parse(key).run()))


def test_a_sheet_without_blanks_is_its_own_key():
    text = SHEET + "# ?\r\nz ~= 0.165 # ?\n"
    assert filled(text, Sheet.parse(text).run()) == text


def test_a_blank_without_an_answer_stays():
    text = "input x = 0\nL = log(x - 1)\nL ~= ?\nx ~= ?"
    assert filled(text, Sheet.parse(text).run()) == text[:-1] + "0"


def test_a_blank_of_a_later_round_is_filled_with_its_number():
    text = "param w = 3\nL = w^2\nL ~= ?\nupdate 0.1\nL ~= ?\nw ~= ?"
    assert filled(text, Sheet.parse(text).run()).split("\n")[2:] == ["L ~= 9", "update 0.1", "L ~= 5.76", "w ~= 2.4"]
