"""A plan as NumPy source: a short program that a person can read, over arrays that are made once.

    def forward(X, P):         samples and parameters in, values out
    def backward(w):           a weight for each sample in, the gradient out
    values = np.zeros((…, B))  arrays for B samples, and names for their parts

Each group is a line or a few there, and a line or a few back, under its number in the plan. What is `kept` there
is used again on the way back, `late` is worked out there. 'clip' lets `np.take` write straight to its target: no
index is out of range. The names are global, in a module that exists once for each number of samples: thousands
of them would make a closure slow to compile.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Any

import numpy as np

from microgrid.formula import Call, Formula, Name, Number
from microgrid.program.lowering.layout import Rows, Step
from microgrid.program.lowering.plan import Plan
from microgrid.program.lowering.wayback import Back, Pull, Push
from microgrid.program.rules import ONE, Shared, rule, sharing, times

from .numpy_writer import STORES, NumPyWriter

__all__ = ["NumPyCode"]

GRAD = Name("grad")
MOST_SHOWN = 20  # rows of an index
TOGETHER = 4  # rows whose many contributions are added up in one call


class NumPyCode(NumPyWriter):
    """The source of a plan, and the indices that it mentions by name."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan.exact)
        self.plan = plan
        self.shared: dict[Rows, Shared] = {}  # by group, its formulas, whose repeated parts have names
        self.operands: dict[Rows, dict[str, str]] = {}  # by group, what the names in its formulas stand for
        self.wanted = {back.step.out: tuple(each.slot for each in back.pushes if each.own) for back in plan.back.backs}
        for step in plan.steps:
            word = step.group.word
            self.names[step.out] = self.fresh(f"{word}_" if word[-1].isdigit() else word)
        forward, backward = self.forward(), self.backward()
        self.source = "\n".join([*self.given(), "", *forward, "", *backward, "", *self.stores(), ""])

    def given(self) -> Iterator[str]:
        """What the text does not make itself, as remarks."""
        yield "# given: np, the dtype, B samples, the numbers of the constants"
        for name, rows in self.indices.items():
            yield f"# {name}: {' '.join(map(str, rows[:MOST_SHOWN]))}{' …' * (len(rows) > MOST_SHOWN)}"

    def stores(self) -> list[str]:
        """The arrays that everything else is a part of."""
        layout, record = self.plan.layout, self.plan.record
        sizes = {**layout.sizes, **self.plan.back.sizes}
        lines = [f"{name} = np.zeros({f'({sizes[key]}, B)' if key in 'VD' else sizes[key]}, dtype)"
                 for key, name in STORES.items()]  # fmt: skip
        lines += [f"{STORES[each.store]}[{each.start}:{each.stop}] = 1" for each in layout.ones]
        if record.constants:
            lines.append(f"free[{layout.constants.start}:{layout.constants.stop}] = constants")
        return [*lines, *self.arrays]

    def function(self, head: str, result: str) -> list[str]:
        lines, self.lines = self.lines, []
        return [f"def {head}:", *(f"    {line}" for line in [*lines, f"return {result}"])]

    # ── there ──

    def forward(self) -> list[str]:
        plan = self.plan
        for rows, places in plan.layout.inputs:
            self.names[rows] = self.fresh("x")
            self.lines.append(f"{self.rows(rows)}[...] = X[:, {self.index(places)}].T")
        if plan.record.params:
            theta = Rows("F", tuple(range(len(plan.record.params))))
            self.names[theta] = "theta"
            self.lines.append(f"{self.rows(theta)}[...] = P")
        for number, step in enumerate(plan.steps, 1):
            self.lines.append(f"# {number} {step.group.title}")
            FORWARD[step.group.kind](self, step)
        self.names.setdefault(plan.root, "root")
        return self.function("forward(X, P)", self.rows(plan.root))

    def map(self, step: Step) -> None:
        """The value formula of the row; what the way back needs again is kept."""
        group, out = step.group, step.out
        row = rule(group.op, len(group.operands), self.plan.exact)
        names = dict(zip(row.inputs, (self.read(each, group.batched) for each in step.reads)))
        found = self.shared[out] = sharing(row, self.wanted.get(out, ()))
        for name, part in found.early:
            kept = self.array(self.fresh("kept"), len(out), group.batched)
            self.work_out(part, names, kept, len(out), group.batched)
            names[name] = kept
        names["out"] = self.rows(out)
        self.work_out(found.value, names, self.rows(out), len(out), group.batched, is_value=True)
        self.operands[out] = names

    def dense(self, step: Step) -> None:
        """W X, the bias a column of W and a row of ones."""
        weights, as_it_stands = self.matrix(step), step.ones or not step.group.biased
        terms = self.block(step) if as_it_stands and step.terms.contiguous else self.stacked(step)
        self.operands[step.out] = {"W": weights, "X": terms}
        self.lines.append(f"np.dot({weights}, {terms}, out={self.reshaped(step.out, len(step.group.weights))})")

    def matrix(self, step: Step) -> str:
        """W as it stands among the parameters; or gathered."""
        rows, shape = step.weights, f"{len(step.group.weights)}, {len(step.group.weights[0])}"
        name = f"{self.names[step.out]}_w"
        if rows.contiguous:
            return self.view(name, f"free[{rows.start}:{rows.stop}].reshape({shape})")
        self.array(name, len(rows), False)
        self.gather(rows, name)
        return self.view(f"{name}_matrix", f"{name}.reshape({shape})")

    def block(self, step: Step) -> str:
        """The x of a layer as they stand, the rows of ones behind them."""
        rows, group = step.terms, step.group
        stop = rows.stop + group.columns * group.biased
        part = f"{STORES[rows.store]}[{rows.start}:{stop}]"
        return self.view(f"{self.names[step.out]}_x", f"{part}.reshape({len(group.weights[0])}, -1)")

    def stacked(self, step: Step) -> str:
        """The x of a layer gathered, on top of rows of ones."""
        rows, k, columns = step.terms, len(step.group.weights[0]), step.group.columns
        name = f"{self.names[step.out]}_x"
        self.view(name, f"np.ones({f'({k * columns}, B)' if step.group.batched else k * columns}, dtype)")
        self.gather(rows, self.view(f"{name}_rows", f"{name}[:{len(rows)}]"))
        return self.view(f"{name}_matrix", f"{name}.reshape({k}, -1)")

    def reshaped(self, rows: Rows, m: int) -> str:
        """Rows as a matrix of m rows, samples and columns side by side."""
        name = self.rows(rows)
        as_it_is = rows.store in "VD" and m == len(rows)
        return name if as_it_is else self.view(f"{name}_matrix", f"{name}.reshape({m}, -1)")

    def sum(self, step: Step) -> None:
        self.lines.append(f"np.add.reduce({self.terms(step)}, 0, out={self.flat(step.out)})")

    def terms(self, step: Step) -> str:
        """The terms of sums, each of them a row."""
        return self.table(self.whole(step.terms), len(step.group.operands))

    def table(self, name: str, terms: int) -> str:
        return self.view(f"{name}_terms", f"{name}.reshape({terms}, -1)")

    def flat(self, rows: Rows) -> str:
        """Rows one behind the other."""
        name = self.rows(rows)
        return self.view(f"{name}_flat", f"{name}.reshape(-1)") if rows.store in "VD" else name

    def logsumexp(self, step: Step) -> None:
        terms = self.terms(step)
        kept = self.array(self.fresh("kept"), len(step.terms), step.group.batched)
        shares = self.table(kept, len(step.group.operands))
        self.operands[step.out] = {"p": shares}
        self.lines.append(f"logsumexp({terms}, {shares}, {self.flat(step.out)})")

    def extreme(self, step: Step) -> None:
        terms, out = self.terms(step), self.flat(step.out)
        self.operands[step.out] = {"x": terms, "out": out}
        ufunc = {"amax": "maximum", "amin": "minimum"}[step.group.kind]
        self.lines.append(f"np.{ufunc}.reduce({terms}, 0, out={out})")

    def softmax(self, step: Step) -> None:
        results = self.table(self.rows(step.out), len(step.group.operands))
        self.operands[step.out] = {"p": results}
        self.lines.append(f"softmax({self.terms(step)}, {results})")

    def spread(self, step: Step) -> None:
        self.lines.append(f"{self.rows(step.out)}[...] = {self.read(step.reads[0], True)}")

    # ── and back ──

    def backward(self) -> list[str]:
        plan = self.plan
        self.names[plan.back.seed] = "seed"
        self.lines.append(f"{self.rows(plan.back.seed)}[...] = w")
        for back in plan.back.backs:
            self.names.setdefault(back.pull.rows, f"d_{self.names[back.step.out]}")
        number = {step.out: number for number, step in enumerate(plan.steps, 1)}
        for back in plan.back.backs:
            before = len(self.lines)
            self.pull(back.pull)
            for push in back.pushes:
                if push.own:
                    BACKWARD[back.step.group.kind](self, back, push)
            if len(self.lines) > before:  # else the gradient goes on as it is
                self.lines.insert(before, f"# {number[back.step.out]} {back.step.group.title}")
        results = []
        for name, pull in (("d_theta", plan.params), ("d_x", plan.inputs)):
            if pull:
                self.names.setdefault(pull.rows, name)
                self.pull(pull)
            results.append(self.rows(pull.rows) if pull else "None")
        return self.function("backward(w)", ", ".join(results))

    def pull(self, pull: Pull) -> None:
        """The gradient of some rows, in its place."""
        target = self.rows(pull.rows)
        if pull.zeros:
            self.lines.append(f"{target}[...] = 0")
        for k, (which, rows) in enumerate(pull.rounds):
            first = not k and not pull.stands
            where = f"{target}[{'...' if which is None else self.index(which)}]"
            if first and which is None and rows.step is None:
                self.gather(rows, target)
            else:
                self.lines.append(f"{where} {'=' if first else '+='} {self.contributions(rows)}")
        if pull.tails and pull.rows.store == "E":
            self.segments(target, pull)
        else:
            self.tails(target, pull)

    def tails(self, target: str, pull: Pull) -> None:
        """Everything else that is left for some rows: of those that get as much, in one call."""
        sign, alike = "+=" if pull.stands else "=", defaultdict[int, list[tuple[int, Rows]]](list)
        for i, rows in pull.tails:
            alike[len(rows)].append((i, rows))
        for count, several in alike.items():
            if len(several) < TOGETHER:
                self.lines += [f"{target}[{i}] {sign} {self.sum_of(rows)}" for i, rows in several]
                continue
            turns = self.listed([row for turn in zip(*(rows.index for _, rows in several)) for row in turn])
            stacked = f"{STORES[pull.rows.store]}.take({turns}, 0).reshape({count}, {len(several)}, -1)"
            self.lines.append(f"{target}[{self.index([i for i, _ in several])}] {sign} np.add.reduce({stacked}, 0)")

    def sum_of(self, rows: Rows) -> str:
        """Many contributions to one row, added up."""
        return (
            f"{len(rows)} * {self.rows(rows)}[0]" if rows.step == 0 else f"np.add.reduce({self.contributions(rows)}, 0)"
        )

    def contributions(self, rows: Rows) -> str:
        return self.rows(rows) if rows.step is not None else f"{STORES[rows.store]}.take({self.listed(rows.index)}, 0)"

    def segments(self, target: str, pull: Pull) -> None:
        """Everything that is left for some free rows, added up in one call."""
        ends = list(accumulate(len(rows) for _, rows in pull.tails))
        everything = self.listed([row for _, rows in pull.tails for row in rows.index])
        sums = f"np.add.reduceat(free_grads.take({everything}), {self.listed([0, *ends[:-1]])})"
        self.lines.append(f"{target}[{self.index([i for i, _ in pull.tails])}] {'+=' if pull.stands else '='} {sums}")

    def push_map(self, back: Back, push: Push) -> None:
        """partial × gradient; for a free argument of a batched group summed over the samples."""
        step, rows = back.step, len(back.step.out)
        group, names = step.group, self.operands[step.out]
        found = self.shared[step.out]
        for name, part in found.late:
            if name not in names:
                names[name] = self.array(self.fresh("late"), rows, group.batched)
                self.work_out(part, names, names[name], rows, group.batched)
        names["grad"] = self.rows(back.pull.rows)
        formula = found.partials[push.slot]
        if group.batched and push.rows.store == "E":
            self.push_summed(formula, names, rows, self.rows(push.rows))
        else:
            self.work_out(times_grad(formula), names, self.rows(push.rows), rows, group.batched)

    def push_summed(self, formula: Formula, names: Mapping[str, str], rows: int, target: str) -> None:
        """What samples contribute to free rows: summed over them, in one call where a partial is an array."""
        if isinstance(formula, Name) and names[formula.name].isidentifier():
            self.lines.append(f"np.einsum('nb,nb->n', {names[formula.name]}, {names['grad']}, out={target})")
            return
        product, source = times_grad(formula), names["grad"]
        if product != GRAD:
            source = self.borrow(rows, True)
            self.work_out(product, names, source, rows, True)
            self.give_back([source], rows, True)
        self.lines.append(f"{target}[...] = np.add.reduce({source}, 1)")

    def push_dense(self, back: Back, push: Push) -> None:
        """G Xᵀ for the weights, Wᵀ G for the x."""
        group, names = back.step.group, self.operands[back.step.out]
        m, x, grad = len(group.weights), len(group.operands), self.reshaped(back.pull.rows, len(group.weights))
        if push.slot == 0:
            out = self.view(f"{names['W']}_d", f"{self.rows(push.rows)}.reshape({m}, -1)")
            transposed = self.view(f"{names['X']}_t", f"{names['X']}.T")
            self.lines.append(f"np.dot({grad}, {transposed}, out={out})")
        else:
            transposed = self.view(f"{names['W']}_t", f"{names['W']}[:, :{x}].T")
            self.lines.append(f"np.dot({transposed}, {grad}, out={self.reshaped(push.rows, x)})")

    def push_logsumexp(self, back: Back, push: Push) -> None:
        shares, terms = self.operands[back.step.out]["p"], len(back.step.group.operands)
        out = self.table(self.rows(push.rows), terms)
        self.lines.append(f"np.multiply({shares}, {self.flat(back.pull.rows)}, out={out})")

    def push_extreme(self, back: Back, push: Push) -> None:
        names, out = self.operands[back.step.out], self.table(self.rows(push.rows), len(back.step.group.operands))
        self.lines.append(f"tied({names['x']}, {names['out']}, {self.flat(back.pull.rows)}, {out})")

    def push_softmax(self, back: Back, push: Push) -> None:
        results, terms = self.operands[back.step.out]["p"], len(back.step.group.operands)
        grad, out = self.table(self.rows(back.pull.rows), terms), self.table(self.rows(push.rows), terms)
        self.lines.append(f"softmax_slopes({results}, {grad}, {out})")

    def push_spread(self, back: Back, push: Push) -> None:
        self.lines.append(f"{self.rows(push.rows)}[...] = np.add.reduce({self.rows(back.pull.rows)}, 1)")


FORWARD: Mapping[str, Callable[[NumPyCode, Step], None]] = {
    "map": NumPyCode.map,
    "dense": NumPyCode.dense,
    "sum": NumPyCode.sum,
    "logsumexp": NumPyCode.logsumexp,
    "softmax": NumPyCode.softmax,
    "amax": NumPyCode.extreme,
    "amin": NumPyCode.extreme,
    "spread": NumPyCode.spread,
}
BACKWARD: Mapping[str, Callable[[NumPyCode, Back, Push], None]] = {
    "map": NumPyCode.push_map,
    "dense": NumPyCode.push_dense,
    "logsumexp": NumPyCode.push_logsumexp,
    "softmax": NumPyCode.push_softmax,
    "amax": NumPyCode.push_extreme,
    "amin": NumPyCode.push_extreme,
    "spread": NumPyCode.push_spread,
}


def times_grad(partial: Formula) -> Formula:
    """partial × gradient, without a needless call."""
    if partial == Number(-1.0):
        return Call("neg", (GRAD,))
    if isinstance(partial, Call) and partial.function == "/" and partial.arguments[0] == ONE:
        return Call("/", (GRAD, partial.arguments[1]))
    return times(partial, GRAD)


# ── what takes more than one call ──────────────────────────────────────────────────────────


def logsumexp(terms: Any, shares: Any, out: Any) -> None:
    """ln Σ exp over the first axis, and the share of each term, which is its local derivative."""
    top = np.maximum.reduce(terms, 0)
    total = exponentials(terms, top, shares)
    np.log(total, out=out)
    out += top
    shares /= total


def tied(terms: Any, top: Any, grad: Any, out: Any) -> None:
    """An equal share of the gradient for each term that is the top, 0 for the others; nan where the top is."""
    np.equal(terms, top, out=out)
    out *= grad / np.add.reduce(out, 0)


def softmax(terms: Any, results: Any) -> None:
    """exp / Σ exp over the first axis."""
    results /= exponentials(terms, np.maximum.reduce(terms, 0), results)


def exponentials(terms: Any, top: Any, out: Any) -> Any:
    """exp(term - top) of each, and their sum; of the top itself 1, also where it is infinite."""
    np.subtract(terms, top, out=out)
    np.exp(out, out=out)
    if not math.isfinite(np.dot(top, top)):  # then one of them may be infinite, and inf - inf is nan
        out[(terms == top) & np.isinf(top)] = 1.0
    return np.add.reduce(out, 0)


def softmax_slopes(results: Any, grad: Any, out: Any) -> None:
    """pᵢ (gᵢ - Σ pⱼ gⱼ): what a softmax passes on."""
    np.multiply(results, grad, out=out)
    np.subtract(grad, np.add.reduce(out, 0), out=out)
    out *= results
