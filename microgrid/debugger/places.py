"""Names that are places in containers, such as W[0][1], in formulas, whose names are words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod
from typing import Any

from microgrid.engine.misspelt import MISSPELT
from microgrid.engine.variables import in_full
from microgrid.errors import GraphError
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import SPELLED as QUANTITY

__all__ = ["grid", "put_back", "refuse_attributes", "with_words"]

ATTRIBUTE = regex(rf"({QUANTITY})\.([^\W\d]\w*)")

PLACE = regex(r"[^\W\d]\w*(?:\.[^\W\d]\w*|\[[^\[\]]*\])+")  # W[0][1], params['b'], self.layers[0].w


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
        if not place and (longer := in_full(re.sub(r"\.(grad|data)$", "", name), known)):
            name, place = name.replace(name.partition(".")[0], longer, 1), longer
        stem = name.partition("[")[0]
        if not place and "[" in name and stem not in known and any("[" in each for each in known):
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


def refuse_attributes(text: str, places: Mapping[str, str]) -> None:
    """Raise GraphError for `w.grda`: a value has its number and its gradient."""
    for word, attribute in ATTRIBUTE.findall(text):
        if attribute in ("data", "grad"):
            continue
        name = put_back(word, places)
        meant = next((each for each in ("data", "grad") if attribute in MISSPELT[each]), "")
        hint = f"; did you mean {f'{name}.{meant}'!r}?" if meant else f"; there are {name} and {name}.grad"
        raise GraphError(f"a value has no {attribute!r}{hint}")


# ── containers ─────────────────────────────────────────────────────────────────────────────


def grid(name: str, held: Sequence[str]) -> tuple[int, ...] | None:
    """The shape of a list or table, of whose places none is missing; None for anything else.

    >>> grid("W", ["W[0][0]", "W[0][1]"]), grid("z", ["z[1]"]), grid("p", ["p['b']"])
    ((1, 2), None, None)
    """
    rests = [each.removeprefix(name) for each in held]
    if not all(re.fullmatch(r"(\[\d+\]){1,2}", rest) for rest in rests):
        return None
    places = [tuple(map(int, re.findall(r"\d+", rest))) for rest in rests]
    if len(set(map(len, places))) != 1:
        return None
    shape = tuple(max(each) + 1 for each in zip(*places))
    return shape if prod(shape) == len(places) else None
