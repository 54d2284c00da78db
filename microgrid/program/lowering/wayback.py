"""The way back through a plan: where each group finds the gradient of its rows, and where it leaves contributions.

Gradients are pulled: a group collects what its readers have left, so nothing is ever scattered.

    Pull    the gradient of some rows: contributions that already stand as they should, or rounds of them added up
    Push    a contribution, partial × gradient, in rows of its own; where the partial is 1, the gradient's rows
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microgrid.errors import counted
from microgrid.program.rules import ONE, rule, slots_that_count

from .layout import Rows, Step

__all__ = ["Back", "Pull", "Push", "WayBack"]

FEW_ROUNDS = 4  # a node that is read more often gets its contributions added up in one go


class Pull(NamedTuple):
    """The gradient of some rows: where it stands, and what it is the sum of.

    rounds  (which of the rows, None for all, and a contribution for each of them), one after the other;
            the first sets, unless the gradient already stands there
    tails   (one of the rows, and all other contributions to it), for rows with more of them than rounds are worth
    stands  whether the rows hold contributions before the first round: those of one reader, as it left them
    zeros   whether some rows get nothing at all
    """

    rows: Rows
    rounds: list[tuple[tuple[int, ...] | None, Rows]]
    tails: list[tuple[int, Rows]]
    stands: bool
    zeros: bool


class Push(NamedTuple):
    """A contribution to what a group has read, and the rows in which it is left.

    slot      which argument of a map; of a layer 0 for its weights and 1 for its x
    own       False where these are the rows of the gradient, as they are
    in_place  True where it is written over the gradient, which nobody needs any more
    """

    slot: int
    rows: Rows
    own: bool = True
    in_place: bool = False


class Back(NamedTuple):
    """One group on the way back: it pulls its gradient, then leaves its contributions."""

    step: Step
    pull: Pull
    pushes: list[Push]


class WayBack:
    """All steps of the way back from a root.

    steps   the way forward           batched  whether each node has a number for each sample
    active  whether each node counts: the others get no gradient
    sizes   how many rows each store of gradients has
    seed    the row that holds d(root)/d(root): a weight for each sample, or their sum
    exact   whether contributions are added in the order of the scalar graph
    """

    def __init__(
        self, steps: Sequence[Step], root: int, batched: Sequence[bool], active: Sequence[bool], exact: bool = False
    ) -> None:
        self.batched, self.active, self.exact = batched, active, exact
        self.sizes = {"D": 0, "E": 0}
        self.left: dict[int, list[tuple[int, int, int]]] = {}  # by node: (− its reader, the argument, the row)
        self.shares: dict[tuple[str, int], int] = {}  # how many gradients a row is a part of
        self.seed = self.allocate("D" if batched[root] else "E", 1)
        self.leave([root], self.seed, [0])
        # Allocated on the way forward, so that for a usual network they stand in the order of its parameters.
        self.trained = {step.out: self.weights(step) for step in steps}
        live = (step for step in reversed(steps) if any(node >= 0 and active[node] for node in step.group.nodes))
        self.backs = [self.back(step) for step in live]

    def __repr__(self) -> str:
        rows = ", ".join(f"{size} rows of {store}" for store, size in self.sizes.items())
        return f"<WayBack through {counted(len(self.backs), 'group')}: {rows}>"

    # ── stores ──

    def allocate(self, store: str, count: int) -> Rows:
        first = self.sizes[store]
        self.sizes[store] += count
        return Rows(store, tuple(range(first, first + count)))

    def weights(self, step: Step) -> Rows | None:
        """Rows for the gradient of the weights of a layer."""
        nodes = [node for row in step.group.weights for node in row]
        return self.allocate("E", len(nodes)) if self.is_active(nodes) else None

    def leave(self, nodes: Sequence[int], rows: Rows, readers: Sequence[int], slot: int = 0) -> None:
        """Contributions to some nodes, a row each, from the nodes that read them: argument after argument."""
        for k, (node, row) in enumerate(zip(nodes, rows.index)):
            self.left.setdefault(node, []).append((-readers[k % len(readers)], slot, row))
            self.shares[rows.store, row] = self.shares.get((rows.store, row), 0) + 1

    # ── pulling ──

    def pull(self, nodes: Sequence[int], store: str, spaced: bool = False) -> Pull:
        """The gradient of some nodes, from everything that was left for them.

        spaced  whether the rows may stand apart, at regular distances, or be one for all
        """
        found = [self.left.get(node, []) for node in nodes]
        if self.exact:
            found = [sorted(each) for each in found]
        rows = [[row for _, _, row in each] for each in found]
        most = max(map(len, rows), default=0)
        first = Rows(store, tuple(each[0] for each in rows if each))
        complete = len(first) == len(nodes)
        mine = all(self.shares[store, row] == 1 for row in first.index)
        regular = first.step is not None if spaced else first.contiguous
        stands = complete and regular and (most == 1 or (mine and first.step != 0))
        target = first if stands else self.allocate(store, len(nodes))
        few = [each if self.exact or len(each) <= FEW_ROUNDS else each[: int(stands)] for each in rows]
        return Pull(
            target,
            [self.round(few, store, turn) for turn in range(int(stands), max(map(len, few), default=0))],
            [(i, Rows(store, tuple(each[len(few[i]) :]))) for i, each in enumerate(rows) if len(few[i]) < len(each)],
            stands,
            not complete,
        )

    def round(self, rows: Sequence[Sequence[int]], store: str, turn: int) -> tuple[tuple[int, ...] | None, Rows]:
        """The contributions that are added in one turn, and to which rows."""
        members = [i for i, each in enumerate(rows) if len(each) > turn]
        which = None if len(members) == len(rows) else tuple(members)
        return which, Rows(store, tuple(rows[i][turn] for i in members))

    # ── pushing ──

    def back(self, step: Step) -> Back:
        group = step.group
        pull = self.pull(group.nodes, "D" if group.batched else "E", group.kind in ("map", "sum", "spread"))
        write = {"map": self.push_map, "sum": self.push_sum, "dense": self.push_dense, "spread": self.push_spread}
        return Back(step, pull, list(write.get(group.kind, self.push_terms)(step, pull)))

    def is_active(self, nodes: Sequence[int]) -> bool:
        return any(self.active[node] for node in nodes)

    def push_map(self, step: Step, pull: Pull) -> Iterator[Push]:
        """partial × gradient for each argument that counts; the last one may be written over the gradient."""
        group, store = step.group, pull.rows.store
        partials = rule(group.op, len(group.operands), self.exact).partials
        counting = slots_that_count(group.op, len(group.operands))
        live = [k for k in counting if self.is_active(group.operands[k])]
        stores = ["D" if self.batched[nodes[0]] else "E" for nodes in group.operands]
        passed = [k for k in live if partials[k] == ONE and stores[k] == store]
        written = [k for k in live if k not in passed]
        free = not passed and (not pull.stands or all(self.shares[store, row] == 1 for row in pull.rows.index))
        for k in [*passed, *written]:
            over = free and k == written[-1] and stores[k] == store
            rows = pull.rows if over or k in passed else self.allocate(stores[k], len(group.nodes))
            if over:
                self.shares.update(((store, row), 0) for row in rows.index)
            self.leave(group.operands[k], rows, group.nodes, k)
            yield Push(k, rows, k not in passed, over)

    def push_sum(self, step: Step, pull: Pull) -> Iterator[Push]:
        """Each term gets the gradient of the sum."""
        for k, nodes in enumerate(step.group.operands):
            if self.is_active(nodes):
                self.leave(nodes, pull.rows, step.group.nodes, k)
                yield Push(k, pull.rows, own=False)

    def push_spread(self, step: Step, pull: Pull) -> Iterator[Push]:
        """The sum of the gradient over the samples."""
        rows = self.allocate("E", len(step.group.nodes))
        self.leave(step.group.operands[0], rows, step.group.nodes)
        yield Push(0, rows)

    def push_dense(self, step: Step, pull: Pull) -> Iterator[Push]:
        """G Xᵀ for the weights, bias included, summed over samples and columns; Wᵀ G for the x."""
        group = step.group
        trained = self.trained[step.out]
        if trained:
            self.leave([node for row in group.weights for node in row], trained, group.nodes)
            yield Push(0, trained)
        x = [node for row in group.operands for node in row]
        if self.is_active(x):
            rows = self.allocate(pull.rows.store, len(x))
            self.leave(x, rows, group.nodes, 1)
            yield Push(1, rows)

    def push_terms(self, step: Step, pull: Pull) -> Iterator[Push]:
        """One contribution to each term of a logsumexp or a softmax."""
        terms = [node for row in step.group.operands for node in row]
        if self.is_active(terms):
            rows = self.allocate(pull.rows.store, len(terms))
            self.leave(terms, rows, step.group.nodes)
            yield Push(0, rows)
