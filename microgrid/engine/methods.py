"""The methods of `Value`, written from the rows of the table: one plain function each.

And what records a node of many parents without a loop: a function for each number of them, written when it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.formula import OPS, Op, parse, render
from microgrid.formula.operation import NAMESPACE, Variadic, python

__all__ = ["attach", "made", "numpy_name", "source", "unrolled"]

SPECIAL = {
    "add": "__add__",
    "sub": "__sub__",
    "mul": "__mul__",
    "div": "__truediv__",
    "neg": "__neg__",
    "abs": "__abs__",
}

# x.where(condition, y) is x where the condition holds, as in PyTorch; the row begins with the condition.
RENAMED = {"where": "choose"}

HEAD = '''\
def {method}({arguments}):
    """{doc}"""
'''
LIFTED = """\
    if not isinstance({y}, Value):
        {y} = lift({y}, type(self))
"""
OPERAND = """\
    if not isinstance({y}, Value):
        {y} = operand({y}, type(self))
        if {y} is NotImplemented:
            return {y}
"""
GUARDED = """\
    try:
        {body}
    except (ArithmeticError, ValueError):
        out, {slopes} = {operation}.careful({inputs})
"""
NODE = """\
    node = new(type(self))
    node._data = out
    node.grad = 0.0
{held}
    node.op = {bound}
    node.label = ""
    if observers:
        observe(node)
    return node
"""


UNROLLED = """\
def {name}{inputs}(parents):
    \"\"\"{name}: {value}\"\"\"
    {people}, = parents
{numbers}
    out = {value}
"""


def method_name(row: Op) -> str:
    return {**SPECIAL, **RENAMED}.get(row.name, row.name)


def document(row: Op) -> str:
    """The docstring of a method: the value and the derivatives, as the textbook has them."""
    inputs = row.stable.inputs
    call = f"{row.name}({', '.join((*inputs, *row.fixed))})"
    value = render(row.book.value)
    value = "" if value == call else f" = {value}"
    slopes = (f"d/d{name} = {render(partial)}" for name, partial in zip(inputs, row.book.partials))
    return f"{call}{value};  {',  '.join(slopes)}"


def source(row: Op) -> str:
    """The Python of the method that records this operation.

    >>> print(source(OPS["mul"]))
    def __mul__(self, other):
        \"""mul(x, y) = x*y;  d/dx = y,  d/dy = x\"""
        if not isinstance(other, Value):
            other = operand(other, type(self))
            if other is NotImplemented:
                return other
        x = self._data
        y = other._data
        out = x * y
        node = new(type(self))
        node._data = out
        node.grad = 0.0
        node._a = self
        node._da = y
        node._b = other
        node._db = x
        node.op = mul_op
        node.label = ""
        if observers:
            observe(node)
        return node
    <BLANKLINE>
    """
    inputs = row.stable.inputs
    people = ("self", "other", "another")[: len(inputs)]
    name = method_name(row)
    slopes = [bare(slope) for slope in row.slopes]
    settings = ", ".join(row.fixed)
    text = HEAD.format(method=name, arguments=", ".join((*people, *parameters(row))), doc=document(row))
    for other in people[1:]:
        text += (OPERAND if name in SPECIAL.values() else LIFTED).format(y=other)
    for word in row.fixed:
        text += f"    {word} = real({word})\n"
    for person, letter in zip(people, inputs):
        text += f"    {letter} = {person}._data\n"
    operation = f"{row.name}_op"
    if row.careful:
        call = ", ".join((*inputs, *row.fixed))
        names = [f"d{letter}" for letter in inputs]
        body = "\n        ".join([*row.body, *(f"{name} = {slope}" for name, slope in zip(names, slopes))])
        text += GUARDED.format(body=body, slopes=tuple_of(names), operation=operation, inputs=call)
        slopes = names
    else:
        text += "".join(f"    {line}\n" for line in row.body)
    bound = f"{operation}.at({settings})" if settings else operation
    return text + NODE.format(held=held(people, slopes), bound=bound)


def held(people: Sequence[str], slopes: Sequence[str]) -> str:
    """The lines that put parents and local derivatives where `node.py` says; of two, one beside the other."""
    if len(people) > 2:
        pairs = [("_a", tuple_of(people)), ("_b", "MANY"), ("_da", tuple_of(slopes))]
    else:
        parents = zip(("_a", "_b"), [*people, "None"])
        pairs = [pair for each in zip(parents, zip(("_da", "_db"), slopes)) for pair in each]
        pairs += [("_b", "None")] * (len(people) == 1)
    return "\n".join(f"    node.{slot} = {what}" for slot, what in pairs)


def bare(slope: str) -> str:
    """The local derivative, without the parentheses around it where they can go."""
    alone = slope.startswith("(") and slope.endswith(")") and slope.count("(") == 1
    return slope[1:-1] if alone else slope


def tuple_of(items: Sequence[str]) -> str:
    """The Python of a tuple, with the comma that a single item needs."""
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def parameters(row: Op) -> list[str]:
    """The fixed numbers as parameters, with their defaults."""
    return [word if value is None else f"{word}={value!r}" for word, value in row.fixed.items()]


def numpy_name(name: str) -> str | None:
    """NumPy's spelling of an inverse function: np.arcsin(v) calls v.arcsin()."""
    return f"arc{name[1:]}" if (name[0] == "a" and name[1:].rstrip("2") in OPS) or name == "atan2" else None


def unrolled(operation: Variadic, inputs: int) -> str:
    """The Python that records an operation of so many parents.

    >>> from microgrid.formula.ops import AFFINE
    >>> print(unrolled(AFFINE, 5))  # doctest: +ELLIPSIS
    def affine5(parents):
        \"""affine: x5 + x1 * x3 + x2 * x4\"""
        n1, n2, n3, n4, n5, = parents
        x1 = n1._data
        ...
        out = x5 + x1 * x3 + x2 * x4
        node = new(type(n1))
        ...
        node._a = parents
        node._b = MANY
        node._da = (x3, x4, x1, x2, 1.0)
        node.op = affine_op
    ...
    """
    people, names = ([f"{letter}{i + 1}" for i in range(inputs)] for letter in "nx")
    value = python(parse(operation.unrolled(names)))  # type: ignore[misc]
    slopes = [python(parse(slope)) for slope in operation.write(names)[1:]]
    numbers = "\n".join(f"    {name} = {node}._data" for name, node in zip(names, people))
    head = UNROLLED.format(name=operation.name, inputs=inputs, people=", ".join(people), numbers=numbers, value=value)
    node = NODE.replace("type(self)", f"type({people[0]})")
    kept = held(people, slopes).replace(tuple_of(people), "parents")
    return head + node.format(held=kept, bound=f"{operation.name}_op")


def attach(kind: type, helpers: dict[str, Any]) -> None:
    """Give the class one method a row, and NumPy's spellings beside them; each is written when it is first called."""
    names = {**helpers, **NAMESPACE, **{f"{row.name}_op": row for row in OPS.values()}, "__name__": __name__}
    for row in OPS.values():
        method = LateMethod(kind, row, names)
        for name in method.spellings:
            setattr(kind, name, method)


class LateMethod:
    """A method that is written when somebody asks the class for it; from then on the function stands in its place."""

    def __init__(self, kind: type, row: Op, names: dict[str, Any]) -> None:
        self.kind, self.row, self.names = kind, row, names
        self.spellings = [method_name(row), *filter(None, [numpy_name(row.name)])]

    def __get__(self, instance: Any, kind: type | None = None) -> Any:
        method = made(source(self.row), f"<microgrid {self.row.name}>", self.names)
        method.__qualname__ = f"{self.kind.__name__}.{method.__name__}"
        method.__module__ = self.kind.__module__
        for name in self.spellings:
            if vars(self.kind).get(name) is self:  # and nobody has put another in its place
                setattr(self.kind, name, method)
        return method if instance is None else method.__get__(instance)


def made(text: str, file: str, names: dict[str, Any]) -> Any:
    """The function that a text defines; a traceback shows its lines."""
    import linecache

    found = dict[str, Any]()
    exec(compile(text, file, "exec"), names, found)
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    (function,) = found.values()
    return function
