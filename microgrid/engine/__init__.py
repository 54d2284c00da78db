"""The engine: `Value`, the chain rule, and the graph that a computation leaves behind.

Read `value` first, which has the chain rule in one line; `node` has the slots that hold parents and local derivatives,
`methods` writes Value's methods from the rows of the table, `functions` has the words that take any number of inputs,
`derivatives` the chain rule in Values, to be differentiated again. Then `graph`: orders, names, paths; and `views`, the
coarser graphs that are as exact; `variables` finds what holds a value. `watch` looks on while a graph is recorded:
`origins` finds the line, `remedies` says what to do about an inf or nan. `plain_numbers` is a Value where a number
belongs, `refusals` what records nothing, `numpy_functions` what NumPy's functions do with it, `value_arrays` how,
`array_sums` with a node for each sum. `copies` packs a graph for `copy` and `pickle`, `misspelt` knows the slips of
typing, and `type_stub` tells editors of the methods.
Wings that make values take `Value`, those that read them `Graph`. The face is a drop-in for `micrograd.engine`.

parents   what a node was computed from, in order    partial  d(node)/d(parent), recorded beside the parent
grad      d(root)/d(node)                            leaf     a node without parents
view      a graph of some of the nodes; its partials go through those that it leaves out
"""

from .derivatives import derivative
from .functions import FUNCTIONS, values_like
from .graph import Edge, Graph, topological_order
from .value import Value, computed, gradients
from .watch import gc_paused, raise_nonfinite, record_origins, scope

__all__ = [
    "FUNCTIONS",
    "Edge",
    "Graph",
    "Value",
    "computed",
    "derivative",
    "gc_paused",
    "gradients",
    "raise_nonfinite",
    "record_origins",
    "scope",
    "topological_order",
    "values_like",
]
