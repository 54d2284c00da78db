"""Networks to PyTorch and back: each layer a Linear and its activation, the numbers the same doubles.

The rows of a Linear's weight are neurons, as are those of W here, so nothing is transposed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from microgrid.errors import GraphError

from .activations import row
from .arrays import Arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.nn import Sequential

__all__ = ["from_torch", "to_torch"]

SLOPE = row("leaky_relu").settings["slope"]
EXACT = 40.0  # beyond it softplus(x) is x in doubles; PyTorch's own threshold, 20, loses 2e-9

# Each activation that PyTorch has, by the name of its module, with the settings that make it the same.
MODULES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": SLOPE}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": EXACT}),
    "elu": ("ELU", {"alpha": 1.0}),
    "selu": ("SELU", {}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "gelu": ("GELU", {"approximate": "none"}),
    "hardtanh": ("Hardtanh", {"min_val": -1.0, "max_val": 1.0}),
    "softmax": ("Softmax", {"dim": -1}),
}
NAMES = {module: name for name, (module, _) in MODULES.items()}

# What a module must be like, to be the activation of that name.
SAME: Mapping[str, Callable[[Any], bool]] = {
    "leaky_relu": lambda module: module.negative_slope == SLOPE,
    "softplus": lambda module: module.beta == 1 and module.threshold >= 20,
    "elu": lambda module: module.alpha == 1,
    "gelu": lambda module: module.approximate == "none",
    "hardtanh": lambda module: (module.min_val, module.max_val) == (-1, 1),
    "softmax": lambda module: module.dim in (-1, 1),
}


def to_torch(network: Arrays) -> Sequential:
    """The network, given as arrays, as a `torch.nn.Sequential` in float64, with copies of its numbers.

    >>> from microgrid.nn import MLP
    >>> to_torch(MLP(2, [3, 1], "tanh").arrays())  # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): Tanh()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )

    It takes a tensor of shape (samples, inputs) and gives (samples, outputs). Raises GraphError for the
    activation `step`, which PyTorch does not have, for a network of 0 layers, and without torch.
    """
    torch = imported()
    if not network.weights:
        raise GraphError("a network of 0 layers has no shape; MLP(2, [1]) has one layer")
    modules = []
    for w, b, name in zip(*network):
        linear = torch.nn.utils.skip_init(torch.nn.Linear, *w.shape[::-1], dtype=torch.float64)  # draws nothing
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b))
        modules += [linear] if name == "linear" else [linear, activation(torch, name)]
    return torch.nn.Sequential(*modules)


def from_torch(module: Any) -> Arrays:
    """A `torch.nn.Sequential` as the arrays of a network: `MLP.from_arrays(*from_torch(module))` is that network.

    >>> import torch  # doctest: +SKIP
    >>> from_torch(torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())).activations  # doctest: +SKIP
    ['sigmoid']

    module  Linear modules, each followed by one of ReLU, LeakyReLU(0.01), Tanh, Sigmoid, Softplus, ELU, SELU, SiLU,
            Mish, GELU, Hardtanh, Softmax(-1) or nothing; of any precision, on any device; without a bias it is 0
    Raises GraphError for any other module, with its place, for settings that no activation here has, and
    without torch.
    """
    torch = imported()
    if not isinstance(module, torch.nn.Sequential):
        raise GraphError(f"a {type(module).__name__} is no torch.nn.Sequential; put its layers in one, one by one")
    found = Arrays([], [], [])
    free = False  # whether the last Linear has no activation yet
    for place, each in enumerate(module):
        if type(each) is torch.nn.Linear:
            found.weights.append(numbers(each.weight))
            found.biases.append(numbers(torch.zeros(each.out_features) if each.bias is None else each.bias))
            found.activations.append("linear")
            free = True
        else:
            found.activations[-1:] = [activation_of(each, place, free)]
            free = False
    if not found.weights:
        raise GraphError("the Sequential has no Linear, so no layer; give it at least one")
    return found


def imported() -> Any:
    try:
        import torch
    except ImportError:
        raise GraphError('to_torch and from_torch need torch; pip install "microgrid-autograd[torch]"') from None
    return torch


def activation(torch: Any, name: str) -> Any:
    if name not in MODULES:
        raise GraphError(f"PyTorch has no module for {name!r}; there is one for {', '.join(MODULES)} and linear")
    module, settings = MODULES[name]
    return getattr(torch.nn, module)(**settings)


def activation_of(module: Any, place: int, free: bool) -> str:
    """The name of the activation that a module is."""
    name = NAMES.get(type(module).__name__)
    if name is None:
        raise GraphError(f"module {place} is {module}; a network here is made of Linear, {', '.join(NAMES)}")
    if not free:
        raise GraphError(f"module {place} is {module}, and no Linear stands before it; each layer is a Linear first")
    if not SAME.get(name, lambda module: True)(module):
        settings = ", ".join(
            f"{key}={value if isinstance(value, str) else f'{value:g}'}" for key, value in MODULES[name][1].items()
        )
        raise GraphError(f"module {place} is {module}, but {name} here is {type(module).__name__}({settings})")
    return name


def numbers(tensor: Any) -> NDArray[Any]:
    return tensor.detach().cpu().double().numpy()  # type: ignore[no-any-return]
