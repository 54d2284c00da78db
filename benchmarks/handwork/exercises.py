"""Random exercises: small networks with numbers as exercises give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

__all__ = ["NETWORKS", "Network"]


@dataclass
class Network:
    """An exercise: what is given, and the equations.

    given       by directive: the inputs, targets and parameters
    equations   name and formula, in order; the loss is L, the last
    typed       equations that the sheet writes differently; what is "" does not stand there
    shortcuts   gradients that people know by heart: p − t
    """

    given: dict[str, dict[str, Decimal]] = field(default_factory=lambda: {"input": {}, "target": {}, "param": {}})
    equations: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    shortcuts: dict[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, Decimal]:
        """All that is given."""
        return {name: number for group in self.given.values() for name, number in group.items()}

    def text(self) -> str:
        """The sheet, without any published number."""
        lines = [
            f"{directive} " + ", ".join(f"{name} = {number}" for name, number in group.items())
            for directive, group in self.given.items()
            if group
        ]
        equations = [self.typed.get(name, f"{name} = {text}") for name, text in self.equations.items()]
        return "\n".join([*lines, *filter(None, equations)])

    def weigh(self, rng: Random, name: str, weights: Sequence[str], inputs: Sequence[str], bias: str = "") -> None:
        """A weighted sum, and its parameters."""
        for each in filter(None, (*weights, bias)):
            self.given["param"].setdefault(each, number(rng))
        products = [f"{weight}*{each}" for weight, each in zip(weights, inputs)]
        self.equations[name] = " + ".join(filter(None, [*products, bias]))


def number(rng: Random, low: float = 0.1, high: float = 1.2) -> Decimal:
    """A number with one or two decimals, of either sign."""
    return Decimal(f"{rng.uniform(low, high):.{rng.choice((1, 2))}f}") * rng.choice((1, 1, -1))


def inputs_of(network: Network, rng: Random, count: int) -> list[str]:
    """So many inputs."""
    found = [f"x{i}" for i in range(1, count + 1)]
    network.given["input"].update((name, number(rng, 0.1, 2)) for name in found)
    return found


# ── outputs and losses ─────────────────────────────────────────────────────────────────────


def finish(network: Network, rng: Random, outputs: Sequence[str]) -> None:
    """Output and loss behind the sums s1, s2, …"""
    loss = rng.choice(["squared", "linear", "cross-entropy", *["softmax"] * (len(outputs) > 1)])
    if loss == "softmax":
        softmax(network, rng, [f"s{k}" for k in outputs])
    elif loss == "cross-entropy":
        for k in outputs:
            network.given["target"][f"t{k}"] = Decimal(rng.randint(0, 1))
            network.equations[f"y{k}"] = f"sigmoid(s{k})"
            network.shortcuts[f"s{k}"] = f"y{k} - t{k}"
        network.equations["L"] = " ".join(f"- t{k}*log(y{k}) - (1 - t{k})*log(1 - y{k})" for k in outputs)
    else:
        for k in outputs:
            network.given["target"][f"t{k}"] = number(rng)
            network.equations[f"y{k}"] = f"sigmoid(s{k})" if loss == "squared" else network.equations.pop(f"s{k}")
        network.equations["L"] = " + ".join(f"1/2*(y{k} - t{k})^2" for k in outputs)


def softmax(network: Network, rng: Random, scores: Sequence[str]) -> None:
    """Softmax and the cross-entropy of one right class; typed as a function, or with exp."""
    right, each = rng.randrange(len(scores)), range(len(scores))
    for i, score in zip(each, scores):
        network.given["target"][f"t{i + 1}"] = Decimal(int(i == right))
        network.equations[f"e{i + 1}"] = f"exp({score})"
        network.shortcuts[score] = f"p{i + 1} - t{i + 1}"
    network.equations["S"] = " + ".join(f"e{i + 1}" for i in each)
    network.equations.update((f"p{i + 1}", f"e{i + 1}/S") for i in each)
    network.equations["L"] = " ".join(f"- t{i + 1}*log(p{i + 1})" for i in each)
    if rng.random() < 0.5:
        network.typed.update((f"{name}{i + 1}", "") for name in "ep" for i in each)
        network.typed["S"] = ""
        network.typed["p1"] = ", ".join(f"p{i + 1}" for i in each) + f" = softmax({', '.join(scores)})"


# ── networks ───────────────────────────────────────────────────────────────────────────────


def layered(rng: Random, inputs: int, hidden: int, outputs: int) -> Network:
    """A perceptron with one hidden layer."""
    network, activation = Network(), rng.choice(("sigmoid", "tanh", "relu"))
    before = inputs_of(network, rng, inputs)
    for i in range(1, hidden + 1):
        network.weigh(rng, f"z{i}", [f"w{i}{j + 1}" for j in range(inputs)], before, f"b{i}")
    before = [f"h{i}" for i in range(1, hidden + 1)]
    network.equations.update((name, f"{activation}(z{name[1:]})") for name in before)
    some = [str(k) for k in range(1, outputs + 1)] if outputs > 1 else [""]
    for k in some:
        network.weigh(rng, f"s{k}", [f"v{k}{i + 1}" for i in range(hidden)], before, f"c{k}")
    finish(network, rng, some)
    return network


def recurrent(rng: Random) -> Network:
    """Three steps of a recurrent network, its weights used in each."""
    network = Network()
    for i, x in enumerate(inputs_of(network, rng, 3), 1):
        network.weigh(rng, f"z{i}", ["wx", "wh"][: min(2, i)], [x, f"h{i - 1}"], "b")
        network.equations[f"h{i}"] = f"tanh(z{i})"
    network.weigh(rng, "y", ["v"], ["h3"], rng.choice(("", "c")))
    network.given["target"]["t"] = number(rng)
    network.equations["L"] = rng.choice(("(y - t)^2", "1/2*(y - t)^2"))
    return network


def logistic(rng: Random) -> Network:
    """One neuron; perhaps its weights are held small, so that they are used twice."""
    network, inputs = Network(), rng.choice((2, 3))
    weights = [f"w{i + 1}" for i in range(inputs)]
    network.weigh(rng, "s", weights, inputs_of(network, rng, inputs), "b")
    finish(network, rng, [""])
    if rng.random() < 0.5:
        network.equations["E"] = network.equations.pop("L")
        network.equations["R"] = " + ".join(f"{name}^2" for name in weights)
        network.equations["L"] = "E + 0.1*R"
    return network


def classes(rng: Random) -> Network:
    """Softmax regression with three classes."""
    network = Network()
    inputs = inputs_of(network, rng, 2)
    for i in (1, 2, 3):
        network.weigh(rng, f"z{i}", [f"w{i}1", f"w{i}2"], inputs, f"b{i}")
    softmax(network, rng, ["z1", "z2", "z3"])
    return network


STEPS = ("{0}*{1} + k", "{0}^2 - {1}", "2*{0} + {0}*{1}", "{0}/(1 + {1}^2)", "sigmoid({0})*{1}", "k*{0} - {1}*{2}")
ENDS = ("s^2 + r*q", "s*r - 2*q", "exp(s)*p - r", "tanh(r + s)*q")


def chain(rng: Random) -> Network:
    """A chain of mixed operations, in which numbers are used more than once."""
    network, known = Network(), list("abc")
    network.given["input"]["k"] = number(rng, 0.3, 2)
    network.given["param"].update((name, number(rng, 0.3, 2)) for name in known)
    for name, step in zip("pqrs", rng.sample(STEPS, 4)):
        network.equations[name] = step.format(*rng.sample(known[-3:], 3))
        known.append(name)
    network.equations["L"] = rng.choice(ENDS)
    return network


def averaged(rng: Random) -> Network:
    """A product of three or four factors against two targets; the loss is a third of the squares."""
    network = Network()
    factors = rng.choice((("w", "v", "{}"), ("w", "{}", "k", "v")))
    for i, x in enumerate(inputs_of(network, rng, 2), 1):
        network.given["target"][f"t{i}"] = number(rng)
        network.equations[f"q{i}"] = "*".join(factors).format(x)
        network.equations[f"e{i}"] = f"q{i} - t{i}"
    network.given["input"].update({"k": number(rng, 0.3, 2)} if "k" in factors else {})
    network.given["param"].update((name, number(rng, 0.3, 2)) for name in "wv")
    network.equations["L"] = rng.choice(("(e1^2 + e2^2)/3", "1/3*e1^2 + 2/3*e2^2", "(e1^2 + e2^2)/6"))
    return network


NETWORKS: Mapping[str, Callable[[Random], Network]] = {
    "2-2-1":     lambda rng: layered(rng, 2, 2, 1),
    "2-3-1":     lambda rng: layered(rng, 2, 3, 1),
    "2-3-2":     lambda rng: layered(rng, 2, 3, 2),
    "recurrent": recurrent,
    "logistic":  logistic,
    "softmax":   classes,
    "chain":     chain,
    "averaged":  averaged,
}  # fmt: skip
