"""Names of Values: the variables that hold them, alone or in lists, arrays, dicts and objects.

    W[0][1]   params['b']   self.layers[0].w[2]

A name is what Python itself would find the Value by. A variable of its own comes first, unless it only passes by: as
`row` does after `for row in W`, or `last` after `last = z[-1]`. What is reached through a name that begins with `_`
has none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from types import FrameType, FunctionType, ModuleType
from typing import Any

from microgrid.formula.printing import Place

from .origins import PACKAGE

__all__ = [
    "MOST",
    "around",
    "elements",
    "given",
    "held",
    "held_by",
    "held_in",
    "in_full",
    "is_container",
    "is_told",
    "members",
    "variables",
]

MOST = 100_000  # things that are looked at
DEEPEST = 8  # containers inside each other
NOT_LOOKED_INTO = (str, bytes, type, ModuleType, FunctionType)
NUMBERS = {float, int, bool, complex, str, bytes, type(None)}
HISTORY = {"In", "Out"}  # of IPython: what was shown before
Places = list[tuple[str, Any]]  # `[0]`, `['b']` or `.w`, and what stands there
OURS = ("microgrid.nn.", "microgrid.engine.value_arrays")  # whose objects are looked into, among those of this package


def held_by(names: Mapping[str, Any], is_wanted: Callable[[Any], bool], seen: set[int] | None = None) -> dict[Any, str]:
    """The name of each wanted thing that the variables hold.

    >>> from microgrid import Value
    >>> W, params = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]], {"b": Value(5.0)}
    >>> a, row, last = Value(6.0), W[1], W[1][1]
    >>> names = {"row": row, "last": last, "W": W, "params": params, "a": a}
    >>> found = held_by(names, lambda thing: isinstance(thing, Value))
    >>> print(*found.values())
    a params['b'] W[0][0] W[0][1] W[1][0] W[1][1]

    seen  the ids of containers that are not to be looked into again; those that are looked into join them
    """
    direct = {id(thing): (name, thing) for name, thing in reversed(list(names.items()))}
    inside = contents([thing for _, thing in direct.values()], is_wanted, set() if seen is None else seen)
    aside = passing(direct, inside)
    level = [pair for at, pair in reversed(list(direct.items())) if at not in aside]
    found: dict[Any, str] = {}
    named: set[int] = set()
    while level or aside:
        if not level:  # what is left stands in a circle
            level, aside = [direct[at] for at in aside if at not in named], set()
        deeper: list[tuple[str, Any]] = []
        for name, thing in level:
            if id(thing) not in named:
                named.add(id(thing))
                if is_wanted(thing):
                    found[thing] = name
                deeper += [(Place(name + place), each) for place, each in inside.get(id(thing), ())]
        level = deeper
    return found


def contents(things: Sequence[Any], is_wanted: Callable[[Any], bool], seen: set[int]) -> dict[int, Places]:
    """What stands in each container, and in those that stand in it: wanted things and containers, with their places."""
    inside: dict[int, Places] = {}
    left, pending = MOST, list(things)
    for _ in range(DEEPEST):
        level, pending = pending, []
        for thing in level:
            if left > 0 and id(thing) not in seen and not is_wanted(thing) and is_container(thing):
                seen.add(id(thing))
                there = list(islice(elements(thing), left))
                left -= len(there)
                inside[id(thing)] = [pair for pair in there if is_wanted(pair[1]) or is_container(pair[1])]
                pending += [each for _, each in inside[id(thing)]]
    return inside


def passing(direct: Collection[int], inside: Mapping[int, Places]) -> set[int]:
    """The variables that only pass by: they hold one or some of the things in a container, as in `for row in W`."""
    found: set[int] = set()
    for place, pairs in inside.items():
        things = {id(each) for _, each in pairs if id(each) != place}
        if not things.issubset(direct):
            found |= things.intersection(direct)
    return found


def is_told(name: Any) -> bool:
    """Whether it is a name that a person gave."""
    return isinstance(name, str) and name.isidentifier() and name[0] != "_" and name not in HISTORY


def is_container(thing: Any) -> bool:
    """Whether Values may stand in it, under a name that is good to read."""
    if isinstance(thing, (list, tuple, dict)):
        return True
    if isinstance(thing, NOT_LOOKED_INTO) or is_array(thing):
        return is_array(thing) and thing.dtype.kind == "O"
    module = str(type(thing).__module__)
    ours = module.startswith("microgrid.") and not module.startswith(OURS)
    known = ours or module.partition(".")[0] in sys.stdlib_module_names - {"__main__"}
    return not known and isinstance(getattr(thing, "__dict__", None), dict)


def is_array(thing: Any) -> bool:
    """Whether it is an array of NumPy, which is not imported to find out."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(thing, numpy.ndarray)


def elements(thing: Any) -> Iterator[tuple[str, Any]]:
    """What stands in a container, each with its place in it; plain numbers and texts are left out."""
    if isinstance(thing, Mapping):
        pairs = ((f"[{key!r}]", each) for key, each in thing.items() if isinstance(key, (str, int)))
    elif isinstance(thing, (list, tuple)):
        fields = getattr(thing, "_fields", range(len(thing)))
        pairs = ((f"[{k}]" if isinstance(k, int) else f".{k}", each) for k, each in zip(fields, thing))
    elif is_array(thing):
        places = product(*map(range, thing.shape))
        pairs = (("".join(f"[{k}]" for k in place), thing[place]) for place in places)
    else:
        pairs = ((f".{field}", each) for field, each in list(vars(thing).items()) if is_told(field))
    return (pair for pair in pairs if type(pair[1]) not in NUMBERS)


# ── names that are asked for ───────────────────────────────────────────────────────────────


def in_full(name: str, known: Iterable[str]) -> str:
    """The only place that a name is the end of: params['W1'][0] of W1[0]; "" where none is, or several are.

    >>> in_full("W1[0]", ["params['W1'][0]", "W1"]), in_full("w[2]", ["a.w[2]", "b.w[2]"])
    ("params['W1'][0]", '')
    """
    stem, _, rest = name.partition("[")
    ends = (f"['{stem}'][{rest}", f".{stem}[{rest}") if rest else (f"['{stem}']", f".{stem}")
    found, *others = [each for each in known if each.endswith(ends) and stem.isidentifier()] or [""]
    return "" if others else found


def members(name: str, known: Iterable[str]) -> list[str]:
    """The names of what a container holds, in the order of their places; also by the last part of its own name.

    >>> members("W", ["W[0][1]", "W[0][0]", "Wide[0]", "W"]), members("b", ["params['b'][0]", "params['W'][0]"])
    (['W[0][0]', 'W[0][1]'], ["params['b'][0]"])
    """
    known = list(known)
    inside = {held_in(name, each) for each in known} - {""} if name else set()
    stem = name if name in inside or len(inside) != 1 else inside.pop()
    found = [each for each in known if each.startswith((f"{stem}[", f"{stem}."))] if stem else []
    return sorted(found, key=lambda each: [part.zfill(9) for part in re.split(r"(\d+)", each)])


def held_in(name: str, place: str) -> str:
    """The container of that name in which a place is: params['W1'] of W1, for params['W1'][0]; "" for none."""
    if place.startswith((f"{name}[", f"{name}.")):
        return name
    found = re.match(rf".*?(\['{re.escape(name)}'\]|\.{re.escape(name)})(?=[\[.])", place)
    return found[0] if found else ""


def held(name: str, known: Collection[str]) -> str:
    """What a message says of a place that is not there, in a container that is: from where to where its places go.

    >>> held("W[9]", ["W[0]", "W[1]"])
    '; there are W[0] to W[1]'
    """
    places = members(name.partition("[")[0] if "['" not in name else name.partition("][")[0] + "]", known)
    return f"; there are {places[0]} to {places[-1]}" if len(places) > 1 else ""


# ── whose variables ────────────────────────────────────────────────────────────────────────


def given(names: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The names that somebody gave; else the variables of whoever called this package."""
    return around() if names is None else names


def around() -> dict[str, Any]:
    """The variables of whoever called this package: those of its function first, then the global ones."""
    frame: FrameType | None = sys._getframe(1)
    while frame and frame.f_code.co_filename.startswith((PACKAGE, "<microgrid")):
        frame = frame.f_back
    return variables(frame) if frame else {}


def variables(frame: FrameType) -> dict[str, Any]:
    """The variables that a line of a frame can see."""
    own = frame.f_locals
    seen = {**own, **{name: each for name, each in frame.f_globals.items() if name not in own}}
    return {name: each for name, each in seen.items() if is_told(name)}
