"""Where numbers cancel, what is left of them is rounding: it earns no ✓, and a right 0 is right."""

import pytest

from microgrid import Sheet
from microgrid.answers import check

CASES = [
    # cut off, of noise: 2.3 − 2.2 is 0.1, whatever doubles make of it
    ("param a = 2.3, b = 2.2\nz = a - b\nz ~= 0.09", "slip"),
    ("param a = 2.3, b = 2.2\nz = a - b\nz ~= 0.1", "exact"),
    ("param a = 2.3, b = 2.2\nz = a - b\ny = 10*z\ny ~= 0.9", "slip"),
    ("param a = 9.719, b = 9.237\nz = a - b\nz ~= 0.481", "slip"),
    ("param a = 2.413, b = 3.171, c = 5.003, d = 1.529\nz = a*b - c*d\nz ~= 0.001", "close"),
    # 0 is exact where nothing else is left
    ("param w = 0.3\nd = 0.1 + 0.2 - w\nd ~= 0", "exact"),
    ("param w = 0.3\nd = 0.1 + 0.2 - w\nd ~= 0.00", "exact"),
    ("param w = 0.3\nd = 0.1 + 0.2 - w\nd ~= 0.001", "slip"),
    ("param u = 0.7, v = 0.2\np, q = softmax(u, v)\nS = p + q\ndS/du ~= 0", "exact"),
    # and 0 is not what is not 0
    ("param w = 0.3184\nd = -w\nd ~= 0", "slip"),
    ("param w = 0.3184\nd = -w\nd ~= 0.0", "slip"),
    ("param w = 0.0012\nd = -w\nd ~= 0.00", "close"),
    # what is not there is no formula's
    ("param w = 3\ny = (w - 3)/(w - 3)^2\ny == 4", "undefined"),
    ("param w = 1\ny = sqrt(w - 1)\ndy/dw == 5", "undefined"),
    ("param w = 0.3\nz = 0.1 + 0.2 - w\ny = sin(1e17*z)\ny == 0.3", "undefined"),
    ("input x = 0.3\nparam w = 0\nL = -x*log(w) - (1 - x)*log(1 - w)\ndL/dw == -x/w + (1 - x)/(1 - w)", "proved"),
    # at a kink one slope is as good as the other, and no third is
    ("input x = 2\nparam w = 0.5\nz = w*x - 1\na = relu(z)\nda/dz == 1", "holds here"),
    ("input x = 2\nparam w = 0.5\nz = w*x - 1\na = relu(z)\nda/dz == 0", "holds here"),
    ("input x = 2\nparam w = 0.5\nz = w*x - 1\na = relu(z)\nda/dz == -3", "refuted"),
    ("param w = 0.3\nz = 0.1 + 0.2 - w\ny = step(z)\ny == 17", "refuted"),
]


@pytest.mark.parametrize(("sheet", "verdict"), CASES, ids=[each[0].replace("\n", "; ")[-60:] for each in CASES])
def test_what_is_left_of_cancelled_numbers(sheet, verdict):
    (answer,) = check(Sheet.parse(sheet).run())
    assert answer.verdict == verdict, answer.why


@pytest.mark.parametrize("printed", ["0.777", "5.774", "6.900", "8.123", "12.34", "20.00"])
def test_no_mistake_is_named_for_a_number_that_it_does_not_give(printed):
    sheet = "param a = 2.75, b = 2.782, c = 2.7, d = 2.8328\nu = a*b\nv = c*d\nz = u - v\nz ~= "
    (answer,) = check(Sheet.parse(sheet + printed).run())
    assert answer.verdict == "slip" and ";" not in answer.why
