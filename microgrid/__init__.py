"""microgrid shows every number in backpropagation.

It records a scalar computation as a graph, and lets a person see, step through, check and
explain every value, every local derivative and every gradient in it.
"""

from . import nn
from .auditing import gradcheck
from .debugger import debug
from .derivation import Derivation, explain
from .engine import Graph, Value, gc_paused, raise_nonfinite, record_origins
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
from .formula import OPS, Op
from .moved import answer_to_old_names, waiting
from .nn import matrices
from .picture import draw, draw_dot, trace
from .program import Program
from .sheet import Sheet
from .tape import Cursor, steps
from .training import accuracy, fit, losses, optim
from .web import page

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

answer_to_old_names(__name__)


def __getattr__(name: str) -> object:
    """A module that waits until it is used, as in `microgrid.plots`."""
    return waiting(__name__, name)


def __dir__() -> list[str]:
    """All that is here, but not what finds old names."""
    return sorted(globals().keys() - {"moved", "answer_to_old_names", "waiting"})
