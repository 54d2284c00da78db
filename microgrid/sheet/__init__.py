"""Worked examples as text: equations and published numbers, read, and worked round by round.

Read `statements` first, what a sheet can say; then `reader`, which takes the text line by line and never runs
anything as Python: `encoding` has it from the bytes of a file, `lines` says which belong together and shows each
mistake in its place, `names` what a word means there, `left_sides` which of them a line defines, `functions` are
those that the sheet defines. `published` reads the checks: `check_sides` says what may stand on their sides,
`derivations` how a derivation prints them, `numbers` what a printed number is. `demands` is what a formula has to be
besides; `remedies` what to type instead, and `rules` what instead of a step; `cascade` knows which mistakes only
follow from another. `line_kinds` knows the lines about rounds: `course` reads them, `update_lines` the updates among
them, `printed_tables` the tables; `other_rounds` are the words for numbers of the round before, `transitions` the way
to the next. Then `sheet`, which works what was read. `remarks` says what is no mistake, and worth knowing;
`round_table` shows a round in a notebook. `highlighting` tells editors what the words are, and `lexer` Pygments;
`reference` is the language on one page. Other wings take a `Run`: each of its rounds holds a Value for every name of
the sheet. `arrays` writes vectors, matrices and families out: `array_lines` makes statements over numbers of them,
`array_checks` checks, `sample_lines` the table of samples; `evaluation` is what the words of equations stand for.

check     a published number                         identity a published formula
round     a pass forward and back                    update   how it leads to the next, by assignments
run       all the rounds of a sheet
"""

from .sheet import Round, Run, Sheet
from .statements import Array, Assignment, Check, Equation, Grid, Identity, Leaf, Quantity, Update

__all__ = [
    "Array",
    "Assignment",
    "Check",
    "Equation",
    "Grid",
    "Identity",
    "Leaf",
    "Quantity",
    "Round",
    "Run",
    "Sheet",
    "Update",
]
