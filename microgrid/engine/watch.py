"""Watching computations being recorded: scopes, origins, the first inf or nan, and the collector's pause."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ContextDecorator, contextmanager
from types import FrameType
from typing import Any

from microgrid.errors import NonFiniteError

from .origins import Mark, Origin, here, located, running
from .remedies import remedy
from .value import Value, data_of, inspectors, observers
from .variables import held_by, is_told

__all__ = [
    "advice",
    "check_gradients",
    "computation",
    "computed_at",
    "finite",
    "gc_paused",
    "observing",
    "origin_of",
    "raise_nonfinite",
    "record_origins",
    "scope",
]

FRAMES = 10_000  # of functions whose variables are looked at when recording ends
FEW = 4  # inputs that an error shows one by one


class observing(ContextDecorator):
    """Show every value made inside to a function, as it is made."""

    def __init__(self, observer: Callable[[Value], None]) -> None:
        self.observer = observer

    def __enter__(self) -> None:
        observers.append(self.observer)

    def __exit__(self, *raised: object) -> None:
        observers.remove(self.observer)


def scope(name: str) -> observing:
    """Everything computed inside belongs to `name`: a picture draws one frame around it.

    >>> with scope("hidden layer"):
    ...     h = Value(1.0) + 2
    >>> h.scope
    'hidden layer'
    """

    def mark(node: Value) -> None:
        node._scope = name

    return observing(mark)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector: building graphs is up to three times as fast.

    >>> with gc_paused():
    ...     y = sum(Value(1.0) for _ in range(1000))

    Nodes form no cycles, so they are freed all the same.
    """
    import gc

    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


# ── where a value was computed ─────────────────────────────────────────────────────────────


@contextmanager
def record_origins() -> Iterator[None]:
    """Remember of every value made inside which line computed it, and which part of the line.

    >>> with record_origins():
    ...     y = Value(3.0) * 2 + 1
    >>> y.origin
    '<doctest microgrid.engine.watch.record_origins[0]>:2'

    `origin_of` tells more, and the debugger shows it. A value without a label is then called after the variable
    that held it at the end, in whatever function that was: z[1] after `z.append(w * x)`, h, h#2, … after `h = …` in a
    loop. Outside, nothing is remembered: recording makes a value take about a third longer.
    """
    opener = sys._getframe(1)
    while opener.f_back and opener.f_globals.get("__name__") == "contextlib":
        opener = opener.f_back
    frames = {opener: True}

    def mark(node: Value) -> None:
        here = running()
        node._origin = here.f_code, here.f_lasti
        frame: FrameType | None = here
        while frame and frame not in frames and len(frames) < FRAMES:
            frames[frame] = True
            frame = frame.f_back

    try:
        with observing(mark):
            yield
    finally:
        name_held(frames)
        frames.clear()  # one of them may hold what called this


def name_held(frames: Iterable[FrameType]) -> None:
    """Give every value just recorded the name that it has in one of the frames."""
    seen: set[int] = set()
    for frame in frames:
        told = {name: each for name, each in dict(frame.f_locals).items() if is_told(name)}
        for node, name in held_by(told, is_nameless, seen).items():
            node._origin = *node._origin, name


def is_nameless(thing: Any) -> bool:
    """Whether it is a value that was recorded, and nobody has noted where it is held."""
    return isinstance(thing, Value) and len(getattr(thing, "_origin", ())) == 2


def computed_at(place: Mark, name: str) -> observing:
    """Every value made inside was computed there, in a line of a sheet, and belongs to the scope of that name."""

    def mark(node: Value) -> None:
        node._origin, node._scope = place, name

    return observing(mark)


def origin_of(node: Value) -> Origin | None:
    """The line that computed a value, and the very expression in it; None where nobody recorded it.

    From Python 3.11 on, the expression is known to the column.
    """
    mark = getattr(node, "_origin", None)
    return None if mark is None else located(mark)


# ── stopping at the first inf or nan ───────────────────────────────────────────────────────


@contextmanager
def raise_nonfinite() -> Iterator[None]:
    """Stop at the first value, local derivative or gradient that is not finite, and name it.

    >>> with raise_nonfinite():
    ...     Value(0.0, label="p").log()
    Traceback (most recent call last):
    microgrid.errors.NonFiniteError: log of p = 0.0 is -inf (<doctest microgrid.engine.watch.raise_nonfinite[0]>:2); log needs a number above 0

    Each is looked at when it is recorded, before it is known whether a `relu`, `max`, `min` or `step` after it
    closes that branch. A closed branch has the gradient 0 all the same: without this, sqrt(x).max(1) at 0 is fine.
    """  # noqa: E501
    inspectors.append(check_gradients)
    try:
        with observing(raise_if_nonfinite):
            yield
    finally:
        inspectors.remove(check_gradients)


def raise_if_nonfinite(node: Value) -> None:
    node._origin = here()
    if not finite(node._data):
        raise NonFiniteError(f"{computation(node)} is {node._data} ({node.origin}){advice(node)}")
    for parent, partial in zip(node.parents, node.partials):
        if not finite(partial):
            by = parent.label or f"its input {digits(parent._data)}"
            text = f"the derivative of {computation(node)} by {by} is {partial} ({node.origin})"
            raise NonFiniteError(text + advice(node))


def check_gradients(order: Sequence[Value]) -> None:
    """Raise NonFiniteError for the first gradient of a pass that is not finite, from the root down."""
    for node in reversed(order):
        if not finite(node.grad):
            name = node.label or computation(node)
            where = f" ({node.origin})" if node.origin else ""
            raise NonFiniteError(f"the gradient of {name} is {node.grad}{where}; look at the values after it")


def finite(number: float) -> bool:
    """Whether a number is neither inf nor nan."""
    return number - number == 0.0


def computation(node: Value) -> str:
    """`mul of x = 1e+308, 10.0 (z)`: an operation, its inputs and its name, or the neuron that it belongs to."""
    name = node.label or node.scope
    if not node.parents:
        return f"{node.op.name} {name or ''}".rstrip()
    return f"{node.op.name} of {inputs(node)}" + (f" ({name})" if name else "")


def inputs(node: Value) -> str:
    """The inputs of a node with their numbers; of many, how many there are, and the largest."""
    if len(node.parents) <= FEW:
        return ", ".join((f"{each.label} = " if each.label else "") + digits(each._data) for each in node.parents)
    weighed = node.op.name == "affine"
    count = len(node.parents) // 2 if weighed else len(node.parents)
    found = [each._data for each in node.parents]
    worst = max(found, key=lambda number: math.inf if math.isnan(number) else abs(number))
    told = "one of them nan" if math.isnan(worst) else f"the largest {digits(worst)}"
    return f"{count} inputs, {told}"


def digits(number: float) -> str:
    """A number at 4 significant digits; in full where these say no less, or would make it a whole number."""
    short = f"{number:.4g}"
    telling = float(short) == number or (abs(number) < 1e4 and float(short).is_integer())
    return repr(number) if telling else short


def advice(node: Value) -> str:
    """The end of a message: what to do about the inf or nan of a node."""
    text = remedy(node, data_of)
    return f"; {text}" if text else ""
