"""A record as plain Python on floats: the fastest way through one sample of a small graph.

    def value_and_grad(X, P):    every operation is an assignment, there and back
        v0, = X
        v1, v2, = P
        v3 = v1 * v0
        ...
        return v9, (g1, g2,), (v8,)

The numbers are those of the scalar graph, to the bit: the rows are its own, in its order. An array call takes as long
as seven operations on floats, so this pays up to some dozen operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.formula import Formula, Name, Number, substitute
from microgrid.formula.operation import NAMESPACE, python
from microgrid.program.lowering.record import Record
from microgrid.program.lowering.sums import WHOLE
from microgrid.program.rules import ONE, ZERO, rule, sharing

from .runner import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FloatCode"]


class FloatCode:
    """The source of a record: `value`, the way forward alone, and `value_and_grad`."""

    def __init__(self, record: Record, active: Sequence[bool]) -> None:
        self.record, self.active = record, active
        self.inner = [i for i, op in enumerate(record.ops) if op is not None]
        self.calls: dict[str, Any] = {}
        self.slopes: dict[int, tuple[str, ...]] = {}  # by node, its local derivatives as text; "" for none
        forward = list(self.forward())
        root, gradients = f"v{record.root}", list(self.backward())
        ends = listed("g", record.params), listed("v", record.outputs)
        both = [*forward, *gradients, f"return {root}, {', '.join(ends)}"]
        self.source = "\n".join(["def value(X, P):", *indented([*forward, f"return {root}"]), "",
                                 "def value_and_grad(X, P):", *indented(both), ""])  # fmt: skip
        space = {**NAMESPACE, "inf": math.inf, "nan": math.nan, **self.calls}
        exec(compile(self.source, "<microgrid program on floats>", "exec"), space)
        self.value: Callable[..., float] = space["value"]
        self.value_and_grad: Callable[..., tuple[float, tuple[float, ...], tuple[float, ...]]] = space["value_and_grad"]

    def run(self, X: NDArray[Any], P: NDArray[Any]) -> Run | None:
        """There and back, one sample after the other.

        None for inputs that are inf or nan, where `math` raises, and for gradients of nan: arrays are more careful.
        """
        found = self.each(self.value_and_grad, X, P)
        if found is None or any(math.isnan(sum(gradient)) for _, gradient, _ in found):
            return None
        values, gradients, outputs = zip(*found)
        gradient = gradients[0] if len(found) == 1 else [sum(each) for each in zip(*gradients)]
        outs = np.array(outputs) if self.record.outputs else None
        return Run(np.array(values), np.array(gradient), None, outs)

    def values(self, X: NDArray[Any], P: NDArray[Any]) -> NDArray[Any] | None:
        """The value of each sample, in the same way."""
        found = self.each(self.value, X, P)
        return None if found is None else np.array(found)

    def each(self, function: Callable[..., Any], X: NDArray[Any], P: NDArray[Any]) -> list[Any] | None:
        """What a function gives for each sample."""
        rows, theta = X.tolist(), P.tolist()
        try:
            found = [function(x, theta) for x in rows if math.isfinite(sum(x))]
        except (ArithmeticError, ValueError):
            return None
        return found if len(found) == len(rows) else None

    # ── there ──

    def forward(self) -> Iterator[str]:
        record = self.record
        yield unpacked("X", [f"v{i}" for i in record.inputs])
        yield unpacked("P", [f"v{i}" for i in record.params])
        self.calls |= {f"v{i}": number for i, number in record.numbers.items()}
        for i in self.inner:
            yield from self.whole(i) if record.ops[i].name in WHOLE else self.mapped(i)  # type: ignore[union-attr]

    def mapped(self, i: int) -> Iterator[str]:
        """One row of the table, written out over its parents."""
        parents, op = self.record.parents[i], self.record.ops[i]
        row = rule(op, len(parents), exact=True)
        wanted = tuple(k for k, each in enumerate(parents) if self.active[each] and row.partials[k] != ZERO)
        found = sharing(row, wanted)
        names: dict[str, Formula] = {name: Name(f"v{each}") for name, each in zip(row.inputs, parents)}
        names["out"] = Name(f"v{i}")
        for name, part in (*found.early, *found.late):
            yield f"{name}_{i} = {text(part, names)}"
            names[name] = Name(f"{name}_{i}")
        yield f"v{i} = {text(found.value, names)}"
        slopes = {k: substitute(partial, names) for k, partial in found.partials.items()}
        self.slopes[i] = tuple(times_grad(slopes[k], i) if k in slopes else "" for k in range(len(parents)))

    def whole(self, i: int) -> Iterator[str]:
        """An operation of any number of inputs, as the engine computes it."""
        op, parents = self.record.ops[i], self.record.parents[i]
        self.calls[f"op{i}"] = op.forward  # type: ignore[union-attr]
        yield f"v{i}, s{i} = op{i}({', '.join(f'v{each}' for each in parents)})"
        self.slopes[i] = tuple(f"s{i}[{k}] * g{i}" if self.active[each] else "" for k, each in enumerate(parents))

    # ── and back ──

    def backward(self) -> Iterator[str]:
        """Each gradient as one sum, its terms in the order of the engine's."""
        left: dict[int, list[str]] = {self.record.root: ["1.0"]}
        for i in (*reversed(self.inner), *self.record.params):
            if i not in left:
                if i in self.record.trained:
                    yield f"g{i} = 0.0"
                continue
            yield f"g{i} = {' + '.join(left[i])}"
            for parent, slope in zip(self.record.parents[i], self.slopes.get(i, ())):
                if slope:
                    left.setdefault(parent, []).append(slope)


def listed(letter: str, places: Sequence[int]) -> str:
    """A tuple of the names of some nodes."""
    return f"({''.join(f'{letter}{i}, ' for i in places).rstrip()})"


def unpacked(name: str, parts: Sequence[str]) -> str:
    return f"{', '.join(parts)}, = {name}" if parts else f"del {name}"


def text(formula: Formula, names: Mapping[str, Formula]) -> str:
    return python(substitute(formula, names))


def times_grad(partial: Formula, i: int) -> str:
    if partial == ONE:
        return f"g{i}"
    return f"-g{i}" if partial == Number(-1.0) else f"({text(partial, {})}) * g{i}"


def indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]
