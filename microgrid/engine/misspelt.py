"""Attributes that people mistype: a wrong name raises, with the right one, and never passes silently.

Slots refuse every unknown name by themselves. A `__setattr__` that looked for the nearest name
would make every node three times as slow, so the names that people have typed stand in a table.

Looking an attribute up follows `__mro__`; `dir`, and with it completion and `help`, follows `__bases__`.
So the class that holds the wrong names is in the one and not in the other: they are found, and not offered.
"""

from __future__ import annotations

from typing import Any

from microgrid.errors import AttributeNameError

__all__ = ["MISSPELT", "SpellChecked"]

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

    def __delete__(self, node: Any) -> None:
        if self.name not in getattr(node, "__dict__", {}):
            raise AttributeNameError(self.message)
        del node.__dict__[self.name]


class Slips:
    """Every misspelt attribute, saying what was meant."""

    __slots__ = ()


for meant, slips in MISSPELT.items():
    for slip in slips:
        setattr(Slips, slip, Misspelt(slip, meant))


class WithSlips(type):
    """The type of `Front`, which has the slips behind it."""

    def mro(cls) -> list[type]:
        """The order of looking up: the slips are in it without being a base."""
        return [cls, Slips, object]


class Front(metaclass=WithSlips):
    """Stands before the slips."""

    __slots__ = ()


class Plain:
    """Stands in for `Front` while a class is made."""

    __slots__ = ()


class SpellChecked(Plain):
    """The base of `Value`: its misspelt attributes say what was meant."""

    __slots__ = ()


# Afterwards, so that SpellChecked and what is derived from it are of type `type`, and mix with any other class.
SpellChecked.__bases__ = (Front,)
