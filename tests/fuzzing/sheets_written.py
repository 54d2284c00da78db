"""Sheets of the whole language: by a grammar that knows what is defined, from the demos, and from words in any order."""

from __future__ import annotations

import random

from microgrid.errors import SheetError
from microgrid.sheet import Sheet

from .formulas import NOTATIONS, written
from .signs import NUMBERS, SIGNS, WORDS, mutated, texts

__all__ = ["sheet", "worked"]

FIRST = "param w = 2, b = -1\nf(z) = z^2 + z\ng(u, v) = u*v\nL = f(w)"
HEADS = ["M = ", "f(z) = ", "param p = ", "next w = ", "table round ", "update ", "", "w_{11}^{(2)} = ", "δ^(2) = "]
NAMES = "w b x y z a h s p q u v w11 w_12 z1 a1 ŷ δ θ η1 k m1 net out_1 вес".split()
PASSES = 12  # in which mistakes are taken out
OPTIMISERS = ("adam", "momentum", "nesterov", "rmsprop", "adagrad")


def sheet(rng: random.Random) -> str:
    """A sheet: most are nearly right, so that something is read of them, and worked."""
    kind = rng.random()
    if kind < 0.3:
        return mutated(rng, rng.choice(texts()), SIGNS)
    if kind < 0.4:
        lines = (
            rng.choice(HEADS) + rng.choice(("", " ")).join(rng.choices(WORDS, k=rng.randrange(1, 8))) for _ in range(9)
        )
        return "\n".join((FIRST, *lines))
    text = Written(rng).text()
    return mutated(rng, text, SIGNS, 5) if rng.random() < 0.4 else text


def worked(rng: random.Random) -> str:
    """A sheet that a command works: mostly one in which every line is read."""
    text = sheet(rng)
    return readable(text) if rng.random() < 0.8 else text


def readable(text: str) -> str:
    """The lines of a sheet without those that are mistakes, as far as a few passes find them."""
    for _ in range(PASSES):
        lines, wrong = text.split("\n"), mistaken(text)
        if wrong.isdisjoint(range(1, len(lines) + 1)):
            break
        text = "\n".join(line for number, line in enumerate(lines, 1) if number not in wrong)
    return text


def mistaken(text: str) -> set[int]:
    """The lines with mistakes; none where reading fails otherwise, which is for the command to find."""
    try:
        Sheet.parse(text)
    except SheetError as error:
        return {each.line for each in error.mistakes}
    except Exception:
        return set()
    return set()


class Written:
    """A sheet that is being written: what has a name so far, and of which shape."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.notation = rng, rng.choice(NOTATIONS)
        self.numbers: list[str] = []
        self.params: list[str] = []
        self.arrays: dict[str, tuple[int, int]] = {}
        self.lines: list[str] = []
        self.samples_given = 0
        self.free = rng.sample(NAMES, len(NAMES))

    def text(self) -> str:
        rng = self.rng
        if rng.random() < 0.2:
            self.samples()
        self.leaves()
        if rng.random() < 0.5:
            self.matrices()
        if rng.random() < 0.3:
            self.lines.append(f"f(z) = {self.formula(['z'], 3)}")
            self.numbers.append(f"f({self.numbers[0]})")
        for _ in range(rng.randrange(1, 7)):
            self.equation()
        if rng.random() < 0.25:
            self.family()
        self.loss()
        for _ in range(rng.randrange(6)):
            self.check()
        if rng.random() < 0.5:
            self.rounds()
        return rng.choice(("\n", "\n", "\n", "\r\n")).join(self.lines) + "\n"

    def new(self) -> str:
        return self.free.pop() if self.free else f"n{len(self.lines)}"

    def formula(self, names: list[str], depth: int) -> str:
        return written(self.rng, names, depth, self.notation if self.rng.random() < 0.8 else self.rng.choice(NOTATIONS))

    def number(self) -> str:
        return self.rng.choice(NUMBERS)

    # ── what is given ──

    def leaves(self) -> None:
        for word in ("input", "target", "param", *self.rng.choices(("param", "input"), k=self.rng.randrange(3))):
            names = [self.new() for _ in range(self.rng.randrange(1, 3))]
            self.lines.append(f"{word} " + ", ".join(f"{name} = {self.number()}" for name in names))
            self.numbers += names
            self.params += names if word == "param" else []

    def samples(self) -> None:
        names = [self.new() for _ in range(self.rng.randrange(1, 4))]
        self.numbers += names
        self.lines.append("samples " + " ".join(names))
        self.samples_given = self.rng.randrange(1, 5)
        for _ in range(self.samples_given):
            self.lines.append("  " + " ".join(self.rng.choice(("0", "1", "0.5", "-1")) for _ in names))

    def matrices(self) -> None:
        n, m = self.rng.randrange(1, 4), self.rng.randrange(1, 4)
        matrix, vector, row = self.new().upper(), self.new(), self.new()
        self.lines += [
            f"param {matrix} = [" + "; ".join(" ".join(self.number() for _ in range(m)) for _ in range(n)) + "]",
            f"input {vector} = [" + ", ".join(self.number() for _ in range(m)) + "]",
            f"{row} = {self.rng.choice(('σ', 'tanh', '', 'relu', 'softmax'))}({matrix} @ {vector})",
        ]
        self.arrays |= {matrix: (n, m), vector: (m, 1), row: (n, 1)}
        self.params.append(matrix)
        self.numbers.append(
            self.rng.choice((f"sum({row})", f"‖{row}‖²", f"{row}[1]", f"mean({matrix})", f"{vector}·{vector}"))
        )

    # ── what is computed ──

    def equation(self) -> None:
        name = self.new()
        if self.arrays and self.rng.random() < 0.3:
            array = self.rng.choice([*self.arrays])
            made = (
                f"{array} ⊙ {array}",
                f"{array}ᵀ",
                f"σ({array})",
                f"2*{array}",
                f"{array} + 1",
                f"diag({array})",
                f"{array}ᵀ @ {array}",
                f"[{array}[1], 2]",
                f"max({array}, 0)",
                f"{self.rng.choice(('sum', 'max', 'mean', '', 'softmax', 'norm'))}({array}[k] for k in 1..{self.arrays[array][0]})",
                f"{self.rng.choice(('concat', 'outer', 'conv', 'dot', 'hypot'))}({array}, {self.rng.choice([*self.arrays])})",
                f"{array}[{self.rng.choice(('1', ':,1', '1,:', '1..2', '0', '1,1', 'w'))}]",
                f"d{self.rng.choice(self.numbers)}/d{array}",
            )
            self.lines.append(f"{name} = {self.rng.choice(made)}")
            self.arrays[name] = self.arrays[array]
            return
        if self.samples_given and self.rng.random() < 0.2:
            over = self.rng.choice(("mean over samples of", "sum over samples of"))
            self.lines.append(f"{name} = {over} {self.rng.choice([*self.numbers, *self.arrays])}")
        elif self.rng.random() < 0.1 and len(self.lines) > 3:
            self.lines.append(f"{name} = d{self.rng.choice(self.numbers)}/d{self.rng.choice(self.params)}")
        else:
            self.lines.append(f"{name} = {self.formula(self.numbers, self.rng.randrange(1, 5))}")
        self.numbers.append(name)

    def family(self) -> None:
        name, first = self.new(), self.rng.choice(self.numbers)
        self.lines += [
            f"{name}[0] = {first}",
            f"for l = 1..{self.rng.choice((1, 2, 3, 10))}:",
            f"    {name}[l] = {self.formula([f'{name}[l-1]', *self.params[:1]], 2)}",
            *self.rng.choice((["end"], ["end"], ["    end"], [])),
        ]
        self.numbers.append(f"{name}[1]")

    def loss(self) -> None:
        self.lines.append(f"L = {self.formula(self.numbers[-3:] + self.params[:1], 3)}")
        self.numbers.append("L")
        if self.rng.random() < 0.2:
            self.lines.append(
                self.rng.choice(("loss L", "C = mean over samples of L", "title A <b>title</b>", "source x"))
            )

    # ── what is checked ──

    def quantity(self) -> str:
        choices = (
            self.rng.choice(self.numbers),
            f"dL/d{self.rng.choice(self.params)}",
            f"∂L/∂{self.rng.choice(self.numbers)}",
            f"d²L/d{self.rng.choice(self.params)}²",
            self.formula(self.numbers, 2),
            *self.arrays,
            *(f"dL/d{each}" for each in self.arrays),
        )
        return self.rng.choice(choices) + self.of_sample()

    def of_sample(self) -> str:
        """Which sample is meant, where there are some; mostly."""
        choices = ("", " at sample 1", " at sample 2", " at sample k")
        return self.rng.choice(choices) if self.samples_given and self.rng.random() < 0.8 else ""

    def check(self) -> None:
        left = self.quantity()
        sign = self.rng.choice(("~=", "~=", "≈", "==", "="))
        right = self.rng.choice(
            (self.number(), "?", self.formula(self.numbers, 3), self.quantity(), "[1, 2]", "0.1234")
        )
        where = self.rng.choice(("", "", "", "at round 1: ", "at round 2: ", "for k = 1..2: "))
        self.lines.append(f"{where}{left} {sign} {right}")

    # ── rounds ──

    def rounds(self) -> None:
        rng, param, other = self.rng, self.rng.choice(self.params), self.rng.choice([*self.numbers, *self.arrays])
        if self.samples_given and rng.random() < 0.5:
            self.lines.append(f"sample {rng.choice((1, 1, 2, 'all'))}")
        self.lines.append(
            rng.choice(
                (
                    f"update {rng.choice(('0.1', '1e300', '0', '-1', '1/10'))}",
                    f"update 0.1 × {rng.choice((2, 3, 20))}",
                    f"update {rng.choice(OPTIMISERS)} 0.01 × {rng.choice((1, 3))}",
                    f"update 0.1 of L {param}",
                    f"update 0.1 of {other}",
                    f"update adam 0.01 of {other} {param} × 2",
                    f"next {param} = {param} − 0.1·d{other}/d{param}\nround",
                    f"state mm = 0\nnext mm = {other}\nround",
                    f"next {param} = {param} − 0.1·dL/d{param}\nround × 2",
                    f"state mm = 0\nnext mm = 0.9mm + dL/d{param}\nnext {param} = {param} − next mm\nround",
                    f"restart with {param} = 1",
                    f"rate eta = 0.1\nupdate eta\ntable round {param} L\n  1 0.5 0.1\n  2 . 0.2",
                    f"round with {rng.choice(self.numbers)} = 2",
                )
            )
        )
        more = (
            f"Δ{param}",
            f"Δ{other}",
            f"before({param})",
            f"before({other})",
            f"before(dL/d{param})",
            f"before(d{other}/d{param})",
            f"2*before({other})",
            f"m({param})",
            f"velocity({param})",
            param,
            "L",
        )
        for _ in range(rng.randrange(3)):
            right = rng.choice((self.number(), "?", "[1, 2]"))
            self.lines.append(f"{rng.choice(more)}{self.of_sample()} {rng.choice(('~=', '~=', '=='))} {right}")
