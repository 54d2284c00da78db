"""Worked examples as text: equations and published numbers, read, and worked round by round.

Read `statements` first, what a sheet can say; then `reader`, which finds each mistake in its place and never
runs anything as Python; then `sheet`, which works what was read.

check   a published number      identity   a published formula
round   a forward and a backward pass; an update begins the next      run   all the rounds of a sheet
"""

from .sheet import Round, Run, Sheet
from .statements import Check, Equation, Identity, Leaf, Quantity, Update

__all__ = ["Check", "Equation", "Identity", "Leaf", "Quantity", "Round", "Run", "Sheet", "Update"]
