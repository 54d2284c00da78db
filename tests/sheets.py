"""The sheets among the demos."""

from __future__ import annotations

from outside import ROOT

from microgrid.sheet import Run, Sheet

DEMOS = ROOT / "demos"
SHEETS = sorted(DEMOS.glob("*.sheet"))


def worked(name: str = "two_input_sigmoid") -> Run:
    """The demo of that name, worked out."""
    return Sheet.read(DEMOS / f"{name}.sheet").run()
