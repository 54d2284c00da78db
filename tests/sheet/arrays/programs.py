"""Random programs over vectors and matrices, each twice: as a sheet, and over NumPy arrays with HIPS autograd.

The oracle knows nothing of the package: a vector is an array of one axis, a number one of none, and what has one row
and one column is a number. Each line of a program is a text and a function of the numbers so far.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import autograd.numpy as np
from autograd import grad, jacobian
from autograd.scipy.special import logsumexp

SIZES = (1, 2, 3, 4)


class Line(NamedTuple):
    """A line of the sheet, what it defines, and the same over arrays."""

    text: str
    name: str
    made: Any


def tidy(array):
    """A column as a vector, one number as a number."""
    array = array if np.ndim(array) < 2 or np.shape(array)[1] > 1 else np.reshape(array, (np.shape(array)[0],))
    return array if np.ndim(array) != 1 or np.shape(array)[0] > 1 else array[0]


def matrix(array):
    """A vector as a column, a number as one row and one column."""
    return np.reshape(array, (-1, 1)) if np.ndim(array) < 2 else array


def shape(array):
    return tuple(np.shape(array))


def matmul(a, b):
    return tidy(np.dot(matrix(a), matrix(b)))


def transposed(a):
    return tidy(np.transpose(matrix(a)))


def diagonal(a):
    if np.ndim(a) == 1:
        return np.eye(len(a)) * np.reshape(a, (1, -1))
    return np.array([a[i, i] for i in range(len(a))]) if np.ndim(a) else a


def correlated(x, k):
    return tidy(np.array([np.sum(x[i : i + len(k)] * k) for i in range(len(x) - len(k) + 1)]))


def softmax(x):
    return np.exp(x - logsumexp(x))


UNARY = (
    ("tanh({})", np.tanh), ("σ({})", lambda a: 0.5 * (np.tanh(a / 2) + 1)), ("sin({})", np.sin), ("-{}", lambda a: -a),
    ("exp({}/4)", lambda a: np.exp(a / 4)), ("√(1 + {}²)", lambda a: np.sqrt(1 + a * a)), ("{}^2/3", lambda a: a**2 / 3),
    ("max({}, 0)", lambda a: np.maximum(a, 0.0)), ("f({})", lambda a: a / (1 + a * a)), ("0.5·{}", lambda a: 0.5 * a),
    ("f'({})", lambda a: (1 - a * a) / (1 + a * a) ** 2), ("ln(2 + {}²)", lambda a: np.log(2 + a * a)),
    ("{}ᵀ", transposed), ("{}.T", transposed), ("(2{} - 1)", lambda a: 2 * a - 1), ("|{}|", np.abs),
)  # fmt: skip
BINARY = (
    ("{} + {}", lambda a, b: a + b), ("{} - {}", lambda a, b: a - b), ("{} * {}", lambda a, b: a * b),
    ("{} ⊙ {}", lambda a, b: a * b), ("{}/(2 + {}²)", lambda a, b: a / (2 + b * b)), ("{} .* {}", lambda a, b: a * b),
    ("max({}, {})", np.maximum), ("min({}, {})", np.minimum),
)  # fmt: skip
OF_ALL = (
    ("sum({})/3", lambda a: np.sum(a) / 3), ("mean({})", np.mean), ("max({})", np.max), ("min({})", np.min),
    ("norm({})", lambda a: np.sqrt(np.sum(a * a))), ("‖{}‖", lambda a: np.sqrt(np.sum(a * a))),
)  # fmt: skip
OF_VECTORS = (
    ("softmax({})", softmax), ("logsumexp({})", logsumexp), ("ln(softmax({}))", lambda a: a - logsumexp(a)),
    ("diag({})", diagonal), ("2·softmax({}) + 1", lambda a: 2 * softmax(a) + 1),
)  # fmt: skip
OF_TWO = (
    ("{}·{}", lambda a, b: np.sum(a * b)), ("dot({}, {})", lambda a, b: np.sum(a * b)),
    ("outer({}, {})", lambda a, b: np.outer(a, b)), ("concat({}, {})", lambda a, b: np.concatenate([a, b])),
)  # fmt: skip


class Program:
    """A random program: its lines, and the numbers of its parameters."""

    def __init__(self, seed: int, samples: int = 0) -> None:
        self.rng = random.Random(seed)
        self.table = [{name: self.number() for name in ("i1", "i2", "y")} for _ in range(samples)]
        self.lines: list[Line] = []
        self.start: dict[str, Any] = {}  # the parameters
        self.here: dict[str, Any] = {}  # everything that may be used so far, with its numbers
        self.count = 0

    def number(self):
        return round(self.rng.uniform(-1.5, 1.5), 3)

    def pick(self, suits):
        found = [name for name, value in self.here.items() if suits(value)]
        return self.rng.choice(found) if found else ""

    def fresh(self):
        self.count += 1
        return self.rng.choice("abcghkqrsv") + f"{self.count}" + self.rng.choice(("", "a", "_b"))

    def parameter(self):
        """A literal, in one of the ways to type it."""
        name, rows, columns = self.fresh(), self.rng.choice(SIZES), self.rng.choice((1, 1, *SIZES))
        numbers = [[self.number() for _ in range(columns)] for _ in range(rows)]
        self.start[name] = self.here[name] = tidy(np.array(numbers))
        ways = ["[" + self.rng.choice(("; ", ";\n   ", "\n   ")).join(" ".join(map(str, row)) for row in numbers) + "]"]
        ways.append("[" + ", ".join(str([*row]) for row in numbers) + "]")
        ways.append(
            r"\begin{bmatrix} " + r" \\ ".join(" & ".join(map(str, row)) for row in numbers) + r" \end{bmatrix}"
        )
        if columns == 1:
            ways.append(str([row[0] for row in numbers]))
        return f"param {name} = {self.rng.choice(ways)}"

    def add(self, text, made, name=""):
        name = name or self.fresh()
        value = made(self.here)
        others = [made(self.worked(self.start, k + 1)) for k in range(1, len(self.table))]
        if np.size(value) > 16 or not all(np.all(np.abs(each) < 30) for each in (value, *others)):
            return
        self.here[name] = value
        self.lines.append(Line(f"{name} = {text}", name, made))

    def step(self):
        """One more line."""
        kinds = (
            self.unary,
            self.unary,
            self.binary,
            self.binary,
            self.product,
            self.product,
            self.neuron,
            self.reduced,
        )
        kinds = (
            *kinds,
            self.of_vector,
            self.of_two,
            self.indexed,
            self.literal,
            self.ranged,
            self.family,
            self.made_of,
        )
        self.rng.choice(kinds)()

    def unary(self):
        a, (text, made) = self.pick(lambda _: True), self.rng.choice(UNARY)
        self.add(text.format(a), lambda env: made(env[a]))

    def binary(self):
        a = self.pick(lambda _: True)
        b = self.pick(lambda value: (shape(value) in (shape(self.here[a]), ())) and np.all(value != self.here[a]))
        text, made = self.rng.choice(BINARY)
        if b:
            a, b = self.rng.choice(((a, b), (b, a)))
            self.add(text.format(a, b), lambda env: made(env[a], env[b]))

    def product(self):
        a = self.pick(lambda _: True)
        b = self.pick(lambda value: len(matrix(value)) == matrix(self.here[a]).shape[1])
        if b:
            self.add(f"{a} @ {b}", lambda env: matmul(env[a], env[b]))

    def neuron(self):
        """A layer: the products and the bias are one node for each element."""
        a = self.pick(lambda value: np.ndim(value) == 2)
        b = self.pick(lambda value: a and len(matrix(value)) == matrix(self.here[a]).shape[1])
        wanted = shape(matmul(self.here[a], self.here[b])) if b else None
        c = self.pick(lambda value: shape(value) in (wanted, ()))
        if b and c:
            sign = self.rng.choice("+-")
            text = f"tanh({a} @ {b} {sign} {c})" if self.rng.random() < 0.7 else f"{c} {sign} {a} @ {b}"
            if text[0] == "t":
                self.add(text, lambda env: np.tanh(matmul(env[a], env[b]) + (env[c] if sign == "+" else -env[c])))
            else:
                turn = 1 if sign == "+" else -1
                self.add(text, lambda env: env[c] + turn * matmul(env[a], env[b]))

    def reduced(self):
        """Of numbers that all differ, none of them 0: at a tie there is no derivative."""
        a = self.pick(lambda value: np.all(value != 0) and len(set(np.ravel(value))) == np.size(value))
        text, made = self.rng.choice(OF_ALL)
        if a:
            self.add(text.format(a), lambda env: made(env[a]))

    def of_vector(self):
        a, (text, made) = self.pick(lambda value: np.ndim(value) == 1), self.rng.choice(OF_VECTORS)
        if a:
            self.add(text.format(a), lambda env: made(env[a]))

    def of_two(self):
        a = self.pick(lambda value: np.ndim(value) == 1)
        b = self.pick(lambda value: a and shape(value) == shape(self.here[a]))
        text, made = self.rng.choice(OF_TWO)
        if b:
            self.add(text.format(a, b), lambda env: made(env[a], env[b]))
        c = self.pick(lambda value: np.ndim(value) == 1)
        if a and len(self.here[c]) <= len(self.here[a]):
            self.add(f"conv({a}, {c})", lambda env: correlated(env[a], env[c]))

    def indexed(self):
        a = self.pick(lambda value: np.ndim(value) > 0)
        if not a:
            return
        value = self.here[a]
        i = self.rng.randrange(len(value))
        if np.ndim(value) == 1:
            j = self.rng.randrange(i, len(value))
            self.add(f"{a}[{i + 1}]", lambda env: env[a][i])
            self.add(f"{a}[{i + 1}..{j + 1}]", lambda env: tidy(env[a][i : j + 1]))
            return
        j = self.rng.randrange(value.shape[1])
        self.add(f"{a}[{i + 1},{j + 1}]", lambda env: env[a][i, j])
        self.add(f"{a}[{i + 1},:]", lambda env: tidy(np.reshape(env[a][i], (1, -1))))
        self.add(f"{a}[:,{j + 1}]", lambda env: tidy(env[a][:, j : j + 1]))

    def literal(self):
        a, b = (self.pick(lambda value: not shape(value)) for _ in "ab")
        if a and b:
            self.add(f"[{a}, {b} + 1, 2·{a}]", lambda env: np.array([env[a], env[b] + 1, 2 * env[a]]))
            self.add(f"[{a} -{b}; 1 {a}*{b}]", lambda env: np.array([[env[a], -env[b]], [1, env[a] * env[b]]]))

    def made_of(self):
        """With what only numbers make."""
        a = self.pick(lambda value: np.ndim(value) == 1)
        if a:
            n = len(self.here[a])
            k = self.rng.randint(1, n)
            self.add(f"{a} + ones({n})", lambda env: env[a] + np.ones(n))
            self.add(f"eye({n})·2 @ {a}", lambda env: 2 * env[a])
            self.add(f"onehot({k}, {n})·{a}", lambda env: env[a][k - 1])

    def ranged(self):
        """Sums over a range; the index on the left has the range of what it stands behind."""
        a = self.pick(lambda value: np.ndim(value) == 2 and len(value) > 1)
        b = self.pick(lambda value: a and np.ndim(value) == 1 and len(value) == self.here[a].shape[1])
        if not b:
            return
        n = self.here[a].shape[1]
        self.add(f"sum({a}[1,k]*{b}[k] for k in 1..{n})", lambda env: np.sum(env[a][0] * env[b]))
        base = self.fresh()
        self.add(f"sum({a}[i,k]*{b}[k] for k in 1..{n})", lambda env: np.dot(env[a], env[b]), f"{base}")
        if self.lines and self.lines[-1].name == base:
            self.lines[-1] = self.lines[-1]._replace(text=f"{base}[i] = sum({a}[i,k]*{b}[k] for k in 1..{n})")

    def family(self):
        """A recurrence: the last of its members is used on."""
        a = self.pick(lambda value: np.ndim(value) < 2)
        b = self.pick(lambda value: a and shape(value) in (shape(self.here[a]), ()))
        base, n = self.fresh(), self.rng.randint(1, 3)

        def made(env):
            found = env[a]
            for t in range(1, n + 1):
                found = np.tanh(found * env[b] + t)
            return found

        one_line = f"for t = 1..{n}: {base}[t] = tanh({base}[t-1]*{b} + t)"
        block = f"for t in 1..{n}:\n  {base}[t] = tanh({base}[t-1]*{b} + t)\nend"
        text = f"{base}[0] = {a}\n{self.rng.choice((one_line, block))}\n"
        if b:
            name = f"{base}[{n}]"
            self.here[name] = made(self.here)
            self.lines.append(Line(text, name, made))

    # ── as a whole ──

    def grow(self, parameters=4, lines=8):
        """The text of the sheet, up to its loss."""
        text = ["f(u) = u/(1 + u²)", *(self.parameter() for _ in range(parameters))]
        if self.table:
            text.insert(
                0, "samples i1 i2 | y\n" + "\n".join("{i1} {i2} | {y}".format(**row) for row in self.table) + "\n"
            )
            self.here |= self.table[0]
            self.add("[i1, i2]", lambda env: np.array([env["i1"], env["i2"]]))
        for _ in range(lines):
            self.step()
        used = self.rng.sample([line.name for line in self.lines], min(3, len(self.lines)))
        used += [name for name in self.start if not any(name in line.text for line in self.lines)][:2]
        loss = " + ".join(f"sum(tanh({name}))" for name in used)
        if self.table:
            used, loss = [*used, "y", "i2"], f"{loss} + tanh(y) + tanh(i2)"
        self.add(loss, lambda env: sum(np.sum(np.tanh(env[name])) for name in used), "L")
        return "\n".join([*text, *(line.text for line in self.lines)])

    def worked(self, start, sample=0):
        """Every number by its name; those of one sample, from 1, where there are samples."""
        env = {**start, **(self.table[sample - 1] if sample else {})}
        for line in self.lines:
            env[line.name] = line.made(env)
        return env

    def gradient(self, sample=0):
        return grad(lambda start: self.worked(start, sample)["L"])(self.start)

    def jacobian(self, of, by):
        return jacobian(lambda value: self.worked({**self.start, by: value})[of])(self.start[by])
