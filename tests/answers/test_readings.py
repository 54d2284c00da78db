"""In which order the numbers before one are read: the plainest reading first, and none twice."""

import pytest

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.readings import Reading, read_as


def reading(verdict, printed=2.0, kept=2.0, true=2.0):
    return Reading(printed, kept, true, true, true, true, verdict, 0.1, False)


def test_right_numbers_that_a_calculator_keeps_need_no_other_reading():
    assert list(read_as({"a": reading("rounding"), "b": reading("exact")})) == []
    kept = list(read_as({"a": reading("rounding", kept=2.1)}))
    assert kept == [{}, {"a": "kept"}, {"a": "true"}]


def test_wrong_numbers_are_read_as_printed_first_and_then_put_right_one_more_at_a_time():
    before = {"a": reading("slip"), "b": reading("carried"), "c": reading("close"), "d": reading("exact")}
    printed = dict(a="printed", b="printed", c="printed")
    kept = dict.fromkeys(before, "kept")
    assert list(read_as(before, ("correct", "true"))) == [
        printed, kept,
        {**printed, "a": "correct"}, {**printed, "a": "true"},
        {**printed, "a": "correct", "c": "correct"}, {**printed, "a": "true", "c": "true"},
        {**printed, "b": "true"}, {**printed, "c": "true"},
        {**printed, "b": "correct"}, {**printed, "c": "correct"},
        {**printed, "d": "true"},
    ]  # fmt: skip
    assert list(read_as({"a": reading("slip"), "d": reading("exact")}, ("correct",))) == [
        {"a": "printed"}, {"a": "kept", "d": "kept"}, {"a": "correct"}, {"a": "true"}, {"a": "printed", "d": "true"},
    ]  # fmt: skip


def test_what_a_reading_says_of_itself():
    by_verdict = {
        each: (reading(each).wrong, reading(each).doubted) for each in ("exact", "rounding", "close", "carried", "slip")
    }
    assert by_verdict == {
        "exact": (False, False), "rounding": (False, False), "close": (False, True),
        "carried": (True, True), "slip": (True, True),
    }  # fmt: skip
    right = reading("rounding", printed=2.0, true=2.04)
    assert right.is_shorter_than(0.09) and not right.is_shorter_than(0.1)
    assert not reading("rounding").is_shorter_than(0.01) and not reading("slip", true=3.0).is_shorter_than(0.01)


@pytest.mark.parametrize(
    ("formula", "printed", "should"),
    [
        ("a*10", "27.10", "30.00"),  # 3.00 as printed gives 30, and 2 put right gives 20
        ("a*10", "22.10", "20.00"),
        ("a*10", "-27.10", "20.00"),
        ("(a - 2.5)*10", "4.30", "−5.00"),  # 5 by what is printed, but the true number is negative
        ("(a - 2.5)*10", "-4.30", "−5.00"),
    ],
)
def test_what_it_should_be_is_the_nearest_of_what_follows_with_the_sign_of_the_true_number(formula, printed, should):
    run = Sheet.parse(f"param x = 1\na = 2*x\nb = {formula}\nL = b\na ~= 3.00\nb ~= {printed}").run()
    last = list(check(run))[-1]
    assert (last.verdict, last.why) == ("slip", f"should be {should}")
