"""Lines as people type them: what is read, what is told, and which quantity a sheet descends."""

import pytest

from microgrid import Sheet
from microgrid.answers import check

LOSSES = {
    "param w = 3\nL = w²\nδ = dL/dw": "L",
    "param w = 3\nL = w²\nδ = dL/dw\nv = w − 0.1·δ\nM = v²": "L",
    "param w = 3\nL = w²\nH = d²L/dw²": "L",
    "param w = 3\nL = w²\nδ = dL/dw\nJ = 2·L": "J",
    "param w = 3\nf(z) = z²\nL = f'(w)": "L",
    "param w = 3\nL = w²\nδ = dL/dw\nloss δ": "δ",
    "param w = 3\nδ = dw/dw": "δ",
    "param w = 3\nδ = dw/dw\nε = 2δ": "ε",
    "param w = 3": "",
}


@pytest.mark.parametrize(("lines", "loss"), LOSSES.items(), ids=LOSSES)
def test_the_loss_is_the_last_equation_that_no_derivative_stands_behind(lines, loss):
    assert Sheet.parse(lines).loss == loss


def test_an_update_descends_the_loss_and_not_its_derivative():
    run = Sheet.parse("param w = 3\nL = w²\nδ = dL/dw\nupdate 0.1\nw ~= 2.4").run()
    assert run.rounds[1]["w"].data == 3 - 0.1 * 6.0 and not run.sheet.remarks


GOES_ON = {
    "z = w\n    + 2·w": "z = w + 2·w",
    "z = w\n    + 2·w\n    − 1": "z = w + 2·w − 1",
    "  z = w\n      · w": "z = w · w",
    "z = (w\n     − 1)": "z = (w − 1)",
    "z = max(w,\n   2*w\n   + 1)": "z = max(w, 2*w + 1)",
    "z = w  # one\n  / 2  # two": "z = w / 2",
}


@pytest.mark.parametrize(("lines", "line"), GOES_ON.items(), ids=map(ascii, GOES_ON))
def test_a_deeper_line_that_begins_with_an_operator_goes_on(lines, line):
    (one, other) = (Sheet.parse(f"param w = 3\n{each}\n").run().rounds[0]["z"].data for each in (lines, line))
    assert one == other


@pytest.mark.parametrize("line", ["−1·z ~= −3", "  -1*z ~= -3", "  −z ~= −3", "|z| ~= 3", "  |z| ~= 3", "  (z) ~= 3"])
def test_a_check_that_begins_with_a_sign_is_a_line_of_its_own(line):
    (answer,) = check(Sheet.parse(f"param w = 3\nz = w\n{line}").run())
    assert answer.right


DERIVED = {
    # a derivative before a single =, and how many of its sides are judged right and wrong
    "dL/dw = 6": (1, 0),
    "dL/dw = 7": (0, 1),
    "∂L/∂w = 2·w": (1, 0),
    "dL/dw = 3·w": (0, 1),
    "dL/dw = 2·w = 2·3 = 6": (2, 0),
    "dL/dw = 2·w\n      = 2·3\n      = 6.1": (1, 1),
    "dL/dw = dL/dz·dz/dw (via z) + ∂L/∂w (directly)": (1, 0),
}


@pytest.mark.parametrize(("line", "wanted"), DERIVED.items(), ids=map(ascii, DERIVED))
def test_a_derivative_before_an_equals_sign_is_checked_side_by_side(line, wanted):
    found = [answer.right for answer in check(Sheet.parse(f"param w = 3\nz = w\nL = z·w\n{line}").run())]
    assert (found.count(True), found.count(False)) == wanted
