"""How a picture looks: what its maker chose, and what its level asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["DENSE", "FAN", "LARGE", "Look", "looks"]

DENSE, LARGE = 60, 150  # boxes: drawn closer together; hard to read
FAN = 6  # inputs of a neuron: where there are more, the wires hide each other


@dataclass(frozen=True)
class Look:
    """How a picture looks; `words` on cards are "data" and "grad", `frames` are those of scopes.

    legend   "full", "compact" or "none"
    numbers  whether data, grad and ∂ are there: not where they are an exercise
    brief    whether a title with a name is that alone
    slopes   whether the local derivatives are on the cards
    whole    whether every use of a card is drawn: not where one of many samples is
    remarks  lines of the legend about this picture
    """

    direction: str
    digits: int
    id: str
    words: bool
    frames: bool
    nodesep: float
    ranksep: float
    heading: str = ""
    remarks: tuple[str, ...] = ()
    slopes: bool = True
    whole: bool = True
    legend: str = "none"
    numbers: bool = True
    brief: bool = False


def looks(boxes: int, fan: int, direction: str, digits: int, level: str) -> Look:
    """The look for so many boxes, of up to so many inputs: closer together above 60, and where neurons have many."""
    look = Look(direction, digits, "", words=True, frames=True, nodesep=0.22, ranksep=0.45, legend="full")
    if level == "neuron" and fan > FAN:
        look = replace(look, slopes=False, ranksep=1.8)
    if boxes > DENSE:
        return replace(look, digits=min(digits, 3), words=False, frames=False, nodesep=0.12, ranksep=0.35)
    if level == "neuron":
        return replace(look, words=False, frames=False, nodesep=0.15, ranksep=max(look.ranksep, 0.8))
    return look
