"""Going down: the steps of a training, the looks at its validation samples, and how it can end."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from . import losses
from .engine import Value
from .errors import GraphError, NonFiniteError
from .history import Check, Epoch, History
from .optim import Optimizer, clip_by_norm, gradient_norm
from .progress import Bar
from .samples import Sample, answers, as_numbers, judge
from .sweep import Found, Sweep
from .watch import raise_nonfinite

__all__ = ["Descent", "Plan"]

# Losses of probabilities, which end in log 0, and what to take in their place.
ENDLESS = {
    losses.bce: "take loss='bce_with_logits' and a linear output, which is right in every tail",
    losses.nll: "take loss='cross_entropy' and a linear output, which is right in every tail",
}
SMALL = 1e-6  # a loss of this share of the first one is as good as 0


class Plan(NamedTuple):
    """How far to go, in what steps, and how often to look."""

    epochs: int
    batch_size: int | None
    patience: int | None
    check_every: int
    regularisation: float
    clip: float | None
    progress: bool | None


class Descent:
    """A network on its way down: its loss, its optimiser, and where it has been.

    sweep   the network and the loss compiled, where that can be; what it cannot do goes node by node
    first   the parameters it began with
    good    those before the last step      best     those of the lowest validation loss, after epoch `best_at`
    stale   how many looks ago that was     number   the epoch it is in
    """

    def __init__(
        self,
        model: Any,
        loss: Callable[[Any, Any], Value],
        optimizer: Optimizer,
        plan: Plan,
        training: Sequence[Sample],
        sweep: Sweep | None = None,
    ) -> None:
        self.model, self.loss, self.optimizer, self.plan, self.sweep = model, loss, optimizer, plan, sweep
        self.parameters: list[Value] = list(model.parameters())
        groups = [list(layer.parameters()) for layer in getattr(model, "layers", ())]
        self.layers = [group for group in groups if group] or [self.parameters]
        outputs = len(as_numbers(model(training[0].x)))
        self.judge = judge(model, [each.target for each in training], outputs)
        self.first = self.good = self.best = self.data()
        self.best_loss, self.best_at, self.stale = math.inf, 0, 0
        self.number, self.before, self.history = 0, optimizer.taken, History()

    @property
    def taken(self) -> int:
        """How many steps this training has taken."""
        return self.optimizer.taken - self.before

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

    def epoch(self, number: int, order: Sequence[Sample], size: int, shown: Bar) -> Epoch:
        """One pass over the samples."""
        self.number = number
        lost, right, norms = 0.0, 0.0, []
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            loss, hits, lengths = self.step(batch)
            lost, right = lost + loss, right + hits
            norms.append(lengths)
            done = first + len(batch)
            shown.step(number - 1 + done / len(order), lost / done, len(batch))
        means = tuple(math.fsum(column) / len(norms) for column in zip(*norms))
        return Epoch(lost / len(order), right / len(order) if self.judge else math.nan, means)

    def step(self, batch: Sequence[Sample]) -> tuple[float, float, list[float]]:
        """One step of the optimiser; the sum of the losses before it, how many were right, the norm of each layer."""
        lost, outs = (self.sweep and self.sweep.step(batch)) or self.one_by_one(batch)
        penalty = 2 * self.plan.regularisation
        for parameter in self.parameters:
            parameter.grad = parameter.grad / len(batch) + penalty * parameter.data
        norms = [gradient_norm(layer) for layer in self.layers]
        for norm in norms:
            if not math.isfinite(norm):
                raise self.broken(f"the gradient is {norm}", batch)
        self.move()
        return sum(lost), self.right(outs, batch), norms

    def one_by_one(self, batch: Sequence[Sample]) -> Found:
        """The loss and the outputs of each sample, and in the parameters the sum of its gradients."""
        self.zero_grad()
        lost, outs = [], []
        for sample in batch:
            out = self.model(sample.x)
            loss = self.loss_of(out, sample)
            loss.backward()
            lost.append(loss.data)
            outs.append(as_numbers(out))
        return lost, outs

    def right(self, outs: Sequence[Sequence[float]], batch: Sequence[Sample]) -> float:
        """How many samples were right, as far as there are labels."""
        return sum(self.judge(out, sample.target) for out, sample in zip(outs, batch)) if self.judge else 0.0

    def move(self) -> None:
        """The step itself, which must leave every parameter finite."""
        if self.plan.clip is not None:
            clip_by_norm(self.parameters, self.plan.clip)
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
        lost, outs = (self.sweep and self.sweep.look(held)) or self.look(held)
        loss = math.fsum(lost) / len(held)
        if loss < self.best_loss:
            self.best, self.best_loss, self.best_at, self.stale = self.data(), loss, number, 0
        else:
            self.stale += 1
        return Check(number, loss, self.right(outs, held) / len(held) if self.judge else math.nan)

    def look(self, held: Sequence[Sample]) -> Found:
        """The loss and the outputs of each sample."""
        outs = answers(self.model, held)
        values = ([Value(each) for each in out] if out[1:] else Value(out[0]) for out in outs)
        return [self.loss_of(out, sample).data for out, sample in zip(values, held)], outs

    # ── how it ends ──

    def ended(self, history: History) -> str:
        """Why it ended; with patience, the best parameters come back."""
        done = f"all {self.number} epochs are done" if self.number > 1 else "the 1 epoch is done"
        if self.plan.patience and self.stale >= self.plan.patience:
            looks = f"{self.plan.patience} look{'s' * (self.plan.patience != 1)}"
            done = f"the validation loss has not fallen for {looks}, in epoch {self.number}"
        return "; ".join(filter(None, (done, standstill(history), self.best_again())))

    def interrupted(self) -> str:
        """The word on Ctrl-C: the optimiser's steps are whole, and half a gradient is thrown away."""
        self.zero_grad()
        steps = f"{self.taken} step{'s' * (self.taken != 1)}"
        last = "the parameters are those after the last" if self.taken else "no parameter has moved"
        return f"Ctrl-C in epoch {self.number}, after {steps}; {self.best_again() or last}"

    def broke_off(self) -> str:
        """The word on an inf or nan: which parameters are back."""
        self.zero_grad()
        again = self.best_again()
        if not again and self.taken:
            self.restore(self.good)
        return again or ("the parameters before the last step are back" if self.taken else "no parameter has moved")

    def best_again(self) -> str:
        """With patience, the best parameters come back as soon as there was a look."""
        if not self.plan.patience or not self.best_at:
            return ""
        self.restore(self.best)
        return f"the parameters are those after epoch {self.best_at}, the best"

    # ── what broke it ──

    def broken(self, fact: str, batch: Sequence[Sample]) -> NonFiniteError:
        """The error for an inf or nan, with its sample, its node and what to try."""
        cause = next(filter(None, map(self.cause, batch)), "")
        if self.loss in ENDLESS and re.search(r"\blog(1p)? of", cause):
            remedy = ENDLESS[self.loss]
        elif self.led_there(batch):
            remedy = f"try a rate below {self.optimizer.rate:g}, or smaller inputs"
        else:
            remedy = "so it is from the start, at any rate: look at the loss and the inputs"
        return NonFiniteError(f"{fact} in epoch {self.number}{cause}; {remedy}")

    def led_there(self, batch: Sequence[Sample]) -> bool:
        """Whether steps have led there: with the first parameters the samples had a finite loss and gradient."""
        here = self.data()
        try:
            assign(self.parameters, self.first)
            return self.taken > 0 and not any(map(self.cause, batch))
        finally:
            assign(self.parameters, here)

    def cause(self, sample: Sample) -> str:
        """The first node of a sample that is not finite."""
        self.zero_grad()
        try:
            with raise_nonfinite():
                self.loss(self.model(sample.x), sample.target).backward()
        except NonFiniteError as problem:
            return f", {sample.name}: {problem}"
        return ""


def standstill(history: History) -> str:
    """The word on layers that no longer move, though there is a loss left to lower."""
    last = history.epochs[-1]
    still = [str(i) for i, norm in enumerate(last.norms, 1) if norm == 0]
    if not still or last.loss <= SMALL * history.epochs[0].loss:
        return ""
    which = f" of layer{'s' * (len(still) > 1)} {', '.join(still)}" if len(still) < len(last.norms) else ""
    moves = "it does not move" if which else "nothing moves"
    return f"the gradient{which} is exactly 0, so that {moves}: try other initial weights, leaky_relu or a smaller rate"


def assign(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    for parameter, number in zip(parameters, numbers):
        parameter.data = number
