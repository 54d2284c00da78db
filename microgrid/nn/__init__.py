"""Networks: neurons, layers and perceptrons; micrograd's names and numbers, and what lectures add.

Read `neurons` first, then `mlp`; `parameters` has what goes into a neuron. `activations` has what neurons fire by and
weights start from, by name; `samples` and `arrays` say what data fits a network. `matrices` shows a network as W, b,
z, a and δ; `sheets` writes it as a sheet and reads one; `checkpoint` keeps one in a file, `torch_export` takes one to
PyTorch and back, `torch_trace` looks inside any module of PyTorch. Other wings take networks, `samples` and `arrays`.
The face is a drop-in for `micrograd.nn`.

z, a      before an activation, and after it         sample   one row of inputs, with its target
"""

from microgrid.engine import Value

from .matrices import matrices
from .mlp import MLP, Layer, Module, Neuron
from .torch_trace import from_torch

__all__ = ["MLP", "Layer", "Module", "Neuron", "Value", "from_torch", "matrices"]
