"""Functions that a text defines, and their derivatives: f(z), f'(z), σ'(z), written out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import chain
from typing import NamedTuple

from microgrid.errors import FormulaError
from microgrid.streams import carrying

from .algebra import size
from .budget import PARTS, most, too_many_parts
from .derivative import derivative
from .expression import Call, Formula, Name, Number, fold, substitute
from .ops import EVERY_OP, OPS, ROLES

__all__ = [
    "ALIASES",
    "EXTREME",
    "FUNCTIONS",
    "HINTS",
    "Definition",
    "expanded",
    "functions",
    "together",
    "written_out",
]

EXTREME = {"max": "max", "min": "min", "amax": "max", "amin": "min"}  # also as PyTorch and NumPy call those of several
HIGHEST = 2  # derivative of a function that is written with primes
OUT = "x"

# What functions take, by their names; an empty collection is any number from one.
FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    **{name: row.takes for name, row in EVERY_OP.items() if name not in ROLES},
    "max": (), "min": (), "mean": (), "sign": (1,),
}  # fmt: skip
# What else they are called: as the table's own symbols have it, and as books do.
ALIASES: Mapping[str, str] = {
    **{row.symbol: row.name for row in OPS.values() if row.takes and row.symbol.isidentifier()},
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh",
    "log₂": "log2", "log₁₀": "log10", "Σ": "sum", "LeakyReLU": "leaky_relu",
}  # fmt: skip
# What has no slope, or is of whole lists.
NOT_HERE = (
    "floor", "ceil", "ceiling", "round", "trunc", "int", "mod", "argmax", "argmin", "median", "sort", "gamma", "lgamma",
    "factorial", "erfc", "erfinv", "dropout", "conv", "transpose", "det", "inv", "trace", "len",
)  # fmt: skip
# What to write instead of words that are no functions here, in small letters.
HINTS: Mapping[str, str] = {
    **{name.replace("_", ""): f"write {name}" for name in FUNCTIONS},
    **dict.fromkeys(("crossentropy", "cross_entropy", "ce", "nll"), "of one class it is -log(p)"),
    **dict.fromkeys(("bce", "binarycrossentropy"), "write -y*log(p) - (1 - y)*log(1 - p)"),
    **dict.fromkeys(NOT_HERE, "the table has no such function"),
    **dict.fromkeys(("grad", "gradient", "diff", "deriv", "derivative"), "a derivative is written dL/dw"),
    **dict.fromkeys(("velocity", "momentum"), "`update momentum` remembers it, and so the lines behind that know it"),
    **dict.fromkeys(("std", "stdev"), "write sqrt(mean(...)) of the squares that are meant"),
    **dict.fromkeys(("var", "variance"), "write mean(...) of the squares that are meant"),
    **dict.fromkeys(("norm", "l2norm"), "write sqrt(y^2 + z^2)"),
    "clip": "write clamp(z, 0, 1)", "hardsigmoid": "write clamp(z/6 + 1/2, 0, 1)",
    **dict.fromkeys(("dot", "matmul", "inner"), "write y1*z1 + y2*z2"),
    **dict.fromkeys(("prod", "product"), "write y*z"),
    "range": "a range is written 1..3",
    **dict.fromkeys(("tg", "tangent"), "write tan"),
    "arctg": "write atan",
    **dict.fromkeys(("ctg", "cotan", "cot"), "write 1/tan(z)"),
    **dict.fromkeys(("gelu_tanh", "gelutanh", "gelu_new"), "write z*sigmoid(1.5957691*(z + 0.044715*z^3))"),
    "softsign": "write z/(1 + |z|)", "relu6": "write clamp(z, 0, 6)",
    "sec": "write 1/cos(z)", "csc": "write 1/sin(z)", "sech": "write 1/cosh(z)",
    "csch": "write 1/sinh(z)", "coth": "write 1/tanh(z)", "acot": "write atan(1/z)", "acoth": "it is atanh(1/z)",
    "sine": "write sin", "cosine": "write cos", "exp10": "write 10^z", "tansig": "write tanh",
    "prelu": "write leaky_relu(z, 0.25)",
    "hardswish": "write z*clamp(z/6 + 1/2, 0, 1)",
    "celu": "write elu(z)", "logsig": "write logsigmoid",
    "sinc": "write sin(z)/z", "maximum": "write max", "minimum": "write min", "fabs": "write abs", "lg": "write log10",
    "softmin": "it is softmax(-y, -z)", "power": "write y^z", "root": "write sqrt", "identity": "write z",
    **dict.fromkeys(("mse", "l2"), "write (y - t)^2, of several mean(...)"),
    **dict.fromkeys(("mae", "l1"), "write |y - t|, of several mean(...)"),
    **dict.fromkeys(("logistic", "expit"), "write sigmoid"),
    "swish": "write silu",
    **dict.fromkeys(("ifelse", "iif", "cond", "select", "piecewise"), "write where(y > z, y, z)"),
    **dict.fromkeys(("average", "avg"), "write mean"),
    "sgn": "write sign", "e": "write e^(...), or e*(...)",
    **dict.fromkeys(("sqr", "square"), "write z^2"),
    "heaviside": "write step", "logit": "write log(p/(1 - p))", "lrelu": "write leaky_relu", "cuberoot": "write cbrt",
    **dict.fromkeys(("huber", "smoothl1", "smooth_l1"), "write clamp(e, -1, 1)*(e - clamp(e, -1, 1)/2)"),
}  # fmt: skip


@carrying
class Definition(NamedTuple):
    """`f(z) = 1/(1 + exp(-z))`: a function that a text defines; its formula calls no other."""

    name: str
    parameters: tuple[str, ...]
    formula: Formula
    line: int = 0


def functions(definitions: Iterable[Definition]) -> dict[str, tuple[int, ...]]:
    """What every function takes, those of the table and these."""
    return {**FUNCTIONS, **{each.name: (len(each.parameters),) for each in definitions}}


def expanded(formula: Formula, definitions: Mapping[str, Definition] = {}) -> Formula:
    """The formula without the functions that the table does not have.

    >>> from microgrid.formula import parse, render
    >>> square = Definition("f", ("z",), parse("z^2"))
    >>> print(render(expanded(parse("f(a + 1) + f'(a)"), {"f": square})))
    (a + 1)^2 + 2*a
    >>> print(render(expanded(parse("mean(a, b, c) + tanh'(z)"))))
    sum(a, b, c)/3 + (1 - tanh(z)^2)

    definitions  by name
    Raises FormulaError for f' of several arguments, and where too much would be written out.
    """

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        found = written_out(node, tuple(arguments), definitions)
        grows = node.function in definitions or node.function.endswith("'")  # else it has as many parts as before
        if grows and size(found) > most(PARTS):
            raise FormulaError(too_many_parts(), node.at)
        return found

    return fold(formula, visit)  # type: ignore[no-any-return]


def written_out(node: Call, arguments: tuple[Formula, ...], definitions: Mapping[str, Definition]) -> Formula:
    """One call, its arguments written out already."""
    name = node.function
    if name.endswith("'"):
        return slope(node, arguments, definitions)
    if name in definitions:
        return substitute(definitions[name].formula, dict(zip(definitions[name].parameters, arguments)))
    if name == "mean":
        first, *others = arguments
        total = Call("sum", arguments, node.at) if others else first
        return Call("/", (total, Number(float(len(arguments)), node.at)), node.at)
    if name in EXTREME:
        return reduce(lambda left, right: Call(EXTREME[name], (left, right), node.at), arguments)
    return without_sign(node, arguments)


def without_sign(node: Formula, arguments: Sequence[Formula]) -> Formula:
    """A node over its arguments; of a sign what the table has, 1{z > 0} − 1{z < 0}."""
    if not isinstance(node, Call):
        return node
    if node.function != "sign":
        return Call(node.function, tuple(arguments), node.at)
    (inside,) = arguments
    return Call("-", (Call("step", (inside,), node.at), Call("step", (Call("neg", (inside,)),), node.at)), node.at)


def together(formula: Formula) -> Formula:
    """The formula with max(max(a, b), c) as the largest of three, all of which share the gradient of a tie.

    >>> from microgrid.formula import parse
    >>> together(parse("max(max(a, b), min(c, 1))")).function, together(parse("max(a, 0)")).function
    ('amax', 'max')
    """

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        whole = f"a{node.function}"
        if node.function in ("max", "min") and any(is_extreme(each, node.function) for each in arguments):
            parts = (each.arguments if is_extreme(each, node.function) else (each,) for each in arguments)  # type: ignore[union-attr]
            return Call(whole, tuple(chain.from_iterable(parts)), node.at)
        return Call(node.function, tuple(arguments), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def is_extreme(formula: Formula, word: str) -> bool:
    return isinstance(formula, Call) and formula.function in (word, f"a{word}")


def slope(node: Call, arguments: tuple[Formula, ...], definitions: Mapping[str, Definition]) -> Formula:
    """f'(z), and f''(z)"""
    name = node.function.rstrip("'")
    order = len(node.function) - len(name)
    if name in definitions:
        parameters, whole = definitions[name].parameters, definitions[name].formula
    else:
        parameters, whole = (OUT,), Call(name, (Name(OUT),))
    if len(parameters) != 1 or len(arguments) != 1 or name in ("mean", "sign", "max", "min"):
        raise FormulaError(f"{name}' needs a function of one argument", node.at, node.at + len(name))
    if order > HIGHEST:
        fact = f"{node.function} is one derivative too many; write g(z) = {name}''(z), then g'(z)"
        raise FormulaError(fact, node.at, node.at + len(node.function))
    for _ in range(order):
        whole = derivative(whole, parameters[0])
    return substitute(fold(whole, without_sign), {parameters[0]: arguments[0]})  # that of |z| is a sign
