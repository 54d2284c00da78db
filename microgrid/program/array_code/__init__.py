"""What a program runs: a plan as NumPy source, and a record as plain Python.

Read `rules` first, the rows of the table as rules for arrays, which the stages of `lowering` ask too. Then
`numpy_writer`, which writes a line; `numpy_code`, which writes a whole plan; and `runner`, which compiles it and runs
it, a block of samples at a time. `float_code` writes one assignment an operation, for a few samples of a small graph.

rule   a row with its fixed numbers put in      kept   worked out on the way there, used again on the way back
"""

__all__: list[str] = []
