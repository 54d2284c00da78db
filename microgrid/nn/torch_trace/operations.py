"""The table: each operation of PyTorch, and what it does with arrays of Values.

A row takes a `Call` and gives an array for each result, or None for one that is numbers alone. What has no row is
taken apart, as PyTorch itself does it; what cannot be is not traced, and the error names it. Views have no rows: they
see the Values of what they are views of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .calls import Call
from .formulas import FORMULAS, by_formula
from .linear_algebra import LINEAR_ALGEBRA
from .masks import plain
from .movement import CHOSEN, FLAT, MOVED, WEIGHED, chosen, moved, weighed
from .products import PRODUCTS
from .reductions import REDUCTIONS

__all__ = ["OPERATIONS", "Row", "stem"]

Row = Callable[[Call], "list[Any]"]

OPERATIONS: dict[str, Row] = {
    **{name: by_formula(text) for name, text in FORMULAS.items()},
    **REDUCTIONS,
    **PRODUCTS,
    **LINEAR_ALGEBRA,
    **dict.fromkeys(MOVED, moved),
    **dict.fromkeys(CHOSEN, chosen),
    **dict.fromkeys(WEIGHED, weighed),
    **dict.fromkeys(FLAT, lambda call: [None] * len(call.results)),
    **dict.fromkeys(("clone", "_to_copy", "lift_fresh", "detach_copy", "alias_copy"), lambda call: [call["self"]]),
    "prims.convert_element_type": lambda call: [call["a"]],
    "copy": lambda call: [np.broadcast_to(plain(call["src"]), call["self"].shape)],
    "fill": lambda call: [np.broadcast_to(plain(call["value"]), call["self"].shape)],
}


def stem(function: Any) -> str:
    """The name of an operation in the table: that of `add_` is "add", of `aten.add.out` too."""
    space, _, name = str(function._schema.name).partition("::")
    name = name[:-1] if name.endswith("_") and not name.endswith("__") else name
    return name if space == "aten" else f"{space}.{name}"
