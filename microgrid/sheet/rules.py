"""Lines that people type for a step, a check or a rule, and what to type instead."""

from __future__ import annotations

import re
from collections.abc import Mapping

from microgrid.formula.regexes import regex
from microgrid.formula.signs import plain_name
from microgrid.formula.tokens import SPELLED

from .line_kinds import KINDS
from .names import WORDS
from .numbers import PRINTED

__all__ = ["NEW", "instead_of_again", "instead_of_new", "instead_of_sign", "instead_of_step", "unlike_any"]

STEP = regex(rf"\s*{SPELLED}\s*[−-]\s*(.+?)\s*[·*×⋅]?\s*[d∂]{SPELLED}\s*/\s*[d∂]{SPELLED}\s*")
ASSIGNED = regex(rf"\s*({SPELLED})\s*:=\s*(.*)")
NEW = regex(rf"(?<!\w)next\s+({SPELLED})")
ABOUT = regex(r"(.+?)\s*(?:=~|[~\u223c](?!=))\s*(.*)")  # a sign that is none for about equal
DERIVATIVE = regex(rf"[d∂][²2]?{SPELLED}\s*/\s*[d∂]{SPELLED}[²2]?(?:\s*[d∂]{SPELLED}[²2]?)?")


def instead_of_again(left: str, right: str, defined: Mapping[str, int], keywords: Mapping[str, str]) -> str:
    """What to type instead of an equation for what is defined already; '' where that is another mistake.

    >>> instead_of_again("w", "w − 0.1·dL/dw", {"w": 1}, {"w": "param"})
    'a step is written next w = w − 0.1·dL/dw, and then round; or update 0.1'
    >>> instead_of_again("z ", " 0.24", {"z": 4}, {}), instead_of_again("z", "0.24", {}, {})
    ("'z' is already defined on line 4; a published number is written z ~= 0.24", '')
    """
    name = plain_name(left.strip())
    if name not in defined:
        return ""
    if keywords.get(name) in ("param", "state") and re.search(rf"(?<!\w){re.escape(left.strip())}(?!\w)", right):
        return instead_of_step(left, right, keywords)
    is_check = PRINTED.fullmatch(right.strip()) and name not in keywords
    told = f"{name!r} is already defined on line {defined[name]}"
    return f"{told}; a published number is written {left.strip()} ~= {right.strip()}" if is_check else ""


def instead_of_step(left: str, right: str, keywords: Mapping[str, str]) -> str:
    """What to type instead of `w ← w − 0.1·dL/dw`."""
    name, rate = left.strip(), STEP.fullmatch(right)
    update = f"; or update {rate[1]}" if rate and keywords.get(plain_name(name)) == "param" else ""
    return f"a step is written next {name} = {right.strip()}, and then round{update}"


def instead_of_sign(text: str, keywords: Mapping[str, str]) -> str:
    """What to type instead of a sign that sheets have not; '' where there is none.

    >>> instead_of_sign("w := w − 0.1·dL/dw", {"w": "param"}), instead_of_sign("z ~ 0.5", {}), instead_of_sign("z := 3", {})
    ('a step is written next w = w − 0.1·dL/dw, and then round; or update 0.1', 'about equal is written z ~= 0.5', 'an equation is written z = 3')
    """  # noqa: E501
    if match := ASSIGNED.fullmatch(text):
        if keywords.get(plain_name(match[1])) in ("param", "state"):
            return instead_of_step(match[1], match[2], keywords)
        return f"an equation is written {match[1]} = {match[2].strip()}"
    if match := ABOUT.fullmatch(text):
        return f"about equal is written {match[1].strip()} ~= {match[2].strip() or '0.24'}"
    return ""


def instead_of_new(name: str, text: str) -> str:
    """What to type instead of an equation that needs the next number of a state, as Adam's m̂ does.

    >>> instead_of_new("m", "q = next m/2")
    'next m is of the next round, and only rules have it: write state q = 0, and then next q = next m/2'
    """
    left = text.partition("=")[0].strip()
    return f"next {name} is of the next round, and only rules have it: write state {left} = 0, and then next {text}"


def unlike_any(text: str) -> str:
    """What to say of a line that is like none."""
    if DERIVATIVE.fullmatch(text):
        return f"{text} what? write {text} ~= 0.24, or g = {text} for a name"
    begins = [*WORDS[:-1], *(f"{word} round" if word in ("at", "table") else word for word in KINDS)]
    return f"a line is an equation, a check (~= or ==), or begins with {', '.join(begins)}"
