"""What an optimiser has come to, as plain numbers: saved, and taken up again to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microgrid.errors import GraphError, counted
from microgrid.formula import real

from .schedules import Constant

__all__ = ["load_state", "state_of"]

NO_SETTINGS = ("parameters", "schedule", "taken", "state")
KEYS = ("optimiser", "rate", "settings", "taken", "state")


def state_of(optimizer: Any) -> dict[str, Any]:
    """What `Optimizer.state_dict` gives: nothing in it changes with the optimiser, and JSON can hold all of it."""
    rate = optimizer.rate if isinstance(optimizer.schedule, Constant) else None
    settings = {name: plain(value) for name, value in vars(optimizer).items() if name not in NO_SETTINGS}
    state = [list(map(float, each)) for each in optimizer.state]
    return dict(zip(KEYS, (type(optimizer).__name__, rate, settings, optimizer.taken, state)))


def plain(setting: Any) -> Any:
    return list(setting) if isinstance(setting, tuple) else setting


def load_state(optimizer: Any, saved: Mapping[str, Any]) -> None:
    """What `Optimizer.load_state_dict` does: all of it, or nothing."""
    name = type(optimizer).__name__
    if not isinstance(saved, Mapping) or set(saved) != set(KEYS):
        raise GraphError(f"the state of an optimiser has {', '.join(KEYS)}; give what state_dict() gave")
    if saved["optimiser"] != name:
        raise GraphError(
            f"this is the state of {saved['optimiser']}, not of {name}; load it into an optimiser of its kind"
        )
    here = {key: value for key, value in vars(optimizer).items() if key not in NO_SETTINGS}
    if set(saved["settings"]) != set(here):
        raise GraphError(f"{name} has the settings {', '.join(here)}, and the state {', '.join(saved['settings'])}")
    state = tuple([real(number) for number in each] for each in saved["state"])
    count = len(optimizer.parameters)
    for numbers in state:
        if len(numbers) != count:
            there = counted(len(numbers), "parameter")
            raise GraphError(f"the state is of {there}, and {name} moves {count}; give it the same, in the same order")
    if len(state) != len(optimizer.state):
        here_and_there = f"{counted(len(optimizer.state), 'number')} of each parameter, and the state {len(state)}"
        raise GraphError(f"{name} remembers {here_and_there}; give it the same momentum")
    rate = None if saved["rate"] is None else Constant(real(saved["rate"]))
    settings = {
        key: tuple(value) if isinstance(here[key], tuple) else value for key, value in saved["settings"].items()
    }
    vars(optimizer).update(settings, taken=int(saved["taken"]), state=state)
    if rate:
        optimizer.schedule = rate
