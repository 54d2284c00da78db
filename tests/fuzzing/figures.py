"""What a run of the fuzzer came to."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Figures", "figures"]

FILE = Path(__file__).parent / "figures.json"
SAID = {
    "reading": "sheets read", "formula": "formulas in every notation", "network": "networks as files", "verb": "sheets worked by a command",
    "arguments": "command lines", "requests": "conversations with a workbench", "labels": "pages full of labels in a browser",
}  # fmt: skip
SORTS = ("crash", "hang", "event", "answer")


class Figures:
    """How many inputs of each kind were tried, and what was found."""

    def __init__(self, seed: int) -> None:
        self.seed, self.seconds = seed, 0.0
        self.tried: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.cases = 0

    def add(self, kind: str, tally: Any) -> None:
        self.tried[kind] += tally.tried
        self.found.update(finding.sort for finding in tally.findings)

    def replay(self, found: Mapping[str, str]) -> None:
        """What is wrong with the cases, by their names."""
        self.cases = len(found)
        for name, what in found.items():
            if what:
                self.found[what.partition(":")[0]] += 1
                sys.stdout.write(f"case {name}: {what}\n")

    @property
    def is_bad(self) -> bool:
        return bool(self.found)

    def json(self) -> dict[str, Any]:
        return {
            "seed": self.seed, "minutes": round(self.seconds / 60, 1), "tried": dict(self.tried),
            **{f"{sort}{'es' if sort == 'crash' else 's'}": self.found[sort] for sort in SORTS},
        }  # fmt: skip

    def text(self) -> str:
        lines = [f"{self.cases:>9,}  cases"] if self.cases else []
        lines += [f"{self.tried[kind]:>9,}  {said}" for kind, said in SAID.items() if self.tried[kind]]
        found = ", ".join(f"{count} {name}" for name, count in [*self.json().items()][3:])
        return (
            "\n".join([*lines, f"{sum(self.tried.values()):>9,}  in {self.seconds / 60:.1f} minutes: {found}"]) + "\n"
        )

    def write(self) -> None:
        FILE.write_text(json.dumps(self.json(), indent=1) + "\n", encoding="ascii")


def figures() -> dict[str, Any]:
    """The figures of the last long run: seed, minutes, `tried` by what it is called, and how many crashes, hangs, events and answers."""
    found = json.loads(FILE.read_text(encoding="ascii"))
    return {**found, "tried": {SAID[kind]: count for kind, count in found["tried"].items()}}
