"""Which mistakes are tried: of the core, as many from each module as it has lines for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from .accepted import ACCEPTED
from .copies import ROOT
from .plants import Plant, Planter, compiles

CORE = ("formula", "engine", "answers", "derivation", "tape", "program/lowering")


class Mutant(NamedTuple):
    """A mistake planted in a module."""

    module: str
    plant: Plant
    line: str  # that it stands in, without the mistake

    @property
    def change(self) -> str:
        return f"{self.plant.before} → {self.plant.after}"

    @property
    def reason(self) -> str:
        """Why no test has to notice it; empty if one has to."""
        return ACCEPTED.get((self.module, self.line, self.change), "")


def of(module: str, plant: Plant, text: str) -> Mutant:
    return Mutant(module, plant, text.splitlines()[plant.line - 1].strip())


def core() -> dict[str, str]:
    """The text of every module of the core."""
    files = sorted(file for folder in CORE for file in (ROOT / "microgrid" / folder).glob("*.py"))
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


def shares(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """So many things shared out by size; what is left over by rounding goes to the largest remainders."""
    exact = {name: count * size / sum(sizes.values()) for name, size in sizes.items()}
    found = {name: int(share) for name, share in exact.items()}
    rest = sorted(exact, key=lambda name: found[name] - exact[name])[: count - sum(found.values())]
    return {name: share + (name in rest) for name, share in found.items()}


def chosen(count: int, seed: int) -> list[Mutant]:
    """Mistakes chosen by a seed: a line that can hold one, then one of those it can hold."""
    texts = core()
    plants = {name: by_line(Planter(text, name.rpartition("/")[2]).plants()) for name, text in texts.items()}
    found, rest = [], []
    for module, share in shares(
        {name: text.count("\n") for name, text in texts.items() if plants[name]}, count
    ).items():
        chance = random.Random(f"{seed} {module}")
        lines = chance.sample(sorted(plants[module]), len(plants[module]))
        picked = [chance.choice(plants[module][line]) for line in lines[: 2 * share]]
        good = [of(module, plant, texts[module]) for plant in picked if compiles(plant.put(texts[module]))]
        found += good[:share]
        rest += good[share:]  # for modules that have not as many lines that compute
    found += random.Random(seed).sample(rest, count - len(found))
    random.Random(seed).shuffle(found)  # so that of a run that was interrupted the first ones are any
    return found


def by_line(plants: list[Plant]) -> dict[int, list[Plant]]:
    found: dict[int, list[Plant]] = {}
    for plant in plants:
        found.setdefault(plant.line, []).append(plant)
    return found


def placed(place: str) -> list[Mutant]:
    """Every mistake that can be planted in one line, FILE:LINE."""
    module, _, line = place.rpartition(":")
    text = core()[module]
    plants = by_line(Planter(text, module.rpartition("/")[2]).plants())
    return [of(module, plant, text) for plant in plants.get(int(line), ())]
