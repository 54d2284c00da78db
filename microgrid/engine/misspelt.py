"""Attributes that people mistype: a wrong name raises, with the right one, and never passes silently.

Slots refuse every unknown name by themselves. A `__setattr__` that looked for the nearest name
would make every node three times as slow, so the names that people have typed stand in a table.
"""

from __future__ import annotations

from typing import Any

from microgrid.errors import AttributeNameError

__all__ = ["MISSPELT", "watch_for_misspellings"]

MISSPELT = {
    "data": ("date", "dat", "daat", "adta", "dta", "value", "val", "item"),
    "grad": ("gard", "garde", "grads", "gradient", "gra", "grd", "rgad", "grda", "derivative"),
    "label": ("lable", "labl", "lbl", "labels", "name"),
    "backward": ("backwards", "backprop", "bakward"),
    "zero_grad": ("zero_grads", "zerograd"),
}


class Misspelt:
    """An attribute that is not there, under a name that people have typed for one that is."""

    def __init__(self, name: str, meant: str) -> None:
        self.name = name
        self.message = f"Value has no attribute {name!r}; did you mean {meant!r}?"

    def __get__(self, node: Any, kind: type) -> Any:
        own = getattr(node, "__dict__", {})  # a subclass may give the name a meaning of its own
        if self.name in own:
            return own[self.name]
        raise AttributeNameError(self.message)

    def __set__(self, node: Any, value: Any) -> None:
        if not hasattr(node, "__dict__"):
            raise AttributeNameError(self.message)
        node.__dict__[self.name] = value


def watch_for_misspellings(kind: type) -> None:
    """Let every misspelt attribute of the class say what was meant."""
    for meant, slips in MISSPELT.items():
        for slip in slips:
            setattr(kind, slip, Misspelt(slip, meant))
