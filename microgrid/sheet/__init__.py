"""Worked examples as text: equations and published numbers, read, and worked round by round.

Read `statements` first, what a sheet can say; then `reader`, which takes the text line by line and never runs anything
as Python: `lines` says which belong together and shows each mistake in its place, `names` what a word means there,
`check_sides` what can be checked and what can be printed for it, `remedies` what to type instead. Then `sheet`, which
works what was read. `remarks` says what is no mistake, and worth knowing. `highlighting` tells editors what the words
are, and `lexer` Pygments.
Other wings take a `Run`: each of its rounds holds a Value for every name of the sheet.

check     a published number                         identity a published formula
round     a pass forward and back, and its update    run      all the rounds of a sheet
"""

from .sheet import Round, Run, Sheet
from .statements import Check, Equation, Identity, Leaf, Quantity, Update

__all__ = ["Check", "Equation", "Identity", "Leaf", "Quantity", "Round", "Run", "Sheet", "Update"]
