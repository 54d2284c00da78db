"""Names that are places in containers, such as W[0][1], in formulas, whose names are words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

__all__ = ["put_back", "with_words"]

PLACE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*|\[[^\[\]]*\])+")  # W[0][1], params['b'], self.layers[0].w


def with_words(text: str, known: Collection[str], find: Callable[[str], Any]) -> tuple[str, dict[str, str]]:
    """The text with a word for each place in it; and what the words stand for.

    >>> with_words("dL/dW[0][1] + z[2].grad", ("W[0][1]", "z[2]"), print)
    ('dL/dplace0place + place1place.grad', {'place0place': 'W[0][1]', 'place1place': 'z[2]'})

    known  every name that there is        find  raises the error for a place that is not there
    """
    places: dict[str, str] = {}

    def word(match: re.Match[str]) -> str:
        whole = match[0]
        is_by = whole[0] in "d∂" and not place_in(whole, known) and place_in(whole[1:], known)
        name = whole[1:] if is_by else whole
        place = place_in(name, known)
        stem = name.partition("[")[0]
        if not place and "[" in name and any(each.startswith(f"{stem}[") for each in known):
            find(name)
        if not place or place.isidentifier():
            return whole
        places[key := f"place{len(places)}place"] = place
        return f"{whole[0] if is_by else ''}{key}{name.removeprefix(place)}"

    return PLACE.sub(word, text), places


def place_in(name: str, known: Collection[str]) -> str:
    """The name itself, without .grad or .data behind it; "" where there is none."""
    return next((each for each in (name, name.rpartition(".")[0]) if each in known), "")


def put_back(name: str, places: Mapping[str, str]) -> str:
    """A name with the places that words stand for: `∂L/∂W[0][1]`."""
    for word, place in places.items():
        name = name.replace(word, place)
    return name
