"""Where in a module something is computed: the module whose turn it is, the line of the user, and what it is called."""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from microgrid.engine import Value
from microgrid.engine.origins import PACKAGE
from microgrid.formula.printing import Place
from microgrid.formula.regexes import regex

from .calls import is_tensor

__all__ = ["Namer", "dotted", "label", "line_of_user", "named_parts", "spelled"]

WORDS = regex(r"^_+|^native_|_forward$|_with_indices$")
COUNTED = regex(r"#\d+$")


def spelled(path: str, root: str = "module") -> str:
    """The name of a part as Python has it.

    >>> spelled("layers.0.weight"), spelled("0.bias"), spelled("")
    ('layers[0].weight', 'module[0].bias', '')
    """
    found = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", f".{path}")
    return found[1:] if found.startswith(".") else f"{root}{found}"


def dotted(name: str) -> str:
    """`layers[0].fc` as PyTorch names it, `layers.0.fc`."""
    return re.sub(r"\[(\d+)\]", r".\1", name).strip(".")


def named_parts(thing: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each tensor in an argument or a result, and its place: `[0]`, `['mask']`, or nothing for the only one."""
    left = [(path, thing)]
    while left:
        place, each = left.pop()
        if is_tensor(each):
            yield place, each
        elif isinstance(each, Mapping):
            left += [(f"{place}[{key!r}]", part) for key, part in reversed(list(each.items()))]
        elif isinstance(each, (list, tuple)):
            left += [(f"{place}[{k}]", part) for k, part in reversed(list(enumerate(each)))]


def returned(module: Any) -> list[str]:
    """The variables that `forward` returns, '' for what is none; nothing where it returns in several places."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(module.forward)))
    except (OSError, TypeError, SyntaxError):  # it was typed at a prompt, or is no Python
        return []
    ends = [each.value for each in ast.walk(tree) if isinstance(each, ast.Return)]
    if len(ends) != 1:
        return []
    given = ends[0].elts if isinstance(ends[0], ast.Tuple) else ends
    return [each.id if isinstance(each, ast.Name) else "" for each in given]


def outside(frame: FrameType, torch: str) -> Iterator[FrameType]:
    """The frames of code that is neither PyTorch's nor of this package, the innermost first."""
    here: FrameType | None = frame
    while here:
        if not here.f_code.co_filename.startswith((torch, PACKAGE)):
            yield here
        elif here.f_code.co_name == "traced" and here.f_code.co_filename.startswith(PACKAGE):
            return  # what lies behind has asked for the trace
        here = here.f_back


def line_of_user(torch: Any) -> FrameType | None:
    """The frame of the user's own code that is running; None where a module of PyTorch was called at once."""
    return next(outside(sys._getframe(1), f"{Path(torch.__file__).parent}{os.sep}"), None)


class Namer:
    """Gives Values their names: of a parameter, an input, a module's result, a variable, or else the operation.

    stack  the modules that are running, by their paths, the innermost last
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.stack: list[str] = []
        self.calls: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.loose: dict[int, tuple[Any, str]] = {}  # results that have but the name of their operation
        self.met: dict[int, Any] = {}

    @property
    def path(self) -> str:
        return self.stack[-1] if self.stack else ""

    def enter(self, path: str) -> None:
        """A module begins; the second time that it does, it is `cell#2`."""
        name = spelled(path, self.root)
        self.calls[name] += 1
        self.stack.append(numbered(name, self.calls[name]) if name else name)

    def leave(self, module: Any, result: Any, read: Any) -> None:
        """A module ends: what it computed itself, and gives, is called after it; of the whole by its own variables."""
        path = self.stack.pop()
        names = [] if path else [each if each and not self.taken[each] else "" for each in returned(module)]
        if len(names) > 1 and isinstance(result, (tuple, list)) and len(names) == len(result):
            parts = [each for k, (name, one) in enumerate(zip(names, result))
                     for each in named_parts(one, name or f"output[{k}]")]  # fmt: skip
        else:
            parts = list(named_parts(result, path or (names[0] if len(names) == 1 else "") or "output"))
        for place, tensor in parts:
            self.rename(tensor, place, read)

    def inside(self, word: str) -> str:
        """The name of something inside the module that is running."""
        return f"{self.path}.{word}" if self.path else word

    def result(self, tensor: Any, values: Any, word: str) -> None:
        """The result of an operation: called after it, until a variable or a module gives it a name."""
        name = self.inside(WORDS.sub("", WORDS.sub("", word)))
        self.taken[name] += 1
        name = numbered(name, self.taken[name])
        if label(values, name):
            self.loose[id(tensor)] = (tensor, name)

    def rename(self, tensor: Any, name: str, read: Any) -> None:
        found = self.loose.pop(id(tensor), None)
        known = found or next((each for each in self.loose.values() if alike(each[0], tensor)), None)
        if known:
            self.loose.pop(id(known[0]), None)
            label(read(tensor), name, known[1])
            stem = COUNTED.sub("", known[1])
            self.taken[stem] -= known[1] == numbered(stem, self.taken[stem])

    def look_at(self, frame: FrameType | None, read: Any) -> None:
        """Call results by the variables that hold them, unless another value has had that name."""
        for name, thing in list(frame.f_locals.items()) if frame and self.loose else ():
            if id(thing) in self.loose and id(thing) not in self.met:
                self.met[id(thing)] = thing
                inside = self.inside(name)
                if not self.taken[inside] and name not in self.stack:
                    self.taken[inside] += 1
                    self.rename(thing, inside, read)


def numbered(name: str, count: int) -> str:
    """`z`, and `z#2` for the second of that name, as a graph has it."""
    return f"{name}#{count}" if count > 1 else name


def alike(one: Any, other: Any) -> bool:
    """Whether two tensors are the same numbers in the same storage."""
    same = one.untyped_storage()._cdata == other.untyped_storage()._cdata
    return bool(same and one.numel() == other.numel() and one.storage_offset() == other.storage_offset())


def label(values: Any, name: str, before: str = "") -> bool:
    """Call each Value by its place, `name[0][1]`, where it has no name, or that which was before; whether any is."""
    found = False
    for place in np.ndindex(values.shape):
        value = values[place]
        if isinstance(value, Value) and (not value.label or (before and is_place(value.label, before))):
            value.label = Place(name + "".join(f"[{k}]" for k in place))
            found = True
    return found


def is_place(name: str, stem: str) -> bool:
    """Whether a name is `stem` or a place in it: `stem[0][1]`."""
    return name == stem or re.fullmatch(r"(\[\d+\])+", name.removeprefix(stem)) is not None
