"""The engine: `Value`, the chain rule, and the graph that a computation leaves behind.

Read `value` first, which has the chain rule in one line; then `graph`, orders, names and paths; then `views`,
the coarser graphs that are as exact. `methods` writes Value's methods from the rows of the table, `functions`
has the words of any number of inputs. `watch`, `origins` and `remedies` look on while a graph is recorded.
The face is a drop-in for `micrograd.engine`.

parents   what a node was computed from, in order       partial   d(node)/d(parent), recorded beside the parent
grad      d(root)/d(node)                               leaf      a node without parents
"""

from .functions import FUNCTIONS
from .graph import Edge, Graph, topological_order
from .value import Value, computed, gradients
from .watch import gc_paused, raise_nonfinite, record_origins, scope

__all__ = [
    "FUNCTIONS",
    "Edge",
    "Graph",
    "Value",
    "computed",
    "gc_paused",
    "gradients",
    "raise_nonfinite",
    "record_origins",
    "scope",
    "topological_order",
]
