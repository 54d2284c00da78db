"""Optimisers: how the gradients of the parameters become their next step.

    optimizer = SGD(model.parameters(), rate=0.1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

A step is taken whole or not at all: an error or Ctrl-C on the way leaves every parameter, and what
the optimiser remembers, as it was. In the formulas θ is a parameter, g its gradient, t the number of
the step, from 1. The rules are rows of `formula/optimisers.py`, by which worked sheets go on, too. Of
an optimiser the tape shows plain descent, `SGD.rule`; what remembers earlier steps is not on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from microgrid.engine import Value
from microgrid.errors import AttributeNameError, GraphError
from microgrid.formula.optimisers import OPTIMISERS
from microgrid.tape.transitions import Rule

from .clipping import clip_by_norm, gradient_norm
from .schedules import (
    ELSEWHERE,
    Constant,
    Cosine,
    Schedule,
    StepDecay,
    above_zero,
    not_negative,
    refuse_unknown,
    schedule,
    share,
    two_shares,
)
from .states import load_state, state_of

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "Optimizer",
    "RMSprop",
    "StepDecay",
    "clip_by_norm",
    "gradient_norm",
]

Numbers = Sequence[float]


class Optimizer:
    """What optimisers share; one of your own gives `moved`.

    parameters  the Values to move           rate   a number above 0, or a schedule
    taken       how many steps were taken    state  what it remembers: lists, a number for each parameter
    """

    def __init__(
        self, parameters: Iterable[Value], rate: float | Schedule | None, state: int = 0, **unknown: NoReturn
    ) -> None:
        refuse_unknown(type(self), unknown)
        if rate is None:
            raise GraphError(f"{type(self).__name__} has no rate; give one, such as rate=0.1")
        self.parameters = distinct(parameters)
        self.schedule = schedule(rate)
        self.taken = 0
        self.state: tuple[Numbers, ...] = tuple([0.0] * len(self.parameters) for _ in range(state))

    @property
    def rate(self) -> float:
        """The learning rate of the next step. Raises GraphError where the schedule gives none."""
        found = self.schedule(self.taken)
        not_negative("rate", found, "0.01")
        return found

    @rate.setter
    def rate(self, rate: float | Schedule) -> None:
        self.schedule = schedule(rate)

    def __setattr__(self, name: str, new: Any) -> None:
        if name in ELSEWHERE and type(self).__module__ == __name__:  # a class of your own may have what it likes
            raise AttributeNameError(
                f"{type(self).__name__} has no attribute {name!r}; did you mean {ELSEWHERE[name]!r}?"
            )
        super().__setattr__(name, new)

    def step(self) -> None:
        """Move every parameter by its gradient."""
        old = [parameter.data for parameter in self.parameters]
        state, taken = self.state, self.taken
        new, memory = self.moved(old, [parameter.grad or 0.0 for parameter in self.parameters])  # None is 0
        try:
            self._set(new)
            self.state, self.taken = memory, taken + 1
        except BaseException:
            self._set(old)
            self.state, self.taken = state, taken
            raise

    def _set(self, numbers: Numbers) -> None:
        for parameter, number in zip(self.parameters, numbers):
            parameter.data = number

    def moved(self, data: list[float], grads: list[float]) -> tuple[Numbers, tuple[Numbers, ...]]:
        """The parameters after the next step, and what to remember; nothing changes yet. `fit` gives ours arrays."""
        raise NotImplementedError

    def by_rule(self, name: str, data: Numbers, g: Numbers, *settings: float) -> tuple[Numbers, tuple[Numbers, ...]]:
        """A step by the row of that name, of the present rate and these settings; of arrays where data is one."""
        rule = OPTIMISERS[name]
        move = rule.moved if isinstance(data, list) else rule.moved_arrays
        return move(data, g, self.state, self.taken + 1, self.rate, *settings)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Its settings, how many steps it took, and what it remembers: plain numbers, for a file or another run.

        >>> optimizer = SGD([Value(2.0)], rate=0.1, momentum=0.9)
        >>> optimizer.state_dict()["taken"], optimizer.state_dict()["state"]
        (0, [[0.0]])
        """
        return state_of(self)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another optimiser of the same kind and parameters stood, in their order; its schedule is kept.

        Raises GraphError for the state of another kind, or of another number of parameters; then nothing changes.
        """
        load_state(self, state)

    def rule(self, loss: Value) -> Rule:
        """The next step as the rule that ends a round of the tape. Raises GraphError: only plain SGD has one."""
        raise GraphError(f"{self} is no plain descent, and the tape shows new = old − rate · gradient; take SGD")

    def __repr__(self) -> str:
        count = len(self.parameters)
        return f"{type(self).__name__}({count} parameter{'s' * (count != 1)}, rate={self.rate:g})"


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and weight decay where they are asked for.

    g ← g + weight_decay · θ;   b ← momentum · b + g;   θ ← θ − rate · b
    Nesterov:                                           θ ← θ − rate · (g + momentum · b)

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> SGD([w], rate=0.1).step()
    >>> w.data
    1.6

    rate          a number above 0, or a schedule such as Cosine(0.1, steps=1000); it must be given
    momentum      in [0, 1); `nesterov` looks ahead by it, and needs some
    weight_decay  at least 0
    Raises GraphError for a setting out of range.
    Source: Sutskever et al. (2013); the order of operations is that of PyTorch's `SGD`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        rate: float | Schedule | None = None,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        **unknown: NoReturn,
    ) -> None:
        share("momentum", momentum, "0.9")
        not_negative("weight_decay", weight_decay, "0.0001")
        if nesterov and momentum == 0:
            raise GraphError("nesterov=True with momentum = 0 has nothing to look ahead by; momentum=0.9 is usual")
        super().__init__(parameters, rate, state=1 if momentum else 0, **unknown)
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay

    def moved(self, data: list[float], grads: list[float]) -> tuple[Numbers, tuple[Numbers, ...]]:
        g = decayed(grads, data, self.weight_decay)
        if not self.momentum:
            return self.by_rule("sgd", data, g)
        return self.by_rule("nesterov" if self.nesterov else "momentum", data, g, self.momentum)

    def rule(self, loss: Value) -> Rule:
        """The next step as the rule that ends a round of the tape: steps(loss, rules=[optimizer.rule(loss)]).

        >>> from microgrid import steps
        >>> w = Value(2.0, label="w")
        >>> L = w * w
        >>> next(step for step in steps(L, rules=[SGD([w], 0.1).rule(L)]) if step.kind == "update").after
        1.6

        Raises GraphError with momentum or weight decay, which the tape does not show.
        """
        for name, number in (("momentum", self.momentum), ("weight_decay", self.weight_decay)):
            if number:
                raise GraphError(
                    f"{name} = {number} is not on the tape, which shows old − rate · gradient; set it to 0"
                )
        return Rule(self.rate, loss, tuple(self.parameters))


class Adam(Optimizer):
    """Adam: each parameter's step in units of its own recent gradients.

    g ← g + weight_decay · θ
    m ← β₁ m + (1 − β₁) g;   v ← β₂ v + (1 − β₂) g²
    θ ← θ − rate · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> Adam([w], rate=0.1).step()
    >>> round(w.data, 6)
    1.9

    rate          a number above 0, or a schedule
    betas         (β₁, β₂), each in [0, 1): how long the means of g and g² remember
    epsilon       above 0
    weight_decay  at least 0; part of the gradient here, beside it in `AdamW`
    Raises GraphError for a setting out of range.
    Source: Kingma and Ba (2015), algorithm 1; the order of operations is that of PyTorch's `Adam`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        rate: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        **unknown: NoReturn,
    ) -> None:
        betas = two_shares(betas)
        above_zero("epsilon", epsilon, "1e-8")
        not_negative("weight_decay", weight_decay, "0.01")
        super().__init__(parameters, rate, state=2, **unknown)
        self.betas, self.epsilon, self.weight_decay = betas, epsilon, weight_decay

    def moved(self, data: list[float], grads: list[float]) -> tuple[Numbers, tuple[Numbers, ...]]:
        return self.adapted(data, decayed(grads, data, self.weight_decay))

    def adapted(self, data: list[float], g: list[float]) -> tuple[Numbers, tuple[Numbers, ...]]:
        return self.by_rule("adam", data, g, *self.betas, self.epsilon)


class AdamW(Adam):
    """Adam with weight decay beside the gradient, not in it.

    θ ← θ − rate · weight_decay · θ, then a step of Adam without it

    >>> w = Value(2.0)
    >>> AdamW([w], rate=0.1, weight_decay=0.5).step()  # its gradient is 0
    >>> w.data
    1.9

    The arguments and errors are those of `Adam`.
    Source: Loshchilov and Hutter (2019), algorithm 2; PyTorch's `AdamW`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        rate: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        **unknown: NoReturn,
    ) -> None:
        super().__init__(parameters, rate, betas, epsilon, weight_decay, **unknown)

    def moved(self, data: list[float], grads: list[float]) -> tuple[Numbers, tuple[Numbers, ...]]:
        kept = 1 - self.rate * self.weight_decay
        return self.adapted([x * kept for x in data] if isinstance(data, list) else data * kept, grads)


class RMSprop(Optimizer):
    """RMSprop: each step divided by the root of the mean of recent squared gradients.

    g ← g + weight_decay · θ;   v ← decay · v + (1 − decay) g²;   θ ← θ − rate · g / (√v + ε)

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> RMSprop([w], rate=0.1, decay=0.75).step()
    >>> round(w.data, 6)
    1.8

    rate          a number above 0, or a schedule
    decay         in [0, 1): how long the mean of g² remembers; PyTorch calls it alpha
    epsilon       above 0
    weight_decay  at least 0
    Raises GraphError for a setting out of range.
    Source: Tieleman and Hinton (2012), lecture 6.5; the order of operations is that of PyTorch's `RMSprop`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        rate: float | Schedule = 0.01,
        decay: float = 0.99,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        **unknown: NoReturn,
    ) -> None:
        share("decay", decay, "0.99")
        above_zero("epsilon", epsilon, "1e-8")
        not_negative("weight_decay", weight_decay, "0.01")
        super().__init__(parameters, rate, state=1, **unknown)
        self.decay, self.epsilon, self.weight_decay = decay, epsilon, weight_decay

    def moved(self, data: list[float], grads: list[float]) -> tuple[Numbers, tuple[Numbers, ...]]:
        return self.by_rule("rmsprop", data, decayed(grads, data, self.weight_decay), self.decay, self.epsilon)


class Adagrad(Optimizer):
    """Adagrad: each step divided by the root of the sum of all squared gradients so far.

    g ← g + weight_decay · θ;   v ← v + g²;   θ ← θ − rate · g / (√v + ε)

    >>> w = Value(2.0)
    >>> (w * w).backward()
    >>> Adagrad([w], rate=0.1).step()
    >>> round(w.data, 6)
    1.9

    rate          a number above 0, or a schedule
    epsilon       above 0
    weight_decay  at least 0
    Raises GraphError for a setting out of range.
    Source: Duchi, Hazan, Singer (2011); the order of operations is that of PyTorch's `Adagrad`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        rate: float | Schedule = 0.01,
        epsilon: float = 1e-10,
        weight_decay: float = 0.0,
        **unknown: NoReturn,
    ) -> None:
        above_zero("epsilon", epsilon, "1e-10")
        not_negative("weight_decay", weight_decay, "0.01")
        super().__init__(parameters, rate, state=1, **unknown)
        self.epsilon, self.weight_decay = epsilon, weight_decay

    def moved(self, data: list[float], grads: list[float]) -> tuple[Numbers, tuple[Numbers, ...]]:
        return self.by_rule("adagrad", data, decayed(grads, data, self.weight_decay), self.epsilon)


def decayed(grads: list[float], data: list[float], decay: float) -> list[float]:
    """The gradient of the loss plus ½ · decay · Σ θ²."""
    if not decay:
        return grads
    return [g + decay * x for g, x in zip(grads, data)] if isinstance(data, list) else grads + decay * data


def distinct(parameters: Iterable[Any]) -> list[Value]:
    """The parameters, each once. Raises GraphError for none, or for what is no Value."""
    if not hasattr(parameters, "__iter__"):
        raise GraphError(f"an optimiser moves Values, not {type(parameters).__name__}; give it model.parameters()")
    found: list[Value] = []
    for each in parameters:
        if not isinstance(each, Value):
            raise GraphError(f"an optimiser moves Values, not {type(each).__name__}; give it model.parameters()")
        if each.parents:
            raise GraphError(f"an optimiser moves leaves, and {each!r} is computed; give it what that comes from")
        found.append(each)
    if not found:
        raise GraphError("an optimiser without parameters; give it model.parameters()")
    return list(dict.fromkeys(found))
