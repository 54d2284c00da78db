"""Units as instructions of the machine, over the rows of one space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from microgrid.formula import OPS

from .kernels import ADDS, WRITES, kernel
from .machine import (
    DOT,
    DOT_BACK,
    EXTREME,
    EXTREME_BACK,
    GATHER,
    MAP,
    MAP_BACK,
    SCATTER,
    SHARES_BACK,
    SOFT,
    SOFT_BACK,
    SPREAD,
    SPREAD_BACK,
    SUM,
    ZERO,
)
from .space import Space, Stores, in_a_row
from .units import Unit

__all__ = ["Assembler"]

ADD, MUL = OPS["add"], OPS["mul"]


class Assembler:
    """The instructions over one space: that of the samples, or that of what none of them changes.

    stores  all that the tape works on     space  that part of it     work  what is done
    held  the nodes whose rows stay, as somebody reads them after the way there
    """

    def __init__(self, stores: Stores, space: Space, work: Sequence[Unit]) -> None:
        self.stores, self.space, self.work = stores, space, work
        self.recycles = space is stores.rows and not stores.packed
        self.front: list[int] = []
        self.back: list[int] = []
        self.same: dict[int, int] = {}  # by node that spreads one, the node it is
        self.spread: dict[int, None] = {}  # free nodes that have a row, too
        self.rows_of: dict[int, tuple[list[int], int, list[int]]] = {}  # by unit: of arguments, of the result, kept
        record = stores.plan.record
        self.held = {record.root, *record.outputs, *record.inputs}
        self.held.update(*(unit.kept_values(stores.active) for unit in work))
        self.readers = Counter(node for unit in work for node in unit.terms)

    def emit(self, code: list[int], what: int, *parts: int) -> None:
        code += (what, len(parts) + 2, *parts)

    # ── rows ──

    def key(self, node: int) -> int:
        """The node itself, or the one that it spreads over the samples."""
        return self.same.get(node, node)

    def row(self, node: int) -> int:
        """Where the number of a node stands."""
        node = self.key(node)
        if node not in self.space.values:
            self.spread[node] = None
            self.space.values[node] = self.space.reserve()
        return self.space.values[node]

    def target(self, node: int) -> tuple[int, int]:
        """Where a gradient is left, and whether it is the first; -1 where nobody wants it."""
        return self.space.target(self.key(node)) if self.stores.active[node] else (-1, 0)

    def side_by_side(self, nodes: Sequence[int], slot: int, stays: bool) -> int:
        """The first of rows one behind the other that hold the numbers of some nodes: copies, where they do not.

        stays  whether the way back reads them, too
        """
        rows = list(map(self.row, nodes))
        if in_a_row(rows):
            return rows[0]
        to = self.space.allocate(len(rows)) if stays else self.space.scratch(slot, len(rows))
        self.emit(self.front, GATHER, len(rows), to, *rows)
        return to

    def result(self, nodes: Sequence[int]) -> int:
        """Rows for what is computed, and where that is several, for their gradients."""
        first = self.space.allocate(len(nodes))
        self.space.values.update((node, first + k) for k, node in enumerate(nodes) if node >= 0)
        if len(nodes) > 1:
            grads = self.space.allocate(len(nodes))
            self.space.grads.update((node, grads + k) for k, node in enumerate(nodes) if node >= 0)
        return first

    # ── there ──

    def forward(self) -> None:
        write = {"map": self.map, "dense": self.dense, "sum": self.sum, "affine": self.affine, "spread": self.spreading}
        write |= {"logsumexp": self.soft, "softmax": self.soft, "amax": self.extreme, "amin": self.extreme}
        for u, unit in enumerate(self.work):
            write[unit.kind](u, unit)
            if self.recycles:
                self.release(unit)
        places = [place for node in self.spread for place in (self.stores.free.values[node], self.space.values[node])]
        if places:
            self.front[:0] = [SPREAD, 3 + len(places), len(places) // 2, *places]

    def release(self, unit: Unit) -> None:
        """Rows that no later unit reads are free again; those of what is spread stay."""
        for node in unit.terms:
            self.readers[node] -= 1
            is_own = node in self.space.values and node not in self.spread
            if not self.readers[node] and is_own and node not in self.held:
                self.space.release(self.space.values[node])

    def map(self, u: int, unit: Unit) -> None:
        if unit.op is ADD and not any(in_a_row(list(map(self.row, nodes))) for nodes in unit.operands):
            self.add(u, unit)
            return
        row, n = kernel(unit.op), len(unit.nodes)
        read = {slot for slots in row.reads.values() for slot in slots}
        arguments = [self.side_by_side(nodes, slot, slot in read) for slot, nodes in enumerate(unit.operands)]
        out = self.result(unit.nodes)
        kept = [self.space.allocate(n) for _ in row.kept]
        self.rows_of[u] = arguments, out, kept
        at = [*arguments, out, *kept]
        self.emit(self.front, MAP, *self.stores.kernel(row), n, *at)

    def add(self, u: int, unit: Unit) -> None:
        """Sums of two that stand anywhere: the first ones are copied, the others added, and nothing is gathered."""
        n, (first, second) = len(unit.nodes), (list(map(self.row, nodes)) for nodes in unit.operands)
        out = self.result(unit.nodes)
        self.rows_of[u] = [out, out], out, []
        self.emit(self.front, GATHER, n, out, *first)
        self.emit(self.front, SCATTER, n, 0, *(row for k in range(n) for row in (second[k], out + k)))

    def dense(self, u: int, unit: Unit) -> None:
        values = self.stores.free.values
        x, n = list(map(self.row, unit.terms)), len(unit.terms)
        w = [values[node] for node in unit.weights[:n]]
        bias = values[unit.weights[n]] if unit.weights[n:] else -1
        self.rows_of[u] = x, self.result(unit.nodes), []
        self.emit(self.front, DOT, n, self.rows_of[u][1], bias, *x, *w)

    def affine(self, u: int, unit: Unit) -> None:
        """The products, in rows to work in, and their sum."""
        *pairs, bias = map(self.row, unit.terms)
        half, row = len(pairs) // 2, kernel(MUL)
        scratch = self.space.scratch(0, half)
        for k in range(half):
            self.emit(self.front, MAP, *self.stores.kernel(row), 1, pairs[k], pairs[half + k], scratch + k)
        out = self.result(unit.nodes)
        self.rows_of[u] = pairs, out, []
        self.emit(self.front, SUM, half + 1, out, bias, *range(scratch, scratch + half))

    def sum(self, u: int, unit: Unit) -> None:
        terms = list(map(self.row, unit.terms))
        self.emit(self.front, SUM, len(terms), self.result(unit.nodes), *terms)

    def spreading(self, u: int, unit: Unit) -> None:
        """Nothing is done: who reads it reads the row of what it spreads."""
        self.same[unit.nodes[0]] = unit.terms[0]

    def soft(self, u: int, unit: Unit) -> None:
        """A logsumexp keeps its shares; those of a softmax are its results."""
        terms, n = list(map(self.row, unit.terms)), len(unit.terms)
        shares = self.space.reserve(n + 2)
        if unit.kind == "softmax":
            out = -1
            self.space.values.update((node, shares + k) for k, node in enumerate(unit.nodes) if node >= 0)
            self.held.update(unit.nodes)
        else:
            out = self.result(unit.nodes)
        self.rows_of[u] = terms, shares, []
        self.emit(self.front, SOFT, n, out, shares, *terms)

    def extreme(self, u: int, unit: Unit) -> None:
        terms, sign = list(map(self.row, unit.terms)), 1 if unit.kind == "amax" else -1
        self.rows_of[u] = terms, self.result(unit.nodes), []
        self.emit(self.front, EXTREME, len(terms), self.rows_of[u][1], sign, *terms)

    # ── and back ──

    def backward(self) -> None:
        write = {"map": self.map_back, "dense": self.dense_back, "sum": self.sum_back, "affine": self.affine_back}
        write |= {"logsumexp": self.soft_back, "softmax": self.shares_back, "spread": self.nothing_back}
        write |= {"amax": self.extreme_back, "amin": self.extreme_back}
        for u in range(len(self.work) - 1, -1, -1):
            unit = self.work[u]
            if any(self.stores.active[node] and node in self.space.touched for node in unit.nodes if node >= 0):
                write[unit.kind](u, unit)
            if self.recycles:
                self.release_back(u, unit)
        grads = self.stores.free.grads
        pairs = [(grads[node], self.space.grads[node]) for node in self.spread if node in self.space.touched]
        if pairs:
            self.emit(self.back, SPREAD_BACK, len(pairs), *(part for pair in pairs for part in pair))

    def release_back(self, u: int, unit: Unit) -> None:
        """What a unit has kept, and its gradient: on the way back nobody reads them after it."""
        rows = [*self.rows_of[u][2]] if u in self.rows_of else []
        if len(unit.nodes) == 1 and unit.kind != "spread":
            node = unit.nodes[0]
            rows += [self.space.values[node]] if node in self.held else []
            rows += [self.space.grads[node]] if node in self.space.grads else []
        for row in rows:
            self.space.release(row)

    def map_back(self, u: int, unit: Unit) -> None:
        """partial · gradient for each argument; where several rows meet one gradient, by way of rows to work in."""
        row, n, g = kernel(unit.op), len(unit.nodes), self.gradient(unit.nodes)
        arguments, out, kept = self.rows_of[u]
        places, flags, moves = [g] * row.inputs, 0, []
        live = unit.live(self.stores.active)
        for k in live:
            if k in row.ones:
                continue
            targets = list(map(self.target, unit.operands[k]))
            direct = n == 1 or self.is_direct(unit, k, targets)
            places[k] = targets[0][0] if direct else self.space.scratch(k, n)
            flags |= (ADDS if direct and not targets[0][1] else WRITES) << 2 * k
            moves += [] if direct else [(places[k], targets)]
        if flags:
            at = [*arguments, out, *kept, g, *places]
            self.emit(self.back, MAP_BACK, *self.stores.kernel(row), n, flags, *at)
        for source, targets in moves:
            self.scatter(range(source, source + n), targets)
        self.pass_on(unit.nodes, [node for k in live if k in row.ones for node in unit.operands[k]])

    def pass_on(self, nodes: Sequence[int], terms: Sequence[int]) -> None:
        """The gradient of some nodes to what they are sums of; a row that nobody else needs is handed on uncopied."""
        if not terms:
            return
        g, n, last = self.space.grads[nodes[0]], len(nodes), self.key(terms[-1])
        unmet = last not in self.space.grads and self.stores.active[terms[-1]]
        handed = self.recycles and unmet and terms.count(terms[-1]) == 1
        copied = terms[:-1] if handed else terms
        sources = [g + k % n for k in range(len(copied))]
        if copied:
            self.scatter(sources, list(map(self.target, copied)))
        if handed:
            self.space.touched.add(last)
            self.space.grads[last] = self.space.grads.pop(nodes[0])

    def is_direct(self, unit: Unit, k: int, targets: Sequence[tuple[int, int]]) -> bool:
        """Whether an argument's gradients are rows one behind the other, all written or all added, and no other's."""
        others = {node for slot, nodes in enumerate(unit.operands) if slot != k for node in nodes}
        alike = len({first for _, first in targets}) == 1 and in_a_row([to for to, _ in targets])
        return alike and others.isdisjoint(unit.operands[k])

    def gradient(self, nodes: Sequence[int]) -> int:
        """The first row of their gradients; those that got nothing are 0."""
        missing = [self.space.grads[node] for node in nodes if node not in self.space.touched]
        if missing:
            self.emit(self.back, ZERO, len(missing), *missing)
        return self.space.grads[nodes[0]]

    def scatter(self, sources: Sequence[int], targets: Sequence[tuple[int, int]]) -> None:
        """Contributions to where they belong: those that are the first in one go, then the others."""
        moves = [(source, *target) for source, target in zip(sources, targets) if target[0] >= 0]
        moves.sort(key=lambda move: -move[2])
        firsts = sum(first for _, _, first in moves)
        parts = (part for source, to, _ in moves for part in (source, to))
        self.emit(self.back, SCATTER, len(moves) - firsts, firsts, *parts)

    def sum_back(self, u: int, unit: Unit) -> None:
        self.pass_on(unit.nodes, unit.terms)

    def affine_back(self, u: int, unit: Unit) -> None:
        pairs, out, _ = self.rows_of[u]
        half, row, g = len(pairs) // 2, kernel(MUL), self.space.grads[unit.nodes[0]]
        for k in range(half):
            (by_w, first), (by_x, second) = self.target(unit.terms[k]), self.target(unit.terms[half + k])
            flags = (by_w >= 0) * (WRITES if first else ADDS) | (by_x >= 0) * (WRITES if second else ADDS) << 2
            at = pairs[k], pairs[half + k], out, g, by_w, by_x
            self.emit(self.back, MAP_BACK, *self.stores.kernel(row), 1, flags, *at)
        self.pass_on(unit.nodes, unit.terms[-1:])

    def nothing_back(self, u: int, unit: Unit) -> None:
        """What reads the node has left its gradient with what it spreads."""

    def dense_back(self, u: int, unit: Unit) -> None:
        active, grads, n = self.stores.active, self.stores.free.grads, len(unit.terms)
        d_w = [grads[node] if active[node] else -1 for node in unit.weights]
        w = [self.stores.free.values[node] for node in unit.weights[:n]]
        d_x = [part for node in unit.terms for part in self.target(node)]
        bias = d_w[n] if d_w[n:] else -1
        g = self.space.grads[unit.nodes[0]]
        self.emit(self.back, DOT_BACK, n, g, bias, *self.rows_of[u][0], *w, *d_w[:n], *d_x)

    def soft_back(self, u: int, unit: Unit) -> None:
        self.spread_back(SOFT_BACK, unit, self.rows_of[u][1], self.space.grads[unit.nodes[0]])

    def shares_back(self, u: int, unit: Unit) -> None:
        g = [self.space.grads[node] if node in self.space.touched else -1 for node in unit.nodes]
        self.spread_back(SHARES_BACK, unit, self.rows_of[u][1], *g)

    def extreme_back(self, u: int, unit: Unit) -> None:
        terms, out, _ = self.rows_of[u]
        self.spread_back(EXTREME_BACK, unit, out, self.space.grads[unit.nodes[0]], *terms)

    def spread_back(self, what: int, unit: Unit, *parts: int) -> None:
        """An instruction that leaves something for each term."""
        targets = [part for node in unit.terms for part in self.target(node)]
        self.emit(self.back, what, len(unit.terms), *parts, *targets)
