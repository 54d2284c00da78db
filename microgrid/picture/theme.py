"""Themes: the colours of a picture on light and on dark ground.

Everything else speaks of the light colours. A dark picture has each replaced by its partner in the DOT text; one that
follows its reader's choice has them side by side, as CSS inside the SVG.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .grid import ABOVE, ALONE, BELOW

__all__ = ["THEMES", "dark", "in_dark", "with_both"]

THEMES = ("light", "dark", "auto")
GROUND = (27, 34, 44)  # of a dark card
PARTNERS = {
    "#FFFFFF": "#1B222C", "#F3F5F7": "#262F3B", "#EEF0F3": "#212934", "#EEEEEE": "#303843",  # cards
    "#FFF1CC": "#3B3216", "#DDEBF7": "#1C3449", "#FBE0D3": "#4C2A18",
    "#5B6470": "#8A94A3", "#8A6D00": "#C9A227", "#2F6C9E": "#5B9BD0", "#A33E00": "#E8834A", "#767676": "#8B949E",
    "#1F2933": "#E6EAF0", "#4B5563": "#BCC5D0", "#6B7280": "#A0AAB7",  # text
    "#0072B2": "#6BBDF2", "#C24E00": "#FF9F60", "#00527F": "#A5DAFC", "#8A3800": "#FFC79B", "#7A0F3C": "#FF94B8",
}  # fmt: skip


def dark(colour: str) -> str:
    """The partner of a colour on dark ground.

    >>> dark("#FFFFFF"), dark("#BFD9C7"), dark("#D9C3DC")
    ('#1B222C', '#1B3A2F', '#342444')
    """
    return PARTNERS.get(colour.upper()) or shade(colour)


def shade(colour: str) -> str:
    """The shade of a number in a grid, as strong on dark ground as that one is on white; any other colour as it is."""
    found = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    for ink in (ABOVE, BELOW):
        strength = (255 - found[0]) / (255 - ink[0])
        if 0 < strength <= ALONE + 0.01 and all(
            abs(255 - strength * (255 - each) - got) < 2 for each, got in zip(ink, found)
        ):
            mixed = (round(ground + strength * (each - ground)) for ground, each in zip(GROUND, ink))
            return "#" + "".join(f"{each:02X}" for each in mixed)
    return colour


def in_dark(text: str) -> str:
    """DOT text in the dark colours. In what a person wrote a quotation mark is escaped, so that it stays as it is."""
    return re.sub(r'(?<==")#[0-9A-Fa-f]{6}(?=")', lambda match: dark(match[0]), text)


def with_both(svg: str) -> str:
    """An SVG in the light colours that shows the dark ones to who prefers them."""
    found = sorted(set(re.findall(r'(fill|stroke)="(#[0-9A-Fa-f]{6})"', svg)))
    rules = "".join(rules_of(found))
    style = f"<style>@media (prefers-color-scheme: dark) {{{rules}}}</style>"
    return re.sub(r"(<svg\b[^>]*)>", lambda match: f'{match[1]} class="microgrid">\n{style}', svg, count=1)


def rules_of(colours: Iterable[tuple[str, str]]) -> Iterable[str]:
    """A rule of CSS for each colour that has a partner."""
    for what, colour in colours:
        if (partner := dark(colour)) != colour:
            yield f'.microgrid [{what}="{colour}"] {{{what}: {partner}}} '
