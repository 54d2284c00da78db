"""Lines about rounds and samples, known by how they begin: everywhere else their words are names as any other."""

from __future__ import annotations

import re

from microgrid.formula.regexes import regex
from microgrid.formula.tokens import SPELLED

__all__ = ["USAGE", "kind_of"]

KINDS = {
    word: regex(rf"\s*{word}{rest}")
    for word, rest in {
        "rate": rf"\s+(?={SPELLED}\s*=(?!=))",
        "state": rf"\s+(?={SPELLED}(?:\[[^\]=]*\])?\s*=(?!=))",
        "next": rf"\s+({SPELLED}(?:\[[^\]=]*\])?)\s*=(?!=)",
        "round": r"(?=\s*$|(?:\s*[×*]\s*|\s+x\s+)[0-9]+\s*$)|\s*round\s+with\s",
        "restart": r"(?:\s*$|\s+with\s+(?=\S))",
        "repeat": r"\s+([0-9]+)\s*:\s*(?=(?:update|round)\b)",
        "at": r"\s+round\s+([0-9]+)\s*:",
        "table": r"\s+round(?=\s+\S)",
        "samples": r"\s+(?=[^\s=~≈])(?!.*[=~≈])",
        "sample": r"\s+(?=[^\s=~≈])(?!.*[=~≈])",
    }.items()
}
USAGE = {
    "rate": "rate η = 0.1",
    "state": "state m = 0",
    "next": "next w = w - 0.1*dL/dw",
    "round": "round, round × 3 or round with x = 2",
    "restart": "restart, or restart with w = 2",
    "repeat": "repeat 13: update 0.1",
    "at": "at round 3: w ~= 0.24",
    "table": "table round w b",
    "samples": "samples x1 x2 | y, and a line of numbers for each",
    "sample": "sample 2",
}


def kind_of(text: str) -> tuple[str, re.Match[str]] | None:
    """Which of these lines a line is, and as far as it is known by; None for any other.

    >>> kind_of("round × 3")[0], kind_of("next w = w - 0.1")[0], kind_of("rate = 0.1"), kind_of("round == 2")
    ('round', 'next', None, None)
    """
    for word, beginning in KINDS.items():
        if match := beginning.match(text):
            return word, match
    return None
