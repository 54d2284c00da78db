"""Lines as people type them: what is read, what is told, and which quantity a sheet descends."""

import pytest

from microgrid import Sheet

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
