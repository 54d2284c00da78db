"""`Value`: a number that remembers how it was computed, and `backward`, the chain rule.

A node is its number, its parents and its local derivatives, all recorded the moment it is
computed. `backward` walks the record from the root and applies the one rule there is:

    parent.grad += partial * node.grad

The methods of `Value` are made from the rows of the table in `formula/ops.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isnan
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from microgrid.errors import GraphError, NotRealError
from microgrid.formula import Op, real
from microgrid.formula.operation import CLOSED, no_formula
from microgrid.formula.ops import CONSTANT, ROLES
from microgrid.streams import carrying

from .copies import flattened, rebuilt
from .graph import topological_order
from .methods import attach
from .misspelt import SpellChecked
from .node import MANY, NOTHING, Node, kept, leaves_and_inner, listed, recorded
from .origins import Mark, place, variable_of
from .plain_numbers import AsNumber

if TYPE_CHECKING:
    from ._methods import RowMethods
else:
    RowMethods = SpellChecked

__all__ = ["Value", "computed", "gradients", "lift"]

new = object.__new__
ZERO = 0
data_of, grad_of = attrgetter("_data"), attrgetter("grad")
observers: list[Callable[[Value], None]] = []  # called with every node made; empty as a rule
inspectors: list[Callable[[Sequence[Value]], None]] = []  # called at the end of every backward pass


@carrying
class Value(Node, AsNumber, RowMethods):
    """A real number in a recorded computation.

    >>> x = Value(3.0, label="x")
    >>> y = x ** 2 + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)

    data      a real number: bool, int, float, Fraction, Decimal, NumPy scalar or 0-d array
    parents   what it was computed from, for an operation of your own …
    partials  … and d(self)/d(parent) for each, as in Value(9.0, (x,), (6.0,))
    label     its name in pictures, tables and errors
    role      of a leaf: "input", "parameter" or "constant"
    Raises NotRealError for anything else than a number, RecordError for parents without partials.
    """

    __slots__ = ("_data", "_origin", "_scope", "grad", "label", "op")

    _data: float
    _origin: Mark
    _scope: str
    grad: float
    label: str
    op: Op

    def __init__(
        self,
        data: Any,
        parents: Iterable[Value] = NOTHING,
        partials: Iterable[float] | str = NOTHING,
        label: str = "",
        *,
        role: str = "input",
        _children: Iterable[Value] = NOTHING,
        _op: str = "",
    ) -> None:
        self._data = real(data)
        self.grad = 0.0
        self.label = label
        if parents is NOTHING and partials is NOTHING and _children is NOTHING:
            self.op = leaf(role)
            self._a = self._b = None
        else:
            ends = listed(parents) or tuple(_children)
            name, slopes = (partials, ()) if isinstance(partials, str) else (_op, tuple(map(real, listed(partials))))
            self.op = recorded(name, ends, slopes) if ends or slopes else leaf(role)
            kept(self, ends, slopes)
        if observers:
            observe(self)

    data = property(data_of, lambda self, number: set_data(self, number), doc="The number it holds.")

    @property
    def scope(self) -> str | None:
        """The neuron, layer or `scope()` that it was computed in."""
        return getattr(self, "_scope", None)

    @property
    def origin(self) -> str | None:
        """The file and line that computed it: of a sheet, or while `record_origins()` or `raise_nonfinite()` was on."""
        mark = getattr(self, "_origin", None)
        return None if mark is None else place(mark)

    @property
    def variable(self) -> str:
        """The variable that held it when `record_origins()` ended, such as z[1]; '' where nobody recorded it."""
        return variable_of(getattr(self, "_origin", None))

    @property
    def role(self) -> str:
        """Of a leaf "input", "parameter" or "constant"; of anything computed "operation"."""
        return "operation" if self.parents else self.op.name

    @role.setter
    def role(self, role: str) -> None:
        if self.parents:
            raise GraphError(f"{self!r} was computed; only a leaf can be a {role}")
        self.op = leaf(role)

    # ── the chain rule ──

    def backward(self) -> None:
        """Add d(self)/d(node) to the gradient of every leaf; give every other node its own.

        >>> a = Value(1.0)
        >>> b = a + a
        >>> c = b + b
        >>> c.backward()
        >>> a.grad, b.grad
        (4.0, 2.0)

        A second call adds to the leaves again, as in PyTorch: `zero_grad()` in between. An
        error or Ctrl-C on the way leaves every gradient as it was.
        """
        leaves, inner = leaves_and_inner(self)
        order = leaves + inner
        before = [node.grad for node in order]
        try:
            differentiate(order, leaves, inner)
            for leaf, grad in zip(leaves, before):
                leaf.grad += grad or 0.0  # once: the sum does not depend on what was there; None is 0
            for inspect in inspectors:
                inspect(order)
        except BaseException:
            for node, grad in zip(order, before):
                node.grad = grad
            raise

    def zero_grad(self) -> None:
        """Set the gradient of every node of the graph to 0."""
        for node in topological_order(self):
            node.grad = 0.0

    def replay(self) -> None:
        """Compute the recorded graph again from its leaves, whose `data` may have changed.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 5
        >>> y.replay()
        >>> y.data, y.partials
        (25.0, (5.0, 5.0))

        Raises GraphError for a node recorded by hand: it has no formula to compute again.
        """
        order = [node for node in topological_order(self) if node.parents]
        for node in order:
            if node.op.forward is no_formula:
                raise GraphError(f"{node!r} was recorded by hand: it has no formula to replay")
        for node in order:
            parents = node.parents
            node._data, partials = node.op.forward(*map(data_of, parents))
            kept(node, parents, partials)

    # ── operators that no row makes ──

    def __pow__(self, other: Any, modulo: Any = None) -> Value:
        if modulo is not None:
            return (self**other) % modulo  # type: ignore[no-any-return]
        if isinstance(other, Value):
            return self.power(other)
        exponent = operand(other, type(self))
        return exponent if exponent is NotImplemented else self.pow(exponent._data)

    def __rpow__(self, other: Any) -> Value:
        base = operand(other, type(self))
        return base if base is NotImplemented else base.power(self)

    def __radd__(self, other: Any) -> Value:
        if other is ZERO:  # with which sum() begins
            return self
        left = operand(other, type(self))
        return left if left is NotImplemented else left + self

    def __rsub__(self, other: Any) -> Value:
        left = operand(other, type(self))
        return left if left is NotImplemented else left - self

    def __rmul__(self, other: Any) -> Value:
        left = operand(other, type(self))
        return left if left is NotImplemented else left * self

    def __rtruediv__(self, other: Any) -> Value:
        left = operand(other, type(self))
        return left if left is NotImplemented else left / self

    def where(self, condition: Any, other: Any) -> Value:
        """The number itself where the condition holds, else the other; the one not taken gets no gradient."""
        return lift(condition, type(self)).choose(self, other)

    def __pos__(self) -> Value:
        return self

    # ── as a number: see `AsNumber` ──

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"{type(self).__name__}(data={self._data}, grad={self.grad}{label})"

    # ── names of micrograd, and of microgpt ──

    _children = property(lambda self: self.parents)
    _local_grads = property(lambda self: self.partials)

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.parents

    @property
    def _op(self) -> str:
        name = self.op.name
        exponent = f"{self.op.settings['n']:g}" if name == "pow" else ""
        return MICROGRAD_SIGNS.get(name, name) + exponent if self.parents else ""

    # ── copies are whole, at any depth ──

    def __reduce_ex__(self, protocol: Any) -> Any:
        return rebuilt, (flattened(self),)


MICROGRAD_SIGNS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "neg": "-",
    "pow": "**",
    "power": "**",
    "relu": "ReLU",
}


def differentiate(order: Sequence[Value], leaves: Sequence[Value], inner: Sequence[Value]) -> None:
    """Give every node d(root)/d(node): the leaves, then the inner nodes, the root the last of them.

    A nan may be inf times the 0 that a closed branch left. Then the pass is made again from gradients that are
    `CLOSED`, 0 even times inf, until an open branch adds to them.
    """
    if accumulate(order, inner, 0.0) or isnan(sum(map(grad_of, leaves))):
        accumulate(order, inner, CLOSED)
        for node in order:
            node.grad += 0.0


def accumulate(order: Sequence[Value], inner: Sequence[Value], zero: float) -> bool:
    """The chain rule, from the root down to the leaves; whether a gradient was nan on the way."""
    for node in order:
        node.grad = zero
    order[-1].grad = 1.0
    found = False
    for node in reversed(inner):
        grad = node.grad
        if grad != grad:
            found = True
        b = node._b
        if b is MANY:
            for parent, partial in zip(node._a, node._da):
                parent.grad += partial * grad
        else:
            node._a.grad += node._da * grad
            if b is not None:
                b.grad += node._db * grad
    return found


def gradients(root: Value) -> dict[Value, float]:
    """d(root)/d(node) for every node that leads to root, itself included; no `.grad` changes.

    >>> x = Value(2.0)
    >>> y = x * x
    >>> gradients(y * 3)[y], x.grad
    (3.0, 0.0)
    """
    leaves, inner = leaves_and_inner(root)
    order = leaves + inner
    before = [node.grad for node in order]
    try:
        differentiate(order, leaves, inner)
        return {node: node.grad for node in order}
    finally:
        for node, grad in zip(order, before):
            node.grad = grad


# ── from numbers to nodes ──────────────────────────────────────────────────────────────────


def set_data(node: Value, number: Any) -> None:
    node._data = real(number)


def constant(data: float, kind: type[Value]) -> Value:
    """A leaf for a number that stood in a formula."""
    node = new(kind)
    node._data = data
    node.grad = 0.0
    node._a = node._b = None
    node.op = CONSTANT
    node.label = ""
    return node


def lift(thing: Any, kind: type[Value] = Value) -> Value:
    """The Value itself, also where an array of no dimension holds it; or a constant for a number."""
    if isinstance(thing, Value):
        return thing
    try:
        return constant(real(thing), kind)
    except NotRealError as problem:
        return held(thing, problem)


def operand(thing: Any, kind: type[Value]) -> Any:
    """What stands on the other side of an operator; an array answers for itself, element by element."""
    if isinstance(thing, Value):
        return thing
    if getattr(thing, "ndim", 0) and not is_tensor(thing):
        return NotImplemented
    try:
        return constant(real(thing), kind)
    except NotRealError as problem:
        return held(thing, problem)


def held(thing: Any, problem: NotRealError) -> Value:
    """The Value that an array of no dimension holds. Raises the problem where there is none."""
    found = thing.item() if getattr(thing, "ndim", None) == 0 else None
    if not isinstance(found, Value):
        raise problem from None
    return found


def is_tensor(thing: Any) -> bool:
    """Whether it is an array of a package that cannot hold Values; NumPy's can."""
    return type(thing).__module__.partition(".")[0] in ("torch", "jax", "jaxlib", "tensorflow")


def leaf(role: str) -> Op:
    if role not in ROLES:
        raise GraphError(f"no leaf has the role {role!r}; the roles are {', '.join(ROLES)}")
    return ROLES[role]


def computed(operation: Op, parents: Sequence[Value]) -> Value:
    """The node of an operation over its parents."""
    node = new(type(parents[0]))
    node._data, partials = operation.forward(*map(data_of, parents))
    node.grad = 0.0
    kept(node, tuple(parents), partials)
    node.op = operation
    node.label = ""
    if observers:
        observe(node)
    return node


def observe(node: Value) -> None:
    for observer in tuple(observers):
        observer(node)


attach(Value, globals())
