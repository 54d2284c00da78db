"""The methods of `Value`, written from the rows of the table: one plain function each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.formula import OPS, Op, render
from microgrid.formula.operation import NAMESPACE

__all__ = ["attach", "numpy_name", "source"]

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
        partials = {partials}
    except (ArithmeticError, ValueError):
        out, partials = {operation}.careful({inputs})
"""
NODE = """\
    node = new(type(self))
    node._data = out
    node.grad = 0.0
    node.parents = {parents}
    node.partials = {partials}
    node.op = {bound}
    node.label = ""
    if observers:
        observe(node)
    return node
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
        node.parents = (self, other)
        node.partials = (y, x)
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
    partials = tuple_of([bare(slope) for slope in row.slopes])
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
        text += GUARDED.format(body="\n        ".join(row.body), partials=partials, operation=operation, inputs=call)
        partials = "partials"
    else:
        text += "".join(f"    {line}\n" for line in row.body)
    bound = f"{operation}.at({settings})" if settings else operation
    return text + NODE.format(parents=tuple_of(people), partials=partials, bound=bound)


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


def attach(kind: type, helpers: dict[str, Any]) -> None:
    """Give the class one method a row, and NumPy's spellings beside them."""
    import linecache

    names = {**helpers, **NAMESPACE, **{f"{row.name}_op": row for row in OPS.values()}, "__name__": __name__}
    for row in OPS.values():
        text = source(row)
        file, made = f"<microgrid {row.name}>", dict[str, Any]()
        exec(compile(text, file, "exec"), names, made)
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        (method,) = made.values()
        method.__qualname__ = f"{kind.__name__}.{method.__name__}"
        method.__module__ = kind.__module__
        setattr(kind, method.__name__, method)
        if numpy_name(row.name):
            setattr(kind, str(numpy_name(row.name)), method)
