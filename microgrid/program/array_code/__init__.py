"""What a program runs: a plan as NumPy source, and a record as plain Python.

Read `numpy_writer` first, which writes a line; then `numpy_code`, which writes a whole plan; and `runner`, which
compiles it and runs it, a block of samples at a time. `float_code` writes one assignment an operation, for a few
samples of a small graph.

kept   worked out on the way there, used again on the way back      late   worked out on the way back
"""

__all__: list[str] = []
