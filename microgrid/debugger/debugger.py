"""`debug`: step through a computation forward and backward, in the terminal or, in a notebook, on a page."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from microgrid.engine.variables import given

__all__ = ["debug"]


def debug(target: Any, level: str | None = None, names: Mapping[str, Any] | None = None, digits: int = 6) -> None:
    """Step through a computation: every value, every share of every gradient, forward and back.

    Opens a prompt, as pdb does: `n` is the next value, `p w.grad` a gradient so far, `h` the help,
    `q` goes on with the program. Without a terminal it reads commands from the standard input; in
    a notebook it shows the live page. No Value changes.

    target  a Value, a worked sheet (`Sheet.run()`), or a Tape
    level   "op", every operation; "named", what has a label; "neuron"; or "layer". Unless told, a
            sheet's steps are its lines, anything else's its operations
    names   what holds Values that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are then
            W[0][1]; unless told, the variables of the caller
    digits  significant digits of the numbers
    Raises GraphError for what is no computation.
    """
    names = given(names)
    if in_notebook():
        show_page(target, level, names)
        return
    from .prompt import converse
    from .session import Session

    try:
        converse(Session(target, level, names, digits))
    except KeyboardInterrupt:
        sys.stdout.write("\n")


def in_notebook() -> bool:
    """Whether a Jupyter kernel is running this; IPython is not imported to find out."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__)


def show_page(target: Any, level: str | None, names: Mapping[str, Any] | None) -> None:
    """The live page, in the notebook that is running."""
    from microgrid.web import page

    sys.modules["IPython"].display.display(page(target, level, names=names))
