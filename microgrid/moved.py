"""Old names of modules, from before the package had wings: for pickles and imports that were written with them."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
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
    "figure": "picture.figure",
    "functions": "engine.functions",
    "gradcheck": "auditing.gradcheck",
    "graph": "engine.graph",
    "groups": "program.lowering.groups",
    "history": "training.history",
    "intake": "program.intake",
    "jax_program": "program.exports.jax_program",
    "layout": "program.lowering.layout",
    "losses": "training.losses",
    "matrices": "nn.matrices",
    "neurons": "nn.neurons",
    "onnx_export": "program.exports.onnx_export",
    "operation": "formula.operation",
    "ops": "formula.ops",
    "optim": "training.optim",
    "origins": "engine.origins",
    "page": "web.page",
    "plan": "program.lowering.plan",
    "plots": "training.plots",
    "question": "derivation.question",
    "record": "program.lowering.record",
    "rounds": "tape.rounds",
    "samples": "nn.samples",
    "scene": "web.scene",
    "schedules": "training.schedules",
    "session": "debugger.session",
    "statements": "sheet.statements",
    "steps": "tape.tape",
    "sums": "program.lowering.sums",
    "torch_export": "nn.torch_export",
    "watch": "engine.watch",
    "wayback": "program.lowering.wayback",
    "wording": "tape.wording",
}


class Moved(ModuleType):
    # The old name of a module: every name in it is looked up, and set, where the module stands now.
    __doc__ = property(lambda self: import_module(self.__name__).__doc__)
    __spec__ = property(lambda self: spec(self.__name__))

    def __getattr__(self, name: str) -> Any:
        if name == "__file__":  # tools ask it of every module there is: nothing is loaded for that
            return self.__spec__.origin
        if name.startswith("__") and name != "__all__":  # what the import system asks of a module
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(import_module(self.__name__), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(import_module(self.__name__))


def spec(module: str) -> ModuleSpec | None:
    """Where a module is found, without loading the packages that it stands in."""
    package, *folders, _ = module.split(".")
    return PathFinder.find_spec(module, ["/".join([sys.modules[package].__path__[0], *folders])])


def answer_to_old_names(package: str) -> None:
    """Let `import` and `pickle` find each of the `MOVED` under its old name too; nothing is loaded yet."""
    for old, new in MOVED.items():
        sys.modules[f"{package}.{old}"] = Moved(f"{package}.{new}")


def waiting(package: str, name: str) -> ModuleType:
    """The package's module of that old name. Raises AttributeError where there is none."""
    if name not in MOVED:
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
    return sys.modules[f"{package}.{name}"]
