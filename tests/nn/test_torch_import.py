"""A module of PyTorch under the lens: PyTorch's own values and gradients, by name; what is not traced is said."""

from __future__ import annotations

import copy
import math
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from outside import PATIENCE, ROOT

from microgrid import Graph, GraphError, Sheet, Value, debug, draw, explain, from_torch, hunt, page, steps
from microgrid.cli import main
from microgrid.engine.functions import where
from microgrid.nn.torch_trace.masks import STOPPED
from microgrid.nn.torch_trace.operations import OPERATIONS
from microgrid.nn.torch_trace.places import spelled

SAME = 1e-12  # in float64, relative above 1


def squared(out, y=None):
    """A loss of any result that no gradient of is 0."""
    parts = [out] if hasattr(out, "exp") else list(out)
    return sum((part**2).sum() + part.exp().mean() for part in parts)


def own(torch, forward, *parts):
    """A module of one's own: some parts, and what it does with them."""

    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = torch.nn.ModuleList(parts)

        def forward(self, *inputs):
            return forward(self.parts, *inputs)

    return Own()


# ── modules of PyTorch, and of a user ──────────────────────────────────────────────────────


def residual(torch):
    n = torch.nn
    body = n.Sequential(n.Linear(3, 4), n.SiLU(), n.Linear(4, 3))
    return own(torch, lambda parts, x: torch.nn.functional.relu(x + parts[0](x)), body)


def attention(torch):
    n, f = torch.nn, torch.nn.functional

    def forward(parts, x):
        q, k, v = (part(x) for part in parts)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        hidden = torch.triu(torch.ones(x.shape[-2], x.shape[-2]), 1).bool()
        return f.softmax(scores.masked_fill(hidden, -math.inf), dim=-1) @ v

    return own(torch, forward, n.Linear(4, 3), n.Linear(4, 3, bias=False), n.Linear(4, 2))


def masked(torch):
    def forward(parts, x):
        z = parts[0](x)
        picked = torch.where(z > 0, z.abs().sqrt(), z * 0.1)
        held = picked.masked_fill(z > 1, -1.0)
        return torch.cat([held[:, 1:], held[:, :1] * 2, z[..., [0, 0]]], dim=-1)

    return own(torch, forward, torch.nn.Linear(3, 4))


def written_over(torch):
    """Views, and operations in place on them."""

    def forward(parts, x):
        z = parts[0](x)
        rows = z.view(-1)
        rows[2:4].mul_(3).add_(1)
        z.t()[0].copy_(x[:, 0])
        z[:, 1].relu_()
        start = torch.ones(3, dtype=x.dtype)
        start.add_(x[1]).div_(2)
        out = torch.zeros(2, 4, dtype=x.dtype)
        out[0] = z[1]
        out[1, :2] = 7
        out[1] += z[0].detach()
        return out.index_add(0, torch.tensor([0, 0]), z), rows.clone().clamp_(-0.5, 0.5), start

    return own(torch, forward, torch.nn.Linear(3, 4))


def looped(torch):
    """A loop over time, a branch on a number, a shared weight, a number taken out."""

    def forward(parts, x):
        h = torch.zeros(x.shape[0], 3, dtype=x.dtype)
        for t in range(x.shape[1]):
            h = torch.tanh(parts[0](x[:, t]) + h @ parts[1].weight.T)
            if h.sum() > 0:
                h = h * h.mean().item()
        return torch.einsum("bi,bi->b", h, h).std() + h.norm()

    return own(torch, forward, torch.nn.Linear(2, 3), torch.nn.Linear(3, 3))


MODULES = {
    # name: (torch → module, shape of x, or x)
    "MLP": (lambda t: t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Tanh(), t.nn.Linear(4, 2), t.nn.Sigmoid()), (5, 3)),
    "batch norm": (lambda t: t.nn.Sequential(t.nn.Linear(3, 4), t.nn.BatchNorm1d(4), t.nn.ELU()), (4, 3)),
    "batch norm, trained": (lambda t: t.nn.Sequential(t.nn.Linear(3, 4), t.nn.BatchNorm1d(4)).eval(), (2, 3)),
    "batch norm of images": (lambda t: t.nn.BatchNorm2d(2), (2, 2, 3, 2)),
    "layer norm": (lambda t: t.nn.Sequential(t.nn.Linear(3, 4), t.nn.LayerNorm(4), t.nn.Mish()), (2, 3)),
    "group norm": (lambda t: t.nn.GroupNorm(2, 4), (2, 4, 3)),
    "RMS norm": (lambda t: t.nn.RMSNorm(4), (2, 4)),
    "embedding and softmax": (
        lambda t: t.nn.Sequential(t.nn.Embedding(5, 3), t.nn.Linear(3, 4), t.nn.Softmax(-1)),
        [[1, 3], [3, 0]],
    ),
    "attention head": (attention, (2, 3, 4)),
    "multi-head attention": (lambda t: own(t, lambda p, x: p[0](x, x, x), t.nn.MultiheadAttention(4, 2)), (3, 2, 4)),
    "transformer block": (
        lambda t: t.nn.TransformerEncoderLayer(4, 2, 6, 0.0, activation="gelu", batch_first=True),
        (2, 3, 4),
    ),
    "GRU cell": (lambda t: t.nn.GRUCell(3, 2), (2, 3)),
    "LSTM cell": (lambda t: t.nn.LSTMCell(3, 2), (2, 3)),
    "LSTM both ways": (lambda t: own(t, lambda p, x: p[0](x)[0], t.nn.LSTM(2, 2, bidirectional=True)), (3, 2)),
    "residual block": (residual, (2, 3)),
    "bilinear": (lambda t: own(t, lambda p, x: p[0](x, x.flip(1)), t.nn.Bilinear(3, 3, 2)), (2, 3)),
    "convolution": (lambda t: t.nn.Conv2d(2, 2, 5, padding=2), (1, 2, 5, 4)),
    "convolution, strided": (lambda t: t.nn.Conv1d(4, 4, 3, stride=2, dilation=2, groups=2), (1, 4, 9)),
    "convolution, transposed": (lambda t: t.nn.ConvTranspose2d(2, 4, 3, 2, groups=2, output_padding=1), (1, 2, 3, 2)),
    "pooling": (lambda t: t.nn.Sequential(t.nn.MaxPool2d(2), t.nn.AvgPool2d(2), t.nn.Flatten()), (1, 2, 8, 4)),
    "upsampling": (lambda t: t.nn.Upsample(scale_factor=2, mode="bilinear"), (1, 1, 3, 2)),
    "masks and slices": (masked, (4, 3)),
    "in place and views": (written_over, (2, 3)),
    "a loop and a branch": (looped, (2, 3, 2)),
    "dropout": (lambda t: t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Dropout(0.5)), (2, 3)),
}  # fmt: skip


def given(torch, name):
    """A module in float64 and an input, the same every time."""
    torch.manual_seed(len(name))
    make, x = MODULES[name]
    module = make(torch).double()
    x = torch.tensor(x) if isinstance(x, list) else torch.randn(*x, dtype=torch.float64)
    return module, x


def truth(torch, module, x, loss=squared):
    """PyTorch's own loss and gradients, by its names; x's under "x". The module stays as it was."""
    module = copy.deepcopy(module)
    module.zero_grad()
    x = x.clone().requires_grad_() if x.is_floating_point() else x
    found = loss(module(x.clone()))
    found.backward()
    grads = {name: each.grad for name, each in [*module.named_parameters(), ("x", x)]}
    return found.item(), {name: each.numpy() for name, each in grads.items() if each is not None}


def apart(ours, theirs):
    """The largest difference of two arrays, relative above 1."""
    return np.abs(ours - theirs).max(initial=0.0) / max(1.0, np.abs(theirs).max(initial=0.0))


@pytest.mark.parametrize("name", MODULES)
def test_values_and_gradients_are_those_of_pytorch(torch, name):
    module, x = given(torch, name)
    torch.manual_seed(1)
    seen = from_torch(module, x, loss=squared)
    torch.manual_seed(1)
    loss, grads = truth(torch, module, x)
    seen.loss.backward()
    assert abs(seen.loss.data - loss) <= SAME * max(1.0, abs(loss))
    ours = {**seen.parameters, **({"x": seen.inputs["x"]} if "x" in grads else {})}
    assert {key for key in ours if key not in grads and ours[key].grad.any()} == set()
    assert {key: apart(ours[key].grad, grads[key]) for key in grads if apart(ours[key].grad, grads[key]) > SAME} == {}
    assert seen.difference < SAME


FUNCTIONS = {
    # what PyTorch has more than one word for: reductions, losses, activations, moves
    "sums": lambda t, x: x.sum(0).prod() + x.mean((0, 1), keepdim=True).sum() + x.var(1).sum() + x.cumsum(1).std() + x.cumprod(1).sum()
    + x.logcumsumexp(0).sum(),
    "extremes": lambda t, x: x.max() * x.amin(1).sum() + x.max(1).values.sum() + x.sort(1).values[:, 1].prod() + x.median(),
    "norms": lambda t, x: x.norm() + x.norm(p=1) + x.norm(p=3, dim=0).sum() + t.linalg.vector_norm(x, math.inf),
    "distances": lambda t, x: t.cdist(x, x + 1).sum() + t.nn.functional.cosine_similarity(x, x.flip(0)).sum(),
    "softmax": lambda t, x: (x.log_softmax(0) * x.softmax(1)).sum() + x.logsumexp(1).sum(),
    "entropy": lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([0, 2]), label_smoothing=0.1),
    "binary": lambda t, x: t.nn.functional.binary_cross_entropy(x.sigmoid(), (x > 0).double())
    + t.nn.functional.binary_cross_entropy_with_logits(x, (x > 0).double()),
    "robust": lambda t, x: t.nn.functional.huber_loss(x * 3, x.detach() ** 2) + t.nn.functional.l1_loss(x, x.exp()),
    "divergence": lambda t, x: t.nn.functional.kl_div(x.log_softmax(1), x.flip(1).softmax(1), reduction="batchmean"),
    "turns": lambda t, x: sum(
        getattr(t.nn.functional, name)(x * 2).sum()
        for name in "gelu silu elu selu mish relu6 leaky_relu softplus hardswish hardtanh logsigmoid softsign celu rrelu".split()
    ) + t.nn.functional.gelu(x, approximate="tanh").prod(),
    "bounds": lambda t, x: x.clamp(min=-0.3).sum() * x.clamp(-1, 0.2).sum() + t.maximum(x, x.flip(1)).prod(),
    "powers": lambda t, x: (x.abs() ** 1.5 + 2**x + x.abs() ** x).sum() + x.square().rsqrt().sum() + (1 / x).sum(),
    "moves": lambda t, x: (
        x.roll(1) * x.flip(0) + x.repeat(2, 1)[1:3] + x.gather(1, t.tensor([[0, 0, 1], [2, 1, 0]])) * 2
    ).prod() + t.stack([x, x * 2]).permute(2, 0, 1).reshape(3, -1)[:, ::2].exp().sum(),
    "scattered": lambda t, x: t.zeros(2, 3, dtype=x.dtype).scatter_add(1, t.tensor([[0, 0, 1], [2, 2, 0]]), x).pow(2).sum()
    + x[x > 0].pow(2).sum() + x.index_put((t.tensor([0]), t.tensor([1])), x[1, 2]).exp().sum(),
    "padded": lambda t, x: t.nn.functional.pad(x, (1, 2), value=3.0).pow(2).sum() + t.tril(x).exp().sum(),
    "halves": lambda t, x: t.nn.functional.glu(t.cat([x, x * x], 1)).prod() + sum(each.prod() for each in x.split(2, 1)),
    "attention": lambda t, x: t.nn.functional.scaled_dot_product_attention(*[x[None, None]] * 3, is_causal=True).prod(),
    "remainders": lambda t, x: (x % 0.7).sum() + x.frac().prod() + (x * x.floor()).sum(),
    "linear algebra": lambda t, x: sum(
        each.sum()
        for z in [t.cat([x, x[:1] * x[1:]]), t.stack([x[:, :2] @ x[:, 1:].mT, x[:, 1:] ** 2])]
        for s in [z @ z.mT + t.eye(z.shape[-1], dtype=z.dtype)]
        for each in [z.inverse(), z.det(), t.linalg.slogdet(s)[1], t.linalg.solve(s, z), t.linalg.solve(z, s, left=False),
                     t.linalg.cholesky(s), t.linalg.solve_triangular(s, z, upper=True), t.linalg.matrix_power(z, -2),
                     t.linalg.matrix_norm(z, 1)]
    ) + t.linalg.inv(t.outer(x[0], x[1]).tile(2, 2)[:4, :4] + t.diag(t.tensor([1.0, 2, 3, 4]).double())).pow(2).sum()
    + t.block_diag(x[:, :2], x[:, 1:]).det() + t.linalg.solve(x[:, :2], x[:, 2]).prod(),
    "no gradient": lambda t, x: (x.detach() * x).sum() + x.round().sum() * x.sum(),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_operations_are_those_of_pytorch(torch, name):
    x = torch.tensor([[0.3, -1.2, 0.8], [-0.4, 0.9, 1.7]], dtype=torch.float64)
    module = own(torch, lambda parts, z: FUNCTIONS[name](torch, z))
    seen = from_torch(module, x)
    loss, grads = truth(torch, module, x, lambda out: out)
    seen.loss.backward()
    assert seen.loss.data == pytest.approx(loss, rel=SAME)
    assert apart(seen.inputs["x"].grad, grads["x"]) < SAME


WRITTEN = {
    # what is written over a clone of x, in place
    "a mask": lambda t, z: z.__setitem__(z > 0.5, 0.1),
    "by a mask": lambda t, z: z.__setitem__(z < 0, z[z < 0] * z[0, 0].clone()),
    "a slice": lambda t, z: z[:, ::2].mul_(z[:, 1:2].clone()),
    "rows": lambda t, z: z.__setitem__([1, 0], z.clone() * 2),
    "a sum": lambda t, z: z[0].add_(z[1], alpha=3),
    "a turn": lambda t, z: z[1].exp_(),
    "where": lambda t, z: z.masked_fill_(z > 1, 0.5).sub_(z.mean()),
    "a view of a view": lambda t, z: z.t().reshape(-1).view(3, 2)[1:].t().copy_(z[:, 1:] ** 2),
    "an accumulation": lambda t, z: z.index_add_(1, t.tensor([0, 0, 2]), z.clone()).cumsum_(1),
    "data": lambda t, z: z.data.mul_(2)[0].add_(1),
    "what is detached": lambda t, z: z.detach().zero_(),
    "a swap": lambda t, z: z.copy_(z.flip(1)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_in_place_is_there_in_every_view(torch, name):
    def forward(parts, x):
        z = x * 2
        first = z[0]
        WRITTEN[name](torch, z)
        return (z * torch.arange(1, 7).view(2, 3)).sum() + first.prod() + (z.view(-1)[1:] ** 2).sum()

    x = torch.tensor([[0.3, -1.2, 0.8], [-0.4, 0.9, 1.7]], dtype=torch.float64)
    module = own(torch, forward)
    seen = from_torch(module, x)
    loss, grads = truth(torch, module, x, lambda out: out)
    seen.loss.backward()
    assert seen.loss.data == pytest.approx(loss, rel=SAME)
    assert apart(seen.inputs["x"].grad, grads["x"]) < SAME


def test_ties_are_decided_as_pytorch_does(torch):
    x = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]], dtype=torch.float64)
    for function in (
        lambda z: z.max(), lambda z: z.amax(1).sum(), lambda z: z.max(1).values.sum(), lambda z: z.clamp(0, 1).sum(),
        lambda z: z.clamp(min=0).sum(), lambda z: torch.maximum(z, z.flip(1)).sum(), lambda z: z.relu().sum(),
        lambda z: z.abs().sum(), lambda z: z[:, 2].norm(), lambda z: z[:, 2].std(), lambda z: torch.cdist(z, z).sum(),
    ):  # fmt: skip
        module = own(torch, lambda parts, z, function=function: function(z))
        seen = from_torch(module, x)
        _, grads = truth(torch, module, x, lambda out: out)
        seen.loss.backward()
        assert seen.inputs["x"].grad.tolist() == grads["x"].tolist()


def test_slopes_at_the_edge_are_those_of_pytorch(torch):
    """At 0, at 1 and beyond, behind a branch that is taken, and behind one that is not: nan where PyTorch has nan."""
    x = torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0], dtype=torch.float64)
    names = "sqrt rsqrt log log2 log10 log1p asin acos atanh acosh reciprocal abs relu exp tan sinh erf sigmoid".split()
    turns = torch.relu, torch.abs, lambda z: z.clamp(-1, 1)
    picks = [
        lambda z, fz: fz, lambda z, fz: 0 * fz, lambda z, fz: torch.where(z > 5, fz, z), lambda z, fz: fz.clamp(max=-9),
        *(lambda z, fz, turn=turn: torch.where(z > 5, turn(fz), z) for turn in turns),
    ]  # fmt: skip
    functions = [
        *(getattr(torch, name) for name in names),
        lambda z: z**0.5,
        lambda z: z**-1,
        lambda z: torch.atan2(z, z),
    ]
    for function in functions:
        for pick in picks:
            module = own(torch, lambda parts, z, function=function, pick=pick: pick(z, function(z)).sum())
            seen = from_torch(module, x)
            _, grads = truth(torch, module, x, lambda out: out)
            seen.loss.backward()
            assert np.allclose(seen.inputs["x"].grad, grads["x"], SAME, SAME, equal_nan=True), function


def test_what_is_not_differentiated_is_a_number(torch):
    def forward(parts, x):
        with torch.no_grad():
            scale = parts[0](x).abs().max()
        return (parts[0](x) / scale + x.detach()).sum()

    module = own(torch, forward, torch.nn.Linear(2, 2)).double()
    x = torch.randn(3, 2, dtype=torch.float64)
    seen = from_torch(module, x)
    loss, grads = truth(torch, module, x, lambda out: out)
    seen.loss.backward()
    assert seen.loss.data == pytest.approx(loss, rel=SAME)
    assert all(apart(seen.parameters[name].grad, grads[name]) < SAME for name in seen.parameters)
    assert apart(seen.inputs["x"].grad, grads["x"]) < SAME


def test_float32_is_seen_with_doubles_that_begin_with_its_numbers(torch):
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.GELU(), torch.nn.Linear(4, 1))
    x, y = torch.randn(2, 3), torch.randn(2, 1)
    seen = from_torch(module, x, y, torch.nn.MSELoss())
    assert seen.parameters["0.weight"][1, 2].data == module[0].weight[1, 2].item()
    loss = torch.nn.functional.mse_loss(module(x), y)
    loss.backward()
    seen.loss.backward()
    assert seen.loss.data == pytest.approx(loss.item(), rel=1e-6)
    assert seen.parameters["2.weight"].grad == pytest.approx(module[2].weight.grad.numpy(), rel=1e-5, abs=1e-6)
    assert 0 < seen.difference < 1e-6


def test_where_float32_overflows_it_is_said(torch):
    seen = from_torch(own(torch, lambda parts, x: x.exp().log().sum()), torch.tensor([1.0, 95.0]))
    assert seen.remarks[0] == "exp is inf in PyTorch, and 1.81124e+41 here: beyond float32, and not beyond float64"
    assert seen.loss.data == 96
    assert repr(hunt(seen)).startswith("<Poison inf: exp is inf in PyTorch, ")
    with pytest.raises(GraphError, match=r"^exp\[1\] is finite in doubles, in which a sheet computes$"):
        seen.hunt().sheet()


# ── names ──────────────────────────────────────────────────────────────────────────────────


def small(torch, seed=0):
    torch.manual_seed(seed)
    n = torch.nn
    return n.Sequential(n.Linear(2, 3), n.Tanh(), n.Linear(3, 1)).double()


def batch(torch):
    return torch.tensor([[0.5, -0.2]], dtype=torch.float64), torch.tensor([[1.0]], dtype=torch.float64)


def test_every_value_has_the_name_that_its_user_knows(torch):
    net = small(torch)
    seen = from_torch(net, *batch(torch), torch.nn.MSELoss())
    assert repr(seen) == f"<Traced Sequential: loss {seen.loss.data:.6g}, 27 values, 13 parameters>"
    graph = Graph(seen.loss)
    for name, node in [
        ("net[0].weight[2][0]", seen.parameters["0.weight"][2, 0]),
        ("x[0][1]", seen.inputs["x"][0, 1]),
        ("y[0][0]", seen.inputs["y"][0, 0]),
        ("net[2][0][0]", seen.outputs[0, 0]),
        ("loss", seen.loss),
    ]:
        assert graph[name] is node
    assert {"net[0][0][2]", "net[1][0][2]", "loss.pow[0][0]"} <= set(graph.display_names)
    assert set(seen.names) == {"x", "y", "0.weight", "0.bias", "2.weight", "2.bias", "outputs", "loss"}
    assert (graph["net[1][0][0]"].scope, graph["net[1][0][0]"].origin) == ("net[1]", None)  # a line of PyTorch's


def test_values_inside_forward_are_called_by_its_variables(torch):
    def forward(parts, x):
        scores = parts[0](x) * 2
        gate = torch.sigmoid(scores)
        x = gate + x
        return (x * gate).sum()

    seen = from_torch(own(torch, forward, torch.nn.Linear(2, 2)).double(), batch(torch)[0])
    names = set(Graph(seen.loss).labels)
    assert {"parts[0].weight[1][0]", "parts[0][0][1]", "scores[0][1]", "gate[0][0]", "add[0][0]", "x[0][0]"} <= names
    place = Graph(seen.loss)["gate[0][0]"].origin
    assert re.fullmatch(rf"{re.escape(__file__)}:\d+", place)


def test_a_result_is_called_by_the_variable_that_is_returned(torch):
    def one(self, x):
        scores = x.tanh() * 2
        return scores  # noqa: RET504

    def two(self, x):
        hidden = torch.relu(x)
        return hidden, hidden.sum(0), x.exp()

    def none(self, x):
        x = x.tanh() * 2
        return x  # noqa: RET504

    x, names = torch.tensor([[0.5, -1.0], [2.0, 0.25]], dtype=torch.float64), []
    for forward in (one, two, none):
        seen = from_torch(type("Own", (torch.nn.Module,), {"forward": forward})(), x)
        found = seen.outputs if isinstance(seen.outputs, tuple) else (seen.outputs,)
        names.append([next(iter(each.flat)).label for each in found])
    assert names == [["scores[0][0]"], ["hidden[0][0]", "output[1][0]", "output[2][0][0]"], ["output[0][0]"]]


def test_a_part_that_runs_again_is_numbered(torch):
    cell = torch.nn.Linear(2, 2).double()
    seen = from_torch(own(torch, lambda parts, x: parts[0](parts[0](x)).sum(), cell), batch(torch)[0])
    assert {"parts[0][0][1]", "parts[0]#2[0][1]"} <= set(Graph(seen.loss).labels)


def test_a_shared_tensor_is_one_array_of_values(torch):
    module = torch.nn.Sequential(torch.nn.Embedding(3, 2), torch.nn.Linear(2, 3, bias=False))
    module[1].weight = module[0].weight
    seen = from_torch(module.double(), torch.tensor([1]), torch.tensor([2]), torch.nn.CrossEntropyLoss())
    seen.loss.backward()
    torch.nn.functional.cross_entropy(module(torch.tensor([1])), torch.tensor([2])).backward()
    assert list(seen.parameters) == ["0.weight"]
    assert apart(seen.parameters["0.weight"].grad, module[0].weight.grad.numpy()) < SAME


@pytest.mark.parametrize(
    ("path", "name"),
    [("", ""), ("fc.weight", "fc.weight"), ("0.bias", "net[0].bias"), ("a.0.b.12.c", "a[0].b[12].c")],
)
def test_names_of_pytorch_as_python_has_them(path, name):
    assert spelled(path, "net") == name


def test_every_reader_takes_what_was_traced(torch, capsys, monkeypatch):
    net = small(torch)
    seen = from_torch(net, *batch(torch), torch.nn.MSELoss())
    seen.loss.backward()
    slope = seen.parameters["2.weight"][0, 1].grad
    text = str(explain(seen, "net[2].weight[0][1]", digits=4))
    assert "∂loss/∂net[2].weight[0][1] = " in text and text.rstrip().endswith(f"{slope:.4g}".replace("-", "−"))
    assert "net[1][0][2]" in draw(seen).source.replace("&#93;", "]") and page(seen).title == "loss, step by step"
    assert any(step.name == "net[0].weight[1][1]" for step in steps(seen))
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("p net[0].weight[0][1]\nq\n"))
    debug(seen)
    assert "net[0].weight[0][1] = " in capsys.readouterr().out
    assert pickle.loads(pickle.dumps(seen)).loss.data == seen.loss.data


def test_the_command_line_takes_what_was_traced(torch, tmp_path, capsys):
    script = tmp_path / "net.py"
    script.write_text(
        "import torch\nfrom microgrid import from_torch\nnet = torch.nn.Linear(1, 1)\n"
        "seen = from_torch(net, torch.ones(1, 1), torch.ones(1, 1), torch.nn.MSELoss())\n",
        encoding="utf-8",
    )
    assert main(["explain", f"{script}:seen", "bias[0]", "--digits", "3"]) == 0
    assert capsys.readouterr().out.startswith("∂loss/∂bias[0] = ")


# ── a part of it ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("focus", "size"), [("layers[1]", 4), ("layers.1", 4), ("layers[1][0][1]", 1), ("layers[1][:, 0]", 2)]
)
def test_a_part_has_the_gradients_of_the_whole(torch, focus, size):
    n = torch.nn
    torch.manual_seed(2)

    class Deep(n.Module):
        def __init__(self):
            super().__init__()
            self.layers = n.ModuleList([n.Linear(3, 2), n.Linear(2, 2), n.Linear(2, 1)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x).tanh_()
            return x

    module = Deep().double()
    x = torch.randn(2, 3, dtype=torch.float64)
    seen = from_torch(module, x, loss=squared, focus=focus)
    assert np.size(seen.outputs) == size and list(seen.inputs) == ["layers[1].input"]
    assert list(seen.parameters) == ["layers.1.weight", "layers.1.bias"]
    assert seen.loss.label == "share" and "at layers[1]" in repr(seen)
    seen.loss.backward()
    _, grads = truth(torch, module, x)
    if size == 4:
        assert apart(seen.parameters["layers.1.weight"].grad, grads["layers.1.weight"]) < SAME
    if size == 2:
        assert apart(seen.parameters["layers.1.bias"].grad[0], grads["layers.1.bias"][0]) < SAME


def test_without_a_loss_the_outputs_are_there(torch):
    seen = from_torch(small(torch), torch.ones(2, 2, dtype=torch.float64))
    assert seen.loss is None and seen.outputs.shape == (2, 1) and repr(seen) == "<Traced Sequential: 13 parameters>"
    with pytest.raises(GraphError, match=r"has 2 outputs and no loss; take one, as in \.outputs\[0\]"):
        steps(seen)
    assert hunt(seen.outputs[1, 0]) is None


# ── what is left as it was, what is refused ────────────────────────────────────────────────


def test_the_module_is_left_as_it_was(torch):
    module = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Dropout(0.5))
    x, before = torch.randn(4, 2), copy.deepcopy(module.state_dict())
    torch.manual_seed(3)
    from_torch(module, x, loss=squared)
    first = torch.rand(1)
    torch.manual_seed(3)
    assert first == torch.rand(1)
    assert all(torch.equal(before[name], each) for name, each in module.state_dict().items())
    assert not x.requires_grad and module[0].weight.grad is None
    assert not module._forward_hooks and not module[0]._forward_pre_hooks


def test_an_operation_that_is_not_traced_is_named_with_its_place(torch):
    def forward(parts, x):
        return torch.linalg.svdvals(parts[0](x)).sum()

    module = own(torch, forward, torch.nn.Linear(2, 2)).double()
    line = forward.__code__.co_firstlineno + 1
    with pytest.raises(GraphError) as refused:
        from_torch(module, torch.randn(2, 2, dtype=torch.float64))
    assert str(refused.value) == (
        f"aten._linalg_svd.default ({__file__}:{line}) is not traced; trace a part without it, focus='…', or write it "
        "in operations that are"
    )
    assert not module._forward_hooks


def test_a_backward_that_is_written_by_hand_is_named(torch):
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    with pytest.raises(GraphError, match=r"^the autograd\.Function Doubled, whose backward is Python of its own, \("):
        from_torch(own(torch, lambda parts, x: Doubled.apply(x).sum()), torch.ones(2))
    with pytest.raises(GraphError, match=r"^the autograd\.Function Doubled, "):
        from_torch(own(torch, lambda parts, x: x), torch.ones(1), loss=Doubled.apply)


def test_a_loss_without_a_gradient_is_refused(torch):
    with pytest.raises(GraphError, match=r"^no gradient comes back from the loss: under no_grad, or by detach, it was"):
        from_torch(small(torch), batch(torch)[0], loss=lambda out: out.detach().sum())


def test_under_no_grad_any_operation_goes(torch):
    def forward(parts, x):
        with torch.no_grad():
            size = torch.linalg.svdvals(parts[0].weight).max()
        return (parts[0](x) / size).sum()

    module = own(torch, forward, torch.nn.Linear(2, 2)).double()
    seen = from_torch(module, batch(torch)[0])
    seen.loss.backward()
    assert (
        apart(
            seen.parameters["parts.0.weight"].grad,
            truth(torch, module, batch(torch)[0], lambda out: out)[1]["parts.0.weight"],
        )
        < SAME
    )


def test_what_is_no_parameter_may_be_differentiated(torch):
    """A tensor of one's own that requires a gradient, and is registered nowhere."""
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    seen = from_torch(own(torch, lambda parts, x: (x * w).prod()), torch.ones(2))
    seen.loss.backward()
    assert seen.inputs["outside[1]"].grad.tolist() == [3, 2]


def test_a_row_that_is_wrong_is_found_out(torch, monkeypatch):
    monkeypatch.setitem(OPERATIONS, "sin", OPERATIONS["cos"])
    for kind in (torch.float64, torch.float32, torch.bfloat16):
        with pytest.raises(GraphError, match=r"^sin is 0\.8[34]\d+ in PyTorch, and 0\.540302 here: aten\.sin"):
            from_torch(own(torch, lambda parts, x: x.sin().sum()), torch.ones(1, dtype=kind))
    monkeypatch.delitem(OPERATIONS, "cos")
    monkeypatch.setitem(OPERATIONS, "sin", lambda call: [call["other"]])
    with pytest.raises(GraphError, match=r"^aten\.sin, as it is called here, \(.*\) is not traced; "):
        from_torch(own(torch, lambda parts, x: x.sin().sum()), torch.ones(1))


def test_what_is_too_large_is_counted(torch):
    module = torch.nn.Sequential(torch.nn.Linear(300, 400), torch.nn.ReLU(), torch.nn.Linear(400, 300))
    with pytest.raises(GraphError) as refused:
        from_torch(module, torch.randn(10, 300))
    text = str(refused.value)
    assert re.match(r"that would be more than 2\d\d,\d\d\d Values, and from_torch makes at most 200,000; ", text)
    assert text.endswith("a smaller batch, or a part, such as focus='module[2]', has fewer")


def test_what_makes_no_sense_is_refused_in_one_line(torch):
    net, (x, y) = small(torch), batch(torch)
    cases = [
        (lambda: from_torch(len, x), "from_torch takes a torch.nn.Module, and this is a "),
        (
            lambda: from_torch(net, x, y),
            "y is a target, and there is no loss; give loss=torch.nn.MSELoss(), or a function",
        ),
        (
            lambda: from_torch(net, x, loss=lambda out: out[[0, 0]]),
            "the loss is of shape (2, 1), and has to be one number; ",
        ),
        (lambda: from_torch(net, x, focus="layer"), "no part is called 'layer'; there are net[0], net[1], net[2]"),
        (lambda: from_torch(net, x, focus="net[0][0][7]"), "what comes out of net[0] has no [0][7]"),
        (lambda: from_torch(net, x, focus="0[0][7]"), "what comes out of net[0] has no [0][7]"),
    ]
    for call, text in cases:
        with pytest.raises(GraphError) as refused:
            call()
        assert str(refused.value).startswith(text) and "\n" not in str(refused.value)


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(GraphError, match=r'^from_torch needs torch; pip install "microgrid-autograd\[torch\]"$'):
        from_torch(None, None)


def test_torch_is_imported_when_it_is_used():
    program = "import sys; from microgrid import from_torch, hunt; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=PATIENCE).returncode == 0


# ── the way of a nan ───────────────────────────────────────────────────────────────────────


def between(torch):
    """The distance of two embeddings, guarded on the wrong side."""

    def forward(parts, a, b):
        squares = ((parts[0](a) - parts[0](b)) ** 2).sum(-1)
        return torch.where(squares > 0, squares.sqrt(), torch.zeros_like(squares))

    torch.manual_seed(0)
    return own(torch, forward, torch.nn.Embedding(4, 2)).double()


def test_a_branch_not_taken_sends_back_0_and_its_slope_is_infinite(torch):
    module = between(torch)
    pairs = torch.tensor([0, 2]), torch.tensor([1, 2])
    seen = from_torch(module, pairs, torch.tensor([1.0, 0.0]).double(), torch.nn.MSELoss())
    seen.loss.backward()
    loss = torch.nn.functional.mse_loss(module(*pairs), torch.tensor([1.0, 0.0]).double())
    loss.backward()
    ours, theirs = seen.parameters["parts.0.weight"].grad, module.parts[0].weight.grad.numpy()
    assert np.isnan(theirs[2]).all() and np.isnan(ours[2]).all() and apart(ours[:2], theirs[:2]) < SAME

    found = hunt(seen)
    assert found.kind == "nan" and found.node.label == "sqrt[1]" and math.isfinite(seen.loss.data)
    here = f"({__file__}:{between.__code__.co_firstlineno + 5})"
    assert str(found).splitlines() == [
        f"forward sqrt[1] = sqrt(squares[1]) = sqrt(0) = 0 {here}",
        f"        output[1] = where(…) did not take it {here}",
        "back    the branch not taken is sent 0: output[1] = where(…) passes nothing to sqrt[1]",
        "        0 comes back to sqrt[1], and ∂sqrt(squares[1])/∂squares[1] = ∞ at squares[1] = 0: 0 · ∞ = nan",
        "        so ∂loss/∂parts[0].weight[2][0] is nan, by way of squares[1] → pow[1][0] → sub[1][0]",
        "        of 6 parameters 2 have no finite gradient",
        "remedy  guard the input of sqrt, not its output: sqrt(where(…, squares[1], 1))",
    ]


def test_the_smallest_part_that_does_the_same_is_a_sheet(torch):
    seen = from_torch(between(torch), (torch.tensor([2]), torch.tensor([2])), loss=lambda out: out.sum())
    sheet = hunt(seen).sheet()
    assert isinstance(sheet, Sheet)
    again = sheet.run()
    again.root.backward()
    assert (again.rounds[0]["x1"].data, again.root.data) == (0, 0) and math.isnan(again.rounds[0]["x1"].grad)
    assert "z1 = sqrt(x1)" in sheet.text and "squares[0]" in sheet.text


def test_a_nan_of_the_loss_is_followed_to_the_line(torch):
    def forward(parts, x):
        p = torch.softmax(x, -1)
        return -(p * torch.log(p)).sum()

    seen = from_torch(own(torch, forward), torch.tensor([[900.0, -900.0]], dtype=torch.float64))
    found = seen.hunt()
    here = f"({__file__}:{forward.__code__.co_firstlineno + 2})"
    assert found.forward == (
        f"log[0][1] = log(p[0][1]) = log(0) = −∞ {here}",
        f"mul[0][1] = p[0][1]·log[0][1] = 0·(−∞) = nan {here}",
        "it goes on: mul[0][1] → sum → loss = nan",
    )
    assert found.remedy == "log of a saturated softmax: take x[0][1] - logsumexp of the logits"
    assert math.isnan(found.sheet().run().root.data)


def test_a_row_that_is_masked_altogether_is_named(torch):
    module = own(torch, lambda parts, x: x.masked_fill(x < 5, -math.inf).softmax(-1).sum())
    found = from_torch(module, torch.tensor([[1.0, 2.0]], dtype=torch.float64)).hunt()
    assert found.remedy == "a softmax of nothing but −∞ has no value: leave one place of the row unmasked"
    assert math.isnan(found.sheet().run().root.data)


def test_what_to_do_is_written_for_the_operation(torch):
    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    for function, remedy in [
        (lambda z: torch.where(z > 2, 3 / z, z), "guard the input of div, not its output: … / where(…, x[0], 1)"),
        (lambda z: torch.where(z > 2, z.acos(), z), "guard the input of acos, not its output: acos(where(…, x[1], 0))"),
        (lambda z: torch.where(z > 2, z.log2(), z), "guard the input of log2, not its output: log2(where(…, x[0], 1))"),
        (lambda z: torch.where(z > 2, z ** (z - 1), z), "guard the input of power, not its output"),
    ]:
        seen = from_torch(own(torch, lambda parts, z, function=function: function(z).sum()), x)
        assert seen.hunt().remedy == remedy


def test_where_an_infinite_gradient_becomes_nan_is_told(torch):
    module = own(torch, lambda parts, z: (z - z.detach()).pow(2).sum().sqrt())
    found = from_torch(module, torch.ones(1, dtype=torch.float64)).hunt()
    assert found.backward == (
        "1 comes back to loss, and ∂sqrt(pow[0])/∂pow[0] = ∞ at pow[0] = 0: 1 · ∞ = ∞",
        "∞ comes back to pow[0], and its local derivative is 0: ∞ · 0 = nan",
        "so ∂loss/∂x[0] is nan, by way of pow[0] → sub[0]",
    )


def test_a_stopped_slope_is_0_of_anything_and_travels():
    assert STOPPED * math.inf == STOPPED * math.nan == math.nan * STOPPED == 0
    assert pickle.loads(pickle.dumps(STOPPED)) is STOPPED


def test_where_a_branch_is_closed_there_is_no_nan():
    """Values of one's own close the branch that is not taken: only what is traced does as PyTorch does."""
    x = Value(0.0, label="x")
    assert hunt(where(x > 0, x.sqrt(), 0.0 * x)) is None
