"""One call of an operation of PyTorch, its arguments by their names in PyTorch's own schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["Call", "bound", "is_tensor", "leaves", "mapped"]


class Call:
    """An operation that is being traced.

    name     as the table has it: "add", also of `add_` and `add.out`
    given    every argument by its name, tensors as arrays of Values and numbers
    tensors  the same arguments as PyTorch has them
    results  what PyTorch made of it, tensor by tensor
    again    the operation itself, on other tensors
    """

    def __init__(
        self,
        name: str,
        given: Mapping[str, Any],
        tensors: Mapping[str, Any],
        results: Sequence[Any],
        again: Callable[..., Any],
    ) -> None:
        self.name, self.given, self.tensors, self.results, self.again = name, given, tensors, results, again

    def __getitem__(self, argument: str) -> Any:
        return self.given[argument]


def bound(schema: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Every argument of a call by its name, those left out as their defaults."""
    found = {each.name: each.default_value for each in schema.arguments if each.has_default_value()}
    found |= dict(zip((each.name for each in schema.arguments), args))
    return {**found, **kwargs}


def is_tensor(thing: Any) -> bool:
    """Whether it is a tensor; PyTorch is not asked."""
    return hasattr(thing, "untyped_storage")


def leaves(thing: Any) -> list[Any]:
    """What stands in lists, tuples and dicts, in order."""
    found, left = [], [thing]
    while left:
        each = left.pop()
        if isinstance(each, Mapping):
            left += reversed(list(each.values()))
        elif isinstance(each, (list, tuple)):
            left += reversed(each)
        else:
            found.append(each)
    return found


def mapped(call: Callable[..., Any], thing: Any, *beside: Any) -> Any:
    """The same argument, its tensors replaced; an argument of PyTorch is a tensor, or a list of some.

    beside  other things in the same shape, which the function takes as well
    """
    if is_tensor(thing):
        return call(thing, *beside)
    if not isinstance(thing, (list, tuple)):
        return thing
    return [call(each, *rest) if is_tensor(each) else each for each, *rest in zip(thing, *beside)]
