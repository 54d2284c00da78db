"""The recorder: sees every operation that PyTorch runs, and does the same with Values.

It stands below autograd, under `TorchDispatchMode`, where whatever a module is made of has become operations of aten.
PyTorch computes as ever, so branches go as they would; beside it each result is recorded, and held against its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from microgrid.engine import Value, gc_paused
from microgrid.engine.watch import observing
from microgrid.errors import GraphError

from .calls import Call, bound, is_tensor, leaves, mapped
from .masks import each as elementwise
from .masks import plain
from .operations import OPERATIONS, stem
from .places import Namer, line_of_user
from .shadows import Shadows, numbers_of

__all__ = ["MOST", "Recorder"]

MOST = 200_000  # Values
WRONG = 0.4  # the power of a rounding error from which on a difference from PyTorch is none: 6e-7 of float64
DEEPEST = 50  # operations taken apart inside each other
REMEDY = "trace a part without it, focus='…', or write it in operations that are"
NEARER = "on the CPU it may be made of others: module.cpu()"


class Recorder:
    """What a run of a module leaves behind.

    is_part     whether only a part of the module is looked at; `outside` takes in what comes from elsewhere
    made        how many Values, and how many it would be where there are too many
    difference  the largest, relative, between a number here and PyTorch's
    overflows   where a number of PyTorch's is not finite and the one here is, which has more room; with that one
    """

    def __init__(self, torch: Any, root: str, is_part: bool, outside: Callable[[Any], None]) -> None:
        self.torch, self.namer, self.shadows = torch, Namer(root), Shadows()
        self.is_part, self.outside = is_part, outside
        self.is_on, self.depth, self.made, self.difference = not is_part, 0, 0, 0.0
        self.outermost = ""  # of the operations that are being taken apart
        self.overflows: list[tuple[str, Any]] = []
        self.origin: Any = None
        self.mode = mode_of(torch, self.operation)

    # ── recording ──

    @contextmanager
    def recording(self) -> Any:
        """While an operation is done with Values: each knows its module and its line."""
        scope, origin = self.namer.path, self.origin

        def mark(node: Value) -> None:
            self.made += 1
            if scope:
                node._scope = scope
            if origin is not None:
                node._origin = origin

        with gc_paused(), observing(mark):
            yield

    @property
    def is_full(self) -> bool:
        return self.made > MOST

    def read(self, tensor: Any) -> Any:
        """A tensor as an array of Values and numbers."""
        return self.shadows.read(tensor) if self.shadows.holds(tensor) else numbers_of(tensor).copy()

    # ── one operation ──

    def operation(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Run an operation, and record it where a traced tensor takes part."""
        tensors = [each for each in leaves([args, kwargs]) if is_tensor(each)]
        if self.is_on and not self.depth:
            self.take_in(function, tensors)
        if not self.is_on or not any(self.shadows.holds(each) for each in tensors):
            return function(*args, **kwargs)
        if not self.depth:
            frame = line_of_user(self.torch)
            self.origin = (frame.f_code, frame.f_lasti, "") if frame else None
            self.namer.look_at(frame, self.read)
        self.refuse_strange(function, tensors)
        if is_view(function):
            return self.viewed(function, args, kwargs)
        if not self.depth:
            args, kwargs = self.cut(function, args, kwargs)
        return self.recorded(function, args, kwargs)

    def viewed(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """A view, which sees what is there; `contiguous` and `reshape` may be copies, and are then taken apart."""
        out = function(*args, **kwargs)
        is_copy = any(is_tensor(each) and not self.shadows.holds(each) for each in leaves(out))
        return self.taken_apart(function, args, kwargs) if is_copy and self.is_traced([args, kwargs]) else out

    def recorded(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Run an operation that is no view, with something traced among its arguments, as PyTorch sees them."""
        name = stem(function)
        row = OPERATIONS.get(name)
        if function._schema.is_mutable and not self.depth and not self.is_differentiated([args, kwargs]):
            return self.edited(function, args, kwargs)
        if not self.is_traced([args, kwargs]) or (row is None and self.is_asking(function, args, kwargs)):
            return self.settled(function(*args, **kwargs))
        if row is None:
            return self.taken_apart(function, args, kwargs)
        given = bound(function._schema, args, kwargs)
        arrays = {} if self.is_full else {each: mapped(self.read, thing) for each, thing in given.items()}
        out = function(*args, **kwargs)
        results = [each for each in leaves(out) if is_tensor(each)]
        self.record(Call(name, arrays, given, results, lambda found: again(function, found)), row)
        return out

    def edited(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Numbers written over under no_grad, or by `.data`: gradients stay as if nothing were."""
        there = [each for each in leaves([args, kwargs]) if is_tensor(each) and self.shadows.traces(each)]
        before = [(each, numbers_of(each).copy(), self.read(each)) for each in there]
        out = function(*args, **kwargs)
        for each, numbers, values in before:
            moves = numbers_of(each) - numbers
            self.shadows.write(each, shifted(values, moves))
        known = [id(each) for each, _, _ in before]
        self.settled([each for each in leaves(out) if id(each) not in known])
        return out

    def record(self, call: Call, row: Any) -> None:
        """What PyTorch has just computed, in Values; where there are too many, only counted."""
        floats = [each.is_floating_point() for each in call.results]
        if self.is_full:
            self.made += sum(each.numel() for each, is_float in zip(call.results, floats) if is_float)
            values = [plain(None) if is_float else None for is_float in floats]
        else:
            values = self.done(call, row)
        for result, array, is_float in zip(call.results, values, floats):
            if array is None or not is_float:
                self.settled(result)
                continue
            if not self.is_full:
                self.compare(call, result, array)
                self.namer.result(result, array, call.name)
            self.shadows.write(result, array)

    def done(self, call: Call, row: Any) -> Any:
        """The results of a row. Raises GraphError for a way of calling that it does not know."""
        try:
            with self.recording():
                return row(call)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
            raise self.untraced(f"aten.{call.name}, as it is called here,") from problem

    def settled(self, out: Any) -> Any:
        """What an operation gave is numbers; so it is where it wrote over something traced."""
        for each in leaves(out):
            if is_tensor(each) and each.is_floating_point():
                self.shadows.write(each, plain(None))
        return out

    # ── what is recorded, and what is not ──

    def take_in(self, function: Any, tensors: Sequence[Any]) -> None:
        """Values for what comes from outside, and PyTorch differentiates by: a tensor that is no parameter.

        Raises GraphError for anything else that is differentiated, and that nothing here has recorded.
        """
        for each in tensors:
            if not each.requires_grad or self.shadows.holds(each):
                continue
            self.refuse_strange(function, [each])
            if not each.is_leaf and not self.is_part:
                raise self.untraced(
                    f"what became {function}" if isinstance(function, str) else f"what {function} takes"
                )
            self.outside(each)

    def cut(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
        """The arguments, with plain numbers for what is not differentiated: detached, or made under no_grad."""
        written = {each.name for each in function._schema.arguments if each.alias_info and each.alias_info.is_write}

        def severed(tensor: Any) -> Any:
            is_cut = self.shadows.holds(tensor) and tensor.is_floating_point() and not tensor.requires_grad
            return tensor.clone() if is_cut else tensor

        names = [each.name for each in function._schema.arguments]
        kept = [thing if name in written else mapped(severed, thing) for name, thing in zip(names, args)]
        return kept, {name: thing if name in written else mapped(severed, thing) for name, thing in kwargs.items()}

    def is_differentiated(self, things: Any) -> bool:
        """Whether PyTorch differentiates now, and by one of these."""
        return self.torch.is_grad_enabled() and any(is_tensor(each) and each.requires_grad for each in leaves(things))

    def is_traced(self, things: Any) -> bool:
        """Whether something traced is among the arguments, and PyTorch differentiates now."""
        tensors = [each for each in leaves(things) if is_tensor(each) and each.is_floating_point()]
        found = self.shadows.holds if self.is_full else self.shadows.traces
        return self.torch.is_grad_enabled() and any(map(found, tensors))

    def is_asking(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        """Whether the result is truths or whole numbers, as of `x > 0`: it has no gradient."""
        if function._schema.is_mutable:
            return False
        results = [each for each in leaves(function(*args, **kwargs)) if is_tensor(each)]
        return not any(each.is_floating_point() or each.is_complex() for each in results)

    def taken_apart(self, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """An operation without a row as those that PyTorch makes it of, with the recorder looking on again."""
        parts = self.parts(function)
        if parts is None or self.depth > DEEPEST:
            far = any(is_tensor(each) and each.device.type != "cpu" for each in leaves([args, kwargs]))
            raise self.untraced(self.outermost if self.depth else f"{function}", NEARER if far else REMEDY)
        self.outermost = self.outermost if self.depth else f"{function}"
        self.depth += 1
        try:
            with self.mode:
                return parts(*args, **kwargs)
        finally:
            self.depth -= 1

    def parts(self, function: Any) -> Callable[..., Any] | None:
        """How PyTorch itself takes an operation apart; None where it does not."""
        import_module("torch._refs")  # which fills the table
        table = self.torch._decomp.decomposition_table
        if function in table:
            return table[function]  # type: ignore[no-any-return]
        key = self.torch._C.DispatchKey.CompositeImplicitAutograd
        return function.decompose if self.torch._C._dispatch_has_kernel_for_dispatch_key(function.name(), key) else None

    def refuse_strange(self, function: Any, tensors: Sequence[Any]) -> None:
        """Raise GraphError for tensors that are no arrays of reals, and for gradients written by hand."""
        for each in tensors:
            by_hand = getattr(type(each.grad_fn), "_forward_cls", None) if each.grad_fn is not None else None
            if by_hand is not None:
                raise self.untraced(f"the autograd.Function {by_hand.__name__}, whose backward is Python of its own,")
            if self.shadows.holds(each) and (each.is_complex() or each.layout is not self.torch.strided):
                raise self.untraced(f"{function} of a tensor that is complex or sparse")

    def untraced(self, what: str, remedy: str = REMEDY) -> GraphError:
        where = f" in {self.namer.path}" if self.namer.path else ""
        line = f" ({self.origin[0].co_filename}:{line_number(self.origin)})" if self.origin else ""
        return GraphError(f"{what}{where}{line} is not traced; {remedy}")

    # ── held against PyTorch ──

    def compare(self, call: Call, result: Any, array: Any) -> None:
        """Hold a result against PyTorch's. Raises GraphError where a row gives something else."""
        ours, theirs = values_of(array), numbers_of(result).ravel()
        apart = distance(ours, theirs)
        worst = float(np.max(apart, initial=0.0))
        if math.isfinite(worst):
            self.difference = max(self.difference, worst)
        if worst <= self.torch.finfo(result.dtype).eps ** WRONG:
            return
        k = int(np.argmax(apart))
        fact = f"{self.namer.inside(call.name)} is {theirs[k]:.6g} in PyTorch, and {ours[k]:.6g} here"
        if math.isfinite(ours[k]) and not math.isfinite(theirs[k]) and result.dtype != self.torch.float64:
            kind = str(result.dtype).rpartition(".")[2]
            self.overflows.append((f"{fact}: beyond {kind}, and not beyond float64", array.flat[k]))
        elif not self.overflows and agree(call, self.torch.finfo(result.dtype).eps ** WRONG / 100):
            raise GraphError(f"{fact}: {self.untraced(f'aten.{call.name}')}")


def agree(call: Call, near: float) -> bool:
    """Whether the inputs were still the same; else what differs may be what rounding has left of nothing."""
    written = [id(each) for each in call.results]
    pairs = [(tensor, call[name]) for name, tensor in call.tensors.items() if is_tensor(tensor)]
    kept = [(tensor, array) for tensor, array in pairs if tensor.is_floating_point() and id(tensor) not in written]
    return all(
        np.allclose(values_of(array), numbers_of(tensor).ravel(), near, 0.0, equal_nan=True) for tensor, array in kept
    )


def shifted(values: Any, moves: Any) -> Any:
    """Each Value plus a number, where that is not 0."""
    return elementwise(lambda value, move: value if move == 0 else value + move, values, moves)


def values_of(array: Any) -> Any:
    """The numbers of Values, in a row."""
    return np.array([getattr(each, "data", each) for each in plain(array).flat], float)


def distance(ours: Any, theirs: Any) -> Any:
    """How far numbers are from others, relative above 1; inf where one of them is not finite, and the other another."""
    with np.errstate(all="ignore"):
        apart = np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))


def line_number(origin: Any) -> int:
    from microgrid.engine.origins import located

    return located(origin).line


def is_view(function: Any) -> bool:
    """Whether the result is another view of an argument, and nothing is written."""
    returns = function._schema.returns
    return bool(returns) and all(each.alias_info and not each.alias_info.is_write for each in returns)


def again(function: Any, given: Mapping[str, Any]) -> Any:
    """The operation on other arguments, all of them by their names."""
    schema = function._schema
    names = [each.name for each in schema.arguments if not each.kwarg_only]
    others = {each.name: given[each.name] for each in schema.arguments if each.kwarg_only}
    return function(*(given[name] for name in names), **others)


def mode_of(torch: Any, call: Callable[..., Any]) -> Any:
    """A mode under which PyTorch asks the function about every operation."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Recording(TorchDispatchMode):  # type: ignore[misc]
        """Hands every operation to the recorder."""

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return call(function, args, kwargs or {})

    return Recording()
