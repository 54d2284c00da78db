"""What a neuron fires by, and what its weights start from: both by name.

Every activation but two is a row of the table. `linear` leaves z as it is; `softmax` takes the
whole layer at once, so that its outputs add up to 1.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from microgrid.engine import Value
from microgrid.errors import GraphError, did_you_mean
from microgrid.formula import OPS, Op
from microgrid.formula.lettering import shortened
from microgrid.formula.ops import SOFTMAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ACTIVATIONS", "INITIALISERS", "activated", "activation_named", "initialiser", "slopes"]

# Each activation, and how the repr of its neurons begins.
LONGEST = 40  # characters of a name that an error shows
ACTIVATIONS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "elu": "ELU",
    "selu": "SELU",
    "silu": "SiLU",
    "mish": "Mish",
    "gelu": "GELU",
    "hardtanh": "Hardtanh",
    "step": "Step",
    "linear": "Linear",
    "softmax": "Softmax",
}
WHOLE = ("linear", "softmax")  # no rows: one does nothing, the other takes a whole layer
FIRE: dict[str, Callable[[Value], Value]] = {name: methodcaller(name) for name in ACTIVATIONS if name not in WHOLE}


def activation_named(name: Any) -> str:
    """The name itself. Raises GraphError for an activation that is not there.

    >>> activation_named("sigmod")
    Traceback (most recent call last):
    microgrid.errors.GraphError: no activation is called 'sigmod'; did you mean 'sigmoid'?
    """
    return known(name, ACTIVATIONS, "activation")


def known(name: Any, table: Any, what: str) -> str:
    if isinstance(name, str) and name in table:
        return name
    hint = (
        did_you_mean(name[:LONGEST].lower(), table, of_field=True) if isinstance(name, str) else ""
    ) or f"; there are {', '.join(table)}"
    raise GraphError(f"no {what} is called {shortened(repr(name), LONGEST)}{hint}")


def activated(name: str, z: NDArray[Any]) -> NDArray[Any]:
    """g(z) of each number, or softmax over the last axis; to the bit what the scalar graph has.

    >>> import numpy as np
    >>> activated("relu", np.array([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]

    name  one of ACTIVATIONS        z  an array of any shape
    """
    import numpy as np

    if name == "linear":
        return z
    if name == "softmax":
        each_z = z.reshape(-1, z.shape[-1]).tolist()
        found = [SOFTMAX.forward(*each, i + 1.0)[0] for each in each_z for i in range(len(each))]
    else:
        forward = row(name).forward
        found = [forward(each)[0] for each in z.ravel().tolist()]
    return np.array(found, float).reshape(z.shape)


def row(name: str) -> Op:
    """The row of an activation, its fixed number set as it is when nobody says another."""
    return OPS[name].at(*OPS[name].settings.values())


def slopes(name: str, z: NDArray[Any]) -> NDArray[Any]:
    """g′(z) of each number. Raises GraphError for softmax, whose outputs depend on every z.

    >>> import numpy as np
    >>> slopes("sigmoid", np.array([0.0])).tolist()
    [0.25]
    """
    import numpy as np

    if name == "softmax":
        raise GraphError("softmax has no g'(z): each output depends on every z; its Jacobian is diag(a) - a aᵀ")
    if name == "linear":
        return np.ones_like(z)
    forward = row(name).forward
    return np.array([forward(each)[1][0] for each in z.ravel().tolist()], float).reshape(z.shape)


# ── where weights start ────────────────────────────────────────────────────────────────────


def xavier(rng: Any, nin: int, nout: int) -> float:
    return float(rng.uniform(-1, 1)) * math.sqrt(6 / (nin + nout))


def he(rng: Any, nin: int, nout: int) -> float:
    return float(rng.gauss(0, 1)) * math.sqrt(2 / nin)


INITIALISERS: dict[str, Callable[[Any, int, int], float]] = {
    "uniform": lambda rng, nin, nout: rng.uniform(-1, 1),
    "xavier": xavier,
    "he": he,
    "zeros": lambda rng, nin, nout: 0.0,
}


def initialiser(name: str, nin: int, nout: int, rng: Any = None) -> Callable[[], float]:
    """What draws the first value of each weight of a layer with `nin` inputs and `nout` neurons.

        uniform  in (-1, 1), as in micrograd
        xavier   uniform in ±√(6 / (nin + nout)): z and gradients keep their size through tanh or sigmoid
        he       normal, with variance 2 / nin: the same through ReLU, and nearly so through those that bend like it
        zeros    all 0, to see why that never learns: neurons with equal weights stay equal

    >>> initialiser("zeros", 3, 2)()
    0.0

    rng  a random.Random, or the module `random` itself, which is the default
    Raises GraphError for a name that is not there, or an rng without `uniform` and `gauss`.
    Source: Glorot and Bengio (2010), eq. 16; He, Zhang, Ren and Sun (2015), eq. 10.
    """
    draw = INITIALISERS[known(name, INITIALISERS, "initialiser")]
    source = random if rng is None else rng
    if not (hasattr(source, "uniform") and hasattr(source, "gauss")):
        raise GraphError(f"rng is a {type(rng).__name__}, which cannot draw; give random.Random(0), or a seed")
    return lambda: draw(source, nin, nout)
