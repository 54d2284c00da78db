"""Lines of NumPy: names for rows, arrays for a moment, formulas as one call after the other.

Every line writes where its result belongs; every array is made once, for B samples, and has a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from microgrid.formula import Formula, Name, Number, fold
from microgrid.program.lowering.layout import Read, Rows
from microgrid.program.rules import UFUNCS

__all__ = ["STORES", "NumPyWriter"]

FEW_RUNS = 3  # copies that take no longer than one gathering

STORES = {"V": "values", "F": "free", "D": "grads", "E": "free_grads"}


class NumPyWriter:
    """What is being written.

    exact    whether what is nan for the scalar engine is nan here
    arrays   lines that make arrays and views of them, once for one number of samples
    lines    lines of the function that is being written
    indices  by name, the rows that are gathered
    names    what rows are called, where a name is known
    """

    def __init__(self, exact: bool = False) -> None:
        self.exact = exact
        self.arrays: list[str] = []
        self.lines: list[str] = []
        self.indices: dict[str, tuple[int, ...]] = {}
        self.names: dict[Rows, str] = {}
        self._made: dict[str, str] = {}
        self._idle: dict[tuple[int, bool], list[str]] = {}
        self._counts: dict[str, int] = {}

    # ── names ──

    def fresh(self, stem: str) -> str:
        self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}{self._counts[stem]}"

    def view(self, name: str, text: str) -> str:
        """A name for a part of an array, or another shape of it."""
        while self._made.get(name, text) != text:  # the same rows in another shape
            name += "_"
        if name not in self._made:
            self._made[name] = text
            self.arrays.append(f"{name} = {text}")
        return name

    def array(self, name: str, rows: int, batched: bool) -> str:
        return self.view(name, f"np.empty({f'({rows}, B)' if batched else rows}, dtype)")

    def index(self, rows: Sequence[int]) -> str:
        """Rows as they stand between brackets: a slice where they are neighbours."""
        found = Rows("", tuple(rows))
        return f"{found.start}:{found.stop}" if found.contiguous else self.listed(rows)

    def listed(self, rows: Sequence[int]) -> str:
        name = self.fresh("i")
        self.indices[name] = tuple(rows)
        return name

    # ── arrays for a moment ──

    def borrow(self, rows: int, batched: bool) -> str:
        idle = self._idle.setdefault((rows, batched), [])
        return idle.pop() if idle else self.array(self.fresh("t"), rows, batched)

    def give_back(self, names: Iterable[str], rows: int, batched: bool) -> None:
        self._idle.setdefault((rows, batched), []).extend(names)

    # ── rows ──

    def rows(self, rows: Rows, as_column: bool = False) -> str:
        """Rows at regular distances, by name; one for many stands alone; free ones meet samples as a column."""
        rows = Rows(rows.store, rows.index[:1]) if rows.step == 0 else rows
        store, step = STORES[rows.store], rows.step or 1
        end = "" if step == 1 else f"_by_{step}".replace("-", "minus_")
        name = self.names.get(rows) or f"{store}_{rows.start}" + (f"_{rows.stop}{end}" if len(rows) > 1 else "")
        stop = rows.index[-1] + (1 if step > 0 else -1)
        part = f"{rows.start}:{stop if stop >= 0 else ''}" + ("" if step == 1 else f":{step}")
        if as_column and rows.store in "FE":
            return self.view(f"{name}_column", f"{store}[{part}, None]")
        return self.view(name, f"{store}[{part}]")

    def gather(self, rows: Rows, target: str) -> None:
        """Rows from all over a store, side by side: a few runs are copied, more are taken."""
        runs = runs_of(rows)
        if len(runs) > FEW_RUNS:
            self.lines.append(f"np.take({STORES[rows.store]}, {self.listed(rows.index)}, 0, {target}, 'clip')")
            return
        first = 0
        for run in runs:
            where = "..." if len(run) == len(rows) else f"{first}:{first + len(run)}"
            self.lines.append(f"{target}[{where}] = {self.rows(run)}")
            first += len(run)

    def read(self, read: Read, batched: bool) -> str:
        """An argument as it can stand in a call of a map; NumPy repeats one row as often as there are others."""
        if not isinstance(read, Rows):
            return repr(float(read))
        if read.step is not None:
            return self.rows(read, batched)
        name = self.whole(read)
        return self.view(f"{name}_column", f"{name}[:, None]") if batched and read.store == "F" else name

    def whole(self, rows: Rows) -> str:
        """Rows as one array of as many; they are gathered, in a line before, if they do not stand together."""
        if rows.contiguous:
            return self.rows(rows)
        name = self.array(self.fresh("r"), len(rows), rows.store == "V")
        self.gather(rows, name)
        return name

    # ── formulas ──

    def work_out(
        self, formula: Formula, names: Mapping[str, str], target: str, rows: int, batched: bool, is_value: bool = False
    ) -> None:
        """Lines that work out a formula, call by call; the last writes to the target.

        names     what each name in the formula stands for
        is_value  whether it is the value of an operation, in which a nan has to stay
        """
        borrowed: list[str] = []

        def visit(node: Formula, arguments: list[Any]) -> str:
            if isinstance(node, Number):
                return repr(node.value)
            if isinstance(node, Name):
                return names[node.name]
            done = [each for each in dict.fromkeys(arguments) if each in borrowed]
            into = target if node is formula else done[0] if done else self.borrow(rows, batched)
            self.call(node.function, arguments, into, rows, batched, self.exact or (is_value and node is formula))
            for each in done:
                borrowed.remove(each)
            self.give_back((each for each in done if each != into), rows, batched)
            borrowed.extend([into] if into != target else [])
            return into

        result = fold(formula, visit)
        if result != target:
            self.lines.append(f"{target}[...] = {result}")

    def call(
        self, function: str, arguments: Sequence[str], into: str, rows: int, batched: bool, keeps_nan: bool
    ) -> None:
        """One call, as a line."""
        inside = ", ".join(arguments)
        if function == "step" and keeps_nan:
            self.lines.append(f"np.heaviside({inside}, 0.0, out={into})")
        elif function == "step":  # a comparison into booleans, then a copy, is the fastest way to 0.0 and 1.0
            mask = f"mask{rows}{'' if batched else '_free'}"
            self.view(mask, f"np.empty({f'({rows}, B)' if batched else rows}, bool)")
            self.lines += [f"np.greater({inside}, 0.0, out={mask})", f"{into}[...] = {mask}"]
        elif function == "neg":  # np.negative of NumPy 2.4 takes neighbours for rows that stand 64 bytes apart
            self.lines.append(f"np.multiply({inside}, -1.0, out={into})")
        elif function in UFUNCS:
            self.lines.append(f"np.{UFUNCS[function]}({inside}, out={into})")
        else:
            self.lines.append(f"{into}[...] = {function}({inside})")


def runs_of(rows: Rows) -> list[Rows]:
    """The rows cut where the next is no neighbour."""
    index = rows.index
    cuts = [k for k in range(1, len(index)) if index[k] != index[k - 1] + 1]
    return [Rows(rows.store, index[a:b]) for a, b in zip([0, *cuts], [*cuts, len(index)])]
