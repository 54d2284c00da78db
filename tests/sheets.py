"""The sheets among the demos."""

from __future__ import annotations

import math

from outside import ROOT

from microgrid.sheet import Run, Sheet

DEMOS = ROOT / "demos"
SHEETS = sorted(DEMOS.glob("*.sheet"))


def worked(name: str = "two_input_sigmoid") -> Run:
    """The demo of that name, worked out."""
    return Sheet.read(DEMOS / f"{name}.sheet").run()


def deep(steps, wrong=()):
    """A chain of sigmoids through one weight, each number printed; those at some steps a little off."""
    lines, before, number = ["input x = 0.5", "target t = 1", "param w = 0.7, b = 0.2"], "x", 0.5
    for i in range(1, steps + 1):
        z = 0.7 * number + 0.2
        number = 1 / (1 + math.exp(-z))
        lines += [f"z{i} = w*{before} + b", f"a{i} = sigmoid(z{i})"]
        lines += [f"z{i} ~= {z + 0.01 * (i in wrong):.4f}", f"a{i} ~= {number:.4f}"]
        before = f"a{i}"
    return "\n".join([*lines, f"L = ({before} - t)^2/2"]) + "\n"
