"""The habits that lose gradients elsewhere: each does here what docs/debugging.md says."""

import linecache
import math
import re
import sys

import numpy as np
import pytest
from outside import ROOT

from microgrid import MicrogridError, Value, draw, nn, values_like
from microgrid.training.optim import SGD

TEXT = (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## What would lose a gradient\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| `(.+?)` \| (says|gives|is done)(?: `(.+?)`)?.* \|$", SECTION, re.MULTILINE)


def made(code):
    """What the code comes to, as it is shown; or what it says."""
    v, w = Value(0.5), Value(-1.0)
    names = {"v": v, "w": w, "A": values_like([1.0, -2.0]), "model": nn.MLP(2, [2, 1], seed=0), "SGD": SGD}
    names |= {"optimizer": SGD([v], 0.1), "np": np, "math": math, "draw": draw, "Value": Value}
    try:
        if re.search(r"(?<![=<>])=(?!=)", code.partition("(")[0]):
            exec(code, names)
            return "is done", ""
        linecache.cache["<typed>"] = (len(code), None, [f"{code}\n"], "<typed>")
        return "gives", " ".join(repr(eval(compile(code, "<typed>", "eval"), names)).split())
    except MicrogridError as problem:
        return "says", str(problem)


@pytest.mark.parametrize(("code", "kind", "shown"), ROWS)
def test_each_habit_does_what_the_page_says(code, kind, shown):
    if sys.version_info < (3, 11):  # which does not know the expression
        shown = shown.replace(f"{code} would", "float(v) would")
    assert made(code) == (kind, shown)


def test_the_page_has_them_all():
    assert len(ROWS) == SECTION.count("\n| `") > 24
