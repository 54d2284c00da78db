"""Sums of products, found in a record: what will run as matrix products.

    z = w₁x₁ + w₂x₂ + … + b        the w and b leaves that no sample changes

is one row of a dense layer, whether it was recorded as one `affine` node or as products and a chain of
additions. Rows over the same x make a layer; the same w over other x make more columns of it. That one
rule finds layers, tied weights in time, convolutions, and the samples of a loss that was built one by one.

A sum without such a partner, of fewer than three terms, stays as it was recorded: nothing would be won.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from microgrid.errors import counted
from microgrid.formula import OPS, Op
from microgrid.formula.ops import ADDED, AFFINE

from .record import Record

__all__ = ["WHOLE", "Item", "Items", "itemised"]

ADD, MUL, IDENTITY = OPS["add"], OPS["mul"], OPS["identity"]
WHOLE = ("logsumexp", "softmax", "amax", "amin")  # operations of many terms that run as they are
FEWEST = 2  # products that are worth a matrix product of their own
FEW = 3  # such rows of the same length; more of them run faster side by side, as products and a sum


class Item(NamedTuple):
    """What computes one number.

    kind      "map" (a row of the table), "sum", "dense", one of `WHOLE`, or "spread" (over the samples)
    op        the row, of a map or a softmax
    operands  the nodes it reads; of a dense row the x
    weights   of a dense row the w, and behind them the bias if it has one
    """

    kind: str
    op: Op | None
    operands: tuple[int, ...]
    weights: tuple[int, ...] = ()


class Items:
    """The record as items, by node, in an order in which each comes after what it reads.

    Nodes that a longer sum swallowed have none; nodes that nobody recorded, such as the free part of a
    batched sum, are numbered on from the end of the record.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.of: dict[int, Item] = {}
        self.batched = list(record.batched)
        self.spread_of: dict[int, int] = {}  # by free node, the one that spreads it over the samples

    def __repr__(self) -> str:
        kinds = Counter(item.kind for item in self.of.values())
        shown = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        return f"<Items of {counted(len(self.record), 'node')}: {shown}>"

    def add(self, item: Item, batched: bool) -> int:
        """A node that nobody recorded."""
        self.batched.append(batched)
        self.of[len(self.batched) - 1] = item
        return len(self.batched) - 1


class Sum(NamedTuple):
    """A sum taken apart.

    products  (w, x, the node that multiplies them, -1 within an `affine`)
    terms     what else is added: nodes, and of an `affine` pairs that are no w·x of a layer
    chain     the additions in between
    """

    products: list[tuple[int, int, int]]
    terms: list[int | tuple[int, int]]
    chain: list[int]

    @property
    def weights(self) -> tuple[int, ...]:
        return tuple(w for w, _, _ in self.products)

    @property
    def operands(self) -> tuple[int, ...]:
        return tuple(x for _, x, _ in self.products)


def itemised(record: Record, flatten: bool = True, exact: bool = False) -> Items:
    """What computes each node.

    flatten  whether chains of additions become one sum; else only `affine` nodes are looked at
    exact    whether each node and its order of operations is kept
    """
    items = Items(record)
    sums = {} if exact else taken_apart(record, flatten)
    dense = dense_rows(record, sums)
    swallowed = {k for each in sums.values() for k in each.chain}
    swallowed |= {product for i in dense for _, _, product in sums[i].products}
    for i, op in enumerate(record.ops):
        if op is None or i in swallowed:
            continue
        if i in sums:
            items.of[i] = put_together(items, i, sums[i], i in dense)
        elif op.name in WHOLE:
            items.of[i] = Item(op.name, op, spread(items, record.parents[i], items.batched[i]))
        else:
            items.of[i] = Item("map", op, record.parents[i])
    return items


# ── taking sums apart ──────────────────────────────────────────────────────────────────────


def taken_apart(record: Record, flatten: bool) -> dict[int, Sum]:
    """The sums that no longer sum has swallowed."""
    uses = [0] * len(record)
    for parents in record.parents:
        for each in parents:
            uses[each] += 1
    for each in record.outputs:  # as if somebody else read it too: so no sum swallows it
        uses[each] += 1
    found: dict[int, Sum] = {}
    swallowed: set[int] = set()
    for i in range(len(record) - 1, -1, -1):
        op = record.ops[i]
        if (op is AFFINE or (flatten and op in (ADD, ADDED))) and i not in swallowed:
            found[i] = take_apart(record, i, uses if flatten else None)
            swallowed.update(found[i].chain)
    return found


def take_apart(record: Record, i: int, uses: Sequence[int] | None) -> Sum:
    """One sum, its terms in the order of reading; `uses` None swallows nothing."""
    found = Sum([], [], [])
    pending = parts(record, i)
    while pending:
        part = pending.pop()
        read_once = isinstance(part, int) and uses is not None and uses[part] == 1
        swallows = read_once and record.batched[part] == record.batched[i]
        if swallows and record.ops[part] in (ADD, ADDED, AFFINE):
            found.chain.append(part)
            pending += parts(record, part)
            continue
        multiplies = swallows and record.ops[part] is MUL
        pair = part if isinstance(part, tuple) else record.parents[part] if multiplies else None
        weighed = as_product(record, pair, record.batched[i]) if pair else None
        if weighed:
            found.products.append((*weighed, part if isinstance(part, int) else -1))
        else:
            found.terms.append(part)
    return found


def parts(record: Record, i: int) -> list[Any]:
    """The terms of one addition, the last one first: nodes, and pairs that an `affine` multiplies."""
    parents = record.parents[i]
    if record.ops[i] is not AFFINE:
        return list(parents[::-1])
    half = len(parents) // 2
    return [parents[-1], *zip(parents[:half][::-1], parents[half:-1][::-1])]


def as_product(record: Record, factors: Sequence[int], batched: bool) -> tuple[int, int] | None:
    """The two factors as w, a leaf that no sample changes, and x; None where neither is one."""
    a, b = factors
    fits = [
        (w, x)
        for w, x in ((a, b), (b, a))
        if record.ops[w] is None and not record.batched[w] and record.batched[x] == batched
    ]
    return max(fits, key=lambda pair: pair[0] in record.trained, default=None)  # a constant is the x of a parameter


def dense_rows(record: Record, sums: Mapping[int, Sum]) -> set[int]:
    """The sums that are rows of a layer; alone only where they are long, and few are as long."""
    layers = Counter((each.operands, record.batched[i]) for i, each in sums.items())
    rows = Counter(each.weights for each in sums.values())
    alone: dict[int, list[int]] = {}
    found = set()
    for i, each in sums.items():
        if layers[each.operands, record.batched[i]] > 1 or rows[each.weights] > 1:
            found.update([i] if each.products else [])
        elif len(each.products) >= FEWEST:
            alone.setdefault(len(each.products), []).append(i)
    return found.union(*(group for group in alone.values() if len(group) <= FEW))


# ── putting them together again ────────────────────────────────────────────────────────────


def put_together(items: Items, i: int, found: Sum, dense: bool) -> Item:
    """What computes a sum: the dense row, if it is one, and the rest of the terms added to it."""
    terms, batched = terms_of(items.record, found), items.batched[i]
    if dense:
        bias = bias_among(items.record, terms)
        if bias is not None:
            terms.remove(bias)
        row = Item("dense", None, found.operands, found.weights + (() if bias is None else (bias,)))
        if not terms:
            return row
        terms = [items.add(row, batched), *terms]
    else:
        terms += [(w, x) if product < 0 else product for w, x, product in found.products]
    return summed(items, [multiplied(items, each) if isinstance(each, tuple) else each for each in terms], batched)


def terms_of(record: Record, found: Sum) -> list[Any]:
    """The terms that are no products, without zeros: Python's own sum() begins with one."""
    terms = [each for each in found.terms if isinstance(each, tuple) or record.numbers.get(each) != 0]
    return terms or ([] if found.products else found.terms[:1])


def bias_among(record: Record, terms: Sequence[Any]) -> int | None:
    """A leaf that no sample changes, a parameter if there is one."""
    leaves = [each for each in terms if isinstance(each, int) and record.ops[each] is None]
    free = [each for each in leaves if not record.batched[each]]
    return max(free, key=lambda each: each in record.trained, default=None)


def multiplied(items: Items, pair: tuple[int, int]) -> int:
    return items.add(Item("map", MUL, pair), any(items.batched[each] for each in pair))


def summed(items: Items, terms: list[int], batched: bool) -> Item:
    """The sum of some nodes; what no sample changes is added up first, apart."""
    free = [each for each in terms if not items.batched[each]]
    if batched and free and len(terms) > 2:
        varying = [each for each in terms if items.batched[each]]
        terms = [combined(items, varying, True), combined(items, free, False)]
    if len(terms) > 2:
        return Item("sum", None, tuple(terms))
    return Item("map", ADD if len(terms) == 2 else IDENTITY, tuple(terms))


def combined(items: Items, terms: list[int], batched: bool) -> int:
    """One node for the sum of some."""
    first, *others = terms
    return items.add(summed(items, terms, batched), batched) if others else first


def spread(items: Items, operands: Sequence[int], batched: bool) -> tuple[int, ...]:
    """The operands, those that no sample changes spread over the samples where the others vary."""
    for each in operands:
        if batched and not items.batched[each] and each not in items.spread_of:
            items.spread_of[each] = items.add(Item("spread", None, (each,)), True)
    return tuple(items.spread_of.get(each, each) if batched else each for each in operands)
