"""`fit`: training by gradient descent, as the lecture advises, early stopping included.

Each epoch goes over the samples once, a batch at a time; each batch makes one step:

    g = (1/n) Σ ∂loss/∂θ over the batch,  then the optimiser moves every θ

A batch runs as a few array calls where the network and the loss can be compiled (`sweep.py`); else its samples
are computed one after the other, so that memory holds the graph of one sample only.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from inspect import signature
from reprlib import repr as brief
from typing import Any, NoReturn

from microgrid.engine import Value, gc_paused
from microgrid.errors import GraphError, NonFiniteError, did_you_mean
from microgrid.formula import number_text, real
from microgrid.nn.samples import (
    Judge,
    Sample,
    accuracy,
    as_numbers,
    for_outputs,
    is_real,
    judge,
    labels_of,
    samples,
    sides,
    split,
)

from . import losses
from .descent import Descent, Plan
from .history import History
from .optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .progress import bar
from .schedules import above_zero, at_least_one, not_negative

__all__ = ["accuracy", "fit", "prepared"]

OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "sgd": lambda parameters: SGD(parameters, rate=0.1),
    "adam": lambda parameters: Adam(parameters, rate=0.01),
    "adamw": lambda parameters: AdamW(parameters, rate=0.01),
    "rmsprop": lambda parameters: RMSprop(parameters, rate=0.01),
    "adagrad": lambda parameters: Adagrad(parameters, rate=0.1),
}

# From which output on the answer is 1: half way between targets of 0 and 1, or a logit of 0.
LEVELS: dict[Any, float] = {
    **dict.fromkeys((losses.squared_error, losses.mse, losses.mae, losses.huber, losses.smooth_l1, losses.bce), 0.5),
    **dict.fromkeys((losses.hinge, losses.bce_with_logits, losses.multilabel_bce), 0.0),
}

# What a loss takes, the activation that gives it, and those that do not, with the loss for them where there is one.
NO_PROBABILITY = dict.fromkeys(("tanh", "relu", "leaky_relu", "softplus"), "")
TAKES: dict[Any, tuple[str, str, dict[str, str]]] = {
    losses.cross_entropy: ("logits", "linear", {"softmax": "nll", "sigmoid": ""}),
    losses.bce_with_logits: ("logits", "linear", {"sigmoid": "bce", "softmax": ""}),
    losses.multilabel_bce: ("logits", "linear", {"sigmoid": "bce", "softmax": ""}),
    losses.hinge: ("scores of both signs", "linear", {"sigmoid": "", "softmax": ""}),
    losses.bce: ("probabilities", "sigmoid", {"linear": "bce_with_logits", **NO_PROBABILITY}),
    losses.nll: (
        "probabilities that add up to 1",
        "softmax",
        {"linear": "cross_entropy", "sigmoid": "", "step": "", **NO_PROBABILITY},
    ),
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
    clip: float | None = None,
    progress: bool | None = None,
    compiled: bool | None = None,
    threshold: float | None = None,
    **unknown: NoReturn,
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
    optimizer       "sgd" or "adagrad" of rate 0.1, "adam", "adamw" or "rmsprop" of rate 0.01, or one of your own;
                    None is "adam"
    batch_size      how many samples make a step, drawn anew each epoch; None is all of them, in order
    validation      (X, y), or the fraction of the samples to hold back
    patience        early stopping: end when the validation loss has not fallen for so many looks, and go back to
                    the parameters of the best look. With 1 it ends as soon as the loss starts to rise
    check_every     how many epochs lie between two looks at the validation loss
    seed            of everything drawn: the order of the samples, and those held back
    regularisation  at least 0; how much the squares of the parameters count
    clip            above 0: before each step, a longer gradient of all parameters is shortened to this length
    progress        whether to show a bar; None shows it on a terminal
    compiled        whether batches run as array calls; None is where the network and the loss allow it, and
                    `history.how` tells. The numbers of each step are the same to rounding; to the bit where a batch
                    of few samples of a small network runs on floats, and they are those of a sheet's rounds
    threshold       from which output on the answer is 1, where y is 0 and 1; None is what the loss says, ½ or 0 of
                    a logit. A loss of your own says nothing: then only an output of sigmoid or step has an accuracy
    `model.level` keeps that threshold from then on, and is None where there is none; `z` and `a` of the layers are
    those of the first sample with the parameters as they are.
    Returns the History. Ctrl-C ends it, and `history.stopped` says so: after the last whole step, or with patience
    with the parameters of the best look.
    Raises GraphError for settings, shapes and targets that do not fit, before the first step; NonFiniteError where
    the loss or its gradient is inf or nan, with the sample and the node, the parameters that are back, and the
    History so far as `history`.
    Source: early stopping as in Goodfellow, Bengio, Courville (2016), algorithm 7.1.
    """
    plan = Plan(epochs, batch_size, patience, check_every, regularisation, clip, progress, compiled)
    check_settings(plan, validation, unknown)
    rng = drawing_from(seed)
    training, held, out = both(model, X, y, validation, rng)
    measure, mover = loss_function(loss, model, training[0]), optimizer_for(model, optimizer)
    refuse_targets(measure, out, [*training, *held])
    right = judged(model, measure, training, out, threshold)
    with gc_paused():
        return follow(Descent(model, measure, mover, plan, right), training, held, rng)


def follow(descent: Descent, training: Sequence[Sample], held: Sequence[Sample], rng: random.Random) -> History:
    """Epoch after epoch, until they are done, patience is at its end, or Ctrl-C."""
    history, start, plan = descent.history, time.perf_counter(), descent.plan
    size = plan.batch_size or len(training)
    try:
        with bar(plan.progress, plan.epochs) as shown:
            shown.prepare()
            descent.prepare([*training, *held])
            for number in range(1, plan.epochs + 1):
                order = rng.sample(training, len(training)) if plan.batch_size else training
                history.epochs.append(descent.epoch(number, order, size, shown))
                if held and number % plan.check_every == 0:
                    history.checks.append(descent.check(number, held))
                    shown.look(history.checks[-1].loss)
                    if plan.patience and descent.stale >= plan.patience:
                        break
        history.stopped = descent.ended()
    except KeyboardInterrupt:
        history.stopped = descent.interrupted()
    except NonFiniteError as problem:
        back = descent.broke_off()
        history.stopped = f"an inf or nan in epoch {descent.number}; {back}"
        problem.args, problem.history = (f"{problem}; {back}",), history
        raise
    finally:
        descent.settle()
        history.seconds = time.perf_counter() - start
    descent.model(training[0].x)  # after array calls, the layers still hold what they had before the first step
    return history


def prepared(
    model: Any, X: Any, y: Any, loss: str | Callable[[Any, Any], Value]
) -> tuple[list[Sample], Callable[[Any, Any], Value], float | None]:
    """What `fit` would begin with: the samples, the loss, and from which output on an answer is 1 (None: no labels).

    Raises GraphError as `fit` does for samples, targets and a loss that do not fit.
    """
    found, _, out = both(model, X, y, None, drawing_from(0))
    measure = loss_function(loss, model, found[0])
    refuse_targets(measure, out, found)
    labels = set() if isinstance(found[0].target, (list, int)) else labels_of(each.target for each in found)
    level = 0.0 if labels <= {-1, 1} else LEVELS.get(measure, 0.5) if labels <= {0, 1} else None
    return list(found), measure, level if labels else None


# ── what fit is told ───────────────────────────────────────────────────────────────────────


def check_settings(plan: Plan, validation: Any, unknown: Any = ()) -> None:
    for name in unknown:
        hint = did_you_mean(name, list(signature(fit).parameters)[:-1])
        if name in ("lr", "rate", "learning_rate", "eta"):
            hint = "; a rate goes through optimizer=SGD(model.parameters(), rate=0.1), SGD from microgrid.optim"
        raise GraphError(f"fit has no setting {name!r}{hint}")
    at_least_one("epochs", plan.epochs, "100")
    at_least_one("check_every", plan.check_every, "10")
    not_negative("regularisation", plan.regularisation, "0.0001")
    if plan.clip is not None:
        above_zero("clip", plan.clip, "1.0")
    if plan.batch_size is not None:
        at_least_one("batch_size", plan.batch_size, "16")
    if plan.patience is not None:
        at_least_one("patience", plan.patience, "5")
        if validation is None:
            raise GraphError(f"patience = {plan.patience} needs samples to look at; give validation=0.2, or (X, y)")
    if validation is not None and plan.check_every > plan.epochs:
        fact = f"check_every = {plan.check_every} of {plan.epochs} epochs never looks"
        raise GraphError(f"{fact}; give at most {plan.epochs}")


def drawing_from(seed: Any) -> random.Random:
    """What draws from that seed."""
    try:
        return random.Random(seed)
    except TypeError:
        raise GraphError(f"seed = {brief(seed)} is nothing to draw from; give a whole number such as 0") from None


def both(
    model: Any, X: Any, y: Any, validation: Any, rng: random.Random
) -> tuple[Sequence[Sample], Sequence[Sample], Any]:
    """The samples to train with, those held back, and what the network gives for the first one."""
    refuse_no_network(model)
    inputs = sides(model)[0]
    found = samples(X, y, inputs)
    out = model(found[0].x)
    outputs = len(as_numbers(out))
    found = for_outputs(found, outputs)
    if validation is None:
        return found, [], out
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        return found, for_outputs(samples(validation[0], validation[1], inputs, "validation "), outputs), out
    if is_real(validation):
        return *split(found, real(validation), rng), out
    raise GraphError(f"validation is a {type(validation).__name__}; give (X, y), or a fraction such as 0.2")


def refuse_no_network(model: Any) -> None:
    """Raise GraphError for what cannot be trained."""
    if isinstance(model, type):
        name = model.__name__
        raise GraphError(f"{name} is a class, not a network; make one: model = {name}(2, [8, 1])")
    if not callable(model) or not hasattr(model, "parameters"):
        raise GraphError(f"fit trains a network, not a {type(model).__name__}; give it nn.MLP(2, [8, 1])")
    refuse_nonfinite(model)


def refuse_nonfinite(model: Any) -> None:
    """Raise GraphError for a parameter that is inf or nan before the first step."""
    if all(math.isfinite(parameter.data) for parameter in model.parameters()):
        return
    named = getattr(model, "named_parameters", lambda: dict(enumerate(model.parameters(), 1)))()
    name, number = next((name, each.data) for name, each in named.items() if not math.isfinite(each.data))
    raise GraphError(f"parameter {name} is {number} before the first step; make the network anew, or set its data")


def loss_function(loss: Any, model: Any, sample: Sample) -> Callable[[Any, Any], Value]:
    """The loss itself. Raises GraphError for one that takes another output, or other targets, than there are."""
    if not callable(loss):
        loss = losses.loss_named(loss)
    activation = sides(model)[1]
    takes, wanted, others = TAKES.get(loss, ("", "", {}))
    other = others.get(activation)
    if other is not None:
        fact = f"{loss.__name__} takes {takes}, and the output of the network is {activation}"
        raise GraphError(f"{fact}; make it {wanted}" + f", or use loss={other!r}" * bool(other))
    if loss in LEVELS and isinstance(sample.target, int):
        one_hot = "one-hot as in np.eye(k)[y]" + ", then 2*y - 1" * (loss is losses.hinge)
        other = "nll" if activation == "softmax" else "cross_entropy"
        fact = f"{loss.__name__} takes a number for each output, and y has the index of a class"
        raise GraphError(f"{fact}; make y {one_hot}, or use loss={other!r}")
    return loss  # type: ignore[no-any-return]


def refuse_targets(loss: Any, out: Any, found: Sequence[Sample]) -> None:
    """Raise GraphError for the first target that a loss of ours does not take, with its sample; each is tried once."""
    tried = set()
    for each in found if loss in losses.LOSSES.values() else ():
        target = tuple(each.target) if isinstance(each.target, list) else each.target
        if target not in tried:
            tried.add(target)
            try:
                loss(out, each.target)
            except GraphError as problem:
                raise GraphError(f"{each.name}: {problem}") from None


def judged(model: Any, loss: Any, training: Sequence[Sample], out: Any, threshold: float | None) -> Judge | None:
    """What tells right answers from wrong ones; `model.level` keeps from which output on an answer is 1."""
    targets = [each.target for each in training]
    binary = labels_of(targets) <= {0, 1}
    if threshold is not None and not binary:
        raise GraphError(
            f"threshold = {number_text(real(threshold))} is for y of 0 and 1, and y has other numbers; leave it out"
        )
    level = LEVELS.get(loss) if threshold is None else real(threshold)
    with suppress(AttributeError):  # slots have no room for it
        model.level = level if binary else None
    known = loss in losses.LOSSES.values()
    return judge(model, targets, len(as_numbers(out)), level if binary else None, guess=known)


def optimizer_for(model: Any, optimizer: Any) -> Optimizer:
    """The optimiser of that name, or the given one. Raises GraphError for one that moves something else."""
    parameters = list(model.parameters())
    if isinstance(optimizer, Optimizer):
        moved = set(optimizer.parameters)
        if moved - set(parameters):
            raise GraphError(f"{optimizer} moves parameters that are not the network's; give it model.parameters()")
        return optimizer
    if isinstance(optimizer, type):
        name = optimizer.__name__
        raise GraphError(f"{name} is a class, not an optimiser; make one: {name}(model.parameters(), rate=0.01)")
    name = "adam" if optimizer is None else optimizer
    if not isinstance(name, str) or name not in OPTIMIZERS:
        hint = did_you_mean(str(name), OPTIMIZERS, of_field=True) or f"; there are {', '.join(OPTIMIZERS)}"
        raise GraphError(f"no optimiser is called {name!r}{hint}")
    return OPTIMIZERS[name](parameters)
