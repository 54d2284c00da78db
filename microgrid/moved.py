"""Where modules of version 0.1 stand now, for pickles and imports that were written with it."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["MOVED", "answer_to_old_names", "waiting"]

MOVED = {
    "activations": "nn.activations",
    "chains": "derivation.chains",
    "copies": "engine.copies",
    "cursor": "tape.cursor",
    "document": "web.document",
    "events": "tape.events",
    "functions": "engine.functions",
    "gradcheck": "auditing.gradcheck",
    "graph": "engine.graph",
    "history": "training.history",
    "intake": "program.intake",
    "losses": "training.losses",
    "matrices": "nn.matrices",
    "neurons": "nn.neurons",
    "operation": "formula.operation",
    "ops": "formula.ops",
    "optim": "training.optim",
    "origins": "engine.origins",
    "page": "web.page",
    "plots": "training.plots",
    "question": "derivation.question",
    "record": "program.lowering.record",
    "rounds": "tape.rounds",
    "scene": "web.scene",
    "schedules": "training.schedules",
    "statements": "sheet.statements",
    "steps": "tape.tape",
    "watch": "engine.watch",
}


class Moved(ModuleType):
    """The old name of a module: every name in it is looked up where the module stands now."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__(old, f"It stands at {new} now.")
        self._new = new

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of a module
            raise AttributeError(name)
        return getattr(import_module(self._new), name)

    def __dir__(self) -> list[str]:
        return dir(import_module(self._new))


def answer_to_old_names(package: str) -> None:
    """Let `import` and `pickle` find each of the `MOVED` under its old name too; nothing is loaded yet."""
    for old, new in MOVED.items():
        sys.modules[f"{package}.{old}"] = Moved(f"{package}.{old}", f"{package}.{new}")


def waiting(package: str, name: str) -> ModuleType:
    """The package's module of that old name. Raises AttributeError where there is none."""
    if name not in MOVED:
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
    return sys.modules[f"{package}.{name}"]
