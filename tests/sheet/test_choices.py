"""`where`, `clamp` and the activations in sheets: read, checked, and their derivatives."""

import pytest

from microgrid import Sheet, SheetError
from microgrid.answers import check

SHEET = """input x = 0, y = 2
param w = 3
z = w*x + y
a = where(z > 3, ln(x), z^2)
b = where(z ≤ w, clamp(z, 0, 1), √x)
g = gelu(z) + silu(z) + mish(z) + elu(−z, ½) + selu(−z) + hardtanh(z) + cbrt(z) + exp2(z)
L = a + b + g
a ~= 4
b ~= 1
da/dx ~= 12
db/dx ~= 0
dL/dw ~= 0
"""


def test_a_branch_that_is_not_taken_is_closed():
    sheet = Sheet.parse(SHEET).run()
    here = sheet.rounds[0]
    assert here["a"].data == 4.0 and here.derivative("a", "x") == 4.0 * 3.0 and here.derivative("b", "x") == 0.0
    assert [each.verdict for each in check(sheet)][:5] == ["exact"] * 5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q = clamp(w, x, 1)", "the low of clamp is a fixed number"),
        ("q = clip(w, 0, 1)", "write clamp(z, 0, 1)"),
        ("q = swish(w)", "write silu"),
        ("q = where(w, 1)", "where takes 3 arguments, not 2"),
        ("q = max(w > 1, 2)", "unexpected '>'"),
        ("q = huber(w)", "write clamp(e, -1, 1)*(e - clamp(e, -1, 1)/2)"),
    ],
)
def test_what_is_none_is_said(line, message):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"input x = 1\nparam w = 3\n{line}\nL = w*x")
    assert message in str(caught.value)


def test_what_is_printed_of_a_choice_is_read_back():
    sheet = Sheet.parse("param w = 3, v = 1\nL = where(w > v, w^2, v)\ndL/dw == where(w > v, 2*w, 0)\n").run()
    assert [each.right for each in check(sheet)] == [True]
