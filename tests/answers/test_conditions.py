"""What given numbers keep to: targets that are 0 or 1, shares that add up to 1."""

import pytest

from microgrid import Sheet
from microgrid.answers.conditions import kept, stems

KEPT = {
    "target y1 = 0, y2 = 1, t = 1": "one of y1, y2 is 1 and the other is 0 and t is 0 or 1",
    "input x1 = 0, x2 = 1": "one of x1, x2 is 1 and the other is 0",
    "input x1 = 0, x2 = 1\nparam w = 1\nz = w*x1 + x2": "",  # they stand beside a parameter
    "input x1 = 0.2, x2 = 0.8\nparam w = 1": "x1 + x2 = 1",
    "input x1 = 0.2, x2 = 0.8\nparam w = 1\nz = w*x1 + x2": "x1 + x2 = 1",  # which no 0 among them contradicts
    "input p = 0.3, q = 0.7\ntarget t = 1": "p + q = 1 and t is 0 or 1",
    "target y1 = 0.3, y2 = 0.7": "y1 + y2 = 1",
    "target y12 = 0\ntarget y13 = 1": "one of y12, y13 is 1 and the other is 0",  # on lines of their own
    "target y = 0.5, t = 1": "t is 0 or 1",
    "target a = 0\ntarget b = 1\nz = a + b": "one of a, b is 1 and the other is 0",  # in one equation
    "target a = 0\ntarget b = 1": "a and b are 0 or 1",
    "target y1 = 1, y2 = 1": "y1 and y2 are 0 or 1",
    "target y1 = -1, y2 = 2": "",  # a share is not negative
    "target y1 = 0.5, y2 = 0.5, y3 = 0.5": "",
}


@pytest.mark.parametrize("text", KEPT)
def test_what_numbers_keep_to(text):
    sheet = Sheet.parse(f"{text}\nL = 1")
    assert str(kept(sheet, sheet.start)) == KEPT[text]


def test_a_name_has_a_stem_for_each_of_its_indices_the_last_one_first():
    found = {name: list(stems(name)) for name in ("y", "y12", "W[1,2]", "a1_2", "y₁₂")}
    assert found == {
        "y": [], "y12": ["y1#", "y#"], "W[1,2]": ["W[1,#]", "W[#,2]"], "a1_2": ["a1_#", "a#_2"], "y₁₂": ["y₁#", "y#"],
    }  # fmt: skip
