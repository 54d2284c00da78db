"""`from_torch`: a module of PyTorch, run once on an input, as a graph of named Values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from microgrid.engine.variables import around
from microgrid.errors import GraphError, type_named

if TYPE_CHECKING:
    from .traced import Traced

__all__ = ["from_torch"]


def from_torch(module: Any, x: Any, y: Any = None, loss: Any = None, focus: str | None = None) -> Traced:
    """Look inside a PyTorch module: run it once, and record each number in it as a named Value.

    >>> import torch  # doctest: +SKIP
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))  # doctest: +SKIP
    >>> seen = from_torch(net, torch.ones(1, 2), torch.zeros(1, 1), torch.nn.MSELoss())  # doctest: +SKIP
    >>> explain(seen, "net[0].weight[2][0]")  # doctest: +SKIP
    <Derivation of ∂loss/∂net[0].weight[2][0] = 0.0357 at level op, 7 steps>

    module  a torch.nn.Module of ordinary eager code: its branches go as they go for x, and its views, operations in
            place, `detach` and `no_grad` do as in PyTorch
    x       its input: a tensor, a tuple of them for several arguments, or a dict of arguments by name
    y       the target, for the loss
    loss    a module such as torch.nn.MSELoss() or any function, of the result and y; of the result alone without y
    focus   a part to look at, as in "encoder.layers[1]": what comes into it are the inputs, and its result the outputs;
            "layer2[0][3]" is one number of its result. With a loss, `.loss` is then its share in it: the outputs,
            each times the gradient that comes back to it, so that gradients are those of the whole. Of a part that runs
            several times, the first is looked at
    Returns a `Traced`: `.loss`, or `.outputs`; `.parameters`, `.inputs`, `.names`; steps, explain, draw, page, debug
    and hunt take it. Values and gradients are those of PyTorch in float64, to rounding; of a float32 module they are
    those of doubles that begin with its numbers, and `.remarks` says where float32 overflows and these do not. As in
    PyTorch, `loss.backward()` fills the gradients, and a branch that is not taken sends 0 back, not nothing. Buffers
    and random numbers are left as they were. Raises GraphError for an operation that is not traced, by its name and
    place, above 200,000 Values, and without torch.
    """
    torch = imported()
    if not isinstance(module, torch.nn.Module):
        what = f"from_torch takes a torch.nn.Module, and this is a {type_named(module)}"
        raise GraphError(f"{what}; a function can be the forward of one")
    if y is not None and loss is None:
        raise GraphError("y is a target, and there is no loss; give loss=torch.nn.MSELoss(), or a function of both")
    from .running import Run

    run = Run(torch, module, focus, root_name(module))
    with unchanged(torch, module):
        return run.traced(x, y, loss)


def imported() -> Any:
    try:
        import torch
    except ImportError:
        raise GraphError('from_torch needs torch; pip install "microgrid-autograd[torch]"') from None
    return torch


def root_name(module: Any) -> str:
    """What the caller calls the module."""
    return next((name for name, thing in around().items() if thing is module), "module")


@contextmanager
def unchanged(torch: Any, module: Any) -> Iterator[None]:
    """Afterwards what the module has gathered is as it was, and so are random numbers."""
    owned = [(part, name) for part in module.modules() for name, _ in part.named_buffers(recurse=False)]
    before = [(part, name, getattr(part, name), getattr(part, name).detach().clone()) for part, name in owned]
    devices = {each.device.index for each in module.parameters() if each.device.type == "cuda"}
    try:
        with torch.random.fork_rng(devices), torch.enable_grad():
            yield
    finally:
        with torch.no_grad():
            for part, name, buffer, numbers in before:
                setattr(part, name, buffer.copy_(numbers))
