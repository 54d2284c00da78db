"""Slopes as people write them, worked out from left to right with every operation noted down, by a hand of its own."""

import ast
import math
import operator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from random import Random

import pytest

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.written_slopes import as_formula, factors_of, written_slope
from microgrid.formula import Name, evaluate, parse
from microgrid.formula.words import WORDS

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
FUNCTIONS = {"tanh": math.tanh, "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "exp": math.exp, "log": math.log}


def by_hand(text, names, decimals, cuts=False):
    """What a text comes to if the result of every operation is noted down; ArithmeticError if no two digits are left."""

    def noted(number):
        if abs(number) < 20 * 10.0**-decimals:
            raise ArithmeticError
        return Decimal(str(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN if cuts else ROUND_HALF_UP)

    def visit(node):
        match node:
            case ast.Constant(number):
                return Decimal(str(number))
            case ast.Name(name):
                return names[name]
            case ast.UnaryOp(_, inner):
                return -visit(inner)
            case ast.Call(ast.Name(name), [inner]):
                return noted(FUNCTIONS[name](float(visit(inner))))
            case ast.BinOp(left, ast.Pow(), right):
                return noted(float(visit(left) ** int(visit(right))))
            case ast.BinOp(left, sign, right):
                return noted(OPERATORS[type(sign)](visit(left), visit(right)))

    return visit(ast.parse(text.replace("^", "**"), mode="eval").body)


# Equations; then each line of work: what is printed, and how it is worked out from the numbers before it. D is dL/dz.
FAMILIES = {
    "three factors": ("z = w*a*b*c\nL = (z - t)^2", "z: w*a*b*c", "dL/dz D: 2*(z - t)", "dL/dw: D*a*b*c"),
    "the middle one": ("z = a*w*b*c\nL = (z - t)^2", "z: a*w*b*c", "dL/dz D: 2*(z - t)", "dL/dw: D*a*b*c"),
    "one line": ("z = sigmoid(w*a)\nL = (z - t)^2", "z: sigmoid(w*a)", "dL/dw: 2*(z - t)*z*(1 - z)*a"),
    "a quotient": ("z = (a - b)/w\nL = z^2/2", "z: (a - b)/w", "dL/dw: -z*(a - b)/w^2"),
    "a density": ("L = (a - b)^2/(2*w^2) + log(w)", "dL/dw: -(a - b)^2/w^3 + 1/w", "dL/db: -(a - b)/w^2"),
    "two thirds": ("L = ((w*a - t)^2 + (w*b - t)^2)/3", "dL/dw: 2/3*((w*a - t)*a + (w*b - t)*b)"),
    "over three": ("L = ((w*a - t)^2 + (w*b - t)^2)/3", "dL/dw: 2*((w*a - t)*a + (w*b - t)*b)/3"),
    "shares": (
        "e1 = w*a - t\ne2 = w*b - t\nL = (e1^2 + e2^2)/3",
        "e1: w*a - t", "e2: w*b - t", "L: (e1^2 + e2^2)/3", "dL/dw: 2/3*e1*a + 2/3*e2*b",
    ),
    "typed thirds": ("z = 2/3*(w*a - b)\nL = 1/3*z^2", "z: 2/3*(w*a - b)", "L: 1/3*z^2", "dL/dw: 2/3*z*2/3*a"),
    "a function": ("z = c*tanh(w*a)\nL = (z - t)^2", "z: c*tanh(w*a)", "dL/dw: 2*(z - t)*c*(1 - tanh(w*a)^2)*a"),
}  # fmt: skip


def paper(equations, work, rng, decimals, cuts):
    """A sheet with its numbers, worked by hand; None where a number has not two digits left."""
    names = {name: Decimal(f"{rng.uniform(0.4, 1.9):.2f}") for name in "abctw"}
    lines = ["input " + ", ".join(f"{name} = {names[name]}" for name in "abct"), f"param w = {names['w']}", equations]
    for each in work:
        (quantity, *short), text = each.split(":")[0].split(), each.split(":")[1].strip()
        try:
            number = by_hand(text, names, decimals, cuts)
        except ArithmeticError:
            return None
        names[short[0] if short else quantity.replace("/", "")] = number
        lines.append(f"{quantity} ~= {number:.{decimals}f}")
    return "\n".join(lines)


@pytest.mark.parametrize("name", FAMILIES)
def test_work_from_left_to_right_is_no_slip(name):
    equations, *work = FAMILIES[name]
    asked = 0
    for seed in range(24):
        decimals, cuts = 3 + seed % 2, seed % 6 == 5
        text = paper(equations, work, Random(seed), decimals, cuts)
        for answer in check(Sheet.parse(text).run()) if text else ():
            units = abs(float(answer.printed) - answer.value) * 10**decimals
            said = "right" if answer.right else answer.verdict
            assert said == "right" or (units > 3 and said == "close"), (text, answer.quantity, said, answer.why)
            asked += 1
    assert asked > 20


@pytest.mark.parametrize(
    ("equations", "work", "verdicts"),
    [
        ("z = w*a*b*c\nL = (z - t)^2", ["z ~= 0.546", "dL/dz ~= -0.908", "dL/dw ~= -0.356"], ["exact", "exact", "rounding"]),
        ("z = w*a*b*c\nL = (z - t)^2", ["z ~= 0.546", "dL/dz ~= -0.908", "dL/dw ~= -0.366"], ["exact", "exact", "slip"]),
        (
            "e1 = w*1 - t\ne2 = w*a*10 - 1 + t\nL = (e1^2 + e2^2)/3",
            ["e1 ~= 0.400", "e2 ~= 2.800", "dL/dw ~= 4.003"],
            ["exact", "exact", "rounding"],  # 0.267 + 3.736
        ),
    ],
)  # fmt: skip
def test_a_number_that_working_gives_and_one_that_it_does_not(equations, work, verdicts):
    given = "input a = 0.2, b = 1.3, c = 1.5, t = 1.0\nparam w = 1.4\n"
    answers = check(Sheet.parse("\n".join([given + equations, *work])).run())
    assert [each.verdict for each in answers] == verdicts


SLOPES = [
    ("w*a*b*c", "w", "a*b*c"), ("a*w*b", "w", "a*b"), ("w^2*a - w/a", "w", "2*w*a - 1/a"), ("w*w*w", "w", "3*w^2"),
    ("(a - w)^2/b", "w", "-2*(a - w)/b"), ("a/w", "w", "-a/w^2"), ("exp(-(w - a)^2/2)", "w", "-h*(w - a)"),
    ("sigmoid(w*a + b)", "w", "h*(1 - h)*a"), ("2/3*(w - a)^2", "w", "4/3*(w - a)"), ("w^a", "w", "a*w^(a - 1)"),
    ("w^1.5*a", "w", "1.5*w^0.5*a"), ("w^1.5*w^0.5*a", "w", "2*w*a"), ("(w*a)^2.5/w", "w", "1.5*a^2.5*w^0.5"),
    ("b*tanh(w*a)", "w", "b*(1 - tanh(w*a)^2)*a"), ("sqrt(w*a)", "a", "w/(2*h)"), ("max(w, a)*b", "w", "0*b"),
    ("(w + a)*(w - a)/(w*b)", "w", "(w + a)/(w*b) + (w - a)/(w*b) - (w + a)*(w - a)/(w^2*b)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "by", "slope"), SLOPES)
def test_a_written_slope_is_the_derivative(text, by, slope):
    names = {"w": 0.7, "a": 1.3, "b": -0.4, "c": 2.1}
    names["h"] = evaluate(parse(text), names, WORDS)
    terms = written_slope(parse(text), by, "h")
    wanted = evaluate(parse(slope), names, WORDS)
    assert math.isclose(evaluate(as_formula(terms), names, WORDS), wanted, rel_tol=1e-12, abs_tol=1e-15)
    total = 1.0
    for over in (False, True):
        total = 1.0
        for word, factor in factors_of(terms, over):
            total = WORDS[word](total, evaluate(factor, names, WORDS))
        assert math.isclose(total, wanted, rel_tol=1e-12, abs_tol=1e-15)


def test_what_does_not_name_it_has_no_slope():
    assert written_slope(parse("a*b + 1"), "w") == [] and written_slope(Name("w"), "w")[0].number == 1
