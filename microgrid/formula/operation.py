"""What an operation is: a row of formulas, read, checked and compiled.

`ops.py` holds the rows; this module turns each into an `Op`: the formulas for whoever prints or
derives, the lines of Python for the engine, and a function over floats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from microgrid.errors import GraphError
from microgrid.streams import carrying

from .expression import CONSTANTS, OPERATORS, Call, Formula, Name, Number, evaluate, fold, free_names, substitute
from .floats import FLOATS, RAISING
from .parser import parse
from .printing import ATOM, LOOSE, PYTHON, Form, render
from .regexes import regex
from .rows import LateRow, Row, signature

__all__ = [
    "CLOSED",
    "NAMESPACE",
    "ROW_PYTHON",
    "VOCABULARY",
    "Forward",
    "Op",
    "Variadic",
    "constant_folded",
    "functions_of",
    "no_formula",
    "op",
    "python",
]

Forward = Callable[..., "tuple[float, tuple[float, ...]]"]


def no_formula(*data: float) -> tuple[float, tuple[float, ...]]:
    """Stands where a formula would be: for leaves, and for what a person records by hand."""
    raise GraphError("an operation recorded by hand has no formula to compute again")


class Closed(float):
    """The local derivative of a branch not taken: 0, even times inf or nan; and closed times anything is closed.

    A gradient that only closed branches reach is closed too; added to a number, 0 or not, closed leaves that number.
    """

    __slots__ = ()

    def __mul__(self, other: Any) -> float:
        return self

    def __add__(self, other: Any) -> float:
        return other if isinstance(other, Closed) else other + 0.0

    def __neg__(self) -> float:
        return self

    __rmul__, __radd__ = __mul__, __add__

    def __reduce__(self) -> str:
        return "CLOSED"


CLOSED = Closed(0.0)
NO_ROW = Row((), Name("?"), ())  # of an operation without a formula


@carrying
@dataclass(frozen=True, eq=False, repr=False)
class Op:
    """One operation.

    name     its word in sheets and, as a method, in Python
    symbol   its sign in pictures; `latex` its template in LaTeX, where it has one of its own
    stable   the row as it is computed; `book` the row as a textbook writes it; `fast` as arrays compute it
    fixed    its fixed numbers by name: a value, or None where one must be given
    forward  floats → (value, local derivatives)
    careful  the same, slower, over arithmetic that never raises; None where none can
    body     the lines of Python that compute `out`; `slopes` the local derivatives after them
    masks    whether a local derivative of 0 is `CLOSED`
    operator whether it is written as a sign between its inputs, or a formula of them, not as a function of them
    again    the local derivatives as text, where those of `stable` lose digits when they are differentiated again
    is_slope whether it stands in local derivatives alone; it is then written by its textbook formula
    """

    name: str
    symbol: str = ""
    latex: str = ""
    stable: Row = NO_ROW
    book: Row = NO_ROW
    fast: Row = NO_ROW
    fixed: Mapping[str, float | None] = field(default_factory=dict)
    forward: Forward = field(default_factory=lambda: no_formula)
    careful: Forward | None = field(default_factory=lambda: None)
    body: tuple[str, ...] = field(default_factory=tuple)
    slopes: tuple[str, ...] = field(default_factory=tuple)
    masks: bool = False
    operator: bool = False
    again: tuple[str, ...] = ()
    is_slope: bool = False

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value:g}" for name, value in self.settings.items())
        return f"<Op {self.name}{'; ' if settings else ''}{settings}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self.name, tuple(self.settings.values()), self.forward is not no_formula)

    @property
    def settings(self) -> dict[str, float]:
        """The fixed numbers that have a value."""
        return {name: value for name, value in self.fixed.items() if value is not None}

    @property
    def takes(self) -> tuple[int, ...]:
        """How many arguments a call may have, fixed numbers counted; () means any number."""
        most = len(self.stable.inputs) + len(self.fixed)
        return tuple(range(most - len(self.settings), most + 1))

    def left_out(self, count: int) -> list[float]:
        """The fixed numbers that a call of so many arguments leaves out."""
        return [*self.settings.values()][count - len(self.stable.inputs) :] if self.fixed else []

    def at(self, *settings: float) -> Op:
        """The operation with its fixed numbers set: `OPS["pow"].at(2.0)` is the square."""
        return with_settings(self, settings)

    def row(self, inputs: int) -> Row:
        """Its textbook formulas for that many inputs, the fixed numbers put in."""
        numbers: dict[str, Formula] = {name: Number(value) for name, value in self.settings.items()}
        value, *partials = (substitute(each, numbers) for each in (self.book.value, *self.book.partials))
        return Row(self.book.inputs, value, tuple(partials))

    def value(self, inputs: int) -> tuple[Sequence[str], Formula]:
        """Its inputs and its textbook value for that many of them."""
        row = self.row(inputs)
        return row.inputs, row.value

    def applied(self, *arguments: Formula) -> Formula:
        """The operation written out over its arguments: `x + y`, or `tanh(x)`."""
        if self.is_operator:
            inputs, value = self.value(len(arguments))
            return substitute(value, dict(zip(inputs, arguments)))
        return Call(self.name, (*arguments, *map(Number, self.settings.values())))

    @property
    def is_operator(self) -> bool:
        """Whether it is written as a sign between its inputs, or a formula of them, not as a function of them."""
        return self.operator or self.is_slope


class LateOp(Op):
    """An operation whose formulas become Python when somebody computes with it."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        for name in COMPILED - told.keys():
            del vars(self)[name]

    def __getattr__(self, name: str) -> Any:
        if name not in COMPILED:
            raise AttributeError(name)
        vars(self).update(compiled(self))
        return vars(self)[name]


COMPILED = {"forward", "careful", "body", "slopes"}


@lru_cache(maxsize=1024)
def with_settings(operation: Op, settings: tuple[float, ...]) -> Op:
    forward = operation.forward
    fixed = {**operation.fixed, **dict(zip(operation.fixed, settings))}
    numbers = tuple(fixed.values())
    return replace(operation, fixed=fixed, forward=lambda *data: forward(*data, *numbers))


def restored(name: str, settings: tuple[float, ...], computes: bool) -> Op:
    """The operation of that name: pickles hold names, never code. One recorded by hand computes nothing."""
    from . import ops, slopes

    known = ops.EVERY_OP if computes else ops.ROLES
    if computes and name not in known:
        known = slopes.slope_rows()
    operation = known.get(name) or Op(name)
    return operation.at(*settings) if settings else operation


@dataclass(frozen=True, eq=False, repr=False)
class Variadic(Op):
    """An operation of any number of inputs; `write(names, *settings)` gives its row for these.

    shares   (names, place of the largest, *settings) → its local derivatives as they are recorded, where the
             textbook's would overflow, and grow with the square of the inputs
    unrolled names → its value as `forward` computes it, term after term, for a method that has no loop
    """

    write: Callable[..., Sequence[str]] = lambda names: ("0",)
    shares: Callable[..., Sequence[Formula]] | None = None
    unrolled: Callable[[Sequence[str]], str] | None = None

    @property
    def takes(self) -> tuple[int, ...]:
        return ()

    @staticmethod
    def inputs(count: int) -> tuple[str, ...]:
        """The names of so many inputs in its row."""
        return tuple(f"x{i + 1}" for i in range(count))

    def at(self, *settings: float) -> Variadic:
        return cast(Variadic, with_settings(self, settings))

    def row(self, inputs: int) -> Row:
        return written_row(self, inputs) if inputs <= FEW else written_row.__wrapped__(self, inputs)

    def value(self, inputs: int) -> tuple[Sequence[str], Formula]:
        return self.inputs(inputs), parse(self.texts(inputs)[0])

    def partial(self, inputs: int, k: int) -> Formula:
        """One of the local derivatives in its row: of softmax each names all inputs, and all are their square."""
        return self.row(inputs).partials[k] if inputs <= FEW else parse(self.texts(inputs)[k + 1])

    def texts(self, inputs: int) -> Sequence[str]:
        """Its value and its local derivatives, as they are written for so many inputs."""
        return written_texts(self.write, inputs, tuple(self.settings.values()))


FEW = 32  # inputs: the row of more is not kept, and only as much of it read as is asked for


@lru_cache(maxsize=256)
def written_row(operation: Variadic, inputs: int) -> Row:
    """The row of an operation for so many inputs."""
    value, *partials = map(parse, operation.texts(inputs))
    return Row(operation.inputs(inputs), value, tuple(partials))


@lru_cache(maxsize=4)
def written_texts(write: Callable[..., Sequence[str]], inputs: int, settings: tuple[float, ...]) -> Sequence[str]:
    """What `write` gives for so many inputs."""
    return write(Variadic.inputs(inputs), *settings)


# ── compiling ──────────────────────────────────────────────────────────────────────────────


def op(
    call: str,
    value: str,
    *partials: str,
    symbol: str = "",
    latex: str = "",
    book: Sequence[str] = (),
    fast: Sequence[str] = (),
    masks: bool = False,
    again: Sequence[str] = (),
) -> Op:
    """One row of the table, to be read and compiled when it is first used; a mistake in it is found then."""
    name, inputs, fixed = signature(call)
    stable, shown, arrays = (
        LateRow(call, inputs, fixed.keys(), each) if each else None for each in ((value, *partials), book, fast)
    )
    row = LateOp(
        name=name, symbol=symbol or name, latex=latex, stable=stable, book=shown or stable, fast=arrays or stable,
        fixed=fixed, masks=masks, again=tuple(again), operator=SIGNS_ALONE.fullmatch(value) is not None,
    )  # fmt: skip

    for names in (VOCABULARY, NAMESPACE):
        names.setdefault(name, lambda *data: row.forward(*data, *row.left_out(len(data)))[0])
    return row


SIGNS_ALONE = regex(r"[-+*/ a-z]+")  # in the value of an operator: no function, and no number


# What the compiled lines may call; each row joins it, for the rows below to use.
RAW = {name: raw for name, (raw, _) in RAISING.items()}
NAMESPACE: dict[str, Any] = {**FLOATS, **RAW, "power": RAW["**"], "CLOSED": CLOSED}
VOCABULARY: dict[str, Callable[..., float]] = dict(FLOATS)
# A comparison with a number, written out, takes a third of the time of a call; nan passes, as it should.
WRITTEN_OUT = {
    "min": Form("{1} if {0} >= {1} else {0}", LOOSE, ()),
    "max": Form("{1} if {0} <= {1} else {0}", LOOSE, ()),
    "step": Form("1.0 if {0} > 0.0 else 0.0 if {0} <= 0.0 else {0}", LOOSE, ()),
}
ROW_PYTHON = PYTHON.knowing({
    "**": Form("power({}, {})", ATOM, ()),  # ** on floats may turn complex
    **{f"{name} of a name": form for name, form in WRITTEN_OUT.items()},
})  # fmt: skip


def compiled(row: Op) -> dict[str, Any]:
    """The Python of a row: fast where `math` answers, careful where `math` would raise."""
    formulas = [constant_folded(each) for each in (row.stable.value, *row.stable.partials)]
    definitions, (value, *slopes) = shared(formulas)
    body = (*definitions, f"out = {value}")
    closing = " or CLOSED" if row.masks else ""
    written = tuple(f"({slope}){closing}" for slope in slopes)
    careful = interpreted(row) if functions_of(formulas) & RAISING.keys() else None
    return {"forward": generated(row, body, written, careful), "careful": careful, "body": body, "slopes": written}


def interpreted(row: Op) -> Forward:
    """The row evaluated over arithmetic that never raises."""

    def careful(*data: float) -> tuple[float, tuple[float, ...]]:
        names = {**CONSTANTS, **dict(zip((*row.stable.inputs, *row.fixed), data))}
        names["out"] = out = evaluate(row.stable.value, names, VOCABULARY)
        slopes = (evaluate(partial, names, VOCABULARY) for partial in row.stable.partials)
        return out, tuple((slope or CLOSED) if row.masks else slope for slope in slopes)

    return careful


def generated(row: Op, body: Sequence[str], slopes: Sequence[str], careful: Forward | None) -> Forward:
    """The row as one Python function over floats."""
    arguments = ", ".join((*row.stable.inputs, *row.fixed))
    lines = [*body, f"return out, ({', '.join(slopes)},)"]
    if careful:
        lines = ["try:", *(f"    {line}" for line in lines)]
        lines += ["except (ArithmeticError, ValueError):", f"    return careful({arguments})"]
    source = f"def forward({arguments}):\n" + "".join(f"    {line}\n" for line in lines)
    local: dict[str, Any] = {}
    exec(compile(source, f"<microgrid {row.name}>", "exec"), {**NAMESPACE, "careful": careful}, local)
    return local["forward"]  # type: ignore[no-any-return]


def functions_of(formulas: Sequence[Formula]) -> set[str]:
    """The functions and operators that formulas use."""
    found: set[str] = set()
    for each in formulas:
        fold(each, lambda node, _: found.update({node.function} if isinstance(node, Call) else ()))
    return found


def constant_folded(formula: Formula) -> Formula:
    """The formula with everything that depends on no name worked out."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if isinstance(node, Name):
            return Number(CONSTANTS[node.name]) if node.name in CONSTANTS else node
        if isinstance(node, Number):
            return node
        call = Call(node.function, tuple(arguments))
        constant = all(isinstance(each, Number) for each in arguments)
        return Number(evaluate(call, {}, VOCABULARY)) if constant else call

    return fold(formula, visit)  # type: ignore[no-any-return]


def shared(formulas: Sequence[Formula]) -> tuple[list[str], list[str]]:
    """Python for the formulas, what they compute more than once computed once, up front."""
    calls: dict[Formula, int] = {}

    def count(node: Formula, arguments: list[Formula]) -> None:
        early = "out" not in {each.name for each in free_names(node)}
        if early and isinstance(node, Call) and node.function not in OPERATORS:
            calls[node] = calls.get(node, 0) + 1

    for each in formulas:
        fold(each, count)
    repeated = [call for call, times in calls.items() if times > 1]
    names: dict[Formula, Formula] = {}

    def rename(node: Formula, arguments: list[Formula]) -> Formula:
        node = Call(node.function, tuple(arguments)) if isinstance(node, Call) else node
        return names.get(node, node)

    definitions = []
    for i, call in enumerate(repeated):  # inner calls come before the calls around them
        renamed = fold(call, rename)
        definitions.append(f"t{i} = {python(renamed)}")
        names[renamed] = Name(f"t{i}")
    return definitions, [python(fold(each, rename)) for each in formulas]


def python(formula: Formula) -> str:
    """The formula as Python over floats, comparisons of a name with a number written out.

    >>> python(parse("max(x, 0) + max(x, y)"))
    '(0.0 if x <= 0.0 else x) + max(x, y)'
    """

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        first, *others = arguments
        simple = node.function in WRITTEN_OUT and isinstance(first, Name)
        simple = simple and all(isinstance(each, Number) for each in others)
        return Call(f"{node.function} of a name" if simple else node.function, tuple(arguments))

    return render(fold(formula, visit), ROW_PYTHON)
