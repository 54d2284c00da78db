"""`fit`: training by gradient descent, as the lecture advises, early stopping included.

Each epoch goes over the samples once, a batch at a time; each batch makes one step:

    g = (1/n) Σ ∂loss/∂θ over the batch,  then the optimiser moves every θ

Samples are computed one after the other, so that memory holds the graph of one sample only.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from . import losses
from .descent import Descent
from .engine import Value
from .errors import GraphError, did_you_mean
from .history import History
from .optim import SGD, Adam, AdamW, Optimizer
from .progress import bar
from .samples import Sample, accuracy, as_numbers, for_outputs, samples, sides, split
from .schedules import at_least_one, not_negative
from .watch import gc_paused

__all__ = ["accuracy", "fit"]

OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "sgd": lambda parameters: SGD(parameters, rate=0.1),
    "adam": lambda parameters: Adam(parameters, rate=0.01),
    "adamw": lambda parameters: AdamW(parameters, rate=0.01),
}

# Losses of numbers or probabilities, after which an output of ½ or more means 1; after any other it is a logit.
HALF = (losses.squared_error, losses.mse, losses.mae, losses.bce)
# Losses that take logits, and the activations that have already made something else of them.
TAKES_LOGITS = {
    losses.cross_entropy: ("softmax", "sigmoid"),
    losses.bce_with_logits: ("sigmoid", "softmax"),
    losses.multilabel_bce: ("sigmoid", "softmax"),
}


def fit(
    model: Any,
    X: Any,
    y: Any,
    loss: str | Callable[[Any, Any], Value] = "mse",
    optimizer: str | Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    validation: tuple[Any, Any] | float | None = None,
    patience: int | None = None,
    check_every: int = 1,
    seed: Any = None,
    regularisation: float = 0.0,
    progress: bool | None = None,
) -> History:
    """Train a network: lower the mean loss over its samples, step by step.

    θ ← θ − rate · ∂C/∂θ,  C = (1/n) Σ loss(model(x), y) + regularisation · Σ θ²

    >>> from microgrid import nn
    >>> model = nn.MLP(1, [1], seed=0)
    >>> fit(model, [[0], [1], [2]], [1, 3, 5], optimizer="sgd", epochs=200).stopped
    'all 200 epochs are done'
    >>> round(model([10]).data, 2)
    21.0

    X, y            shape (samples, inputs); (samples,) or (samples, outputs), or the index of a class for each
    loss            the name of one in `losses`, or a function (model(x), y of one sample) → Value
    optimizer       "sgd" of rate 0.1, "adam" or "adamw" of rate 0.01, or one of your own; None is "adam"
    batch_size      how many samples make a step, drawn anew each epoch; None is all of them, in order
    validation      (X, y), or the fraction of the samples to hold back
    patience        early stopping: end when the validation loss has not fallen for so many looks, and go back to
                    the parameters of the best look. With 1 it ends as soon as the loss starts to rise
    check_every     how many epochs lie between two looks at the validation loss
    seed            of everything drawn: the order of the samples, and those held back
    regularisation  at least 0; how much the squares of the parameters count
    progress        whether to show a bar; None shows it on a terminal
    Returns the History. Ctrl-C ends it after the last whole step, and `history.stopped` says so.
    Raises GraphError for settings and shapes that do not fit; NonFiniteError where the loss or its gradient
    is inf or nan, with the sample and the node, once the parameters of the last finite loss are back.
    Source: early stopping as in Goodfellow, Bengio, Courville (2016), algorithm 7.1.
    """
    plan = Plan(epochs, batch_size, patience, check_every, progress)
    check_settings(plan, validation, regularisation)
    rng = random.Random(seed)
    training, held = both(model, X, y, validation, rng)
    measure, mover = loss_function(loss, model), optimizer_for(model, optimizer)
    descent = Descent(model, measure, mover, regularisation, training, half=measure in HALF)
    with gc_paused():
        return follow(descent, plan, training, held, rng)


class Plan(NamedTuple):
    """How far to go, in what steps, and how often to look."""

    epochs: int
    batch_size: int | None
    patience: int | None
    check_every: int
    progress: bool | None


def follow(
    descent: Descent, plan: Plan, training: Sequence[Sample], held: Sequence[Sample], rng: random.Random
) -> History:
    """Epoch after epoch, until they are done, patience is at its end, or Ctrl-C."""
    history, start = History(), time.perf_counter()
    size = plan.batch_size or len(training)
    try:
        with bar(plan.progress, plan.epochs) as show:
            for number in range(1, plan.epochs + 1):
                order = rng.sample(training, len(training)) if plan.batch_size else training
                history.epochs.append(descent.epoch(number, order, size, show))
                if held and number % plan.check_every == 0:
                    history.checks.append(descent.check(number, held))
                    if plan.patience and descent.stale >= plan.patience:
                        break
        history.stopped = descent.ended(history, plan.patience)
    except KeyboardInterrupt:
        history.stopped = descent.interrupted()
    history.seconds = time.perf_counter() - start
    return history


# ── what fit is told ───────────────────────────────────────────────────────────────────────


def check_settings(plan: Plan, validation: Any, regularisation: float) -> None:
    at_least_one("epochs", plan.epochs, "100")
    at_least_one("check_every", plan.check_every, "10")
    not_negative("regularisation", regularisation, "0.0001")
    if plan.batch_size is not None:
        at_least_one("batch_size", plan.batch_size, "16")
    if plan.patience is not None:
        at_least_one("patience", plan.patience, "5")
        if validation is None:
            raise GraphError(f"patience = {plan.patience} needs samples to look at; give validation=0.2, or (X, y)")
    if validation is not None and plan.check_every > plan.epochs:
        fact = f"check_every = {plan.check_every} of {plan.epochs} epochs never looks"
        raise GraphError(f"{fact}; give at most {plan.epochs}")


def both(model: Any, X: Any, y: Any, validation: Any, rng: random.Random) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """The samples to train with, and those held back."""
    if not callable(model) or not hasattr(model, "parameters"):
        raise GraphError(f"fit trains a network, not a {type(model).__name__}; give it nn.MLP(2, [8, 1])")
    inputs = sides(model)[0]
    found = samples(X, y, inputs)
    outputs = len(as_numbers(model(found[0].x)))
    found = for_outputs(found, outputs)
    if validation is None:
        return found, []
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        return found, for_outputs(samples(validation[0], validation[1], inputs, "validation "), outputs)
    if isinstance(validation, (int, float)):
        return split(found, validation, rng)
    raise GraphError(f"validation is a {type(validation).__name__}; give (X, y), or a fraction such as 0.2")


def loss_function(loss: Any, model: Any) -> Callable[[Any, Any], Value]:
    """The loss itself. Raises GraphError for one that takes logits after an output that has none left."""
    if not callable(loss):
        loss = losses.loss_named(loss)
    activation = sides(model)[1]
    if activation in TAKES_LOGITS.get(loss, ()):
        raise GraphError(f"{loss.__name__} takes logits, and the output of the network is {activation}; make it linear")
    return loss  # type: ignore[no-any-return]


def optimizer_for(model: Any, optimizer: Any) -> Optimizer:
    """The optimiser of that name, or the given one. Raises GraphError for one that moves something else."""
    parameters = list(model.parameters())
    if isinstance(optimizer, Optimizer):
        moved = set(optimizer.parameters)
        if moved - set(parameters):
            raise GraphError(f"{optimizer} moves parameters that are not the network's; give it model.parameters()")
        return optimizer
    name = "adam" if optimizer is None else optimizer
    if name not in OPTIMIZERS:
        hint = did_you_mean(str(name), OPTIMIZERS) or f"; there are {', '.join(OPTIMIZERS)}"
        raise GraphError(f"no optimiser is called {name!r}{hint}")
    return OPTIMIZERS[name](parameters)
