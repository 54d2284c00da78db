"""From a plan to code that runs.

`rules` has the rows of the table as rules for arrays; `numpy_writer` writes lines, `numpy_code` a whole program, and
`runner` runs it on batches. `float_code` is plain Python on floats, for one sample of a small graph.
"""

__all__: list[str] = []
