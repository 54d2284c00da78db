"""Going down: the steps of a training, the looks at its validation samples, and how it can end."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from microgrid.engine import Value, raise_nonfinite
from microgrid.engine.origins import here, place
from microgrid.errors import GraphError, NonFiniteError, counted
from microgrid.formula.floats import added
from microgrid.nn.samples import Judge, Sample, answers, as_numbers

from . import losses
from .flat import Flat, flat
from .history import Check, Epoch, History
from .optim import Optimizer, clip_by_norm, gradient_norm
from .progress import Bar
from .sweep import Found, Sweep, sweep

__all__ = ["Descent", "Plan"]

T = TypeVar("T")

# Losses of probabilities, which end in log 0, and what to take in their place.
ENDLESS = {
    losses.bce: "take loss='bce_with_logits' and a linear output, which is right in every tail",
    losses.nll: "take loss='cross_entropy' and a linear output, which is right in every tail",
}
OUT_OF_RANGE = "a parameter left the range of floats"
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
    compiled: bool | None


class Descent:
    """A network on its way down: its loss, its optimiser, and where it has been.

    sweep   the network and the loss compiled, where that can be; what it cannot do goes node by node
    flat    the parameters as one array, in which compiled steps are taken; None for an optimiser of your own
    judge   what tells right answers from wrong ones, where the targets are labels
    first   the parameters it began with
    good    those before the last step      best     those of the lowest validation loss, after epoch `best_at`
    stale   how many looks ago that was     number   the epoch it is in, 0 before the first
    """

    def __init__(
        self, model: Any, loss: Callable[[Any, Any], Value], optimizer: Optimizer, plan: Plan, judge: Judge | None
    ) -> None:
        self.model, self.loss, self.optimizer, self.plan, self.judge = model, loss, optimizer, plan, judge
        self.parameters: list[Value] = list(dict.fromkeys(model.parameters()))  # layers may share some
        groups = [list(layer.parameters()) for layer in getattr(model, "layers", ())]
        self.layers = [group for group in groups if group] or [self.parameters]
        self.flat = flat(self.parameters, self.layers, optimizer)
        self.first = self.best = self.data()
        self.good: Any = self.first
        self.best_loss, self.best_at, self.stale = math.inf, 0, 0
        self.number, self.before, self.history = 0, optimizer.taken, History()
        self.sweep: Sweep | None = None
        self.missed = 0  # how many batches the sweep could not do

    def prepare(self, samples: Sequence[Sample]) -> None:
        """Compile what can be compiled; the history tells. Raises GraphError where it must be and cannot."""
        wished = self.plan.compiled
        found = "as you wished" if wished is False else sweep(self.model, self.loss, samples)
        if isinstance(found, Sweep):
            self.sweep, self.history.how = found, "compiled"
        elif wished:
            raise GraphError(f"nothing to compile: {found}; leave out compiled=True")
        else:
            self.history.how = f"node by node: {found}"

    @property
    def taken(self) -> int:
        """How many steps this training has taken."""
        return self.optimizer.taken - self.before

    def data(self) -> list[float]:
        self.settle()
        return [parameter.data for parameter in self.parameters]

    def settle(self) -> None:
        """Let the Values have their numbers, for whoever looks at them."""
        if self.flat:
            self.flat.settle()

    def restore(self, numbers: Sequence[float]) -> None:
        """Put all the numbers back, also where Ctrl-C comes halfway."""
        self.settle()
        try:
            assign(self.parameters, numbers)
        except KeyboardInterrupt:
            assign(self.parameters, numbers)
            raise

    def zero_grad(self) -> None:
        self.settle()
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
            if not math.isfinite(lost):
                raise self.broken(f"the sum of the losses is {lost}", ())
            norms.append(lengths)
            done = first + len(batch)
            shown.step(number - 1 + done / len(order), lost / done, len(batch))
        means = tuple(added(column) / len(norms) for column in zip(*norms))
        return Epoch(lost / len(order), right / len(order) if self.judge else math.nan, means)

    def step(self, batch: Sequence[Sample]) -> tuple[float, float, list[float]]:
        """One step of the optimiser; the sum of the losses before it, how many were right, the norm of each layer."""
        if self.flat and self.sweep:
            found = self.flat_step(self.flat, batch)
            if found:
                return found
            self.settle()
            lost, outs = self.one_by_one(batch)
        else:
            lost, outs = self.swept(batch, Sweep.step) or self.one_by_one(batch)
        penalty = 2 * self.plan.regularisation
        for parameter in self.parameters:
            parameter.grad = parameter.grad / len(batch) + penalty * parameter.data
        norms = [gradient_norm(layer) for layer in self.layers]
        self.refuse_endless(norms, batch)
        self.move()
        return sum(lost), self.right(outs, batch), norms

    def flat_step(self, flat: Flat, batch: Sequence[Sample]) -> tuple[float, float, list[float]] | None:
        """The same over arrays; None where these gave inf or nan."""
        import numpy as np

        with np.errstate(all="ignore"):
            theta = flat.taken_up()
            found = self.swept(batch, lambda sweep, batch: sweep.at(batch, theta))
            if found is None:
                return None
            (lost, outs), total = found
            grad = total / len(batch) + 2 * self.plan.regularisation * theta
            norms = flat.norms(grad)
            self.refuse_endless(norms, batch)
            self.good = flat.step(grad if self.plan.clip is None else flat.clipped(grad, self.plan.clip))
            if not flat.is_finite():
                raise self.broken(OUT_OF_RANGE, ())
        return sum(lost), self.right(outs, batch), norms

    def refuse_endless(self, norms: Sequence[float], batch: Sequence[Sample]) -> None:
        for norm in norms:
            if not math.isfinite(norm):
                raise self.broken(f"the gradient is {norm}", batch)

    def swept(self, batch: Sequence[Sample], way: Callable[[Sweep, Sequence[Sample]], T | None]) -> T | None:
        """The batch as array calls; None where there are none, or they gave inf or nan, which the history counts."""
        if self.sweep is None:
            return None
        found = way(self.sweep, batch)
        if found is None:
            self.missed += 1
            self.history.how = f"compiled; {counted(self.missed, 'batch')} node by node, where arrays gave inf or nan"
        return found

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
            raise self.broken(OUT_OF_RANGE, ())

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
        self.settle()
        lost, outs = self.swept(held, Sweep.look) or self.look(held)
        loss = sum(lost) / len(held)
        if not math.isfinite(loss):
            raise self.broken(f"the sum of the validation losses is {loss}", ())
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

    def ended(self) -> str:
        """Why it ended; with patience, the best parameters come back."""
        self.settle()
        done = f"all {self.number} epochs are done" if self.number > 1 else "the 1 epoch is done"
        if self.plan.patience and self.stale >= self.plan.patience:
            looks = counted(self.plan.patience, "look")
            done = f"the validation loss has not fallen for {looks}, in epoch {self.number}"
        return "; ".join(filter(None, (done, standstill(self.history, self.model), self.best_again())))

    def interrupted(self) -> str:
        """The word on Ctrl-C: the optimiser's steps are whole, and half a gradient is thrown away."""
        self.zero_grad()
        if not self.number:
            return "Ctrl-C before the first step; no parameter has moved"
        steps = counted(self.taken, "step")
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
        self.settle()
        sample, cause = next(((each, text) for each in batch if (text := self.cause(each))), (None, ""))
        if self.loss in ENDLESS and re.search(r"\blog(1p)? of", cause):
            remedy = ENDLESS[self.loss]
        elif self.led_there(batch):
            remedy = f"try a rate below {self.optimizer.rate:g}, or smaller inputs"
        else:
            remedy = "so it is from the start, at any rate: look at the loss and the inputs"
        named = f", {sample.name}" if sample and sample.name not in fact else ""
        return NonFiniteError(f"{fact} in epoch {self.number}{named}{': ' * bool(cause)}{cause}; {remedy}")

    def led_there(self, batch: Sequence[Sample]) -> bool:
        """Whether steps have led there: with the first parameters the samples had a finite loss and gradient."""
        here = self.data()
        try:
            assign(self.parameters, self.first)
            return self.taken > 0 and not any(map(self.cause, batch))
        finally:
            assign(self.parameters, here)

    def cause(self, sample: Sample) -> str:
        """The first node of a sample that is not finite; without its line where that is only the call of `fit`."""
        self.zero_grad()
        try:
            with raise_nonfinite():
                self.loss(self.model(sample.x), sample.target).backward()
        except NonFiniteError as problem:
            return str(problem).replace(f" ({place(here())})", "")
        return ""


def standstill(history: History, model: Any) -> str:
    """The word on layers that no longer move, though there is a loss left to lower."""
    last = history.epochs[-1]
    still = [str(i) for i, norm in enumerate(last.norms, 1) if norm == 0]
    if not still or last.loss <= SMALL * history.epochs[0].loss:
        return ""
    which = f" of layer{'s' * (len(still) > 1)} {', '.join(still)}" if len(still) < len(last.norms) else ""
    moves = "it does not move" if which else "nothing moves"
    neurons = [each for layer in getattr(model, "layers", ()) for each in getattr(layer, "neurons", ())]
    remedy = "try other initial weights, leaky_relu or a smaller rate"
    if any(getattr(each, "activation", "") == "step" for each in neurons):
        remedy = "step has no gradient; take sigmoid or tanh in its place"
    return f"the gradient{which} is exactly 0, so that {moves}: {remedy}"


def assign(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    for parameter, number in zip(parameters, numbers):
        parameter.data = float(number)
