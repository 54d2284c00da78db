"""Losses of several parts: an average over samples that nobody divided, or twice; a penalty that is forgotten."""

import pytest

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.follow_through import Item, Pages

LOSSES = {  # of N samples, e1 … eN their errors; what the sum of all squares is divided by
    "over N":          ("L = ({squares})/{n}", 1),
    "times 1/N":       ("L = 1/{n}*({squares})", 1),
    "over 2N":         ("L = ({squares})/(2*{n})", 2),
    "of shares":       ("L = {shares}", 1),
    "mean":            ("L = mean({listed})", 1),
    "of a total":      ("s = {squares}\nL = s/{n}", 1),
    "of losses":       ("{losses}\nL = ({sum})/{n}", 1),
    "with a penalty":  ("L = ({squares})/{n} + 0.3*b^2", 1),
}  # fmt: skip
INPUTS, TARGETS = (1.3, -0.7, 2.1, 0.4), (0.9, 0.2, 1.7, -0.6)


def batch(loss, n):
    """A line through n points."""
    count = range(1, n + 1)
    squares = [f"e{i}^2" for i in count]
    parts = {
        "n": n,
        "squares": " + ".join(squares),
        "shares": " + ".join(f"{each}/{n}" for each in squares),
        "listed": ", ".join(squares),
        "losses": "\n".join(f"l{i} = e{i}^2" for i in count),
        "sum": " + ".join(f"l{i}" for i in count),
    }
    given = [f"input x{i} = {INPUTS[i - 1]}\ntarget t{i} = {TARGETS[i - 1]}" for i in count]
    lines = [f"y{i} = w*x{i} + b\ne{i} = y{i} - t{i}" for i in count]
    return "\n".join(["param w = 0.37, b = 0.15", *given, *lines, LOSSES[loss][0].format(**parts)])


def by_hand(n):
    """The derivative of the sum of all squares by w."""
    return sum(2 * (0.37 * x + 0.15 - t) * x for x, t in list(zip(INPUTS, TARGETS))[:n])


def hint(text, line):
    answer = check(Sheet.parse(f"{text}\n{line}").run())[-1]
    assert answer.wrong, answer
    return answer.why.rpartition("; ")[2]


TIMES = {2: ("twice", "half"), 3: ("3 times", "1/3"), 4: ("4 times", "1/4")}


@pytest.mark.parametrize("n", TIMES)
@pytest.mark.parametrize("loss", LOSSES)
def test_who_does_not_divide_by_the_number_of_samples_is_told(loss, n):
    text, right = batch(loss, n), by_hand(n) / n / LOSSES[loss][1]
    times, share = TIMES[n]
    assert hint(text, f"dL/dw ~= {right * n:.5f}") == f"it is {times} as large: not divided by {n}"
    value = Pages(Sheet.parse(text).run()).true(Item(0, "L"))
    if loss != "with a penalty":
        assert hint(text, f"L ~= {value / n:.6f}") == f"it is {share} as large: divided by {n} twice"
    if n > 2:  # half of it is also what is left without the 2 of a square
        assert hint(text, f"dL/dw ~= {right / n:.6f}") == f"it is {share} as large: divided by {n} twice"


@pytest.mark.parametrize("n", TIMES)
def test_a_formula_without_the_division_is_explained(n):
    undivided = " + ".join(f"2*e{i}*x{i}" for i in range(1, n + 1))
    text = batch("over N", n)
    assert hint(text, f"dL/dw == {undivided}") == f"it is {TIMES[n][0]} as large: not divided by {n}"


@pytest.mark.parametrize("n", [3, 4])
def test_numbers_that_are_printed_need_no_second_division(n):
    text, pages = batch("over N", n), Pages(Sheet.parse(batch("over N", n)).run())
    printed = "\n".join(f"dL/de{i} ~= {pages.true(Item(0, 'L', f'e{i}')):.5f}" for i in range(1, n + 1))
    assert hint(text, f"{printed}\ndL/dw ~= {by_hand(n) / n / n:.5f}").endswith(f"divided by {n} twice")
    follows = check(Sheet.parse(f"{text}\ndL/de1 ~= 9.87\ndL/dw ~= {by_hand(n) / n:.5f}").run())[-1]
    assert follows.right


PENALTIES = {
    "lam*w^2": ("lam·w²", 2 * 0.1 * 0.37),
    "lam*(w^2 + v^2)": ("lam(w² + v²)", 2 * 0.1 * 0.37),
    "lam/2*(w^2 + v^2)": ("lam/2·(w² + v²)", 0.1 * 0.37),
    "lam*abs(w)": ("lam·abs(w)", 0.1),
    "0.1*exp(w)": ("0.1·exp(w)", 0.1447734614663324),
}


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("data", ["(v*h - t)^2", "log(v*h + t)", "1/3*(v*h - t)^4"])
def test_the_penalty_that_is_forgotten_is_named(penalty, data):
    term, slope = PENALTIES[penalty]
    text = f"input x = 1.3\ntarget t = 0.9\nparam w = 0.37, v = 0.8, lam = 0.1\nh = w*x\nL = {data} + {penalty}"
    right = Pages(Sheet.parse(text).run()).true(Item(0, "L", "w"))
    assert hint(text, f"dL/dw ~= {right - slope:.6f}") == f"the term {term} is missing"
    assert hint(text, f"dL/dw ~= {right - 2 * slope:.6f}") == f"the term {term} has the wrong sign"
    assert hint(text, "dL/dw == dL/dh*x") == f"the term {term} is missing"


def test_a_quantity_that_stands_in_the_last_equation_twice_is_no_term_of_it():
    text = "input x = 1.3\nparam w = 0.37\nh = w*x\nL = w*(h + w)"
    assert hint(text, f"dL/dw ~= {0.37 * 1.3:.5f}") == "the path through L is missing"


BESIDE = {  # a penalty beside the average of three squares, its slope by w, and what is said of it
    "L = ({squares})/3 + lam*w^2":              (2 * 0.3 * 0.37, "lam·w²"),
    "L = mean({listed}) + lam*w^2":             (2 * 0.3 * 0.37, "lam·w²"),
    "L = ({squares})/3 + lam/2*w^2":            (0.3 * 0.37, "lam/2·w²"),
    "L = lam*abs(w) + 1/3*({squares})":         (0.3, "lam·abs(w)"),
    "L = ({squares})/3 + lam*(w^2 + b^2)":      (2 * 0.3 * 0.37, "lam(w² + b²)"),
    "L = ({squares})/3 + lam*w^2 + 0.1*b^2":    (2 * 0.3 * 0.37, "lam·w² + 0.1·b²"),
    "D = ({squares})/3\nR = w^2\nL = D + lam*R": (2 * 0.3 * 0.37, "lam·R"),
}  # fmt: skip


@pytest.mark.parametrize("loss", BESIDE)
def test_who_divides_the_penalty_too_or_nothing_is_told(loss):
    slope, said = BESIDE[loss]
    squares = [f"e{i}^2" for i in (1, 2, 3)]
    given, _, _ = batch("over N", 3).rpartition("\n")
    text = f"{given}\ninput lam = 0.3\n" + loss.format(squares=" + ".join(squares), listed=", ".join(squares))
    data = by_hand(3)
    assert hint(text, f"dL/dw ~= {data / 3 + slope / 3:.6f}") == f"{said} is divided by 3, too"
    assert hint(text, f"dL/dw ~= {data + slope:.6f}") == "what is averaged is 3 times as large: not divided by 3"
    assert hint(text, f"dL/dw ~= {data / 9 + slope:.6f}") == "what is averaged is 1/3 as large: divided by 3 twice"
    total = sum((0.37 * x + 0.15 - t) ** 2 for x, t in list(zip(INPUTS, TARGETS))[:3])
    penalty = Pages(Sheet.parse(text).run()).true(Item(0, "L")) - total / 3
    assert hint(text, f"L ~= {total / 3 + penalty / 3:.6f}") == f"{said} is divided by 3, too"
    assert "the factor 1/3 is missing" in hint(text, f"L ~= {total + penalty:.6f}")


def test_a_sum_without_an_average_has_nothing_that_is_divided_too():
    text = "input x = 1.3\nparam w = 0.37, v = 0.8\nh = w*x\nL = h*v/3 + w^2"
    right = 1.3 * 0.8 / 3 + 2 * 0.37
    assert "too" not in hint(text, f"dL/dw ~= {right - 2 * 0.37 * 2 / 3:.6f}")
