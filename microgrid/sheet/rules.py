"""What people type for a rule, `w ← w − η·dL/dw`, and what to type instead."""

from __future__ import annotations

import re
from collections.abc import Mapping

from microgrid.formula.signs import plain_name
from microgrid.formula.tokens import SPELLED

__all__ = ["instead_of_rule", "instead_of_step"]


def instead_of_rule(left: str, right: str, keywords: Mapping[str, str]) -> str:
    """What to type instead of `w = w − 0.1·dL/dw`, of a w that is given already; '' where that is no rule.

    >>> instead_of_rule("w", "w − 0.1·dL/dw", {"w": "param"})
    'a step is written next w = w − 0.1·dL/dw, and then round; or update 0.1'
    """
    name = plain_name(left.strip())
    if keywords.get(name) not in ("param", "state"):
        return ""
    return instead_of_step(left, right, keywords)


def instead_of_step(left: str, right: str, keywords: Mapping[str, str]) -> str:
    """The same, of `w ← w − 0.1·dL/dw`, which can mean nothing else."""
    rate = re.fullmatch(rf"\s*{SPELLED}\s*[−-]\s*(.+?)\s*[·*×⋅]?\s*[d∂]{SPELLED}\s*/\s*[d∂]{SPELLED}\s*", right)
    update = f"; or update {rate[1]}" if rate and keywords.get(plain_name(left.strip())) == "param" else ""
    return f"a step is written next {left.strip()} = {right.strip()}, and then round{update}"
