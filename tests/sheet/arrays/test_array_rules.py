"""Rules of arrays as they are written: whole arrays for what is taken element by element, and elements for elements."""

import io

import pytest
from rich.console import Console

from microgrid import Sheet, explain
from microgrid.tape import Update, steps
from microgrid.terminal.report import print_run

MODEL = """param V = [1 2; 3 4], U = [2 2; 2 2], v = [1, 2]
state s = 1, W = [1 1; 1 1], r = [0, 0]
h = tanh(V @ [1, 2]/20)
L = sum(h)*s + sum(v)
"""
RULES = [  # what is typed, and what a run says of it
    ("next s = V[1,1]", "s       V[1,1]"),
    ("next V = V ⊙ U", "V       V*U"),
    ("next V = V ⊙ U[1,1]", "V       V*U[1,1]"),
    ("next V = V - 0.1*dL/dV", "V          V - 0.1*dL/dV"),
    ("next W = dL/dV + dh[1]/dV", "W       dL/dV + dh[1]/dV"),
    ("next v = 3*v - dh[1]/dv", "v       3*v - dh[1]/dv"),
    ("next r = r + v", "r       r + v"),
    ("next s = s + v[2]", "s       s + v[2]"),
]


def ran(text):
    out = Console(width=120, file=io.StringIO(), highlight=False)
    print_run(out, Sheet.parse(text).run(), (), 6, 1)
    return out.file.getvalue()


@pytest.mark.parametrize(("rule", "said"), RULES)
def test_a_rule_is_written_as_it_was_typed(rule, said):
    text = f"{MODEL}{rule}\nround\n"
    assert [line for line in ran(text).splitlines() if line.startswith(said + " ") or line.rstrip() == said], ran(text)


@pytest.mark.parametrize("of", ["h[1]", "L", "h[2]"])
def test_an_update_says_what_it_descends(of):
    text = f"{MODEL}update 0.1 of {of} V\n"
    run = Sheet.parse(text).run()
    assert f"V - 0.1*d{of}/dV" in ran(text)
    assert f"V ← V − 0.1·∂{of}/∂V" in str(explain(run))
    assert {step.loss for step in steps(run) if isinstance(step, Update)} == {of}
