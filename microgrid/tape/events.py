"""What can happen on the tape: one class for each kind of step.

Each has `round`, counted from 1, and the `node` that it is about, with its `name`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from microgrid.formula import Formula, Op
from microgrid.streams import carrying

__all__ = ["PHASES", "Assigned", "Backward", "Complete", "Forward", "NextRound", "Seed", "Step", "Update"]


@carrying
class Forward(NamedTuple):
    """A value is computed; `inputs` are the names and values of what it is computed from."""

    round: int
    node: Any
    name: str
    operation: Op
    inputs: tuple[tuple[str, float], ...]
    value: float

    @property
    def kind(self) -> str:
        return "forward"


@carrying
class Seed(NamedTuple):
    """Backward begins: d(root)/d(root) = 1."""

    round: int
    node: Any
    name: str
    before: float
    after: float

    @property
    def kind(self) -> str:
        return "seed"


@carrying
class Backward(NamedTuple):
    """One use of `node` by `child`, in its input `slot`: after = before + partial · upstream."""

    round: int
    node: Any
    name: str
    child: Any
    child_name: str
    slot: int
    partial: float
    upstream: float
    contribution: float
    before: float
    after: float

    @property
    def kind(self) -> str:
        return "backward"


@carrying
class Complete(NamedTuple):
    """Every use of the node has added its share: this is d(root)/d(node)."""

    round: int
    node: Any
    name: str
    gradient: float

    @property
    def kind(self) -> str:
        return "complete"


@carrying
class Update(NamedTuple):
    """One step of gradient descent: after = before - rate · gradient, of the loss of that name."""

    round: int
    node: Any
    name: str
    loss: str
    rate: float
    gradient: float
    before: float
    after: float

    @property
    def kind(self) -> str:
        return "update"


@carrying
class Assigned(NamedTuple):
    """A name has another number in the next round: after = formula, over these numbers of its names.

    node  None for what is no value of the graph: m(w), which an optimiser remembers
    """

    round: int
    node: Any
    name: str
    formula: Formula
    numbers: tuple[tuple[str, float], ...]
    before: float
    after: float

    @property
    def kind(self) -> str:
        return "update"


@carrying
class NextRound(NamedTuple):
    """The next round begins, with number `round`: gradients are 0, and what was computed is computed again."""

    round: int
    node: Any
    name: str

    @property
    def kind(self) -> str:
        return "round"


Step = Forward | Seed | Backward | Complete | Update | Assigned | NextRound
PHASES = {"round": "fwd", "forward": "fwd", "seed": "bwd", "backward": "bwd", "complete": "bwd", "update": "upd"}
