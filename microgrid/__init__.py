"""microgrid shows every number in backpropagation.

It records a scalar computation as a graph, and lets a person see, step through, check and
explain every value, every local derivative and every gradient in it.
"""

from . import losses, nn, optim
from .cursor import Cursor
from .debugger import debug
from .derivation import Derivation, explain
from .engine import Value
from .errors import (
    AttributeNameError,
    FormulaError,
    GradientError,
    GraphError,
    MicrogridError,
    NonFiniteError,
    NotRealError,
    RecordError,
    RenderError,
    SheetError,
)
from .gradcheck import gradcheck
from .graph import Graph
from .matrices import matrices
from .operation import Op
from .ops import OPS
from .page import page
from .picture import draw, draw_dot, trace
from .program import Program
from .sheet import Sheet
from .steps import steps
from .training import accuracy, fit
from .watch import gc_paused, raise_nonfinite, record_origins

__version__ = "0.1.0"

__all__ = [
    "OPS",
    "AttributeNameError",
    "Cursor",
    "Derivation",
    "FormulaError",
    "GradientError",
    "Graph",
    "GraphError",
    "MicrogridError",
    "NonFiniteError",
    "NotRealError",
    "Op",
    "Program",
    "RecordError",
    "RenderError",
    "Sheet",
    "SheetError",
    "Value",
    "accuracy",
    "debug",
    "draw",
    "draw_dot",
    "explain",
    "fit",
    "gc_paused",
    "gradcheck",
    "losses",
    "matrices",
    "nn",
    "optim",
    "page",
    "raise_nonfinite",
    "record_origins",
    "steps",
    "trace",
]
