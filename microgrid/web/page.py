"""`page`: a computation in one HTML file, to step through, to edit and to train."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from microgrid.engine import Value

    from .document import Page

__all__ = ["page"]


def page(
    target: Any,
    X: Any = None,
    y: Any = None,
    *,
    loss: str | Callable[[Any, Any], Value] = "mse",
    level: str | None = None,
    names: Mapping[str, Any] | None = None,
    title: str = "",
    round_number: int = 1,
    sample: int = 1,
) -> Page:
    """A computation as a live page: one HTML file, to step through, to edit and to train.

    >>> from microgrid import Value
    >>> x = Value(3.0, label="x")
    >>> page(x * x).html[:15]
    '<!doctype html>'

    >>> from microgrid import nn
    >>> page(nn.MLP(2, [3, 1], "tanh", seed=0), [[0, 1], [1, 0]], [1, -1])
    <page 'MLP 2 → 3 → 1': op, named, neuron, layer>

    target  a Value, a worked sheet (`Sheet.run()`), a Tape; or with X and y an nn.MLP
    X, y    the samples of a network, as in `fit`: the page shows the loss of one of them, and turns to any other;
            of two inputs it draws the plane with the boundary. It trains on all of them, by gradient descent on
            C = (1/n) Σ loss(model(x), y), in the background. The model itself stays as it is
    loss    of a network: the name of one in `losses`, or a function (model(x), y of one sample) → Value
    level   the one to begin with: "op", "named", "neuron", "layer" or "folded"; of a sheet with arrays "vector" or
            "element"; unless told, what fits best. The others that a person can read are there to switch to
    names   what holds Values that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are then
            W[0][1]; unless told, the variables of the caller
    title   the heading, unless the sheet has one
    round_number  of a sheet: the round that it opens at, from 1
    sample  of a sheet with samples: the one that is shown first, from 1
    Where each neuron of an nn.MLP is called once, its levels "neuron" and "layer" show a network: columns of discs, and
    layers as heat maps. Any other graph of more than 150 values is "folded" too: by its lists and arrays, by families
    of names, scopes and order; each opens in its place.
    Returns a Page: `.html`, `.save("net.html")`; a notebook shows it.
    Raises GraphError where there are more values than a page can compute with, or samples do not fit, RenderError where
    no Graphviz could draw them.
    """
    from .document import document

    if isinstance(X, str):  # page(target, "op")
        X, level = None, X
    if X is None:
        return document(target, level, names, title, round_number, sample)
    from .modelled import modelled

    found = modelled(target, X, y, loss)
    heading = title or f"MLP {' → '.join(map(str, target.shape))}"
    return document(found.loss, level, names or {}, heading, samples=found)
