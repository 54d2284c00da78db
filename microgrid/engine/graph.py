"""The recorded computation as a graph: its order, its names, its edges and its paths.

Nothing here knows what a node is beyond its `parents`, `partials`, `data`, `grad`, `label` and
`op`; and nothing recurses, so a million nodes deep is as good as ten. Its coarser views, `view`,
are exact: `views.py` says what each level keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple

from microgrid.errors import GraphError, MicrogridError, counted, did_you_mean, type_named
from microgrid.formula.lettering import LABEL, number, plain, shown
from microgrid.formula.operation import CLOSED
from microgrid.formula.printing import Place
from microgrid.formula.tables import html_table
from microgrid.streams import carrying, line_of

from .node import leaves_and_inner
from .variables import held, held_by, in_full

__all__ = ["Edge", "Graph", "Path", "topological_order"]

PICTURED = 40  # values; a notebook shows a larger graph as a table


def topological_order(root: Any) -> list[Any]:
    """Every node that leads to `root`, each after all its parents; the root is last.

    The leaves come first, in the order in which a reader meets them. The order depends on the
    graph alone.
    """
    leaves, inner = leaves_and_inner(root)
    met = dict.fromkeys(parent for node in inner for parent in node.parents if not parent.parents)
    return [*(met or leaves), *inner]


class Edge(NamedTuple):
    """One use of a value by another: d(child)/d(parent) through the child's input `slot`."""

    child: Any
    parent: Any
    slot: int
    partial: float


class Path(tuple):  # type: ignore[type-arg]
    """A way through the graph from a node to the root, as a tuple of edges."""

    __slots__ = ()

    @property
    def product(self) -> float:
        """The product of the local derivatives along the path, from the root down."""
        product = 1.0
        for edge in reversed(self):
            product = edge.partial * product
        return product


@carrying
class Graph:
    """A frozen snapshot of everything that `root` was computed from.

    >>> from microgrid import Value
    >>> a = Value(2.0, label="a")
    >>> graph = Graph(a * a + a)
    >>> [graph.name(node) for node in graph.nodes], graph.count_paths(a)
    (['a', 'v1', 'v2'], 3)
    >>> [path.product for path in graph.paths(a)]
    [2.0, 2.0, 1.0]

    root    the node that everything leads to
    names   what holds nodes that have no label: a mapping such as `locals()`, or {"W": W}; a node is called by
            its place in it, as in W[0][1], params['b'] or self.layers[0].w[2]
    beside  other nodes to show, with what leads to them: such as do not come from the root

    Its values, local derivatives and gradients are those of the moment it was made. Names are
    unique: a node's label, else v1, v2, …, or u1, u2, … where a label is v1 or the like; a label met
    again gets a number, as in `z#2`.
    """

    def __init__(self, root: Any, names: Mapping[str, Any] | None = None, beside: Iterable[Any] = ()) -> None:
        if not hasattr(root, "parents"):
            raise GraphError(f"a graph leads to a Value, not to a {type_named(root)}")
        self.root = root
        others = (node for end in beside for node in topological_order(end))
        self.nodes: tuple[Any, ...] = (*dict.fromkeys([*topological_order(root)[:-1], *others]), root)
        self.index: dict[Any, int] = {node: i for i, node in enumerate(self.nodes)}
        self.parents = tuple(node.parents for node in self.nodes)
        self.partials = tuple(node.partials for node in self.nodes)
        self.data = tuple(node.data for node in self.nodes)
        self._grad = tuple(node.grad or 0.0 for node in self.nodes)  # a person may have set None
        self.labels = self._labels(names or {})

    def _labels(self, names: Mapping[str, Any]) -> tuple[str, ...]:
        found: dict[Any, str] = held_by(names, self._is_node) if names else {}
        own = [name for name, each in names.items() if each is self.root]
        found |= {self.root: own[0]} if own else {}
        held = (found.get(node) or getattr(node, "variable", "") for node in self.nodes)
        return tuple(said(node.label) if node.label else name for node, name in zip(self.nodes, held))

    def _is_node(self, thing: Any) -> bool:
        kind: Any = type(thing)
        return kind.__hash__ is object.__hash__ and thing in self.index

    @cached_property
    def grad(self) -> tuple[float, ...]:
        """The gradients; where only closed branches lead on to the root, `CLOSED`: 0, even times inf."""
        is_open = [False] * len(self)
        is_open[-1] = True
        for i in range(len(self) - 1, -1, -1):
            if is_open[i]:
                for parent, partial in zip(self.parents[i], self.partials[i]):
                    if partial is not CLOSED:
                        is_open[self.index[parent]] = True
        return tuple(grad if grad or there else CLOSED for grad, there in zip(self._grad, is_open))

    def view(self, level: str | Callable[[Any], object], order: Sequence[str] = ()) -> Graph:
        """The same graph with fewer nodes: an edge is then a derivative through what is left out.

        >>> from microgrid import Value
        >>> x = Value(3.0, label="x")
        >>> L = (2 * x) ** 2
        >>> L.label = "L"
        >>> Graph(L).view("named").edges[0].partial
        24.0

        level   "op" keeps every node; "named" those with a label; "neuron" what leaves each neuron and
                "layer" what leaves each layer, with the inputs and what has a label outside them, so
                that parameters are inside; or a predicate says which. The root is always kept.
        order   labels in the order in which they were computed, if another than the graph's own is wanted
        Every view is exact: the chain rule over it gives the same gradients. A node that uses another
        directly keeps an edge for each use; what reaches it through nodes left out is one edge.
        Raises GraphError for a level that is not there.
        """
        from .views import view

        if order or not isinstance(level, str):
            return view(self, level, order)
        if level not in self._views:
            self._views[level] = view(self, level)
        return self._views[level]

    @cached_property
    def _views(self) -> dict[str, Graph]:
        """Those at the levels asked for."""
        return {}

    def leading_to(self, node: Any) -> Graph:
        """The part of the graph that leads to a node, with the same numbers and names.

        >>> from microgrid import Value
        >>> x = Value(3.0, label="x")
        >>> graph = Graph((x * x).tanh())
        >>> graph.leading_to(graph["v1"])
        <Graph of v1: 2 values, 2 edges>
        """
        self._at(node)
        return self.keeping([self.index[each] for each in topological_order(node) if each in self.index])

    def keeping(self, kept: Sequence[int]) -> Graph:
        """The nodes at those places, the last of them as root, with the parents they have."""
        other = object.__new__(Graph)
        other.root = self.nodes[kept[-1]]
        for name in ("nodes", "parents", "partials", "data", "grad", "labels", "display_names"):
            setattr(other, name, tuple(getattr(self, name)[i] for i in kept))
        other.index = {node: i for i, node in enumerate(other.nodes)}
        return other

    def replayed(self, numbers: Mapping[Any, float]) -> Graph:
        """The same graph with other numbers in some leaves, and all that follows from them computed again.

        >>> from microgrid import Value
        >>> x = Value(3.0, label="x")
        >>> graph = Graph(x * x)
        >>> graph.replayed({x: 5.0}).data, graph.data, x.data
        ((5.0, 25.0), (3.0, 9.0), 3.0)

        No Value changes. Raises GraphError where a changed number reaches a node recorded by hand,
        which has no formula to compute again.
        """
        other = copy(self)
        data, partials = list(self.data), list(self.partials)
        changed = {self._at(node) for node in numbers}
        for node, given in numbers.items():
            data[self.index[node]] = float(given)
        for i, parents in enumerate(self.parents):
            places = [self.index[each] for each in parents]
            if not changed.isdisjoint(places):
                changed.add(i)
                data[i], partials[i] = self.nodes[i].op.forward(*(data[k] for k in places))
        other.data, other.partials = tuple(data), tuple(partials)
        for name in ("edges", "_consumers", "_picture", "_views"):  # these hold partials
            vars(other).pop(name, None)
        return other

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.nodes)

    def __contains__(self, node: Any) -> bool:
        return node in self.index

    def __repr__(self) -> str:
        sizes = f"{counted(len(self), 'value')}, {counted(sum(map(len, self.parents)), 'edge')}"
        return f"<Graph of {plain(self.name(self.root), LABEL)}: {sizes}>"

    def _repr_svg_(self) -> str | None:
        """Its picture, where it is small and something can draw it."""
        return self._picture

    def _repr_html_(self) -> str | None:
        """Its values as a table, where a notebook has no picture to show: it would show the table instead."""
        if self._picture:
            return None

        def row(i: int) -> tuple[str, ...]:
            inputs = ", ".join(shown(self.name(parent)) for parent in self.parents[i])
            return shown(self.display_names[i]), inputs, number(self.data[i], 6), number(self.grad[i], 6)

        return html_table(("<value", "<computed from", ">data", ">grad"), len(self), row, line_of(self))

    @cached_property
    def _picture(self) -> str | None:
        if len(self) > PICTURED:
            return None
        from microgrid.picture import draw

        try:
            return str(draw(self).pipe("svg", encoding="utf-8"))
        except MicrogridError:  # nothing can draw here; raised, a notebook would show nothing at all
            return None

    @cached_property
    def display_names(self) -> tuple[str, ...]:
        """One unique name a node, in the order of `nodes`."""
        taken: set[str] = set()
        letter, labels = free_letter(self.labels), set(self.labels)
        counts: dict[str, int] = {}
        names = []
        for label in self.labels:
            stem = label or letter
            name = label
            while not name or name in taken or (not label and name in labels):
                counts[stem] = counts.get(stem, 1 if label else 0) + 1
                name = f"{stem}#{counts[stem]}" if label else f"{stem}{counts[stem]}"
            taken.add(name)
            names.append(name)
        return tuple(names)

    def name(self, node: Any) -> str:
        """The node's unique name in this graph."""
        return self.display_names[self._at(node)]

    def data_of(self, node: Any) -> float:
        """The node's value in this graph. Raises GraphError for a node of another graph."""
        return float(self.data[self._at(node)])

    def label(self, node: Any) -> str:
        """The label a person gave the node, or ''."""
        return self.labels[self._at(node)]

    def __getitem__(self, name: str) -> Any:
        """The node of that name. Raises GraphError for a name that is not there."""
        try:
            return self._by_name[name]
        except KeyError:
            if full := in_full(name, self._by_name):
                return self._by_name[full]
            close = held(name, self._by_name) or did_you_mean(name, self._by_name)
            raise GraphError(f"no value is called {name!r} in {self!r}{close}") from None

    @cached_property
    def _by_name(self) -> dict[str, Any]:
        return dict(zip(self.display_names, self.nodes))

    def _at(self, node: Any) -> int:
        try:
            return self.index[node]
        except (KeyError, TypeError):
            raise GraphError(f"{node!r} does not lead to {self.name(self.root)!r}") from None

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every use of one value by another, in the order of the nodes and of their inputs."""
        return tuple(edge for node in self.nodes for edge in self.inputs(node))

    def inputs(self, node: Any) -> tuple[Edge, ...]:
        """The edges into a node, one for each of its inputs."""
        i = self._at(node)
        pairs = zip(self.parents[i], self.partials[i])
        return tuple(Edge(node, parent, slot, partial) for slot, (parent, partial) in enumerate(pairs))

    def consumers(self, node: Any) -> tuple[Edge, ...]:
        """The edges out of a node: each use of it, repeats kept."""
        return tuple(self._consumers[self._at(node)])

    @cached_property
    def _consumers(self) -> list[list[Edge]]:
        found: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges:
            found[self.index[edge.parent]].append(edge)
        return found

    @cached_property
    def leaves(self) -> tuple[Any, ...]:
        """The nodes that were computed from nothing."""
        return tuple(node for node, parents in zip(self.nodes, self.parents) if not parents)

    def count_paths(self, source: Any) -> int:
        """How many paths lead from `source` to the root, counted without walking them."""
        counts = [0] * len(self)
        counts[self._at(source)] = 1
        for i, parents in enumerate(self.parents):
            if parents and not counts[i]:
                counts[i] = sum(counts[self.index[parent]] for parent in parents)
        return counts[-1]

    def paths(self, source: Any) -> Iterator[Path]:
        """Every path from `source` to the root, one at a time, in the order of its uses.

        The sum of their products is d(root)/d(source). There can be exponentially many:
        ask `count_paths` first.
        """
        if self._at(source) == len(self) - 1:
            yield Path()
            return
        uses = [iter(self.consumers(source))]
        path: list[Edge] = []
        while uses:
            edge = next(uses[-1], None)
            if edge is None:
                uses.pop()
                if path:
                    path.pop()
            elif edge.child is self.root:
                yield Path((*path, edge))
            else:
                path.append(edge)
                uses.append(iter(self.consumers(edge.child)))


def said(label: Any) -> str:
    """A label as text; one that is a place in Python, such as W[0][1], stays one."""
    return label if isinstance(label, Place) else str(label)


def free_letter(labels: Iterable[str]) -> str:
    """What v1, v2, … begin with where a person has not called something v7; else another letter."""
    taken = {label[0] for label in labels if label[1:].isdecimal()}
    return next((letter for letter in "vut" if letter not in taken), "v")
