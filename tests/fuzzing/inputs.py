"""The inputs of each kind, by their number: the same seed and the same number are the same input."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .commands_written import arguments, of_sheet
from .files_written import labels, network, requests
from .formulas import formula
from .sheets_written import sheet, worked

__all__ = ["INPUTS", "drawn"]


def command(rng: random.Random) -> list[Any]:
    """A sheet, and the command that works it: one of a list, by its number, or one written for it."""
    text = worked(rng)
    return [rng.randrange(1000) if rng.random() < 0.4 else of_sheet(rng, text), text]


INPUTS: dict[str, Callable[[random.Random], Any]] = {
    "reading": sheet,
    "formula": formula,
    "network": network,
    "verb": command,
    "arguments": arguments,
    "requests": requests,
    "labels": labels,
}


def drawn(kind: str, seed: int, number: int) -> Any:
    """The input of that number."""
    return INPUTS[kind](random.Random(f"{seed} {kind} {number}"))
