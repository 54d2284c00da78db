"""The rules of optimisers: every one is a row of formulas, and whoever takes a step reads the row.

θ is a parameter, g its gradient; `next m` is the number that m has after the step, so m is the one before it. What a
rule remembers of each parameter is 0 before the first step. A row is written in the order in which PyTorch computes;
`hats` are what books name besides, and `book` is what they print, where that is another form.

Sources: Sutskever et al. (2013) for momentum; Kingma and Ba (2015), algorithm 1; Tieleman and Hinton (2012), lecture
6.5; Duchi, Hazan, Singer (2011).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .expression import Call, Formula, Name, fold, free_names, substitute
from .operation import NAMESPACE, ROW_PYTHON
from .parser import parse
from .printing import render

__all__ = ["GRADIENT", "NEXT", "OPTIMISERS", "PARAMETER", "STEPS", "Optimiser"]

PARAMETER, GRADIENT, STEPS, NEXT = "θ", "g", "t", "next "
EACH = (PARAMETER, GRADIENT)  # another number for every parameter, as what is remembered is
Numbers = Sequence[float]
Memory = tuple[Numbers, ...]


@dataclass(frozen=True)
class Optimiser:
    """The rule of one optimiser.

    settings  its numbers by name: the usual value, or None where one must be given
    memory    what it remembers of each parameter, and how that goes on; t counts the steps
    step      the new parameter, θ   book  formulas as a book writes them    hats  other names of books
    """

    name: str
    settings: Mapping[str, float | None]
    memory: Mapping[str, Formula]
    step: Formula
    hats: Mapping[str, Formula] = field(default_factory=dict)
    book: Mapping[str, Formula] = field(default_factory=dict)

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """What it remembers besides the number of steps."""
        return tuple(name for name in self.memory if name != STEPS)

    @cached_property
    def moved(self) -> Callable[..., tuple[Numbers, Memory]]:
        """(θ, g, memory, t, *settings) → the new θ and memory, lists of a number for each parameter; t from 1.

        >>> OPTIMISERS["momentum"].moved([1.0, 2.0], [0.5, 0.25], ([0.0, 4.0],), 1, 0.1, 0.5)
        ([0.95, 1.775], ([0.5, 2.25],))
        """
        return compiled(self, source(self, listed), NAMESPACE)

    @cached_property
    def moved_arrays(self) -> Callable[..., Any]:
        """The same of arrays of these numbers, by the same operations in the same order.

        >>> import numpy as np
        >>> new, memory = OPTIMISERS["momentum"].moved_arrays(np.array([1.0, 2.0]), np.array([0.5, 0.25]), (0.0,), 1, 0.1, 0.5)
        >>> new.tolist()
        [0.95, 1.975]
        """  # noqa: E501
        import numpy as np

        return compiled(self, source(self, whole), {**NAMESPACE, "sqrt": np.sqrt})


def optimiser(
    call: str, step: str, book: Mapping[str, str] = {}, hats: Mapping[str, str] = {}, **memory: str
) -> Optimiser:
    """Read one row."""
    name, _, settings = call.replace(" ", "").rstrip(")").partition("(")
    pairs = (word.partition("=") for word in settings.split(","))
    return Optimiser(
        name,
        {key: float(default) if default else None for key, _, default in pairs},
        {each: read(text) for each, text in memory.items()},
        read(step),
        {each: read(text) for each, text in hats.items()},
        {each: read(text) for each, text in book.items()},
    )


def read(text: str) -> Formula:
    """A formula in which `next m` is a name."""
    formula = parse(re.sub(rf"{NEXT}(\S+?)\b", r"next_\1", text))
    new = (each.name for each in free_names(formula) if each.name.startswith("next_"))
    return substitute(formula, {name: Name(NEXT + name.removeprefix("next_")) for name in new})


# fmt: off
ROWS = [
    optimiser("sgd(rate)",
        "θ - rate*g"),
    optimiser("momentum(rate, momentum)",
        "θ - rate*next velocity",
        velocity="momentum*velocity + g"),
    optimiser("nesterov(rate, momentum)",
        "θ - rate*(g + momentum*next velocity)",
        velocity="momentum*velocity + g"),
    optimiser("adam(rate, beta1=0.9, beta2=0.999, epsilon=1e-8)",
        "θ - rate/(1 - beta1^next t)*next m/(sqrt(next v)/sqrt(1 - beta2^next t) + epsilon)",
        book={"θ": "θ - rate*next m̂/(sqrt(next v̂) + epsilon)",
              "m": "beta1*m + (1 - beta1)*g"},
        hats={"m̂": "next m/(1 - beta1^next t)", "v̂": "next v/(1 - beta2^next t)"},
        t="t + 1", m="m + (1 - beta1)*(g - m)", v="beta2*v + (1 - beta2)*g*g"),
    optimiser("rmsprop(rate, decay=0.99, epsilon=1e-8)",
        "θ - rate*g/(sqrt(next v) + epsilon)",
        v="decay*v + (1 - decay)*g*g"),
    optimiser("adagrad(rate, epsilon=1e-10)",
        "θ - rate*g/(sqrt(next v) + epsilon)",
        v="v + g*g"),
]
# fmt: on
OPTIMISERS: Mapping[str, Optimiser] = {each.name: each for each in ROWS}


# ── as Python ──────────────────────────────────────────────────────────────────────────────


def compiled(rule: Optimiser, text: str, names: Mapping[str, Any]) -> Callable[..., Any]:
    local: dict[str, Any] = {}
    exec(compile(text, f"<microgrid {rule.name}>", "exec"), dict(names), local)
    return local["moved"]  # type: ignore[no-any-return]


def source(rule: Optimiser, over: Callable[[Formula, Sequence[str]], str]) -> str:
    """The rule over lists or arrays: what is the same for every parameter is computed once, before them."""
    local = {NEXT + name: Name(f"next_{name}") for name in rule.memory} | {NEXT + STEPS: Name(STEPS)}
    formulas = {f"next_{name}": rule.memory[name] for name in rule.lists} | {"new": rule.step}
    formulas = {name: substitute(formula, local) for name, formula in formulas.items()}
    each = {*EACH, *rule.lists, *(f"next_{name}" for name in rule.lists)}
    before, lines = list[str](), list[str]()
    for name, formula in formulas.items():
        inside = hoisted(formula, each, before)
        lines.append(f"{name}s = {over(inside, [word.name for word in free_names(inside) if word.name in each])}")
    after = "".join(f"next_{name}s, " for name in rule.lists)
    memory = "".join(f"{name}s, " for name in rule.lists)
    body = [f"{memory}= memory"] * bool(memory) + before + lines + [f"return news, ({after})"]
    arguments = ", ".join((f"{PARAMETER}s", f"{GRADIENT}s", "memory", STEPS, *rule.settings))
    return f"def moved({arguments}):\n" + "".join(f"    {line}\n" for line in body)


def listed(formula: Formula, used: Sequence[str]) -> str:
    """A list of what the formula gives for each parameter."""
    lists, names = ", ".join(f"{word}s" for word in used), ", ".join(used)
    return f"[{render(formula, ROW_PYTHON)} for {names} in {f'zip({lists})' if len(used) > 1 else lists}]"


def whole(formula: Formula, used: Sequence[str]) -> str:
    """The formula over arrays, which do it for each parameter."""
    return render(substitute(formula, {word: Name(f"{word}s") for word in used}), ROW_PYTHON)


def hoisted(formula: Formula, each: set[str], before: list[str]) -> Formula:
    """The formula with names for its parts that no parameter changes; their lines come before."""

    def visit(node: Formula, arguments: list[tuple[Formula, bool]]) -> tuple[Formula, bool]:
        if not isinstance(node, Call):
            return node, isinstance(node, Name) and node.name in each
        if any(changes for _, changes in arguments):
            return Call(node.function, tuple(named(part, changes, before) for part, changes in arguments)), True
        return Call(node.function, tuple(part for part, _ in arguments)), False

    return fold(formula, visit)[0]  # type: ignore[no-any-return]


def named(part: Formula, changes: bool, before: list[str]) -> Formula:
    """A part as it stands in the loop: by a name, where it is more than one and the same every time."""
    if changes or not isinstance(part, Call):
        return part
    before.append(f"c{len(before)} = {render(part, ROW_PYTHON)}")
    return Name(f"c{len(before) - 1}")
