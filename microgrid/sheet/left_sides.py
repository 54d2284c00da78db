"""The names that a line defines, found before anything of it is read."""

from __future__ import annotations

import re

from microgrid.formula.regexes import regex
from microgrid.formula.signs import plain_name
from microgrid.formula.tokens import DEFINED, SPELLED

__all__ = ["FAMILY", "ROLE_OF", "left_sides"]

ROLE_OF = {"input": "input", "target": "input", "param": "parameter", "rate": "constant", "state": "constant"}
LEFT = regex(rf"(?<!\w)({DEFINED})(?:\[[^\]=]*\])?[ \t]*=(?!=)")
FAMILY = regex(rf"(?:^|:)[ \t]*({SPELLED})\[[^=]*\][ \t]*=(?!=)")
RANGES = regex(r"^[ \t]*(?:for[ \t][^:]*:[ \t]*)+")  # for l = 1..2: before what is repeated
SEVERAL = regex(rf"^[ \t]*({DEFINED}(?:[ \t]*,[ \t]*(?![₀-₉]){DEFINED})*)[ \t]*=(?!=)")  # w₁,₁ is one name


def left_sides(text: str) -> list[str]:
    """The names that a line defines.

    >>> left_sides("p1, p2 = softmax(z1, z2)"), left_sides("for l = 1..2: param W[l] = [1 2], b[l] = 0")
    (['p1', 'p2'], ['W', 'b'])
    """
    text = RANGES.sub("", text)
    several = SEVERAL.match(text)
    words = re.findall(DEFINED, several[1]) if several else FAMILY.findall(text)
    if text.partition(" ")[0].strip() in ROLE_OF:
        words += LEFT.findall(text)
    return [plain_name(word) for word in words]
