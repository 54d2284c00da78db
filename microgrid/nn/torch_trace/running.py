"""One run of a module under the recorder: its inputs and parameters become Values, its modules give them names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from microgrid.engine import Value
from microgrid.engine.value_arrays import ValueArray, array_of_values
from microgrid.errors import GraphError, did_you_mean

from .calls import is_tensor, leaves
from .masks import OPEN, plain
from .places import dotted, label, named_parts, spelled
from .recorder import MOST, Recorder
from .shadows import numbers_of
from .traced import Traced

__all__ = ["Run"]


class Focus(NamedTuple):
    """A module inside, and which of the numbers that it gives."""

    path: str
    module: Any
    places: tuple[Any, ...]


class Run:
    """A module about to be run; `traced` runs it."""

    def __init__(self, torch: Any, module: Any, focus: str | None, root: str) -> None:
        self.torch, self.module, self.root = torch, module, root
        self.focus = Focus("", module, ()) if focus is None else focus_of(module, focus, root)
        self.is_part = self.focus.module is not module
        self.recorder = Recorder(torch, root, self.is_part, self.outside)
        self.parameters: dict[str, Any] = {}
        self.inputs: dict[str, Any] = {}
        self.result: Any = None  # of the module in focus, as PyTorch has it
        self.outputs: Any = None  # and in Values

    def traced(self, x: Any, y: Any, loss: Any) -> Traced:
        """Run the module, and its loss, and gather what they leave."""
        args, kwargs = arguments(x)
        with self.watching():
            args, kwargs, y = self.taken(args, kwargs, y)
            with self.recorder.mode:
                out = self.module(*args, **kwargs)
                lost = self.loss_of(out, y, loss)
        self.refuse_too_many()
        return self.gathered(out, lost)

    # ── what comes in ──

    def taken(self, args: Any, kwargs: Any, y: Any) -> tuple[Any, Any, Any]:
        """The arguments as tensors that PyTorch differentiates by; Values, unless only a part is looked at."""
        names = ["x"] if len(args) == 1 and not kwargs else [f"x[{k}]" for k in range(len(args))]
        args = [self.input(name, thing) for name, thing in zip(names, args)]
        kwargs = {name: self.input(name, thing) for name, thing in kwargs.items()}
        if not self.is_part:
            self.own("", self.module)
        return args, kwargs, self.input("y", y) if y is not None else None

    def input(self, name: str, thing: Any) -> Any:
        """An argument: its float tensors are inputs, whatever they stand in."""
        found = rebuilt(thing, differentiated)
        if not self.is_part:
            self.values_of(name, found)
        return found

    def values_of(self, name: str, thing: Any) -> None:
        """Values for the float tensors of an argument."""
        for place, tensor in named_parts(thing, name):
            if tensor.is_floating_point() and not self.recorder.shadows.holds(tensor):
                self.inputs[place] = self.leaf(place, tensor, "input")

    def outside(self, tensor: Any) -> None:
        """A tensor that is no argument and no parameter, and that gradients come back to."""
        self.values_of(f"outside[{len(self.inputs)}]", tensor)

    def own(self, path: str, module: Any) -> None:
        """Values for the parameters of a module; those that are the same tensor are the same Values."""
        for name, tensor in module.named_parameters(path):
            self.parameters[name] = self.leaf(spelled(name, self.root), tensor, "parameter")

    def leaf(self, name: str, tensor: Any, role: str) -> Any:
        recorder = self.recorder
        recorder.made += tensor.numel()
        if recorder.is_full:
            recorder.shadows.write(tensor, plain(None))
            return array_of_values([], role)
        values = array_of_values(numbers_of(tensor), role)
        label(values, name)
        recorder.namer.taken[name] += 1
        recorder.shadows.write(tensor, values)
        return values

    # ── modules begin and end ──

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Every module says when it begins, and what it gives."""
        handles = []
        for path, module in self.module.named_modules():
            before, after = self.hooks(path)
            handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
            handles.append(module.register_forward_hook(after))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def hooks(self, path: str) -> tuple[Any, Any]:
        namer, recorder = self.recorder.namer, self.recorder

        def before(module: Any, args: Any, kwargs: Any) -> Any:
            namer.enter(path)
            if self.is_part and module is self.focus.module and self.result is None:
                return self.begin(path, args, kwargs)
            return None

        def after(module: Any, args: Any, result: Any) -> Any:
            namer.leave(module, result, recorder.read)
            if module is not self.focus.module or self.result is not None:
                return None
            self.result, self.outputs = result, arrays(result, recorder.read)
            recorder.is_on = not self.is_part
            return rebuilt(result, lambda one: one.clone()) if self.is_part else None  # it may be written over

        return before, after

    def begin(self, path: str, args: Any, kwargs: Any) -> Any:
        """The part in focus begins: what comes into it are its inputs, and its parameters become Values."""
        fresh = rebuilt([args, kwargs], lambda one: one.clone() if one.requires_grad else differentiated(one))
        name = f"{spelled(path, self.root)}.input"
        args, kwargs = tuple(fresh[0]), fresh[1]
        self.own(path, self.focus.module)
        self.values_of(name, args[0] if len(args) == 1 else args)
        self.values_of(name, kwargs)
        self.recorder.is_on = True
        return args, kwargs

    # ── what comes out ──

    def loss_of(self, out: Any, y: Any, loss: Any) -> Any:
        """The loss, as a tensor of one number; the result itself where it is one, and there is no loss."""
        namer = self.recorder.namer
        if loss is None:
            return out if is_tensor(out) and out.numel() == 1 and out.is_floating_point() else None
        namer.stack.append("loss")
        found = loss(out) if y is None else loss(out, y)
        namer.stack.pop()
        if not is_tensor(found) or found.numel() != 1:
            shape = f"of shape {tuple(found.shape)}" if is_tensor(found) else f"a {type(found).__name__}"
            raise GraphError(f"the loss is {shape}, and has to be one number; reduction='mean' makes one")
        if not found.requires_grad:
            raise GraphError("no gradient comes back from the loss: under no_grad, or by detach, it was cut off")
        if not self.is_part:
            self.recorder.refuse_strange("the loss", [found])
            self.recorder.take_in("the loss", [found])
        return found

    def refuse_too_many(self) -> None:
        if not self.recorder.is_full:
            return
        parts = [spelled(name, self.root) for name, _ in self.module.named_modules() if name]
        near = f", or a part, such as focus={parts[-1]!r}," if parts and not self.is_part else ""
        raise GraphError(
            f"that would be more than {self.recorder.made:,} Values, and from_torch makes at most {MOST:,}; "
            f"a smaller batch{near} has fewer"
        )

    def gathered(self, out: Any, lost: Any) -> Traced:
        """What there is to look at now."""
        if self.result is None:
            raise GraphError(f"{spelled(self.focus.path, self.root)} did not run for this x; focus on a part that does")
        outputs = self.picked(self.outputs)
        if self.is_part or self.focus.places:
            found = self.weighed(outputs, lost)
        else:
            found = None if lost is None else self.recorder.read(lost).item()
        if isinstance(found, float):
            found = Value(found, role="constant")  # whose slope is 0, as that of a norm at 0
        if found is not None and (found.label in ("", "output") or found.label.startswith("loss.")):
            found.label = "share" if self.is_part or self.focus.places else "loss"
        title = type(self.module).__name__ + (f" at {spelled(self.focus.path, self.root)}" if self.is_part else "")
        recorder = self.recorder
        return Traced(
            title, found, outputs, self.parameters, self.inputs, recorder.difference, tuple(recorder.overflows)
        )

    def picked(self, outputs: Any) -> Any:
        """The numbers in focus, of those that come out."""
        if not self.focus.places:
            return outputs
        try:
            for place in self.focus.places:
                outputs = outputs[place]
        except (IndexError, KeyError, TypeError):
            places = "".join(f"[{place}]" for place in self.focus.places)
            raise GraphError(
                f"what comes out of {spelled(self.focus.path, self.root) or self.root} has no {places}"
            ) from None
        return outputs if isinstance(outputs, (tuple, dict)) else plain(outputs).view(ValueArray)

    def weighed(self, outputs: Any, lost: Any) -> Any:
        """The outputs of a part, each times the gradient that comes back to it from the loss."""
        if lost is None or not lost.requires_grad:
            return None
        there = [each for each in leaves(self.result) if is_tensor(each) and each.requires_grad]
        found = self.torch.autograd.grad(lost, there, allow_unused=True)
        slopes = {id(one): numbers_of(slope) for one, slope in zip(there, found) if slope is not None}
        weights = self.picked(arrays(self.result, lambda one: slopes.get(id(one), 0 * numbers_of(one))))
        pairs = zip(flat(outputs), flat(weights))
        terms = [OPEN["mul"](float(weight), value) for value, weight in pairs if isinstance(value, Value)]
        return OPEN["sum"](*terms) if terms else None


def differentiated(tensor: Any) -> Any:
    """A copy that gradients come back to, and that may be written over."""
    return tensor.detach().clone().requires_grad_().clone()


def flat(things: Any) -> list[Any]:
    return [one for array in leaves(things) for one in plain(array).ravel().tolist()]


def arrays(thing: Any, read: Any) -> Any:
    """The tensors of a result as arrays of Values, in whatever they stand."""
    from torch.utils._pytree import tree_map

    return tree_map(lambda each: plain(read(each)).view(ValueArray) if is_tensor(each) else each, thing)


def rebuilt(thing: Any, call: Any) -> Any:
    """The same arguments, with other tensors for those of floats."""
    from torch.utils._pytree import tree_map

    return tree_map(lambda each: call(each) if is_tensor(each) and each.is_floating_point() else each, thing)


def arguments(x: Any) -> tuple[list[Any], dict[str, Any]]:
    """What a module is called with."""
    if isinstance(x, Mapping):
        return [], dict(x)
    return (list(x), {}) if isinstance(x, tuple) else ([x], {})


def focus_of(module: Any, focus: str, root: str) -> Focus:
    """The module that a focus names, and the places of its result that are left over."""
    parts = dict(module.named_modules())
    name, places = focus.removeprefix(root) if focus.startswith(f"{root}[") else focus, list[Any]()
    while dotted(name) not in parts or not name:
        match = re.search(r"\[([^\[\]]*)\]$", name)
        if not match:
            names = [spelled(each, root) for each in parts if each]
            near = did_you_mean(focus, names) or (f"; there are {', '.join(names[:5])}" if names else "")
            raise GraphError(f"no part is called {focus!r}{near}")
        name, places = name[: match.start()], [index(match[1]), *places]
    return Focus(dotted(name), parts[dotted(name)], tuple(places))


def index(text: str) -> Any:
    """`3`, `1:4`, `:, 2` or `'logits'`, as Python reads it between brackets."""

    def one(word: str) -> Any:
        if ":" in word:
            return slice(*(int(each) if each.strip() else None for each in word.split(":")))
        return int(word)

    try:
        found = tuple(one(word) for word in text.split(","))
    except ValueError:
        return text.strip("'\"")
    return found if len(found) > 1 else found[0]
