"""All parameters of a training as one array: a step is then a few array operations, however many parameters there are.

The array has the numbers from the first compiled step until somebody looks at the network; then the Values have them,
and the next step takes them up again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from microgrid.engine import Value

from .clipping import refuse_endless
from .optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .schedules import Constant, Cosine, StepDecay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["Flat", "flat"]

KNOWN = {SGD, Adagrad, Adam, AdamW, RMSprop}  # a class of your own moves Values, and may look at more than the gradient
UNSEEING = (Constant, Cosine, StepDecay)  # a schedule of your own may look at the network
FEW = 64  # parameters whose gradient is as long to the bit as `gradient_norm` says
SQUARES = (1e-200, 1e300)  # sums of squares whose root has all its digits


def flat(parameters: Sequence[Value], layers: Iterable[Sequence[Value]], optimizer: Optimizer) -> Flat | None:
    """The parameters as one array; None where the optimiser is one of your own."""
    return Flat(parameters, layers, optimizer) if type(optimizer) in KNOWN else None


class Flat:
    """The parameters, their gradient and what the optimiser remembers, as arrays.

    theta  the numbers; None while the Values have them     grad   the gradient of the last step
    good   the numbers before that step                     moved  the places of what the optimiser moves
    layers the places of each layer's parameters
    """

    theta: Array | None = None
    grad: Array | None = None

    def __init__(self, parameters: Sequence[Value], layers: Iterable[Sequence[Value]], optimizer: Optimizer) -> None:
        self.parameters, self.optimizer = parameters, optimizer
        place = {parameter: i for i, parameter in enumerate(parameters)}
        self.layers = [stretch([place[each] for each in layer]) for layer in layers]
        self.moved = stretch([place[each] for each in optimizer.parameters])

    def taken_up(self) -> Array:
        """The numbers, from the Values where they have them."""
        import numpy as np

        if self.theta is not None and not isinstance(self.optimizer.schedule, UNSEEING):
            self.settle()
        if self.theta is None:
            self.theta = np.array([parameter.data for parameter in self.parameters])
            self.optimizer.state = tuple(map(np.array, self.optimizer.state))  # type: ignore[arg-type]
        return self.theta

    def settle(self) -> None:
        """Give the numbers, the gradient and what is remembered back, whole, also where Ctrl-C comes halfway."""
        if self.theta is None:
            return
        try:
            self.give(self.theta)
        except KeyboardInterrupt:
            self.give(self.theta)
            raise
        finally:
            self.theta = None

    def give(self, theta: Array) -> None:
        for parameter, number in zip(self.parameters, theta.tolist()):
            parameter.data = number
        for parameter, number in zip(self.parameters, [] if self.grad is None else self.grad.tolist()):
            parameter.grad = number
        self.optimizer.state = tuple(list(map(float, each)) for each in self.optimizer.state)

    def is_finite(self) -> bool:
        """Whether every number is, after a step."""
        import numpy as np

        return self.theta is None or bool(np.isfinite(self.theta).all())

    def norms(self, grad: Array) -> list[float]:
        """The length of the gradient of each layer."""
        return [length(grad[layer]) for layer in self.layers]

    def clipped(self, grad: Array, largest: float) -> Array:
        """The gradient, shortened as `clip_by_norm` does."""
        norm = length(grad)
        refuse_endless(norm)
        return grad / norm * largest if norm > largest else grad

    def step(self, grad: Array) -> Array:
        """A step of the optimiser, taken whole or not at all; the numbers before it."""
        optimizer, theta = self.optimizer, self.taken_up()
        state, taken = optimizer.state, optimizer.taken
        found, memory = optimizer.moved(theta[self.moved], grad[self.moved])
        new = theta.copy()
        new[self.moved] = found
        try:
            self.theta, self.grad = new, grad
            optimizer.state, optimizer.taken = memory, taken + 1
        except BaseException:
            self.theta, optimizer.state, optimizer.taken = theta, state, taken
            raise
        return theta


def stretch(places: list[int]) -> Any:
    """The places as a slice where they follow each other, which costs no copy."""
    in_a_row = places == list(range(places[0], places[0] + len(places)))
    return slice(places[0], places[0] + len(places)) if in_a_row else places


def length(grad: Array) -> float:
    """√Σ g², without overflow."""
    square = float(grad @ grad) if len(grad) > FEW else 0.0
    return math.sqrt(square) if SQUARES[0] < square < SQUARES[1] else math.hypot(*grad.tolist())
