"""What a derivation prints can be pasted back into a sheet: every line is read, and comes out right."""

import math

import pytest
from sheets import SHEETS

from microgrid import Sheet, explain
from microgrid.answers import check
from microgrid.sheet import Check

SEVERAL = """param a = 0.7, w = −1.2
c = a²
b = a·c
L = (b + w·c − a)²
M = L + 2·b
update 0.1
"""


def pasted(text, run, **how):
    """The sheet with its derivation behind its first round, and which checks are the derivation's."""
    lines = text.split("\n")
    first = run.sheet.updates[0].line - 1 if run.sheet.updates else len(lines)
    found = explain(run, **how).text(width=80)
    added = len(found.split("\n"))
    again = Sheet.parse("\n".join([*lines[:first], found, *lines[first:]]), run.sheet.name).run()
    return again, [each for each in check(again) if first < each.line <= first + added]


def assert_right(text):
    run = Sheet.parse(text).run()
    again, found = pasted(text, run, digits=9)
    assert found and all(each.right for each in found), [each for each in found if not each.right]
    assert any(isinstance(each, Check) for each in again.sheet.checks)
    for name, node in run.rounds[-1].nodes.items():
        assert math.isclose(node.data, again.rounds[-1][name].data, rel_tol=1e-15)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_every_line_of_a_derivation_is_read_and_right(path):
    assert_right(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("loss", "LM")
def test_a_local_derivative_that_is_not_the_whole_one_is_right_too(loss):
    assert_right(SEVERAL.replace("update", f"loss {loss}\nupdate"))


def test_what_a_derivation_has_wrong_is_refuted():
    text = "param a = 0.7\nc = a²\nb = a·c\nL = b²\n"
    lines = ["∂L/∂a = ∂L/∂b·∂b/∂a + ∂L/∂c·2·a", "∂L/∂a = ∂L/∂b·∂b/∂a (via b)", "dL/da = 2·b·db/da = 1.5"]
    found = [each.right for each in check(Sheet.parse(text + "\n".join(lines)).run())]
    assert found == [True, False, True, False]
