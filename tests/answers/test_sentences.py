"""What the judge says are sentences: the sign of subtraction in them is −, wherever a number or a formula comes from."""

import re

import pytest
from sheets import SHEETS

from microgrid import Sheet
from microgrid.answers import check

HYPHEN = re.compile(r"(?<![^\W\d_])-|-(?![^\W\d_])")  # none but in cross-entropy

WRONG = """input x = -2
target y = 1
param w = 0.3, b = -0.4
z = w*x + b
a = tanh(z)
L = (a - y)^2
z ~= 1.5
z ~= -1.1
z ~= 1e-5
a ~= 0.761
a ~= -0.77
dL/dz ~= 1.48
dL/dw == 1 - a
da/dz == 1 - a
da/dz == -1 + a^2
dL/da == 2*a - 2
L == -(a - y)^2
w - 1 == -0.7
L == log(a)
update 0.1
w ~= -0.29
"""


def sentences(text):
    return [each.why for each in check(Sheet.parse(text).run()) if each.why]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_the_messages_of_a_sheet_have_one_minus(path):
    for why in sentences(path.read_text(encoding="utf-8")):
        assert not HYPHEN.search(why), why


def test_the_messages_of_wrong_numbers_and_formulas_have_one_minus():
    said = sentences(WRONG)
    assert len(said) > 10 and sum("−" in why for why in said) > 8
    for why in said:
        assert not HYPHEN.search(why), why
