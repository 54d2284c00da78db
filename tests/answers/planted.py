"""Networks worked by hand with one mistake in one line: an evaluator of its own, which knows nothing of the library.

A line of work is a name, what gives it, and the mistakes that are made in it: each another way to compute it, with
what a person would call it, as a pattern.
"""

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

Numbers = dict[str, float]


class Line(NamedTuple):
    name: str
    right: Callable[[Numbers], float]
    mistakes: list[tuple[Callable[[Numbers], float], str]]


ACTIVATIONS = {
    "tanh": (math.tanh, lambda z, h: 1 - h * h),
    "sigmoid": (lambda z: 1 / (1 + math.exp(-z)), lambda z, h: h * (1 - h)),
    "relu": (lambda z: max(z, 0.0), lambda z, h: float(z > 0)),
}
RATE = 0.1


class Network:
    """A network of one hidden layer, its sheet, and its lines of work."""

    def __init__(self, rng):
        self.rng = rng
        self.inputs, self.hidden = rng.choice((2, 2, 3)), rng.choice((2, 3))
        self.activation = rng.choice(list(ACTIVATIONS))
        self.half = rng.random() < 0.6
        self.given = {f"x{i}": self.draw() for i in self.xs} | {"t": self.draw()}
        for j in self.hs:
            self.given |= {f"w{j}{i}": self.draw() for i in self.xs} | {f"b{j}": self.draw(), f"v{j}": self.draw()}
        self.given["c"] = self.draw()

    xs = property(lambda self: range(1, self.inputs + 1))
    hs = property(lambda self: range(1, self.hidden + 1))

    def draw(self):
        return round(self.rng.choice((-1, 1)) * self.rng.uniform(0.1, 1.6), 2)

    def sheet(self):
        leaves = "\n".join(
            f"{'input' if name[0] == 'x' else 'target' if name == 't' else 'param'} {name} = {number}"
            for name, number in self.given.items()
        )
        lines = [f"z{j} = {' + '.join(f'w{j}{i}*x{i}' for i in self.xs)} + b{j}" for j in self.hs]
        lines += [f"h{j} = {self.activation}(z{j})" for j in self.hs]
        lines.append(f"y = {' + '.join(f'v{j}*h{j}' for j in self.hs)} + c")
        lines.append(f"L = {'1/2*' * self.half}(y - t)^2")
        return "\n".join([leaves, *lines, f"update {RATE}"])

    def lines(self):
        yield from map(self.sum_of, self.hs)
        yield from map(self.activated, self.hs)
        yield self.output()
        yield self.loss()
        yield self.slope_of_output()
        for j in self.hs:
            yield from (self.slope_of_activation(j), self.slope_of_sum(j))
        yield from (self.slope_of_weight(j, i) for j in self.hs for i in self.xs)
        yield from map(self.slope_of_input, self.xs)
        yield from (self.step(f"w{j}{i}") for j in self.hs for i in self.xs)

    # ── forward ──

    def weighted(self, name, terms, bias):
        """A weighted sum, and what goes wrong with one."""

        def total(n, terms=terms, signs=(1,) * 9, biased=1.0):
            return sum(sign * n[w] * n[x] for sign, (w, x) in zip(signs, terms)) + biased * n[bias]

        def one_other(k, change):
            return lambda n: total(n) - n[terms[k][0]] * n[terms[k][1]] + change(n[terms[k][0]], n[terms[k][1]])

        found = [
            (lambda n: total(n, biased=0.0), f"{bias} is missing"),
            (lambda n: total(n, biased=-1.0), f"sign of {bias}"),
        ]
        for k, (w, x) in enumerate(terms):
            found += [
                (one_other(k, lambda w, x: 0.0), f"term {w}·{x} is missing"),
                (one_other(k, lambda w, x: -w * x), f"sign of {w}·{x}"),
                (one_other(k, lambda w, x: 2 * w * x), f"{w}·{x} is there twice"),
                (one_other(k, lambda w, x: w), f"factor {x} is missing"),
                (one_other(k, lambda w, x: x), f"factor {w} is missing"),
                (one_other(k, lambda w, x: w + x), f"{w} and {x} are added"),
                (one_other(k, lambda w, x: 10 * w * x), f"{w}·{x} is ten times too large"),
            ]
            for other_w, other_x in terms[:k] + terms[k + 1 :]:
                found.append(
                    (lambda n, w=w, x=x, o=other_x: total(n) + n[w] * (n[o] - n[x]), f"{other_x} stands where {x}")
                )
                found.append(
                    (lambda n, w=w, x=x, o=other_w: total(n) + n[x] * (n[o] - n[w]), f"{other_w} stands where {w}")
                )
        return Line(name, total, found)

    def sum_of(self, j):
        line = self.weighted(f"z{j}", [(f"w{j}{i}", f"x{i}") for i in self.xs], f"b{j}")
        for i in self.xs:
            if i != j and f"w{i}{j}" in self.given:
                wrong = lambda n, i=i: line.right(n) + n[f"x{i}"] * (n[f"w{i}{j}"] - n[f"w{j}{i}"])  # noqa: E731
                line.mistakes.append((wrong, f"w{i}{j} stands where w{j}{i}"))
        return line

    def activated(self, j):
        value, _ = ACTIVATIONS[self.activation]
        mistakes = [(lambda n: n[f"z{j}"], "activation .* is missing")]
        for other, (f, _) in ACTIVATIONS.items():
            if other != self.activation:
                mistakes.append((lambda n, f=f: f(n[f"z{j}"]), f"this is {other}, not"))
        return Line(f"h{j}", lambda n: value(n[f"z{j}"]), mistakes)

    def output(self):
        line = self.weighted("y", [(f"v{j}", f"h{j}") for j in self.hs], "c")
        for j in self.hs:
            wrong = lambda n, j=j: line.right(n) + n[f"v{j}"] * (n[f"z{j}"] - n[f"h{j}"])  # noqa: E731
            line.mistakes.append((wrong, f"z{j} stands where h{j}"))
        return line

    def loss(self):
        scale = 0.5 if self.half else 1.0
        half = "1/2 is missing|twice" if self.half else "half"
        return Line(
            "L",
            lambda n: scale * (n["y"] - n["t"]) ** 2,
            [
                (lambda n: (1.5 - scale) * (n["y"] - n["t"]) ** 2, half),
                (lambda n: scale * (n["y"] - n["t"]), "exponent 2"),
                (lambda n: scale * (n["y"] + n["t"]) ** 2, "sign of"),
                (lambda n: scale * n["y"] ** 2, "term t is missing"),
            ],
        )

    # ── backward ──

    def slope_of_output(self):
        scale = 1.0 if self.half else 2.0
        return Line(
            "dL/dy",
            lambda n: scale * (n["y"] - n["t"]),
            [
                (lambda n: -scale * (n["y"] - n["t"]), "sign is wrong"),
                (lambda n: (3 - scale) * (n["y"] - n["t"]), "twice|half"),
                (lambda n: scale * n["y"], "term t is missing"),
            ],
        )

    def slope_of_activation(self, j):
        others = [
            (lambda n, k=k: n["dL/dy"] * n[f"v{k}"], f"v{k} stands where v{j}|dL/dh{k}, not") for k in self.hs if k != j
        ]
        return Line(
            f"dL/dh{j}",
            lambda n: n["dL/dy"] * n[f"v{j}"],
            [
                (lambda n: n["dL/dy"], f"factor v{j} is missing"),
                (lambda n: n[f"v{j}"], "factor dL/dy is missing"),
                (lambda n: -n["dL/dy"] * n[f"v{j}"], "sign is wrong"),
                *others,
            ],
        )

    def slope_of_sum(self, j):
        _, slope = ACTIVATIONS[self.activation]
        given, z, h = f"dL/dh{j}", f"z{j}", f"h{j}"
        wrong = [
            (lambda n: n[given], rf"∂h{j}/∂z{j} = .* is missing"),
            (lambda n: n[given] * n[h], f"not h{j}|factor"),
            (lambda n: -n[given] * slope(n[z], n[h]), "sign is wrong"),
            (lambda n: slope(n[z], n[h]), f"factor {given} is missing"),
        ]
        if self.activation == "tanh":
            wrong += [
                (lambda n: n[given] * (1 - n[h]), "not 1 − h|exponent"),
                (lambda n: n[given] * (1 - n[z] ** 2), f"z{j} stands where h{j}|not 1 − z"),
                (lambda n: n[given] * n[h] * (1 - n[h]), "not h"),
            ]
        if self.activation == "sigmoid":
            wrong += [
                (lambda n: n[given] * (1 - n[h]), "not 1 − h|factor h"),
                (lambda n: n[given] * (1 - n[h] ** 2), "not 1 − h"),
            ]
        return Line(f"dL/dz{j}", lambda n: n[given] * slope(n[z], n[h]), wrong)

    def slope_of_weight(self, j, i):
        name = f"w{j}{i}"
        given = f"dL/dz{j}"
        wrong = [
            (lambda n: n[given], f"factor x{i} is missing"),
            (lambda n: n[f"x{i}"], f"factor {given} is missing"),
            (lambda n: n[f"dL/dh{j}"] * n[f"x{i}"], f"dL/dh{j} stands where dL/dz{j}|∂h{j}/∂z{j} = .* is missing"),
            (lambda n: n[name] - n[given] * n[f"x{i}"], f"this is {name} − dL/d{name}"),
            (lambda n: n[name] - RATE * n[given] * n[f"x{i}"], f"this is the new {name}"),
        ]
        wrong += [
            (lambda n, k=k: n[given] * n[f"x{k}"], f"x{k} stands where x{i}|this is dL/dw{j}{k}")
            for k in self.xs
            if k != i
        ]
        wrong += [
            (lambda n, k=k: n[f"dL/dz{k}"] * n[f"x{i}"], f"dL/dz{k} stands where dL/dz{j}|this is dL/dw{k}{i}")
            for k in self.hs
            if k != j
        ]
        return Line(f"dL/d{name}", lambda n: n[given] * n[f"x{i}"], wrong)

    def slope_of_input(self, i):
        def total(n, left_out=0, turned=0):
            return sum((-1 if j == turned else 1) * n[f"dL/dz{j}"] * n[f"w{j}{i}"] for j in self.hs if j != left_out)

        wrong = [(lambda n, j=j: total(n, left_out=j), f"path through z{j} is missing") for j in self.hs]
        wrong += [(lambda n, j=j: total(n, turned=j), f"path through z{j} has the wrong sign") for j in self.hs]
        for j in self.hs:
            if i != j and f"w{i}{j}" in self.given:
                change = lambda n, j=j: total(n) + n[f"dL/dz{j}"] * (n[f"w{i}{j}"] - n[f"w{j}{i}"])  # noqa: E731
                wrong.append((change, f"w{i}{j} stands where w{j}{i}"))
        return Line(f"dL/dx{i}", total, wrong)

    def step(self, name):
        slope = f"dL/d{name}"
        other = next(each for each in self.given if each[0] == "w" and each != name)
        return Line(
            f"{name}'",
            lambda n: n[name] - RATE * n[slope],
            [
                (lambda n: n[name] + RATE * n[slope], "step has the wrong sign"),
                (lambda n: n[name] - n[slope], "rate 0.1 is missing"),
                (lambda n: n[name] - RATE * RATE * n[slope], "rate 0.1 is there twice|ten times too small"),
                (lambda n: n[name] - 10 * RATE * n[slope], "ten times too large|rate 0.1 is missing"),
                (lambda n: n[name], f"this is the old {name}"),
                (lambda n: n[slope], f"this is the gradient {slope}"),
                (lambda n: -RATE * n[slope], f"old {name} is missing"),
                (lambda n: n[name] - RATE * n[f"dL/d{other}"], f"dL/d{other} stands where {slope}"),
                (lambda n: n[other] - RATE * n[slope], f"{other} stands where {name}"),
            ],
        )


# ── digits ─────────────────────────────────────────────────────────────────────────────────


def printed(number, digits, significant):
    """A number as it is written down: to so many decimals, or so many significant digits."""
    if not number:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(number))) if significant else digits
    return f"{Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"


def slips_of_the_pen(text):
    """What is written instead of a number, each with what a person would call it."""
    found = re.search(r"[1-9]", text)
    start = found.start() if found else len(text)
    point = text.find(".")
    for i in range(start, len(text)):
        j = i + 2 if text[i + 1 : i + 2] == "." else i + 1
        if text[i] == ".":
            continue
        if j < len(text):
            yield text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :], "two digits have changed places"
        if 0 <= point < i:
            yield text[:i] + text[i] + text[i:], "a digit is written twice"
            if i + 1 < len(text):
                yield text[:i] + text[i + 1 :], "a digit is lost"
    yield f"{Decimal(text).scaleb(1):f}", "decimal point is misplaced"
    yield f"{Decimal(text).scaleb(-1):f}", "decimal point is misplaced"


def differ_in_one_digit(one, other):
    """Whether two numbers of one length are the same but for a digit."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other)) == 1
