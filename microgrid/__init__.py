"""microgrid shows every number in backpropagation.

It records a scalar computation as a graph, and lets a person see, step through, check and
explain every value, every local derivative and every gradient in it.
"""

from . import nn
from .engine import Value
from .errors import (
    AttributeNameError,
    FormulaError,
    GraphError,
    MicrogridError,
    NonFiniteError,
    NotRealError,
    RecordError,
    RenderError,
    SheetError,
)
from .graph import Graph
from .operation import Op
from .ops import OPS


from .watch import gc_paused, raise_nonfinite

__all__ = [
    "OPS",
    "AttributeNameError",
    "FormulaError",
    "Graph",
    "GraphError",
    "MicrogridError",
    "NonFiniteError",
    "NotRealError",
    "Op",
    "RecordError",
    "RenderError",
    "SheetError",
    "Value",
    "gc_paused",
    "nn",
    "raise_nonfinite",
]
