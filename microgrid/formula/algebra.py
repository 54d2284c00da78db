"""Tidying formulas by hand: numbers, signs, fractions and like terms, in the order they were given."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from .budget import kept, raised
from .expression import Call, Formula, Name, Number, fold

__all__ = ["is_larger", "size", "tidied", "unshifted"]

Monomial = tuple[tuple[Formula, int], ...]  # the factors and their powers, in order
COUNTED = 100_000  # parts that are counted one by one
Terms = dict[frozenset[tuple[Formula, int]], tuple[Fraction, Monomial]]


def size(formula: Formula) -> int:
    """How many numbers, names and operations a formula is made of; what it shares is counted wherever it stands."""
    count, pending = 0, [formula]
    while pending and count < COUNTED:
        node = pending.pop()
        count += 1
        if type(node) is Call:
            pending += node.arguments
    return shared_size(formula) if pending else count


def is_larger(formula: Formula, most: int) -> bool:
    """Whether a formula has more than so many parts; no more of them are looked at."""
    count, pending = 0, [formula]
    while pending and count <= most:
        node = pending.pop()
        count += 1
        if type(node) is Call:
            pending += node.arguments
    return count > most


def shared_size(formula: Formula) -> int:
    """The same, what is shared looked at once: f(f(z)), and so on twenty times, has more parts than anybody counts."""
    sizes: dict[int, int] = {}
    pending = [formula]
    while pending:
        node = pending.pop()
        arguments = node.arguments if isinstance(node, Call) else ()
        unknown = [each for each in arguments if id(each) not in sizes]
        if unknown:
            pending += [node, *unknown]
        else:
            sizes[id(node)] = 1 + sum(sizes[id(each)] for each in arguments)
    return sizes[id(formula)]


def tidied(formula: Formula) -> Formula:
    """Numbers multiplied out, signs in front, like terms together; as it was if no shorter.

    >>> from microgrid.formula import parse
    >>> from microgrid.formula import render
    >>> print(render(tidied(parse("(-y)*(1/p) - (1 - y)*(1/(1 - p)*-1)"))))
    -(y/p) + (1 - y)/(1 - p)
    >>> print(render(tidied(parse("x*2"))), render(tidied(parse("x + x"))), render(tidied(parse("x*x/x"))))
    x*2 2*x x
    """
    decimals = fold(formula, lambda node, found: any(found) or (isinstance(node, Number) and node.value % 1 != 0))
    try:
        after = written(fold(formula, lambda node, inputs: collected(node, inputs, decimals)), decimals)
    except (ArithmeticError, ValueError):  # inf, nan, a division by 0
        return formula
    return after if weight(after) < weight(formula) else formula


def unshifted(formula: Formula) -> Formula:
    """ln Σ e^(zᵢ - c) as ln Σ e^zᵢ - c: its derivative by c is then p - 1, where it was a sum of -p's.

    >>> from microgrid.formula import parse
    >>> from microgrid.formula import render
    >>> print(render(unshifted(parse("logsumexp(a - c, 0, b - c)"))))
    logsumexp(a, c, b) - c
    """

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        shift = common_shift(inputs) if node.function == "logsumexp" else None
        if shift is None:
            return Call(node.function, tuple(inputs), node.at)
        terms = (each.arguments[0] if isinstance(each, Call) else shift for each in inputs)
        return Call("-", (Call(node.function, tuple(terms), node.at), shift))

    return fold(formula, visit)  # type: ignore[no-any-return]


def common_shift(terms: list[Formula]) -> Formula | None:
    """What is taken from each of the terms, 0 being that less itself."""
    rest = [each for each in terms if each != Number(0.0)]
    shifts = [each.arguments[1] for each in rest if isinstance(each, Call) and each.function == "-"]
    return shifts[0] if shifts and len(shifts) == len(rest) and all(each == shifts[0] for each in shifts) else None


def weight(formula: Formula) -> tuple[int, int, int]:
    """What the eye has to take in: the parts of a formula, its names, its signs and products inside products."""

    def knots(node: Formula, counts: list[int]) -> int:
        parts = node.arguments if isinstance(node, Call) and node.function in "*/" else ()
        signed = parts or (node.arguments[1:] if isinstance(node, Call) and node.function == "+" else ())
        signs = sum(is_negative(each) for each in signed)
        return sum(counts) + signs + any(isinstance(each, Call) and each.function in "*/" for each in parts[1:])

    names = fold(formula, lambda node, counts: isinstance(node, Name) + sum(counts))
    return size(formula), int(names), int(fold(formula, knots))


def is_negative(formula: Formula) -> bool:
    if isinstance(formula, Number):
        return formula.value < 0
    return isinstance(formula, Call) and (formula.function == "neg" or is_quotient_of_negative(formula))


def is_quotient_of_negative(call: Call) -> bool:
    """-10/f, where the number comes first."""
    first = call.arguments[0]
    return call.function in "*/" and isinstance(first, Number) and first.value < 0


def collected(node: Formula, inputs: list[Terms], decimals: bool) -> Terms:
    """The node as a sum of terms, each a number times powers of whatever is no sum or product."""
    if isinstance(node, Number):
        return single(Fraction(repr(node.value)), ())
    if isinstance(node, Name):
        return single(Fraction(1), ((node, 1),))
    match node.function, inputs:
        case "+", [a, b]:
            return added(a, b, 1)
        case "-", [a, b]:
            return added(a, b, -1)
        case "neg", [a]:
            return added({}, a, -1) if len(a) < 2 else single(Fraction(-1), ((written(a, decimals), 1),))
        case "*", [a, b]:
            return multiplied(a, b, 1, decimals)
        case "/", [a, b]:
            return multiplied(a, b, -1, decimals)
        case "**", [a, b] if (n := whole(b)) is not None:
            return multiplied(single(Fraction(1), ()), a, n, decimals)
    call = Call(node.function, tuple(written(each, decimals) for each in inputs))
    return single(Fraction(1), ((call, 1),))


def single(number: Fraction, factors: Monomial) -> Terms:
    return {frozenset(factors): (number, factors)} if number else {}


def added(a: Terms, b: Terms, sign: int) -> Terms:
    total = dict(a)
    for key, (number, factors) in b.items():
        number = sign * number + (total[key][0] if key in total else 0)
        total[key] = number, factors
        if not number:
            del total[key]
    return total


def multiplied(a: Terms, b: Terms, power: int, decimals: bool) -> Terms:
    """a · b^power; a sum among the two stays together, as one factor."""
    (x, first), (y, second) = as_product(a, decimals), as_product(b, decimals)
    powers: dict[Formula, int] = dict(first)
    for base, n in second:
        powers[base] = powers.get(base, 0) + n * power
    return single(kept(x * raised(y, power)), tuple((base, n) for base, n in powers.items() if n))


def as_product(terms: Terms, decimals: bool) -> tuple[Fraction, Monomial]:
    if len(terms) == 1:
        return next(iter(terms.values()))
    return (Fraction(1), ((written(terms, decimals), 1),)) if terms else (Fraction(0), ())


def whole(terms: Terms) -> int | None:
    """The small whole number that the terms are, if they are one."""
    number, factors = as_product(terms, False)
    return int(number) if not factors and number.denominator == 1 and abs(number) <= 20 else None


# ── writing terms down ─────────────────────────────────────────────────────────────────────


def written(terms: Terms, decimals: bool) -> Formula:
    """The terms as a formula, in their order."""
    total: Formula | None = None
    for number, factors in terms.values():
        negative, positive = term(number, factors, decimals)
        if total is None:
            total = negated(positive) if negative else positive
        else:
            total = Call("-" if negative else "+", (total, positive))
    return Number(0.0) if total is None else total


def negated(formula: Formula) -> Formula:
    return Number(-formula.value) if isinstance(formula, Number) else Call("neg", (formula,))


def term(number: Fraction, factors: Monomial, decimals: bool) -> tuple[bool, Formula]:
    """Whether a term is negative, and the term without its sign: -(a - b) is b - a."""
    negative = number < 0
    above, below = number_parts(abs(number), decimals)
    for base, n in factors:
        turned = turned_round(base) if negative and n == 1 else None
        if turned is not None:
            negative, base = False, turned
        power = base if abs(n) == 1 else Call("**", (base, Number(float(abs(n)))))
        (above if n > 0 else below).append(power)
    numerator = product(above)
    return negative, Call("/", (numerator, product(below))) if below else numerator


def number_parts(number: Fraction, decimals: bool) -> tuple[list[Formula], list[Formula]]:
    """A number as what stands above and below the fraction stroke; ones are left out."""
    if decimals:
        return ([] if number == 1 else [Number(float(number))]), []
    top, bottom = float(number.numerator), float(number.denominator)
    return [Number(top)] if top != 1 else [], [Number(bottom)] if bottom != 1 else []


def turned_round(formula: Formula) -> Formula | None:
    """b - a, of a - b."""
    if isinstance(formula, Call) and formula.function == "-":
        a, b = formula.arguments
        lone = not (isinstance(a, Call) and a.function in "+-") and not isinstance(a, Number)
        return Call("-", (b, a)) if lone and not (isinstance(b, Call) and b.function == "neg") else None
    return None


def product(factors: list[Formula]) -> Formula:
    return reduce(lambda total, each: Call("*", (total, each)), factors) if factors else Number(1.0)
