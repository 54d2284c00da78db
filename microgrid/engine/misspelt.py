"""Attributes that people mistype: a wrong name raises, with the right one, and never passes silently.

Slots refuse every unknown name by themselves. A `__setattr__` that looked for the nearest name
would make every node three times as slow, so the names that people have typed stand in a table.

Looking an attribute up follows `__mro__`; `dir`, and with it completion and `help`, follows `__bases__`.
So the class that holds the wrong names is in the one and not in the other: they are found, and not offered.

A subclass may give one of the names a meaning: by declaring it, or by a method of its own that uses it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile
from typing import Any

from microgrid.errors import AttributeNameError

__all__ = ["MISSPELT", "SpellChecked"]

MISSPELT = {
    "data": ("date", "dat", "daat", "adta", "dta", "value", "val"),
    "grad": ("gard", "garde", "grads", "gradient", "gra", "grd", "rgad", "grda", "derivative"),
    "label": ("lable", "labl", "lbl", "labels", "name"),
    "backward": ("backwards", "backprop", "bakward"),
    "silu": ("swish",),
    "clamp": ("clip",),
    "max": ("maximum",),
    "min": ("minimum",),
    "item": ("numpy", "detach", "cpu", "tolist"),
    "parents": ("children", "prev", "inputs"),
    "leaky_relu": ("lrelu", "prelu"),
    "log": ("ln",),
    "zero_grad": ("zero_grads", "zerograd"),
}


class Misspelt:
    """An attribute that is not there, under a name that people have typed for one that is."""

    def __init__(self, name: str, meant: str) -> None:
        self.name, self.meant = name, meant

    def error(self, kind: type) -> AttributeNameError:
        return AttributeNameError(f"{kind.__name__} has no attribute {self.name!r}; did you mean {self.meant!r}?")

    def __get__(self, node: Any, kind: type) -> Any:
        own = getattr(node, "__dict__", {})  # of a subclass
        if self.name not in own:
            raise self.error(kind)
        return own[self.name]

    def __set__(self, node: Any, value: Any) -> None:
        if not hasattr(node, "__dict__") or not has_own(node.__class__, self.name):
            raise self.error(type(node))
        node.__dict__[self.name] = value

    def __delete__(self, node: Any) -> None:
        if self.name not in getattr(node, "__dict__", {}):
            raise self.error(type(node))
        del node.__dict__[self.name]


@lru_cache(maxsize=256)
def has_own(kind: type, name: str) -> bool:
    """Whether a subclass of Value gives the name a meaning: it declares it, or one of its methods uses it."""
    own = list(takewhile(lambda each: SpellChecked not in each.__bases__, kind.__mro__))
    codes = (getattr(thing, "__code__", None) for each in own for thing in vars(each).values())
    declared = any(name in getattr(each, "__annotations__", ()) for each in own)
    return declared or any(name in code.co_names for code in codes if code)


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
