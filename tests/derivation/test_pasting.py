"""What a derivation prints can be pasted back into a sheet: each of its sides is read, and comes to the derivative."""

import math
import re

import pytest
from sheets import SHEETS

from microgrid import Sheet, explain
from microgrid.sheet.lines import Line
from microgrid.sheet.names import SheetNames

REMARK = re.compile(r" \((?:via [^()]*|directly)\)")


def names_of(sheet):
    """The names of a sheet, as they are known behind its last line."""
    lines = [Line(number, f"{name} = 0", ((0, number, 0, ""),)) for number, name in enumerate(sheet.quantities)]
    found = SheetNames(lines)
    for line in lines:
        found.define(line.text.partition(" ")[0], line.number)
    return found


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_every_side_is_read_and_comes_to_the_derivative(path):
    run = Sheet.read(path).run()
    if not run.sheet.loss:
        return
    names, here, tried = names_of(run.sheet), run.rounds[0], 0
    for block in explain(run, digits=17).text(width=100_000).split("\n\n"):
        if not block.startswith(("∂", "d")) or " is the whole derivative" in block:
            continue
        left, *sides = re.split(r" = ", REMARK.sub("", block))
        wanted = here.evaluate(names.formula(left, 0))
        for side in sides:
            found = here.evaluate(names.formula(side, 0))
            if "∂" in side:  # a local derivative: for a sheet, which has no sign for it, the whole one
                continue
            assert math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12), (left, side)
            tried += 1
    assert tried
