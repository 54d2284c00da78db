"""Vectors, matrices, families and samples: lines over arrays become lines over numbers.

Read `shapes` first, what fits and what is said of what does not; `elements`, an array while its line is read: a shape
and a formula for each element; `functions`, what becomes of these; `indexing`, parts of them. `registry` knows the
arrays of a sheet so far. `ranges` writes out sums over a range, `samples` what is of one sample; then `expansion` turns
a formula over arrays into one formula for each element. `families` repeats lines, `one_sample` is what
is of one sample, `writing` says in messages what was typed. `array_lines` outside makes statements of all this, and
`algebra` puts formulas over the arrays of a sheet together that has been read. `wholes` are what such a sheet is about,
as its author has it, and `grids` the numbers of an array as text.

element   a quantity of its own, W1[2,1]         family   quantities under one name, z[1], z[2], of any shapes
sample    one more index on what varies          whole    known when the sheet is read
"""

from .algebra import Algebra, literal, transposed_literal
from .families import repeated
from .registry import Arrays

__all__ = ["Algebra", "Arrays", "literal", "repeated", "transposed_literal"]
