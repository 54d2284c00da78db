"""Going down: the steps of a training, the looks at its validation samples, and how it can end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .engine import Value
from .errors import GraphError, NonFiniteError
from .history import Check, Epoch, History
from .optim import Optimizer, gradient_norm
from .progress import Show
from .samples import Sample, answers, as_numbers, judge, sides
from .watch import raise_nonfinite

__all__ = ["Descent"]


class Descent:
    """A network on its way down: its loss, its optimiser, and where it has been.

    half   whether an output of ½ or more means the label 1, as after sigmoid; else it is a logit
    good   the parameters of the last finite loss    best   those of the lowest validation loss, with that loss
    stale  how many looks ago that was               number  the epoch it is in
    """

    def __init__(
        self,
        model: Any,
        loss: Callable[[Any, Any], Value],
        optimizer: Optimizer,
        regularisation: float,
        training: Sequence[Sample],
        half: bool = False,
    ) -> None:
        self.model, self.loss, self.optimizer, self.regularisation = model, loss, optimizer, regularisation
        self.parameters: list[Value] = list(model.parameters())
        groups = [list(layer.parameters()) for layer in getattr(model, "layers", ())]
        self.layers = [group for group in groups if group] or [self.parameters]
        outputs = len(as_numbers(model(training[0].x)))
        half = half or sides(model)[1] in ("sigmoid", "step")
        self.judge = judge([each.target for each in training], outputs, 0.5 * half)
        self.good = self.data()
        self.best, self.best_loss, self.stale = self.good, math.inf, 0
        self.number, self.before = 0, optimizer.taken

    def data(self) -> list[float]:
        return [parameter.data for parameter in self.parameters]

    def restore(self, numbers: Sequence[float]) -> None:
        """Put all the numbers back, also where Ctrl-C comes halfway."""
        try:
            assign(self.parameters, numbers)
        except KeyboardInterrupt:
            assign(self.parameters, numbers)
            raise

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = 0.0

    def epoch(self, number: int, order: Sequence[Sample], size: int, show: Show) -> Epoch:
        """One pass over the samples."""
        self.number = number
        lost, right, norms = 0.0, 0.0, []
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, hits, lengths = self.step(batch)
            lost, right = lost + loss, right + hits
            norms.append(lengths)
            done = first + len(batch)
            show(number - 1 + done / len(order), lost / done, len(batch))
        means = tuple(math.fsum(column) / len(norms) for column in zip(*norms))
        return Epoch(lost / len(order), right / len(order) if self.judge else math.nan, means)

    def step(self, batch: Sequence[Sample]) -> tuple[float, float, list[float]]:
        """One step of the optimiser; the sum of the losses before it, how many were right, the norm of each layer."""
        self.zero_grad()
        lost = right = 0.0
        for sample in batch:
            out = self.model(sample.x)
            loss = self.loss_of(out, sample)
            loss.backward()
            lost += loss.data
            right += self.judge(as_numbers(out), sample.target) if self.judge else 0.0
        penalty = 2 * self.regularisation
        for parameter in self.parameters:
            parameter.grad = parameter.grad / len(batch) + penalty * parameter.data
        norms = [gradient_norm(layer) for layer in self.layers]
        for norm in norms:
            if not math.isfinite(norm):
                raise self.broken(f"the gradient is {norm}", batch)
        self.move()
        return lost, right, norms

    def move(self) -> None:
        """The step itself, which must leave every parameter finite."""
        self.good = self.data()
        self.optimizer.step()
        if not all(map(math.isfinite, self.data())):
            raise self.broken("a parameter left the range of floats", ())

    def loss_of(self, out: Any, sample: Sample) -> Value:
        """The loss of one sample, a finite Value."""
        loss = self.loss(out, sample.target)
        if not isinstance(loss, Value):
            raise GraphError(f"the loss is a {type(loss).__name__}, not a Value; write it with operations of Values")
        if not math.isfinite(loss.data):
            raise self.broken(f"the loss of {sample.name} is {loss.data}", [sample])
        return loss

    def check(self, number: int, held: Sequence[Sample]) -> Check:
        """A look at the validation samples; the best parameters are kept aside."""
        lost, right = [], 0.0
        for sample, outs in zip(held, answers(self.model, held)):
            out = [Value(each) for each in outs] if outs[1:] else Value(outs[0])
            lost.append(self.loss_of(out, sample).data)
            right += self.judge(outs, sample.target) if self.judge else 0.0
        loss = math.fsum(lost) / len(held)
        if loss < self.best_loss:
            self.best, self.best_loss, self.stale = self.data(), loss, 0
        else:
            self.stale += 1
        return Check(number, loss, right / len(held) if self.judge else math.nan)

    # ── how it ends ──

    def ended(self, history: History, patience: int | None) -> str:
        """Why it ended; with patience, the best parameters come back."""
        done = f"all {self.number} epochs are done"
        if not patience:
            return done
        self.restore(self.best)
        if self.stale >= patience:
            looks = f"{patience} looks" if patience > 1 else "1 look"
            done = f"the validation loss has not fallen for {looks}, in epoch {self.number}"
        return f"{done}; the parameters are those after epoch {history.best_epoch}, the best"

    def interrupted(self) -> str:
        """The word on Ctrl-C: the optimiser's steps are whole, and half a gradient is thrown away."""
        self.zero_grad()
        taken = self.optimizer.taken - self.before
        steps = f"{taken} step{'s' * (taken != 1)}"
        return f"Ctrl-C in epoch {self.number}, after {steps}; the parameters are those after the last"

    def broken(self, fact: str, batch: Sequence[Sample]) -> NonFiniteError:
        """The error for an inf or nan, with its sample and node; the parameters of the last finite loss come back."""
        cause = next(filter(None, map(self.cause, batch)), "")
        self.restore(self.good)
        self.zero_grad()
        rate = self.optimizer.rate
        remedy = f"try a rate below {rate:g}, or smaller inputs; the last finite parameters are back"
        return NonFiniteError(f"{fact} in epoch {self.number}{cause}; {remedy}")

    def cause(self, sample: Sample) -> str:
        """The first node of a sample that is not finite."""
        self.zero_grad()
        try:
            with raise_nonfinite():
                self.loss(self.model(sample.x), sample.target).backward()
        except NonFiniteError as problem:
            return f", {sample.name}: {problem}"
        return ""


def assign(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    for parameter, number in zip(parameters, numbers):
        parameter.data = number
