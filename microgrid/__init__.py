"""microgrid shows every number in backpropagation.

It records a scalar computation as a graph, and lets a person see, step through, check and
explain every value, every local derivative and every gradient in it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .moved import answer_to_old_names, waiting

if TYPE_CHECKING:  # for editors and mypy; whoever runs this finds the same names in the table below
    from . import nn
    from .auditing import audit, gradcheck
    from .debugger import debug
    from .derivation import Derivation, explain
    from .engine import Graph, Value, derivative, gc_paused, raise_nonfinite, record_origins, values_like
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
    from .nn import from_torch, matrices
    from .picture import draw, draw_dot, trace
    from .program import Program
    from .sheet import Sheet
    from .tape import Cursor, hunt, steps
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
    "audit",
    "debug",
    "derivative",
    "draw",
    "draw_dot",
    "explain",
    "fit",
    "from_torch",
    "gc_paused",
    "gradcheck",
    "hunt",
    "losses",
    "matrices",
    "nn",
    "optim",
    "page",
    "raise_nonfinite",
    "record_origins",
    "steps",
    "trace",
    "values_like",
]

# What stands in this folder, and what each part gives to the package. A part is loaded when it is first asked for.
PARTS = {
    "look_alikes": "",
    "streams": "",
    "errors": "AttributeNameError FormulaError GradientError GraphError MicrogridError NonFiniteError NotRealError"
    " RecordError RenderError SheetError",
    "files": "",
    "formula": "OPS Op",
    "engine": "Graph Value derivative gc_paused raise_nonfinite record_origins values_like",
    "sheet": "Sheet",
    "derivation": "Derivation explain",
    "picture": "draw draw_dot trace",
    "tape": "Cursor hunt steps",
    "answers": "",
    "nn": "from_torch matrices",
    "program": "Program",
    "training": "accuracy fit losses optim",
    "auditing": "audit gradcheck",
    "terminal": "",
    "web": "page",
    "debugger": "debug",
    "workbench": "",
}
FOUND_IN = {name: part for part, names in PARTS.items() for name in names.split()}

answer_to_old_names(__name__)


def __getattr__(name: str) -> object:
    """What is asked for the first time: a part, a name that it gives, or a module under its old name."""
    if name in PARTS:
        return import_module(f"{__name__}.{name}")
    if name not in FOUND_IN:
        return waiting(__name__, name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{FOUND_IN[name]}"), name)
    return found


def __dir__() -> list[str]:
    """All that is here, loaded or not; but not what finds it."""
    return sorted({*__all__, *PARTS, *(name for name in globals() if name.startswith("__"))})
