"""A module of PyTorch under the lens: run once, and every number in it is a named Value.

Read `tracing` first, which has `from_torch`; then `running`, one run of a module, and `recorder`, which sees each
operation that PyTorch runs and does the same with Values. `operations` is the table of what it knows: `formulas`,
element by element, `reductions` over axes, `products` of matrices, `linear_algebra`, `movement`, where PyTorch itself
says what goes where. `calls` is one call of an operation; `shadows` has the Values of each storage, so that views
need no rows; `masks` the rows of the engine as PyTorch passes gradients through them. `places` gives names and lines,
`traced` is the result.

operation   what PyTorch's dispatcher runs: aten.addmm    row      what is done with arrays of Values instead
"""

from .traced import Traced
from .tracing import from_torch

__all__ = ["Traced", "from_torch"]
