"""Chains of operations at random, views and operations in place among them: their gradients are PyTorch's."""

from __future__ import annotations

import random

import numpy as np
import pytest

from microgrid import from_torch


def written(z, write):
    """A copy of z, written over."""
    copy = z.clone()
    write(copy)
    return copy


def largest(t, z):
    with t.no_grad():
        return z.abs().max()


# What may follow what: each takes PyTorch, a matrix and one of its axes, and gives a matrix of the same shape.
STEPS = {
    "turn": lambda t, z, k: z.tanh(),
    "grow": lambda t, z, k: (z * 0.3).exp() + t.nn.functional.gelu(z),
    "multiply": lambda t, z, k: z * z.flip(k),
    "softmax": lambda t, z, k: z.softmax(k),
    "reshape": lambda t, z, k: z.reshape(-1).view(*z.shape),
    "turn over": lambda t, z, k: z.t().contiguous().t(),
    "detach": lambda t, z, k: z + z.detach(),
    "no_grad": lambda t, z, k: z / (1 + largest(t, z)),
    "slice": lambda t, z, k: t.cat([z[1:], z[:1]], 0),
    "choose": lambda t, z, k: t.where(z > 0, z, z * z),
    "mask": lambda t, z, k: z.masked_fill(z > 0.5, 0.25),
    "add in place": lambda t, z, k: written(z, lambda y: y.add_(1.5)),
    "a row in place": lambda t, z, k: written(z, lambda y: y[0].mul_(2)),
    "copy in place": lambda t, z, k: written(z, lambda y: y[-1].copy_(z[0])),
    "set by a mask": lambda t, z, k: written(z, lambda y: y.__setitem__(y > 1, 0.5)),
    "write data": lambda t, z, k: written(z, lambda y: y.data.add_(0.5)),
    "centre": lambda t, z, k: z - z.mean(k, keepdim=True),
    "scale": lambda t, z, k: z / (z.std() + 1),
    "unit": lambda t, z, k: t.nn.functional.normalize(z, dim=k),
    "layer norm": lambda t, z, k: t.nn.functional.layer_norm(z, z.shape[-1:]),
    "clamp": lambda t, z, k: z.clamp(-1, 1) + 0.1 * z.relu(),
    "largest": lambda t, z, k: z + z.max(k, keepdim=True)[0] * z.amax(),
    "sort": lambda t, z, k: z.sort(k)[0] + z.topk(1, k)[0],
    "running sum": lambda t, z, k: z.cumsum(k) * 0.5,
    "product": lambda t, z, k: (z @ z.t()) @ z * 0.2,
    "einsum": lambda t, z, k: t.einsum("ij,kj->ik", z, z) @ z * 0.1,
    "roll": lambda t, z, k: z.roll(1, k),
    "index": lambda t, z, k: z[t.tensor([0] * z.shape[0])] + z,
    "expand": lambda t, z, k: z[:1].expand_as(z) * z,
    "stack": lambda t, z, k: t.stack([z, z * 2]).sum(0),
    "unbind": lambda t, z, k: t.stack(z.unbind(k)[::-1], k),
    "a number": lambda t, z, k: z * (1 + abs(z.mean().item())),
    "branch": lambda t, z, k: z * 2 if z.sum() > 0 else z + 1,
    "logsumexp": lambda t, z, k: z - z.logsumexp(k, keepdim=True),
    "root": lambda t, z, k: z.square().add(1).rsqrt() * z,
    "loss": lambda t, z, k: z * t.nn.functional.huber_loss(z, z.detach() * 0),
}  # fmt: skip


def chain(torch, seed):
    """A module that takes from three to eight steps, and an input for it."""
    rng = random.Random(seed)
    steps = [(rng.choice([*STEPS]), rng.randrange(2)) for _ in range(rng.randint(3, 8))]

    class Chain(torch.nn.Module):
        def forward(self, z):
            for name, axis in steps:
                z = STEPS[name](torch, z, axis)
            return z.pow(2).sum() + z.sum()

    torch.manual_seed(seed)
    return Chain(), torch.randn(rng.choice([(2, 3), (3, 2), (3, 3)]), dtype=torch.float64), steps


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_chains_at_random(torch, first):
    for seed in range(first, first + 20):
        module, x, steps = chain(torch, seed)
        seen = from_torch(module, x)
        seen.loss.backward()
        x.requires_grad_()
        loss = module(x)
        loss.backward()
        grad = x.grad.numpy()
        assert seen.loss.data == pytest.approx(loss.item(), rel=1e-12), steps
        assert np.abs(seen.inputs["x"].grad - grad).max() <= 1e-11 * max(1.0, np.abs(grad).max()), steps
